#include "sipkeep/core/error.hpp"
#include "sipkeep/core/time.hpp"

#include "support/catch.hpp"

using namespace sipkeep;
using namespace std::chrono_literals;

TEST_CASE("a capture is keyed by the start of its interval") {
    const auto now = UtcMilliseconds{1795364225123ms};
    CHECK(to_datetime(interval_start(now, 60s)) == "2026-11-22 16:17:00");
    CHECK(to_datetime(interval_start(now, 1s)) == "2026-11-22 16:17:05");
    CHECK(to_datetime(interval_start(now, 3600s)) == "2026-11-22 16:00:00");
    CHECK(interval_start(UtcMilliseconds{-1ms}, 60s) == UtcSeconds{-60s});
}

TEST_CASE("DATETIME text goes there and back") {
    CHECK(to_datetime(from_datetime("2028-02-29 23:59:59")) == "2028-02-29 23:59:59");
    CHECK(to_datetime(UtcMilliseconds{1795364225007ms}) == "2026-11-22 16:17:05.007");
    CHECK(to_rfc3339(from_datetime("2026-11-22 16:17:05.250")) == "2026-11-22T16:17:05Z");
    CHECK(to_datetime(midnight(from_datetime("2026-11-22 16:17:05"))) == "2026-11-22 00:00:00");
}

TEST_CASE("what is no DATETIME is refused") {
    for (const auto* text : {"", "2026-02-30 00:00:00", "2026-11-22 24:00:00", "2026-11-22", "2026-1x-22 00:00:00", "2026-11-22T14:03:00",
                             "-123-01-01 00:00:00", "2026-11-22 14:03:00Z", "2026-11-22 14:03:00.", "2026-11-22 -0:03:00"})
        CHECK_THROWS_AS(from_datetime(text), Error);
}

TEST_CASE("a deadline never lasts longer than the one it was cut from") {
    const Deadline outer(20ms);
    CHECK(outer.within(1h).left() <= 20ms);
    CHECK(outer.within(1ms).left() <= 1ms);
    CHECK(Deadline(0ms).passed());
}
