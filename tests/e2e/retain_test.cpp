// `sipkeep retain` as operators run it: with a user of its own, beside captures, cut off anywhere.
#include "site.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <csignal>
#include <thread>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

constexpr int day = 24 * 60; ///< in minutes

/// Some minutes of each of some days.
void live(Site& site, int days, int minutes) {
    long uptime = 1000;
    long requests = 0;
    for (int d = 0; d < days; ++d)
        for (int m = 0; m < minutes; ++m) {
            uptime += 60;
            requests += 7 + m;
            site.mi.counters(uptime, {{"core:rcv_requests", std::to_string(requests)}});
            REQUIRE(site.snapshot(d * day + m).exit_code == 0);
        }
}

std::string answers(Site& site) {
    return site.history.rows(
               "SELECT node, captured_at, day, `group`, name, kind, value, flag FROM statistic_sample "
               "ORDER BY 1, 2, 4, 5") +
           site.history.rows("SELECT * FROM statistic_rate ORDER BY 1, 2, 3, 4");
}

void with_its_own_user(Site& site) {
    site.settings.more = "retention: { option_file: " + site.folder.path("retain.cnf") + " }\n";
}

} // namespace

TEST_CASE("retain packs what is older than pack_after, with its own user's rights, and says so") {
    Site site("retain");
    with_its_own_user(site);
    live(site, 4, 3);
    const std::string before = answers(site);
    const std::string noon = site.at(3 * day);

    const ProgramResult dry = site.sipkeep({"retain", "--at", noon, "--dry-run", "-v"});
    CHECK(dry.exit_code == 0);
    CHECK(dry.out == "dry run, nothing changed: 1 days of samples to pack, 0 partitions to drop now\n");
    CHECK_THAT(dry.err, ContainsSubstring("would pack the samples of " + site.datetime(0).substr(0, 10) +
                                          ", which is older than retention.pack_after"));
    CHECK(site.history.rows("SELECT COUNT(*) FROM sample_day") == "0\n");

    const ProgramResult nobody = site.sipkeep({"retain", "--at", noon, "--node", "sbc9"});
    CHECK(nobody.exit_code == 1);
    CHECK_THAT(nobody.err, ContainsSubstring("node sbc9 has no history here"));

    const ProgramResult done = site.sipkeep({"retain", "--at", noon, "--node", site.settings.node});
    CHECK(done.exit_code == 0);
    CHECK(done.out == "");
    CHECK(done.err == "");
    CHECK(site.history.rows("SELECT COUNT(DISTINCT day), SUM(samples) FROM sample_day") ==
          site.history.rows("SELECT 1, SUM(samples) FROM capture WHERE captured_at < '" + site.datetime(day) +
                            "'"));
    CHECK(answers(site) == before);
    CHECK(site.history.rows("SELECT finished_at FROM retention_task") == site.datetime(3 * day) + "\n");

    const ProgramResult json = site.sipkeep({"retain", "--at", site.at(5 * day), "--json"});
    CHECK_THAT(json.out, ContainsSubstring(R"("days_packed":2)"));
    CHECK_THAT(json.out, ContainsSubstring(R"("partitions_dropped":)"));
    CHECK(answers(site) == before);
    const ProgramResult verified = site.sipkeep({"verify"});
    CHECK(verified.out == "");
    CHECK(verified.exit_code == 0);
}

TEST_CASE("retain with the minute run's user says what it lacks, and harms nothing") {
    Site site("retain_writer");
    live(site, 4, 2);
    const std::string before = answers(site);
    const ProgramResult denied = site.sipkeep({"retain", "--at", site.at(5 * day)});
    CHECK(denied.exit_code == 1);
    CHECK_THAT(denied.err, ContainsSubstring("denied"));
    CHECK_THAT(denied.err, ContainsSubstring("retention.option_file"));
    CHECK(answers(site) == before);
    CHECK(site.snapshot(4 * day).exit_code == 0);
}

TEST_CASE("a retain that is killed anywhere is taken up by the next, and nobody sees it") {
    Site site("retain_killed");
    with_its_own_user(site);
    live(site, 4, 3);
    const std::string before = answers(site);
    int killed = 0;
    for (int after_ms = 0; after_ms < 400; after_ms += 20) {
        auto run = site.start({"retain", "--at", site.at(4 * day)});
        std::this_thread::sleep_for(std::chrono::milliseconds{after_ms});
        run->signal(SIGKILL);
        if (run->wait().exit_code != 0) ++killed;
        REQUIRE(answers(site) == before);
    }
    CHECK(killed > 0);
    CHECK(site.sipkeep({"retain", "--at", site.at(4 * day)}).exit_code == 0);
    CHECK(answers(site) == before);
    CHECK(site.history.rows("SELECT COUNT(DISTINCT day) FROM sample_day") == "2\n");
    CHECK(site.sipkeep({"verify"}).exit_code == 0);
}
