#include "sipkeep/core/text.hpp"

#include "support/catch.hpp"

#include <random>
#include <set>
#include <string>

using namespace sipkeep;
using namespace std::string_literals;

namespace {

/// U+10FE00 + byte.
std::string escape(unsigned byte) {
    return "\xF4\x8F"s + (byte < 0xC0 ? '\xBA' : '\xBB') + static_cast<char>(0x80U | (byte & 0x3FU));
}

std::string escaped(const std::string& bytes) {
    std::string text;
    for (const char byte : bytes) text += escape(static_cast<unsigned char>(byte));
    return text;
}

} // namespace

TEST_CASE("valid UTF-8 is stored unchanged") {
    for (const auto& text : {""s, "plain"s, "a\0b\x7F"s, "caf\xC3\xA9"s, "\xC2\x80"s, "\xE0\xA0\x80"s,
                             "\xED\x9F\xBF\xEE\x80\x80"s, "\xF0\x90\x80\x80"s, "\xF0\x9F\x98\x80"s,
                             "\xF4\x8F\xBF\xBF"s, "\xF4\x8F\xB9\xBF\xF4\x8F\xBC\x80"s}) {
        CHECK(to_storable(text) == text);
        CHECK(from_storable(text) == text);
    }
}

TEST_CASE("a latin1 byte in SIP text becomes one escape") {
    CHECK(to_storable("Caf\xE9 phone") == "Caf\xF4\x8F\xBB\xA9 phone");
    CHECK(from_storable("Caf\xF4\x8F\xBB\xA9 phone") == "Caf\xE9 phone");
}

TEST_CASE("overlong, surrogate, truncated and too high sequences are escaped byte by byte") {
    for (const auto& bytes :
         {"\x80"s, "\xBF"s, "\xC0\x80"s, "\xC1\xBF"s, "\xE0\x80\x80"s, "\xE0\x9F\xBF"s, "\xF0\x80\x80\x80"s,
          "\xF0\x8F\xBF\xBF"s, "\xED\xA0\x80"s, "\xED\xBF\xBF"s, "\xF4\x90\x80\x80"s, "\xF5\x80\x80\x80"s,
          "\xFF\xFE"s, "\xC3"s, "\xE2\x82"s, "\xF0\x9F\x98"s, "\xF4\x8F\xBA"s}) {
        CHECK(to_storable(bytes) == escaped(bytes));
        CHECK(from_storable(to_storable(bytes)) == bytes);
    }
}

TEST_CASE("a sequence cut short leaves the text after it alone") {
    CHECK(to_storable("\xE2\x82!") == escape(0xE2) + escape(0x82) + "!");
    CHECK(to_storable("\xF0\x9F\xC3\xA9") == escape(0xF0) + escape(0x9F) + "\xC3\xA9");
}

TEST_CASE("genuine code points of the escape range do not collide with escapes") {
    const std::string genuine = "\xF4\x8F\xBB\xA9";
    CHECK(to_storable(genuine) == escaped(genuine));
    CHECK(from_storable(to_storable(genuine)) == genuine);
    CHECK(to_storable(genuine) != to_storable("\xE9"));
    CHECK(to_storable("\xF4\x8F\xBA\x80") == escaped("\xF4\x8F\xBA\x80"));
}

TEST_CASE("any bytes come back exactly, and what is stored is valid UTF-8") {
    std::mt19937 random(20261122); // NOLINT: the same bytes in every run
    // Bytes at the edges of UTF-8's rules, so that nearly valid sequences are frequent.
    const std::string edges =
        "a\x7F\x80\x8F\x90\x9F\xA0\xBA\xBB\xBF\xC0\xC2\xDF\xE0\xED\xEF\xF0\xF4\xF5\xFF"s;
    std::set<std::string> inputs;
    std::set<std::string> outputs;
    for (int round = 0; round < 20000; ++round) {
        std::string bytes;
        for (auto length = random() % 9; length > 0; --length)
            bytes += round % 2 == 0 ? static_cast<char>(random() & 0xFFU) : edges[random() % edges.size()];
        const std::string text = to_storable(bytes);
        REQUIRE(from_storable(text) == bytes);
        inputs.insert(bytes);
        outputs.insert(text);
    }
    CHECK(inputs.size() == outputs.size());
    for (const auto& text : outputs) {
        // Only escapes are changed when stored again, so nothing in it was invalid.
        std::string without;
        for (std::size_t at = 0; at < text.size(); ++at) {
            const auto word = std::string_view(text).substr(at, 4);
            const bool escape_here =
                word.size() == 4 && word.starts_with("\xF4\x8F") && (word[2] == '\xBA' || word[2] == '\xBB');
            if (escape_here)
                at += 3;
            else
                without += text[at];
        }
        REQUIRE(to_storable(without) == without);
    }
}
