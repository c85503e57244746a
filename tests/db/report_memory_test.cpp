// Reports about what OpenSIPS's tables never show, on six minutes worked out by hand.
#include "report_memory_scene.hpp"

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

const Asked midnight_hour{.from = "2026-11-22 23:56:00", .to = "2026-11-23 00:03:00"};

} // namespace

TEST_CASE("reports about calls and registrations that only memory has, by hand") {
    ReportScene scene(memory_start);
    play_memory(scene);
    const std::string seen = "6|7|0|";
    CHECK(
        scene.answer("unseen", midnight_hour) ==
        seen + "call|2@a.org > 9@b.org|sip:x@192.0.2.1|-|2026-11-22 23:59:00|2026-11-23 00:02:00|\n" + seen +
            "call|3@a.org > 9@b.org|sip:x@192.0.2.1|-|2026-11-22 23:57:00|2026-11-22 23:58:00|yes\n" + seen +
            "registration|u2@a.org|sip:2@192.0.2.9|phone|2026-11-22 23:57:00|2026-11-23 00:02:00|\n");
    CHECK(scene.answer("ghosts", midnight_hour) ==
          "5|7|0|call|1@a.org > 9@b.org|1|2026-11-22 23:59:00|2026-11-23 00:02:00|180\n");
    CHECK(scene.answer("call-course", midnight_hour) ==
          seen + "5@a.org|9@b.org|2026-11-22 23:59:00|over|0|-|2026-11-22 23:59:00|answered|c5\n" + seen +
              "4@a.org|9@b.org|2026-11-22 23:58:00|created|60|-|2026-11-22 23:59:00|failed|c4\n" + seen +
              "2@a.org|9@b.org|2026-11-22 23:57:00|ringing|120|2026-11-22 23:59:00|2026-11-23 "
              "00:02:00|answered|c2\n" +
              seen + "6@a.org|9@b.org|2026-11-22 23:57:00|ringing|60|-|2026-11-22 23:58:00|unknown|c6\n");
    Asked daily = midnight_hour;
    daily.by = StepUnit::day;
    CHECK(scene.answer("cross-check", daily) ==
          "2026-11-22 23:56:00|3|4|0|3|1|1|0|3|3|1|0|3\n2026-11-23 00:00:00|3|3|0|3|0|0|0|3|3|1|0|2\n");
    CHECK(scene.rows("capture-cost", daily).at(1).at(8) == "15.0"); // (20 + 5 + 20) / 3
    CHECK(scene.rows("capture-cost", daily).at(1).at(10) == "1");
}

TEST_CASE("the course of calls across midnight, and of calls that were up before they were over") {
    ReportScene scene(memory_start);
    scene.adjust = [](Capture& seen) { seen.dialog_look.from = seen.location_look.from = ReadFrom::both; };
    const auto answered = [](UtcSeconds at) { return std::to_string(at.time_since_epoch().count()); };
    put_call(scene, 10, "4", false, answered(memory_start - 30s));
    put_call(scene, 13, "1", false);
    put_call(scene, 15, "4", false, answered(memory_start + 40s)); // OpenSIPS's clock goes before
    put_call(scene, 16, "4", true, answered(memory_start));
    put_call(scene, 17, "1", false);
    scene.capture(memory_minute(0));
    scene.capture(memory_minute(1), {"dialog"});
    put_call(scene, 10, "5", false, answered(memory_start - 30s));
    put_call(scene, 15, "5", false, answered(memory_start + 40s));
    put_call(scene, 14, "5", false, answered(memory_start + 30s)); // nobody looked since
    put_call(scene, 13, "5", false);
    put_call(scene, 11, "2", false);
    put_call(scene, 12, "2", false);
    put_call(scene, 17, "2", false);
    put_call(scene, 18, "4", false, answered(memory_start + 90s)); // and never reaches the table
    scene.capture(memory_minute(2));
    for (const std::uint64_t id : {10U, 13U, 14U, 15U, 17U}) scene.rig.tables.dialog.erase(id);
    put_call(scene, 12, "4", true);
    scene.capture(memory_minute(3)); // midnight
    scene.capture(memory_minute(4));
    put_call(scene, 11, "4", true);
    scene.capture(memory_minute(5));
    scene.rig.tables.dialog.erase(11);
    scene.capture(memory_minute(6) + 96h); // after a pause of days, which call 12 outlasts
    const std::string who = "@a.org|9@b.org|2026-11-22 23:";
    const auto course = [&](const Asked& asked) {
        std::string text;
        for (const auto& row : scene.rows("call-course", asked)) {
            for (std::size_t i = 4; i < row.size(); ++i) text += (i == 4 ? "" : "|") + row[i].value_or("-");
            text += "\n";
        }
        return text;
    };
    const std::string eleven =
        "11" + who + "59:00|ringing|180|2026-11-23 00:02:00|2026-11-27 00:03:00|answered|c11\n";
    const std::string twelve = "12" + who + "59:00|ringing|60|2026-11-23 00:00:00|-|answered|c12\n";
    const std::string fourteen = "14" + who + "59:00|over|0|-|2026-11-22 23:59:00|answered|c14\n";
    const std::string thirteen = "13" + who + "57:00|created|120|-|2026-11-22 23:59:00|failed|c13\n";
    const auto gone_in_time = [](std::string line, const std::string& to) {
        // What the end of the range, or a pause after it, hides is not told.
        const auto at = line.find("|2026-11-27 00:03:00|");
        return to < "2026-11-27" && at != std::string::npos ? line.replace(at, 21, "|-|") : line;
    };
    const std::string seventeen = "17" + who + "57:00|created|180|-|2026-11-23 00:00:00|unknown|c17\n";
    // The newest are told by the key alone where they are within a day of the end.
    for (const char* to : {"2026-11-23 00:04:00", "2026-11-25 12:00:00", "2026-11-28 00:00:00"}) {
        Asked asked{.from = "2026-11-22 23:56:00", .to = to};
        const std::string first = gone_in_time(eleven, to);
        CHECK(course(asked) == first + twelve + fourteen + thirteen + seventeen);
        asked.domain = "a.org";
        CHECK(course(asked) == first + twelve + fourteen + thirteen + seventeen);
        asked.top = 2;
        CHECK(course(asked) == first + twelve);
        asked.domain = std::nullopt;
        CHECK(course(asked) == first + twelve);
        asked.top = 3;
        CHECK(course(asked) == first + twelve + fourteen);
        asked.domain = "nowhere.org";
        CHECK(course(asked) == "");
        CHECK(scene.rows("unseen", asked).empty());
        asked.domain = std::nullopt;
        const auto unseen = scene.rows("unseen", asked);
        REQUIRE(unseen.size() == 3); // calls 10 and 15 until they were over
        CHECK(unseen[0][5] == "18@a.org > 9@b.org");
        CHECK(unseen[0][8] == "2026-11-22 23:59:00");
        CHECK_FALSE(unseen[0][9]);
    }
    CHECK(scene.rows("unseen", {.from = "2026-11-22 00:00:00", .to = "2026-11-23 00:00:00"}).size() == 3);
}

TEST_CASE("reports of one minute show what MI told only of a capture that asked it") {
    ReportScene scene(memory_start);
    play_memory(scene);
    const auto count = [&](const std::string& report, const std::string& at) {
        return scene.rows(report, {.from = "", .to = "", .at = at}).size();
    };
    CHECK(count("calls-up", "2026-11-23 00:00:00") == 3);
    CHECK(count("calls-up", "2026-11-23 00:01:00") == 2); // call 2 was told before; nobody looked
    CHECK(count("long-calls", "2026-11-23 00:01:00") == 2);
    CHECK(count("calls-up", "2026-11-23 00:02:00") == 1);
    CHECK(count("online", "2026-11-23 00:00:00") == 2);
    CHECK(count("online", "2026-11-23 00:01:00") == 1);
    CHECK(count("online-by-source", "2026-11-23 00:01:00") == 1);
    CHECK(count("expiring-soon", "2026-11-23 00:00:00") == 2);
    CHECK(count("expiring-soon", "2026-11-23 00:01:00") == 1);
}

TEST_CASE("statistics below zero, by hand") {
    ReportScene scene(memory_start);
    scene.gauges["dialog:active_dialogs"] = 1;
    scene.capture(memory_minute(0));
    scene.adjust = [](Capture& seen) {
        seen.statistics.statistics.push_back(
            {"script", "seats", StatisticKind::counter, -3, SampleFlag::negative});
        seen.statistics.statistics.push_back(
            {"script", "lost", StatisticKind::counter, -1, SampleFlag::negative_rounded});
    };
    scene.capture(memory_minute(1));
    scene.capture(memory_minute(2));
    const std::string below = "3|7|0|script:lost|2|-|2026-11-22 23:58:00|2026-11-22 23:59:00\n"
                              "3|7|0|script:seats|2|-3|2026-11-22 23:58:00|2026-11-22 23:59:00\n";
    CHECK(scene.answer("below-zero", midnight_hour) == below);
    scene.pack(midnight(memory_start) + std::chrono::days{1});
    REQUIRE(scene.rig.rows("SELECT SUM(flagged), COUNT(*) FROM sample_day") == "2|3\n");
    CHECK(scene.answer("below-zero", midnight_hour) == below);
}
