// Steps of a report: minutes and hours of any length of range, days and months of a zone whatever its clocks
// do.
#include "sipkeep/core/error.hpp"
#include "sipkeep/core/steps.hpp"

#include "support/catch.hpp"

using namespace sipkeep;
using namespace std::chrono_literals;

namespace {

UtcSeconds utc(const char* text) {
    return from_datetime(text);
}

std::string text_of(const Steps& steps) {
    std::string text;
    for (const Stretch& stretch : steps.stretches)
        text += to_datetime(stretch.begin) + " + " + std::to_string(stretch.steps()) + " x " +
                std::to_string(stretch.width.count()) + "\n";
    return text;
}

} // namespace

TEST_CASE("minutes and hours are one stretch, from the step that the range begins in") {
    CHECK(text_of(divide(utc("2026-11-20 14:03:30"), utc("2026-11-20 14:06:00"), StepUnit::minute, "UTC")) ==
          "2026-11-20 14:03:00 + 3 x 60\n");
    CHECK(text_of(divide(utc("2026-11-20 14:03:30"), utc("2026-11-20 16:00:01"), StepUnit::hour, "UTC")) ==
          "2026-11-20 14:00:00 + 3 x 3600\n");
    // Kathmandu is 5:45 ahead: its hours begin a quarter past.
    CHECK(text_of(divide(utc("2026-11-20 14:03:30"), utc("2026-11-20 15:00:00"), StepUnit::hour,
                         "Asia/Kathmandu")) == "2026-11-20 13:15:00 + 2 x 3600\n");
}

TEST_CASE("a day on which the clocks change is as long as it is") {
    CHECK(text_of(divide(utc("2026-10-23 22:00:00"), utc("2026-10-27 23:00:00"), StepUnit::day,
                         "Europe/Berlin")) == "2026-10-23 22:00:00 + 1 x 86400\n2026-10-24 22:00:00 + 1 x "
                                              "90000\n2026-10-25 23:00:00 + 2 x 86400\n");
    const Steps spring =
        divide(utc("2027-03-27 12:00:00"), utc("2027-03-29 00:00:00"), StepUnit::day, "Europe/Berlin");
    CHECK(text_of(spring) == "2027-03-26 23:00:00 + 1 x 86400\n2027-03-27 23:00:00 + 1 x 82800\n"
                             "2027-03-28 22:00:00 + 1 x 86400\n");
    CHECK(spring.count() == 3);
}

TEST_CASE("hours go on through the hour that comes twice") {
    CHECK(text_of(divide(utc("2026-10-24 22:00:00"), utc("2026-10-25 23:00:00"), StepUnit::hour,
                         "Europe/Berlin")) == "2026-10-24 22:00:00 + 25 x 3600\n");
}

TEST_CASE("weeks begin on Monday, months on their first day") {
    CHECK(text_of(divide(utc("2026-11-20 14:00:00"), utc("2026-12-01 00:00:00"), StepUnit::week, "UTC")) ==
          "2026-11-16 00:00:00 + 3 x 604800\n");
    CHECK(text_of(divide(utc("2026-11-16 00:00:00"), utc("2026-11-23 00:00:00"), StepUnit::week, "UTC")) ==
          "2026-11-16 00:00:00 + 1 x 604800\n");
    CHECK(text_of(divide(utc("2027-12-31 23:59:59"), utc("2028-03-01 00:00:01"), StepUnit::month, "UTC")) ==
          "2027-12-01 00:00:00 + 2 x 2678400\n2028-02-01 00:00:00 + 1 x 2505600\n2028-03-01 00:00:00 + 1 x "
          "2678400\n");
}

TEST_CASE("all of the range is one step") {
    const Steps steps = divide(utc("2026-11-20 14:03:30"), utc("2026-11-20 14:03:31"), StepUnit::all, "UTC");
    CHECK(text_of(steps) == "2026-11-20 14:03:30 + 1 x 1\n");
    CHECK(step_start(utc("2026-11-20 14:03:30"), StepUnit::all, "UTC") == utc("2026-11-20 14:03:30"));
}

TEST_CASE("a zone that skipped a day has no step for it") {
    // Samoa went from 29 to 31 December 2011.
    CHECK(text_of(divide(utc("2011-12-29 10:00:00"), utc("2011-12-31 10:00:00"), StepUnit::day,
                         "Pacific/Apia")) == "2011-12-29 10:00:00 + 2 x 86400\n");
}

TEST_CASE("steps are known by name, zones too") {
    CHECK(step_unit_of("week") == StepUnit::week);
    CHECK(std::string(to_string(StepUnit::month)) == "month");
    CHECK_FALSE(step_unit_of("fortnight"));
    CHECK_THROWS_AS(
        divide(utc("2026-11-20 14:00:00"), utc("2026-11-21 14:00:00"), StepUnit::day, "Mars/Base"),
        UsageError);
}
