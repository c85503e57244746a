// Calls up at a minute are looked for by their length: none of any length is overlooked.
#include "report_scene.hpp"

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

TEST_CASE("calls of every length are up from the capture that saw them first to the one that missed them") {
    const UtcSeconds evening = from_datetime("2026-11-20 20:00:00");
    ReportScene scene(evening, 60s, "report_calls_up");
    std::map<UtcSeconds, std::set<std::string>> seen; // by capture: ids of the calls that it saw
    std::map<std::string, std::pair<UtcSeconds, UtcSeconds>> calls;
    int turn = 0;
    for (const int bound : {1, 60, 240, 960, 3840, 15360, 61440, 90000})
        for (const int length : {bound - 1, bound, bound + 1}) {
            if (length <= 0) continue;
            const UtcSeconds from = evening + Seconds{7 * turn};
            const UtcSeconds to = from + Seconds{length};
            calls[std::to_string(++turn)] = {from, to};
            for (const UtcSeconds time : {from, to - 1s, to}) seen[time];
        }
    for (auto& [time, up] : seen) {
        scene.rig.tables.dialog.clear();
        for (const auto& [id, stay] : calls)
            if (stay.first <= time && time < stay.second) {
                up.insert(id);
                scene.rig.tables.put_dialog(std::stoull(id),
                                            {{"callid", id}, {"start_time", "1"}, {"state", "4"}});
            }
        scene.capture(time);
    }
    for (const auto& [time, up] : seen) {
        INFO(to_datetime(time));
        for (const char* report : {"calls-up", "long-calls"}) {
            std::set<std::string> told;
            for (const auto& row : scene.rows(report, {.at = to_datetime(time), .top = 100}))
                told.insert(row.back().value());
            CHECK(told == up);
        }
    }
}
