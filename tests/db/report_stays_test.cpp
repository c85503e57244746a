// How long registrations stayed, of days that are added up.
#include "report_scene.hpp"

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;
using std::chrono::days;

TEST_CASE("a registration found by the first capture stayed nobody knows for how long, until an earlier one "
          "is known") {
    const UtcSeconds day = from_datetime("2026-11-20 00:00:00");
    ReportScene scene(day, 3600s, "report_stays");
    scene.rig.put_phone(1);
    scene.rig.put_phone(2);
    scene.capture(day + 10h);
    scene.rig.tables.location.erase(1);
    scene.rig.put_phone(3);
    scene.capture(day + 12h);
    scene.rig.tables.location.erase(3);
    scene.capture(day + 22h);
    scene.capture(day + 26h);

    const Asked asked{.from = "2026-11-20 00:00:00", .to = "2026-11-21 00:00:00"};
    const auto told = [&] {
        std::string text;
        for (const auto& row : scene.rows("registration-durations", asked))
            text += *row[4] + ": " + *row[5] + "\n";
        return text;
    };
    const std::string expected = "4 to 24 hours: 1\nsince before the first capture: 1\n";
    CHECK(told() == expected);

    scene.roll_up(day + days{1});
    REQUIRE(scene.rig.rows("SELECT SUM(registrations) FROM stay_roll_up") == "2\n");
    CHECK(told() == expected);

    // What a dump that was put in before says of the ledger. It had neither.
    auto& sql = scene.rig.database.sql();
    sql.execute("CREATE TABLE earlier AS SELECT * FROM capture LIMIT 1");
    sql.execute("UPDATE earlier SET captured_at = captured_at - INTERVAL 10 DAY");
    sql.execute("INSERT INTO capture SELECT * FROM earlier");
    CHECK(told() == "1 to 4 hours: 1\n4 to 24 hours: 1\n");
}
