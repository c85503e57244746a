// Zones whose hours do not begin with those of UTC.
#include "report_scene.hpp"

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;
using std::chrono::days;

TEST_CASE("a step that begins at half past an hour is not told by hours that are added up") {
    const UtcSeconds day = from_datetime("2026-11-20 00:00:00");
    ReportScene scene(day, 600s, "report_half_past");
    for (int n = 0; n < 18; ++n) {
        scene.counters["core:rcv_requests"] = n * n;
        if (n % 2 == 0) scene.rig.put_phone(1);
        if (n % 2 == 1) scene.rig.tables.location.erase(1);
        scene.capture(day + 10h + n * 10min);
    }
    const Asked asked{.from = "2026-11-20 10:00:00",
                      .to = "2026-11-20 13:00:00",
                      .by = StepUnit::hour,
                      .tz = "Asia/Kolkata"};
    const auto told = [&] {
        return scene.answer("requests", asked) + scene.answer("registrations-by-domain", asked);
    };
    const std::string before = told();
    scene.roll_up(day + days{1});
    REQUIRE(scene.rig.rows("SELECT COUNT(*) FROM statistic_hour") == "3\n");
    CHECK(told() == before);
}
