// Registrations about to expire, of days that are added up.
#include "report_scene.hpp"

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;
using std::chrono::days;

TEST_CASE("a refresh that lasted for hours is found without reading all that ended in between") {
    const UtcSeconds day = from_datetime("2026-11-20 00:00:00");
    ReportScene scene(day, 900s, "report_expiring");
    const auto expiring = [&](UtcSeconds at) { return std::to_string(at.time_since_epoch().count()); };
    scene.rig.put_phone(1, expiring(day + 9h));        // stays, long expired
    scene.rig.put_phone(2, expiring(day + 8h));        // is refreshed each half hour
    scene.rig.put_phone(3, expiring(day + 20h));       // is refreshed once, in the evening
    scene.rig.put_phone(4, expiring(day + 23h));       // goes in the evening
    scene.rig.put_phone(5, expiring(day + 40h));       // stays over midnight
    for (int quarter = 28; quarter < 112; ++quarter) { // 07:00 to 04:00
        const UtcSeconds at = day + quarter * 15min;
        if (quarter % 2 == 0) scene.rig.put_phone(2, expiring(at + 1h));
        if (at == day + 18h) scene.rig.put_phone(3, expiring(at + 20h));
        if (at == day + 19h) scene.rig.tables.location.erase(4);
        scene.capture(at);
    }
    const auto told = [&] {
        std::string text;
        for (int quarter = 28; quarter < 112; ++quarter)
            for (const std::uint64_t top : {1U, 10U})
                text += scene.answer("expiring-soon", {.at = to_datetime(day + quarter * 15min), .top = top});
        return text;
    };
    const std::string before = told();
    const auto noon = [&] { return scene.rows("expiring-soon", {.at = "2026-11-20 12:00:00"}).size(); };
    REQUIRE(noon() == 5);

    scene.roll_up(day + days{1});
    CHECK(scene.rig.rows("SELECT contact_id, captured_at, valid_to FROM long_refresh ORDER BY contact_id") ==
          "3|2026-11-20 07:00:00|2026-11-20 18:00:00\n4|2026-11-20 07:00:00|2026-11-20 19:00:00\n");
    CHECK(told() == before);
    scene.rig.database.sql().execute("DELETE FROM long_refresh");
    CHECK(noon() == 3); // it is they that are asked
}
