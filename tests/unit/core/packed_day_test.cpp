#include "sipkeep/core/error.hpp"
#include "sipkeep/core/packed_day.hpp"

#include "support/catch.hpp"

#include <limits>
#include <random>

using namespace sipkeep;

namespace {

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

void check_round_trip(const std::vector<DaySample>& samples) {
    const PackedDay packed = pack_day(samples);
    CHECK(unpack_day(packed) == samples);
    CHECK(packed.samples == samples.size());
    CHECK(packed.first_second == samples.front().second);
    CHECK(packed.last_second == samples.back().second);
}

} // namespace

TEST_CASE("a packed day says what its values grew by", "[packed_day]") {
    const PackedDay packed = pack_day({{60, 100, 0}, {120, 103, 0}, {180, 103, 0}, {240, 99, 0}});
    CHECK(packed.deltas == "[100,3,0,-4]");
    CHECK(packed.flags.empty());
    CHECK(packed.step == 60);
    CHECK(packed.lowest == 99);
    CHECK(packed.highest == 103);
    CHECK(packed.first_value == 100);
    CHECK(packed.last_value == 99);
}

TEST_CASE("a minute without a sample is null, not zero", "[packed_day]") {
    const PackedDay packed = pack_day({{0, 7, 0}, {60, 7, 0}, {240, 9, 0}});
    CHECK(packed.deltas == "[7,0,null,null,2]");
    CHECK(unpack_day(packed) == std::vector<DaySample>{{0, 7, 0}, {60, 7, 0}, {240, 9, 0}});
}

TEST_CASE("intervals other than a minute, and several in one day, keep their times", "[packed_day]") {
    check_round_trip({{86'399, 1, 0}});
    check_round_trip({{0, 1, 0}, {1, 2, 0}, {86'399, 3, 0}});
    check_round_trip({{15, 1, 0}, {45, 2, 0}, {60, 2, 0}, {3'600, 5, 0}});
    CHECK(pack_day({{15, 1, 0}, {45, 2, 0}, {60, 2, 0}}).step == 15);
}

TEST_CASE("flags are kept beside the values that have them", "[packed_day]") {
    const PackedDay packed = pack_day({{0, -1, 1}, {120, 5, 0}, {180, 1'000'000, 2}});
    CHECK(packed.flags == "[1,null,0,2]");
    check_round_trip({{0, -1, 1}, {120, 5, 0}, {180, 1'000'000, 2}});
}

TEST_CASE("the widest differences are strings, which no JSON parser rounds", "[packed_day]") {
    const PackedDay packed = pack_day({{0, least, 1}, {60, most, 0}, {120, least, 3}, {180, 0, 0}});
    CHECK(
        packed.deltas ==
        "[-9223372036854775808,\"18446744073709551615\",\"-18446744073709551615\",\"9223372036854775808\"]");
    check_round_trip({{0, least, 1}, {60, most, 0}, {120, least, 3}, {180, 0, 0}});
}

TEST_CASE("any day comes back as it was", "[packed_day]") {
    for (unsigned seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        std::mt19937_64 random(seed);
        const std::vector<std::uint32_t> steps{1, 10, 15, 60, 60, 60, 300};
        const std::uint32_t step = steps[random() % steps.size()];
        std::vector<DaySample> samples;
        std::int64_t value = 0;
        for (std::uint32_t second = 0; second < 86'400 && samples.size() < 2'000; second += step) {
            if (random() % 20 == 0) second += step * static_cast<std::uint32_t>(random() % 50); // a gap
            if (second >= 86'400) break;
            if (random() % 100 == 0)
                value = static_cast<std::int64_t>(random()); // a reset
            else
                value = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) + random() % 30 - 5);
            samples.push_back(
                {second, value, static_cast<std::uint8_t>(random() % 50 == 0 ? 1 + random() % 3 : 0)});
        }
        if (samples.empty()) continue;
        CHECK(unpack_day(pack_day(samples)) == samples);
    }
}

TEST_CASE("what is no packed day is refused", "[packed_day]") {
    CHECK_THROWS_AS(pack_day({}), Error);
    CHECK_THROWS_AS(pack_day({{60, 1, 0}, {60, 2, 0}}), Error);
    CHECK_THROWS_AS(pack_day({{120, 1, 0}, {60, 2, 0}}), Error);
    CHECK_THROWS_AS(pack_day({{86'400, 1, 0}}), Error);
    const PackedDay good = pack_day({{0, 1, 0}, {60, 2, 1}});
    for (const char* deltas :
         {"", "[", "1,1", "[1,]", "[1,x]", "[1,1.5]", "[1,\"\"]", "[1,--1]", "[9223372036854775807,1]"}) {
        CAPTURE(deltas);
        PackedDay bad = good;
        bad.deltas = deltas;
        CHECK_THROWS_AS(unpack_day(bad), Error);
    }
    PackedDay late = good;
    late.first_second = 86'380;
    CHECK_THROWS_AS(unpack_day(late), Error);
    for (const char* flags : {"[0]", "[0,1,0]", "[null,1]", "[0,256]"}) {
        CAPTURE(flags);
        PackedDay bad = good;
        bad.flags = flags;
        CHECK_THROWS_AS(unpack_day(bad), Error);
    }
}
