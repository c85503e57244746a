#include "sipkeep/core/error.hpp"
#include "sipkeep/core/time_text.hpp"

#include "support/catch.hpp"

#include <random>

using namespace sipkeep;
using namespace std::chrono_literals;

namespace {

const std::string berlin = "Europe/Berlin";
const std::string new_york = "America/New_York";

// 2026-11-22 16:17:05.123 UTC
UtcMilliseconds now() {
    return UtcMilliseconds{1795364225123ms};
}

std::string read(std::string_view text, const std::string& tz = "UTC") {
    return to_datetime(parse_time(text, now(), tz));
}

std::string utc(std::string_view local, const std::string& tz) {
    return to_datetime(local_to_utc(local, tz));
}

std::string complaint(const std::string& text, const std::string& tz = "UTC") {
    try {
        return "no complaint: " + to_datetime(parse_time(text, now(), tz));
    } catch (const UsageError& error) {
        return error.what();
    }
}

} // namespace

TEST_CASE("RFC 3339 times are read with their own offset, whatever the zone") {
    for (const auto& tz : {std::string{}, std::string{"UTC"}, berlin, new_york}) {
        CHECK(read("2026-11-22T14:03:00Z", tz) == "2026-11-22 14:03:00.000");
        CHECK(read("2026-11-22t14:03:00z", tz) == "2026-11-22 14:03:00.000");
        CHECK(read("2026-11-22T14:03:00+01:00", tz) == "2026-11-22 13:03:00.000");
        CHECK(read("2026-11-22T14:03:00-03:30", tz) == "2026-11-22 17:33:00.000");
        CHECK(read("2026-11-22T14:03:00-00:00", tz) == "2026-11-22 14:03:00.000");
        CHECK(read("2026-11-22 14:03:00Z", tz) == "2026-11-22 14:03:00.000");
        CHECK(read("2026-11-22 14:03:00 +01:00", tz) == "2026-11-22 13:03:00.000");
        CHECK(read("2026-12-31T23:59:59-01:00", tz) == "2027-01-01 00:59:59.000");
    }
}

TEST_CASE("fractions are cut to milliseconds, not rounded") {
    CHECK(read("2026-11-22T14:03:00.5Z") == "2026-11-22 14:03:00.500");
    CHECK(read("2026-11-22T14:03:00.0079Z") == "2026-11-22 14:03:00.007");
    CHECK(read("2026-11-22T14:03:00.999999999999Z") == "2026-11-22 14:03:00.999");
    CHECK(read("1795364225.25") == "2026-11-22 16:17:05.250");
    CHECK(read("2026-11-22 14:03:05.250", berlin) == "2026-11-22 13:03:05.250");
}

TEST_CASE("epoch seconds have ten digits") {
    CHECK(read("1795364225", berlin) == "2026-11-22 16:17:05.000");
    CHECK(read("9999999999") == "2286-11-20 17:46:39.000");
    CHECK(read("0000000000") == "1970-01-01 00:00:00.000");
    for (const auto* text :
         {"179536422", "17953642250", "1795364225123", "1795364225.", "1795364225 ", "1795364225s"})
        CHECK_THROWS_AS(parse_time(text, now(), ""), UsageError);
}

TEST_CASE("relative times count back from now") {
    CHECK(read("now") == "2026-11-22 16:17:05.123");
    CHECK(read("-30s") == "2026-11-22 16:16:35.123");
    CHECK(read("-90m") == "2026-11-22 14:47:05.123");
    CHECK(read("-24h") == "2026-11-21 16:17:05.123");
    CHECK(read("-7d") == "2026-11-15 16:17:05.123");
    CHECK(read("-2w") == "2026-11-08 16:17:05.123");
    CHECK(read("-0s") == "2026-11-22 16:17:05.123");
}

TEST_CASE("a relative day is 24 hours, also over a change of the clocks") {
    const auto monday_noon = UtcMilliseconds{local_to_utc("2026-10-26 12:00:00", berlin)};
    CHECK(format_local(std::chrono::floor<Seconds>(parse_time("-2d", monday_noon, berlin)), berlin) ==
          "2026-10-24 13:00:00 +02:00");
}

TEST_CASE("today and yesterday begin at local midnight") {
    CHECK(read("today") == "2026-11-22 00:00:00.000");
    CHECK(read("yesterday") == "2026-11-21 00:00:00.000");
    CHECK(read("today", berlin) == "2026-11-21 23:00:00.000");
    CHECK(read("yesterday", berlin) == "2026-11-20 23:00:00.000");
    CHECK(read("today", "Pacific/Auckland") == "2026-11-22 11:00:00.000"); // already the 23rd there
    SECTION("the day after the clocks went forward, yesterday began at the other offset") {
        const auto monday = UtcMilliseconds{local_to_utc("2026-03-30 08:00:00", berlin)};
        CHECK(to_datetime(parse_time("today", monday, berlin)) == "2026-03-29 22:00:00.000");
        CHECK(to_datetime(parse_time("yesterday", monday, berlin)) == "2026-03-28 23:00:00.000");
    }
    SECTION("the first of March, in a leap year and not") {
        CHECK(to_datetime(parse_time("yesterday", parse_time("2028-03-01T05:00:00Z", now(), ""), "")) ==
              "2028-02-29 00:00:00.000");
        CHECK(to_datetime(parse_time("yesterday", parse_time("2027-03-01T05:00:00Z", now(), ""), "")) ==
              "2027-02-28 00:00:00.000");
    }
}

TEST_CASE("local times are read in the zone") {
    CHECK(read("2026-11-22", berlin) == "2026-11-21 23:00:00.000");
    CHECK(read("2026-11-22 14:03", berlin) == "2026-11-22 13:03:00.000");
    CHECK(read("2026-07-22 14:03:05", berlin) == "2026-07-22 12:03:05.000");
    CHECK(read("2026-07-22 14:03:05", new_york) == "2026-07-22 18:03:05.000");
    CHECK(read("2028-02-29 12:00") == "2028-02-29 12:00:00.000");
    CHECK(read("2026-11-22 14:03", "Asia/Kathmandu") == "2026-11-22 08:18:00.000");
}

TEST_CASE("a local time that came twice is the earlier one") {
    CHECK(utc("2026-10-25 01:59:59", berlin) == "2026-10-24 23:59:59");
    CHECK(utc("2026-10-25 02:00:00", berlin) == "2026-10-25 00:00:00");
    CHECK(utc("2026-10-25 02:59:59", berlin) == "2026-10-25 00:59:59");
    CHECK(utc("2026-10-25 03:00:00", berlin) == "2026-10-25 02:00:00");
    CHECK(utc("2026-11-01 01:30:00", new_york) == "2026-11-01 05:30:00");
    CHECK(utc("2026-11-01 02:00:00", new_york) == "2026-11-01 07:00:00");
}

TEST_CASE("a local time that never was is the instant of the jump") {
    CHECK(utc("2026-03-29 01:59:59", berlin) == "2026-03-29 00:59:59");
    CHECK(utc("2026-03-29 02:00:00", berlin) == "2026-03-29 01:00:00");
    CHECK(utc("2026-03-29 02:59:59", berlin) == "2026-03-29 01:00:00");
    CHECK(utc("2026-03-29 03:00:00", berlin) == "2026-03-29 01:00:00");
    CHECK(utc("2026-03-29 03:00:01", berlin) == "2026-03-29 01:00:01");
    CHECK(utc("2026-03-08 02:30:00", new_york) == "2026-03-08 07:00:00");
    CHECK(format_local(local_to_utc("2026-03-08 02:30:00", new_york), new_york) ==
          "2026-03-08 03:00:00 -04:00");
}

TEST_CASE("a midnight that never was is the first instant of the day") {
    // Cairo puts the clocks forward at midnight: 2026-04-24 begins at 01:00.
    CHECK(format_local(std::chrono::floor<Seconds>(parse_time("2026-04-24", now(), "Africa/Cairo")),
                       "Africa/Cairo") == "2026-04-24 01:00:00 +03:00");
}

TEST_CASE("local times are printed with their offset") {
    CHECK(format_local(from_datetime("2026-11-22 14:03:00"), berlin) == "2026-11-22 15:03:00 +01:00");
    CHECK(format_local(from_datetime("2026-07-22 14:03:00"), berlin) == "2026-07-22 16:03:00 +02:00");
    CHECK(format_local(from_datetime("2026-11-22 04:03:00"), new_york) == "2026-11-21 23:03:00 -05:00");
    CHECK(format_local(from_datetime("2026-07-22 14:03:00"), "America/St_Johns") ==
          "2026-07-22 11:33:00 -02:30");
    CHECK(format_local(from_datetime("2026-11-22 14:03:00"), "UTC") == "2026-11-22 14:03:00 +00:00");
    CHECK(format_local(from_datetime("2026-11-22 14:03:00"), "") == "2026-11-22 14:03:00 +00:00");
}

TEST_CASE("the two passes of the repeated hour are told apart by their offset") {
    CHECK(format_local(from_datetime("2026-10-25 00:30:00"), berlin) == "2026-10-25 02:30:00 +02:00");
    CHECK(format_local(from_datetime("2026-10-25 01:30:00"), berlin) == "2026-10-25 02:30:00 +01:00");
}

TEST_CASE("what is printed reads back as the same time, through a year of both zones") {
    for (const auto& tz : {berlin, new_york}) {
        const auto start = from_datetime("2026-01-01 00:00:00");
        for (auto time = start; time < start + 366 * 24h; time += 30min) {
            const auto text = format_local(time, tz);
            if (parse_time(text, now(), "UTC") != time) FAIL(text);
        }
    }
}

TEST_CASE("the zone data know the rules of coming years") {
    CHECK(format_local(from_datetime("2035-07-01 12:00:00"), berlin) == "2035-07-01 14:00:00 +02:00");
    CHECK(format_local(from_datetime("2035-12-01 12:00:00"), berlin) == "2035-12-01 13:00:00 +01:00");
}

TEST_CASE("a DATETIME of another server is read in that server's zone") {
    CHECK(utc("2026-11-22 17:30:35", berlin) == "2026-11-22 16:30:35");
    CHECK(utc("2026-11-22 17:30:35.999", berlin) == "2026-11-22 16:30:35");
    CHECK(utc("1970-01-01 00:00:00", "") == "1970-01-01 00:00:00"); // ul_add leaves this last_modified
    for (const auto* text :
         {"0000-00-00 00:00:00", "2026-11-22", "2026-11-22 14:03", "2026-11-22T14:03:00", "",
          "2026-11-22 14:03:00Z", "2026-11-22 -1:03:00", "-026-11-22 14:03:00", "2026-11-22 14:03:00 "})
        CHECK_THROWS_AS(local_to_utc(text, berlin), Error);
}

TEST_CASE("time zones are known by their IANA names") {
    for (const auto* name : {"", "UTC", "Etc/UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"})
        CHECK(is_time_zone(name));
    for (const auto* name : {"Berlin", "europe/berlin", "CEST", "+01:00", "../../../etc/passwd",
                             "/etc/localtime", " UTC", "Europe", "Europe/Berlin/"})
        CHECK_FALSE(is_time_zone(name));
    CHECK_FALSE(is_time_zone(std::string(100000, 'x')));
    CHECK_FALSE(is_time_zone(std::string("UTC\0x", 5)));
}

TEST_CASE("an unknown zone is a usage error, even where the text does not need it") {
    CHECK_THROWS_WITH(parse_time("now", now(), "Mars/Base"), ContainsSubstring("'Mars/Base'"));
    CHECK_THROWS_AS(parse_time("2026-11-22T14:03:00Z", now(), "Mars/Base"), UsageError);
    CHECK_THROWS_AS(format_local(UtcSeconds{}, "Mars/Base"), UsageError);
    CHECK_THROWS_AS(local_to_utc("2026-11-22 14:03:00", "Mars/Base"), UsageError);
}

TEST_CASE("what is no time is refused with what was given and what is accepted") {
    for (const auto* text : {"",
                             " ",
                             "tomorrow",
                             "NOW",
                             "now ",
                             "-",
                             "-h",
                             "-24",
                             "24h",
                             "+24h",
                             "--24h",
                             "-24H",
                             "-1.5h",
                             "-24hh",
                             "- 24h",
                             "-1y",
                             "2026",
                             "2026-11",
                             "2026-11-22T",
                             "2026-11-22 ",
                             "2026-11-22T14:03:00",
                             "2026-11-22T14:03",
                             "2026-11-22 14",
                             "2026-11-22 14:03:",
                             "2026-11-22 14:03:00.",
                             "2026-11-22 14:03:00Zx",
                             "2026-11-22  14:03",
                             "2026-11-22 14:3",
                             "26-11-22",
                             "2026-1-22",
                             "2026/11/22",
                             "22.11.2026",
                             "2026-11-22T14:03:00+0100",
                             "2026-11-22T14:03:00+1:00",
                             "2026-11-22T14:03:00+24:00",
                             "2026-11-22T14:03:00+01:60",
                             "2026-11-22T14:03:00 ",
                             "0x7fffffff",
                             "1e9"}) {
        INFO(text);
        CHECK_THAT(complaint(text), ContainsSubstring("not a time: '" + std::string(text) + "'"));
        CHECK_THAT(complaint(text), ContainsSubstring("RFC 3339") && ContainsSubstring("yesterday"));
    }
}

TEST_CASE("days and clock times that do not exist are refused") {
    for (const auto* text : {"2027-02-29", "2100-02-29", "2026-02-30", "2026-04-31", "2026-00-10",
                             "2026-13-01", "2026-11-00", "2026-11-32", "2026-11-22 24:00", "2026-11-22 14:60",
                             "2026-11-22T23:59:60Z", "2026-11-22T14:03:99Z"})
        CHECK_THAT(complaint(text), ContainsSubstring("not a time"));
    CHECK(read("2028-02-29") == "2028-02-29 00:00:00.000");
    CHECK(read("2400-02-29") == "2400-02-29 00:00:00.000");
}

TEST_CASE("times outside 1970 to 9999 are refused and nothing overflows") {
    for (const auto* text : {"-999999999w", "-999999999d", "-3000w", "1969-12-31T23:59:59Z", "0000-01-01",
                             "1970-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"})
        CHECK_THROWS_AS(parse_time(text, now(), ""), UsageError);
    CHECK_THAT(complaint("-999999999w"), ContainsSubstring("out of range"));
    CHECK_THAT(complaint("1970-01-01", berlin), ContainsSubstring("out of range"));
    CHECK_THAT(complaint("-99999999999999999999999h"), ContainsSubstring("not a time"));
    // As seconds in 64 bits this one would come round to a small number.
    CHECK_THAT(complaint("-30500568904944w"), ContainsSubstring("not a time"));
    CHECK(read("9999-12-31T23:59:59.999Z") == "9999-12-31 23:59:59.999");
    CHECK(read("9999-12-31", new_york) == "9999-12-31 05:00:00.000");
    CHECK(read("1970-01-01") == "1970-01-01 00:00:00.000");
}

TEST_CASE("a message is one line of bounded length whatever was given") {
    for (const auto& text : {std::string(1 << 20, '9'), std::string("-24h\nDROP"),
                             std::string("\x1b[31m\xff\xfe"), std::string("now\0", 4)}) {
        const auto message = complaint(text);
        CHECK_THAT(message, ContainsSubstring("not a time"));
        CHECK(message.size() < 400);
        for (const char byte : message) CHECK((byte >= ' ' && byte <= '~'));
    }
}

TEST_CASE("random text is a time within range or a usage error") {
    std::mt19937 random(20261122);
    constexpr std::string_view letters = "0123456789-:.TZ +smhdw";
    for (int round = 0; round < 20000; ++round) {
        std::string text = round % 2 == 0 ? "2026-11-22 14:03:05.250+01:00" : "";
        for (auto edits = random() % 12; edits > 0; --edits)
            text.insert(text.begin() + static_cast<std::ptrdiff_t>(random() % (text.size() + 1)),
                        letters[random() % letters.size()]);
        try {
            if (parse_time(text, now(), berlin) < UtcMilliseconds{}) FAIL(text);
        } catch (const UsageError&) {
        }
    }
}
