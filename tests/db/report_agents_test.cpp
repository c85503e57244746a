// Kinds of phone over time, of days that are added up.
#include "report_scene.hpp"

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;
using std::chrono::days;

namespace {

void put_phone(ReportScene& scene, std::uint64_t id, const std::optional<std::string>& domain,
               const std::optional<std::string>& agent) {
    scene.rig.tables.put_contact(id, {{"contact", "sip:" + std::to_string(id)},
                                      {"username", "u" + std::to_string(id)},
                                      {"domain", domain},
                                      {"expires", "100"},
                                      {"cseq", "1"},
                                      {"user_agent", agent},
                                      {"last_modified", "2026-11-20 00:00:00"}});
}

} // namespace

TEST_CASE("kinds of phone of a day that is added up are those that the last look of each hour saw") {
    const std::string agent = "desk \"1\" \\ é";
    const UtcSeconds day = from_datetime("2026-11-20 00:00:00");
    ReportScene scene(day, 900s, "report_agents");
    put_phone(scene, 1, "a.org", agent);
    put_phone(scene, 2, "b.org", agent);
    put_phone(scene, 3, "a.org", std::nullopt);
    put_phone(scene, 4, std::nullopt, "soft");
    scene.capture(day + 10h);
    scene.rig.tables.location.erase(3);
    scene.capture(day + 10h + 45min);
    put_phone(scene, 3, "a.org", std::nullopt);
    put_phone(scene, 5, "a.org", "soft");
    scene.capture(day + 11h);
    scene.capture(day + 11h + 15min, {"location"}); // is no look
    scene.rig.tables.location.erase(4);
    scene.rig.tables.location.erase(5);
    scene.capture(day + 30h);
    put_phone(scene, 5, "b.org", "soft");
    scene.capture(day + 31h);
    put_phone(scene, 6, "b.org", "soft");
    scene.capture(day + 49h);

    std::vector<Asked> questions{
        {.from = "2026-11-20 00:00:00", .to = "2026-11-23 00:00:00", .by = StepUnit::day, .top = 1}};
    for (const StepUnit by : {StepUnit::hour, StepUnit::day})
        for (const char* tz : {"UTC", "America/New_York", "Asia/Kolkata"})
            for (const auto& domain : {std::optional<std::string>(), std::optional<std::string>("a.org")})
                for (const char* to : {"2026-11-20 10:30:00", "2026-11-20 12:00:00", "2026-11-22 05:00:00"})
                    questions.push_back(
                        {.from = "2026-11-20 05:00:00", .to = to, .by = by, .tz = tz, .domain = domain});
    std::vector<std::string> told;
    for (const Asked& asked : questions) told.push_back(scene.answer("user-agents", asked));
    const std::string first = "2026-11-20 00:00:00|45|1440|0|2026-11-20 11:00:00|";
    const std::string second = "2026-11-21 00:00:00|30|1440|0|2026-11-21 07:00:00|";
    const std::string third = "2026-11-22 00:00:00|15|1440|0|2026-11-22 01:00:00|";
    const std::string desk = agent + "|2\n";
    const std::string by_day = first + desk + first + "soft|2\n" + first + "-|1\n" + second + desk + second +
                               "-|1\n" + second + "soft|1\n" + third + desk + third + "soft|2\n" + third +
                               "-|1\n";
    const auto three_days = [&] {
        return scene.answer("user-agents", {.from = "2026-11-20 00:00:00", .to = "2026-11-23 00:00:00"});
    };
    CHECK(three_days() == by_day);

    scene.roll_up(day + days{2});
    CHECK(scene.rig.rows(
              "SELECT domain, user_agent, JSON_EXTRACT(hours, '$[9]'), JSON_EXTRACT(hours, '$[10]'), "
              "JSON_EXTRACT(hours, '$[11]') FROM agent_roll_up WHERE day = '2026-11-20' ORDER BY place") ==
          "<null>|soft|null|1|1\na.org|<null>|null|0|1\na.org|" + agent +
              "|null|1|1\na.org|soft|null|0|1\nb.org|" + agent + "|null|1|1\n");
    CHECK(three_days() == by_day);
    for (std::size_t i = 0; i < questions.size(); ++i) {
        INFO(questions[i].to + ", " + questions[i].tz + ", " + questions[i].domain.value_or("all domains"));
        CHECK(scene.answer("user-agents", questions[i]) == told[i]);
    }

    // It is they that are asked, where hours are whole.
    scene.rig.database.sql().execute("UPDATE agent_roll_up SET hours = REPLACE(hours, '1', '7')");
    CHECK(three_days() == first + agent + "|14\n" + first + "soft|14\n" + first + "-|7\n" + second + agent +
                              "|14\n" + second + "-|7\n" + second + "soft|7\n" + third + desk + third +
                              "soft|2\n" + third + "-|1\n");
}
