#include "fingerprint.hpp"
#include "support/catch.hpp"
#include "support/table_rows.hpp"

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

std::string of(const Cells& cells) {
    return Fingerprinter(location_table()).of(rows_with(location_table(), {cells})[0]);
}

std::string hex(const std::string& bytes) {
    static constexpr const char* digits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        text += digits[static_cast<unsigned char>(c) >> 4U];
        text += digits[static_cast<unsigned char>(c) & 15U];
    }
    return text;
}

} // namespace

TEST_CASE("a fingerprint is SHA-256 of the columns that make a version, and stays what it is") {
    // printf 'N:N:5:sip:aN:N:N:N:N:N:N:N:N:N:N:N:N:' | sha256sum | head -c 32
    CHECK(hex(of({{"contact_id", "1"}, {"contact", "sip:a"}})) == "02d7a26240619ab100c04905d5f889d7");
}

TEST_CASE("a fingerprint does not look at the key and the refresh") {
    const Cells row{{"contact_id", "1"}, {"contact", "sip:a"}, {"expires", "1"}};
    Cells refreshed = row;
    refreshed["contact_id"] = "2";
    refreshed["expires"] = "2";
    refreshed["cseq"] = "2";
    refreshed["last_modified"] = "2026-11-22 11:00:00";
    CHECK(of(row) == of(refreshed));
}

TEST_CASE("a fingerprint tells apart NULL, empty, and text moved to the next column") {
    const std::string null = of({{"contact", "a"}});
    CHECK(null != of({{"contact", "a"}, {"received", ""}}));
    CHECK(of({{"contact", "ab"}, {"received", "c"}}) != of({{"contact", "a"}, {"received", "bc"}}));
    CHECK(of({{"contact", "1:a"}}) != of({{"contact", "1"}, {"received", "a"}}));
    CHECK(null != of({{"contact", "a"}, {"extra", "{}"}}));
    CHECK(null == of({{"contact", "a"}}));
}

TEST_CASE("a row that MI told has another fingerprint than the same of the table, which is what it always was") {
    const std::string of_table = of({{"contact_id", "1"}, {"contact", "sip:a"}});
    CHECK(of({{"contact_id", "1"}, {"contact", "sip:a"}, {"source", std::nullopt}}) == of_table);
    CHECK(of({{"contact_id", "1"}, {"contact", "sip:a"}, {"source", "mi"}}) != of_table);
    CHECK(of({{"contact_id", "1"}, {"contact", "sip:a"}, {"extra", "mi"}}) !=
          of({{"contact_id", "1"}, {"contact", "sip:a"}, {"source", "mi"}}));
}
