// What OpenSIPS Control Panel kept of statistics, into the history, with the real program.
#include "site.hpp"
#include "support/catch.hpp"

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

/// Noon of the day before yesterday and so many minutes.
UtcSeconds minute_polled(int minute) {
    return midnight(std::chrono::floor<Seconds>(SystemClock().now())) - 36h + 60s * minute;
}
std::string clock_of(int minute) {
    return to_datetime(minute_polled(minute)).substr(11, 5);
}

void make_table(Site& site, const std::string& database) {
    site.live.sql().execute("CREATE TABLE " + database +
                            ".ocp_monitoring_stats (name VARCHAR(64) NOT NULL, time INT NOT NULL, value "
                            "VARCHAR(64) NOT NULL DEFAULT '0', box_id MEDIUMINT UNSIGNED NOT NULL DEFAULT 0, "
                            "PRIMARY KEY (name, time, box_id))");
}

/// The cron job runs some seconds behind the minute.
void poll(Site& site, int minute, const std::map<std::string, std::string>& values, int box = 1,
          const std::string& database = "") {
    for (const auto& [name, value] : values)
        site.live.sql().execute("INSERT INTO " + (database.empty() ? site.live.name() : database) +
                                ".ocp_monitoring_stats VALUES ('" + name + "', " +
                                std::to_string(minute_polled(minute).time_since_epoch().count() + 2) + ", '" +
                                value + "', " + std::to_string(box) + ")");
}

void let_read(Site& site, const std::string& database) {
    site.live.sql().execute("GRANT SELECT ON " + database + ".ocp_monitoring_stats TO '" + site.reader +
                            "'@'localhost'");
}

/// "12:00 core:rcv_requests=5" a line.
std::string samples(Site& site) {
    return site.history.rows("SELECT CONCAT(DATE_FORMAT(captured_at, '%H:%i'), ' ', `group`, ':', name, '=', "
                             "value) FROM statistic_sample WHERE node = '" +
                             site.settings.node +
                             "' AND name IN ('rcv_requests', 'active_dialogs') ORDER BY 1");
}

} // namespace

TEST_CASE("backfill ocp makes samples of what the control panel kept, and leaves out zeros that are none") {
    Site& site = shared_site("paneled");
    make_table(site, site.live.name());
    const std::string requests = "core:rcv_requests";
    const std::string dialogs = "dialog:active_dialogs";
    poll(site, 0, {{requests, "7"}, {dialogs, "1"}});
    poll(site, 1, {{requests, "9"}, {dialogs, "0"}});
    poll(site, 2, {{requests, "0"}, {dialogs, "0"}}); // OpenSIPS did not answer
    poll(site, 3, {{requests, "9"}, {dialogs, "3"}});
    poll(site, 4, {{requests, "10"}, {dialogs, "3"}}); // sipkeep was there
    poll(site, 5, {{requests, "2"}, {dialogs, "x"}});
    REQUIRE(site.sipkeep({"snapshot", "--at", to_rfc3339(minute_polled(4))}).exit_code == 0);
    const std::string live = samples(site);

    const ProgramResult denied = site.sipkeep({"backfill", "ocp", "-q"});
    CHECK(denied.exit_code == 3);
    CHECK_THAT(denied.err, ContainsSubstring("ocp_monitoring_stats"));
    let_read(site, site.live.name());

    const ProgramResult dry = site.sipkeep({"backfill", "ocp", "--dry-run"});
    CHECK(dry.exit_code == 3);
    CHECK(dry.out == "dry run, nothing stored: 4 captures to store, 1 already there, 1 not usable\n");
    CHECK(samples(site) == live);

    const ProgramResult done = site.sipkeep({"backfill", "ocp"});
    CHECK(done.exit_code == 3);
    CHECK(done.out == "4 captures stored, 1 already there, 1 not usable\n");
    CHECK_THAT(done.err, ContainsSubstring("ocp_monitoring_stats: dialog:active_dialogs at " +
                                           to_rfc3339(minute_polled(5) + 2s) + ": 'x' is no whole number"));
    CHECK_THAT(done.err, ContainsSubstring("2 zeros stood for values that OCP did not get, and were left "
                                           "out; 1 times it got none"));
    const auto line = [](int minute, const std::string& what) {
        return clock_of(minute) + " " + what + "\n";
    };
    CHECK(samples(site) == line(0, requests + "=7") + line(0, dialogs + "=1") + line(1, requests + "=9") +
                               line(1, dialogs + "=0") + line(3, requests + "=9") + line(3, dialogs + "=3") +
                               live + line(5, requests + "=2"));
    CHECK(site.ledger("provenance, mi_status, location_status, samples IS NULL") ==
          "ocp|ok|off|0\nocp|ok|off|0\nocp|ok|off|0\nlive|ok|ok|0\nocp|ok|off|0\n");
    // Between minutes 3 and 5 lies what sipkeep saw of another life; 1 to 3 is a gap of two minutes.
    CHECK(site.history.rows("SELECT seconds, increase FROM statistic_rate WHERE node = 'paneled' AND name = "
                            "'rcv_requests' AND captured_at = '" +
                            to_datetime(minute_polled(3)) + "'") == "120.0000|0\n");

    const std::string all = samples(site);
    CHECK(site.sipkeep({"backfill", "ocp"}).out == "0 captures stored, 5 already there, 1 not usable\n");
    CHECK(samples(site) == all);
    CHECK(site.sipkeep({"verify", "--node", "paneled"}).exit_code == 0);
    site.live.sql().execute("DROP TABLE ocp_monitoring_stats");
}

TEST_CASE("backfill ocp of several boxes asks which, and takes a range out of another database") {
    Site& site = shared_site("boxed");
    const std::string database = site.live.name() + "_panel";
    site.live.sql().execute("CREATE DATABASE " + database);
    make_table(site, database);
    let_read(site, database);
    std::vector<std::string> command{"backfill", "ocp", "--table", database + ".ocp_monitoring_stats", "-q"};
    const auto with = [&command](const std::vector<std::string>& more) {
        std::vector<std::string> all = command;
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    const ProgramResult none = site.sipkeep(command);
    CHECK(none.exit_code == 1);
    CHECK_THAT(none.err, ContainsSubstring("ocp_monitoring_stats: holds no samples"));

    for (int minute = 0; minute < 5; ++minute) {
        poll(site, minute, {{"core:rcv_requests", std::to_string(minute)}}, 1, database);
        poll(site, minute, {{"core:rcv_requests", std::to_string(minute + 40)}}, 3, database);
    }
    const ProgramResult which = site.sipkeep(command);
    CHECK(which.exit_code == 2);
    CHECK_THAT(which.err, ContainsSubstring("has samples of boxes 1, 3; which is this node? give --box"));
    const ProgramResult done = site.sipkeep(
        with({"--box", "3", "--from", to_rfc3339(minute_polled(1)), "--to", to_rfc3339(minute_polled(3))}));
    CHECK(done.err == "");
    CHECK(done.exit_code == 0);
    CHECK(done.out == "2 captures stored, 0 already there, 0 not usable\n");
    CHECK(samples(site) == clock_of(1) + " core:rcv_requests=41\n" + clock_of(2) + " core:rcv_requests=42\n");
    CHECK(site.sipkeep(with({"--box", "3"})).out == "3 captures stored, 2 already there, 0 not usable\n");
    CHECK(site.sipkeep({"verify", "--node", "boxed"}).exit_code == 0);

    // A clock that ran ahead.
    poll(site, 60 * 24 * 400, {{"core:rcv_requests", "1"}}, 3, database);
    command.pop_back();
    const ProgramResult ahead = site.sipkeep(with({"--box", "3"}));
    CHECK(ahead.exit_code == 3);
    CHECK_THAT(ahead.err, ContainsSubstring("samples that are still to come"));
    CHECK(site.sipkeep({"backfill", "ocp", "--table", "a`b", "-q"}).exit_code == 2);
    CHECK(site.sipkeep({"backfill", "ocp", "--table", "none_such", "-q"}).exit_code == 3);
    site.live.sql().execute("DROP DATABASE " + database);
}
