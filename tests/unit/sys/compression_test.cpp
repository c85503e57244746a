#include "sipkeep/core/error.hpp"
#include "sipkeep/sys/compression.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <random>

using namespace sipkeep;

namespace {

std::string compressed(const std::vector<std::string>& frames) {
    std::string bytes;
    Compressor compressor([&](std::string_view some) { bytes += some; });
    for (const std::string& frame : frames) {
        compressor.add(frame);
        compressor.end_frame();
    }
    return bytes;
}

struct Opened {
    std::string text;
    std::vector<std::uint64_t> offsets; ///< of the frame of each piece read
};

Opened opened(const std::string& bytes, std::size_t piece, std::size_t room) {
    std::size_t at = 0;
    Decompressor decompressor([&](char* to, std::size_t most) {
        const std::size_t some = std::min({piece, most, bytes.size() - at});
        std::copy_n(bytes.data() + at, some, to);
        at += some;
        return some;
    });
    Opened result;
    std::string buffer(room, '\0');
    while (const std::size_t length = decompressor.read(buffer.data(), buffer.size())) {
        result.text.append(buffer, 0, length);
        result.offsets.push_back(decompressor.frame_offset());
    }
    return result;
}

std::string noise(std::size_t bytes) {
    std::mt19937 random(7);
    std::string text;
    while (text.size() < bytes) text += static_cast<char>(random() % 256);
    return text;
}

} // namespace

TEST_CASE("what was compressed comes back, whatever the sizes of the pieces") {
    const std::vector<std::string> frames{std::string(300'000, 'a') + noise(200'000), "short", noise(70'000)};
    const std::string bytes = compressed(frames);
    for (const std::size_t piece : {1U, 1000U, 1'000'000U})
        for (const std::size_t room : {1U, 4096U, 1'000'000U})
            CHECK((opened(bytes, piece, room).text == frames[0] + frames[1] + frames[2]));
}

TEST_CASE("the offset of a frame is where reading can begin again") {
    const std::vector<std::string> frames{noise(100'000), "second", "third"};
    const std::string bytes = compressed(frames);
    const Opened whole = opened(bytes, 5000, 300);
    CHECK(whole.offsets.front() == 0);
    CHECK(opened(bytes.substr(whole.offsets.back()), 5000, 300).text == "third");
}

TEST_CASE("a frame that is cut off is said to be, at every length") {
    const std::string bytes = compressed({"some text that is compressed"});
    for (std::size_t length = 1; length < bytes.size(); ++length)
        CHECK_THROWS_AS(opened(bytes.substr(0, length), 100, 100), Error);
    CHECK(opened("", 100, 100).text.empty());
}

TEST_CASE("no damaged byte goes unnoticed") {
    const std::string bytes = compressed({noise(500)});
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        std::string damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        std::string text;
        try {
            text = opened(damaged, 100, 100).text;
        } catch (const Error&) {
            continue;
        }
        // A bit of the frame's head may mean nothing to what is in it.
        CHECK((text == noise(500)));
    }
}

TEST_CASE("a stream that asks for more memory than ours is refused") {
    // A frame head (RFC 8878) that wants a window of 1 GiB.
    const std::string bytes("\x28\xb5\x2f\xfd\x04\xa0\x01\x00\x00\x00\x00\x00\x00", 13);
    CHECK_THROWS_WITH(opened(bytes, 100, 100), ContainsSubstring("memory"));
}
