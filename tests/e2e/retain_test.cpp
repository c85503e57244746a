// `sipkeep retain` as operators run it: with a user of its own, beside captures, cut off anywhere.
#include "sipkeep/db/reports.hpp"

#include "retention.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

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

/// Of each of ten days a record of a call that ended as it began, and one of a call that ended as it ended.
void keep_records(Site& site) {
    for (int d = 0; d < 10; ++d)
        for (const std::string time : {"00:00:00", "23:59:59"})
            site.history.sql().execute(
                "INSERT INTO acc_history (node_id, ended_at, life, id, method, callid, sip_code) SELECT 1, "
                "'" +
                site.datetime(d * day).substr(0, 10) + " " + time +
                "', 1, COUNT(*) + 1, 'INVITE', CONCAT('never', COUNT(*)), '200' FROM acc_history");
    site.history.sql().execute("INSERT INTO acc_taken VALUES (1, 'acc', 1, 0, X'FEFF1F', X'FEFF1F', 20, 0)");
}

/// Ten days of three captures, in which contact 1 and call 1 stay and others come and go. On `second_joins`
/// contact 2 comes to stay.
void live_ten_days(Site& site, int second_joins = -1) {
    long uptime = 1000;
    site.add_contact(1);
    site.add_dialog(1);
    for (int d = 0; d < 10; ++d) {
        for (int m = 0; m < 3; ++m) {
            uptime += 60;
            site.mi.counters(uptime, {{"core:rcv_requests", std::to_string(uptime * 3)}});
            if (m == 1) site.add_contact(100 + d);
            if (m == 1) site.add_dialog(100 + d);
            if (m == 2) site.remove_dialog(100 + d);
            if (m == 1 && d == second_joins) site.add_contact(2);
            if (m == 2) site.remove_contact(100 + d - 1);
            REQUIRE(site.snapshot(d * day + m).exit_code == 0);
        }
        uptime += (day - 3) * 60;
    }
}

const Report& report_named(const std::string& name) {
    const auto found = std::ranges::find(embedded_reports(), name, &Report::name);
    REQUIRE(found != embedded_reports().end());
    return *found;
}

/// Of the first `days` days, whatever the clock of the machine says of them.
ReportQuestion question_of(Site& site, int days, StepUnit by) {
    ReportQuestion question;
    question.nodes = {"sbc1"};
    question.steps = divide(midnight(from_datetime(site.datetime(0))),
                            midnight(from_datetime(site.datetime(days * day))), by, "UTC");
    return question;
}

std::string report(Site& site, const std::string& name, int days, StepUnit by) {
    ReportReader reader(site.history.settings());
    const Report& asked = report_named(name);
    const ReportQuestion question = question_of(site, days, by);
    const SettledQuestion settled = reader.settled(asked, question);
    const ReportExtent& extent = settled.extent;
    std::string text =
        extent.kept_from > question.steps.from ? "from " + to_datetime(extent.kept_from) + "\n" : "";
    reader.ask(asked, settled, [&](const auto& row) {
        for (const auto& field : row) text += field.value_or("-") + "|";
        text += "\n";
    });
    return text;
}

/// Before which hours and days of ten answer, by day.
std::string minutes_from(Site& site, const std::string& name) {
    ReportReader reader(site.history.settings());
    return to_datetime(
        reader.settled(report_named(name), question_of(site, 10, StepUnit::day)).extent.minutes_from);
}

std::string snapshots_from(Site& site, int first_day) {
    const std::string from =
        " WHERE captured_at >= '" + site.datetime(first_day * day).substr(0, 10) + "' ORDER BY 1, 2, 3";
    return site.history.rows("SELECT * FROM location_snapshot" + from) +
           site.history.rows("SELECT * FROM dialog_snapshot" + from) +
           site.history.rows("SELECT node, captured_at, `group`, name, value FROM statistic_sample" + from +
                             ", 4, 5");
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
    CHECK(dry.out == "dry run, nothing changed: 1 days of samples to pack, 3 to roll up, 0 partitions to "
                     "drop now, 0 that have to stay longer than they are kept for\n");
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

TEST_CASE("export --openmetrics says the same of samples that are packed") {
    Site site("retain_openmetrics");
    with_its_own_user(site);
    live(site, 3, 4);
    const std::vector<std::string> export_all{"export",   "--openmetrics", "--from",
                                              site.at(0), "--to",          site.at(3 * day)};
    const ProgramResult plain = site.sipkeep(export_all);
    REQUIRE(plain.exit_code == 0);
    CHECK(lines_of(plain.out) == 3 * 4 * 5 + 9); // three statistics, two tables, four heads, the end
    const ProgramResult retained = site.sipkeep({"retain", "--at", site.at(6 * day)});
    REQUIRE(retained.err == "");
    REQUIRE(site.history.rows("SELECT COUNT(*) FROM sample") == "0\n");
    CHECK(site.sipkeep(export_all).out == plain.out);
}

TEST_CASE("a day that loses to somebody else (1213) is rolled up again at once") {
    Site site("retain_deadlock");
    with_its_own_user(site);
    site.add_contact(1);
    live(site, 3, 3);
    REQUIRE(site.sipkeep({"retain", "--at", site.at(5 * day)}).exit_code == 0);
    const std::string roll_ups = "SELECT * FROM statistic_roll_up ORDER BY 1, 2, 3";
    const std::string before = site.history.rows(roll_ups);
    auto& sql = site.history.sql();
    const auto deadlocks = [&] { return sql.few("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'"); };
    const auto count = [&] {
        auto row = deadlocks();
        row.next();
        return row.number(1);
    };
    const std::uint64_t had = count();

    // The server gives up the transaction that has written less.
    sql.execute(
        "CREATE TABLE weight (id INT AUTO_INCREMENT PRIMARY KEY) SELECT seq AS id FROM seq_1_to_3000");
    Connection stranger(site.history.settings(), "a stranger");
    const auto hold = [&](const std::string& table) {
        static_cast<void>(stranger.value("SELECT COUNT(*) FROM " + table + " FOR UPDATE"));
    };
    stranger.execute("START TRANSACTION");
    stranger.execute("DELETE FROM weight");
    hold("registration_roll_up");
    const auto running =
        site.start({"retain", "--rebuild", site.datetime(0).substr(0, 10), "--at", site.at(5 * day)});
    REQUIRE(wait_until([&] {
        std::this_thread::sleep_for(
            Milliseconds{150}); // asked more often, the server tells what it told before
        return sql.value(
                   "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'") == "1";
    }));
    hold("statistic_roll_up"); // whose rows of that day it has written
    stranger.execute("ROLLBACK");
    const ProgramResult result = running->wait();
    CHECK(count() == had + 1);
    CHECK(result.err == "");
    CHECK(result.exit_code == 0);
    CHECK(site.history.rows(roll_ups) == before);
    sql.execute("DROP TABLE weight");
    CHECK(site.sipkeep({"verify"}).exit_code == 0);
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

TEST_CASE("retain drops what is older than its class is kept for, and nothing that is open") {
    Site site("retain_drops");
    with_its_own_user(site,
                      ", pack_after: 1d, samples: 4d, dialog: 4d, location: 4d, refresh: 2d, records: 4d");
    live_ten_days(site);
    keep_records(site);
    const std::string domains = report(site, "registrations-by-domain", 8, StepUnit::day);
    const std::string rates = report(site, "requests", 8, StepUnit::day);
    REQUIRE(domains.size() > 200);
    const std::string noon = site.at(10 * day); // keeps four whole days before today: from day 6 on
    const std::string kept = snapshots_from(site, 8);

    const ProgramResult dry = site.sipkeep({"retain", "--at", noon, "--dry-run", "-v"});
    CHECK(dry.exit_code == 0);
    CHECK_THAT(dry.err, ContainsSubstring("would keep partition p"));
    CHECK_THAT(
        dry.err,
        ContainsSubstring(
            "of location_version, older than retention.location: it is not rolled up yet of node sbc1"));
    CHECK(site.history.rows("SELECT COUNT(*) FROM kept_from") == "0\n");

    const ProgramResult done = site.sipkeep({"retain", "--at", noon, "-v"});
    CHECK(done.exit_code == 0);
    CHECK_THAT(done.err, ContainsSubstring(", older than retention.refresh"));
    const std::string six = site.datetime(6 * day).substr(0, 10) + " 00:00:00\n";
    CHECK(site.history.rows(
              "SELECT since FROM kept_from WHERE class IN ('samples', 'dialog', 'location', 'records') "
              "GROUP BY since") == six);
    for (const std::string table : {"location_version", "dialog_version"})
        CHECK(site.history.rows("SELECT COUNT(*) FROM " + table + " WHERE valid_from < '" +
                                six.substr(0, 10) + "'") == "0\n");
    CHECK(site.history.rows("SELECT COUNT(*) FROM sample_day WHERE day < '" + six.substr(0, 10) + "'") ==
          "0\n");
    CHECK(site.history.rows("SELECT MIN(day) FROM gateway_roll_up") == six.substr(0, 10) + "\n");
    CHECK(site.history.rows("SELECT MIN(ended_at), COUNT(*) FROM record_never_live") ==
          six.substr(0, six.size() - 1) + "|8\n");
    CHECK(site.history.rows("SELECT MIN(DATE(valid_from)), COUNT(DISTINCT DATE(valid_from)) FROM "
                            "call_without_record WHERE dlg_id > 1") == six.substr(0, 10) + "|4\n");
    CHECK(site.history.rows("SELECT COUNT(*) FROM registration_event WHERE at < '" + six.substr(0, 10) +
                            "'") == "0\n");
    for (const std::string sums : {"agent_roll_up", "aor_roll_up", "stay_roll_up"})
        CHECK(site.history.rows("SELECT COUNT(*) FROM " + sums + " WHERE day < '" + six.substr(0, 10) +
                                "'") == "0\n");

    CHECK(snapshots_from(site, 8) == kept);
    // Without their refreshes, but all there.
    CHECK(site.history.rows("SELECT COUNT(*), COUNT(expires) FROM location_snapshot WHERE captured_at = '" +
                            site.datetime(7 * day + 1) + "'") == "3|0\n");
    CHECK(site.history.rows("SELECT first_seen, began FROM location_history WHERE contact_id = 1 AND "
                            "valid_to = '9999-12-31 00:00:00'") ==
          site.datetime(0) + "|" + site.datetime(0) + "\n");
    CHECK(report(site, "registrations-by-domain", 8, StepUnit::day) == domains);
    CHECK(report(site, "requests", 8, StepUnit::day) == rates);
    const std::string from_six = "from " + six;
    CHECK(report(site, "requests", 8, StepUnit::minute).starts_with(from_six));
    CHECK(report(site, "moves", 8, StepUnit::all).starts_with(from_six));
    const ProgramResult verified = site.sipkeep({"verify"});
    CHECK(verified.out == "");
    CHECK(verified.exit_code == 0);

    // A node that looks no more keeps its open calls and registrations, and the days they began on.
    const ProgramResult later = site.sipkeep({"retain", "--at", site.at(400 * day), "-v"});
    CHECK(later.exit_code == 0);
    CHECK_THAT(later.err, ContainsSubstring("daily partitions end at "));
    CHECK_THAT(
        later.err,
        ContainsSubstring("of location_version, older than retention.location: node sbc1 has open ones that "
                          "began before its end: it has not looked since"));
    CHECK(site.history.rows(
              "SELECT COUNT(*) FROM dialog_open o JOIN dialog_version v ON v.node_id = o.node_id AND "
              "v.valid_from = o.valid_from AND v.dlg_id = o.dlg_id") == "1\n");
    CHECK(site.history.rows("SELECT COUNT(*) FROM location_snapshot WHERE captured_at = '" +
                            site.datetime(9 * day + 2) + "'") == "2\n");
    CHECK(site.sipkeep({"verify"}).out == "");
}

TEST_CASE(
    "retain drops captures once all they explain is gone, but the first one, and the archive stays whole") {
    Site site("retain_ledger");
    with_its_own_user(site,
                      ", pack_after: 1d, samples: 4d, dialog: 4d, location: 4d, refresh: 2d, dispatcher: 4d, "
                      "records: 4d, rollup_hour: 5d, rollup_day: 5d, ledger: 5d");
    live_ten_days(site, 2);
    const auto captures = [&] {
        return site.history.rows("SELECT captured_at FROM capture ORDER BY 1 LIMIT 2");
    };
    const std::string first = site.datetime(0) + "\n";
    const std::string came = report(site, "registrations-by-domain", 10, StepUnit::day);
    // Nothing is rolled up yet, so all have to stay.
    CHECK_THAT(site.sipkeep({"retain", "--at", site.at(10 * day), "--dry-run", "--json"}).out,
               ContainsSubstring(R"("captures_dropped":0)"));

    REQUIRE(site.sipkeep({"retain", "--at", site.at(10 * day)}).exit_code == 0);
    CHECK(captures() == first + site.datetime(5 * day) + "\n");
    CHECK(site.sipkeep({"verify"}).out == "");
    // What is left of ten days: the last five, as they were.
    const std::string since = "from " + site.datetime(5 * day).substr(0, 10) + " 00:00:00\n";
    const std::string kept = report(site, "registrations-by-domain", 10, StepUnit::day);
    REQUIRE(kept.starts_with(since));
    CHECK(came.ends_with(kept.substr(since.size())));

    const std::string five = site.datetime(5 * day).substr(0, 10);
    CHECK(site.sipkeep({"retain", "--at", site.at(10 * day), "--rebuild", five}).exit_code == 0);
    CHECK(site.sipkeep({"verify"}).out == "");
    CHECK(report(site, "registrations-by-domain", 10, StepUnit::day) == kept);
    REQUIRE(site.snapshot(10 * day).exit_code == 0);
    CHECK_THAT(site.sipkeep({"retain", "--at", site.at(11 * day), "--dry-run", "--json"}).out,
               ContainsSubstring(R"("captures_dropped":3)"));
    REQUIRE(site.sipkeep({"retain", "--at", site.at(11 * day)}).exit_code == 0);
    CHECK(captures() == first + site.datetime(6 * day) + "\n");
    CHECK(site.sipkeep({"verify"}).out == "");

    // A dead node's last days stay, and so do their captures.
    CHECK(site.sipkeep({"retain", "--at", site.at(400 * day)}).exit_code == 0);
    CHECK(site.history.rows("SELECT COUNT(*) > 1 FROM capture") == "1\n");
    CHECK(site.sipkeep({"verify"}).out == "");
}

TEST_CASE("sums of calls go with the minutes of their day, and a week with its Sunday") {
    Site site("retain_calls");
    with_its_own_user(site, ", calls: 5d");
    REQUIRE(site.snapshot(0).exit_code == 0);
    const std::string kept = site.datetime(5 * day).substr(0, 10); // retain runs on the tenth
    const auto first_of = [&](const std::string& table, const std::string& column) {
        return site.history.rows("SELECT MIN(" + column + ") FROM " + table);
    };
    auto& sql = site.history.sql();
    for (int d = 0; d < 10; ++d) {
        const std::string date = "'" + site.datetime(d * day).substr(0, 10);
        for (const std::string time : {" 00:00:00'", " 23:00:00'"}) {
            sql.execute("INSERT INTO cdr_minute VALUES (1, " + date + time +
                        ", '*', 'all', 1, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, NULL, '')");
            sql.execute("INSERT INTO cdr_hour VALUES (1, " + date + time +
                        ", '*', 'all', 1, 1, 0, 0, 1, 0, NULL)");
            sql.execute("INSERT INTO cdr_failure_minute VALUES (1, " + date + time + ", 404, '', 1)");
        }
        sql.execute("INSERT INTO cdr_endpoint_day VALUES (1, " + date +
                    "', 7, '1@a.org', 1, 0, 1, 0, 1, 1, 1)");
        sql.execute("INSERT IGNORE INTO cdr_endpoint_week VALUES (1, " + date + "' - INTERVAL WEEKDAY(" +
                    date + "') DAY, 7, '1@a.org', 1, 0, 1, 0, 1, 1, 1)");
    }
    const ProgramResult done = site.sipkeep({"retain", "--at", site.at(10 * day)});
    CHECK(done.err == "");
    CHECK(done.exit_code == 0);
    CHECK(first_of("cdr_minute", "minute") == kept + " 00:00:00\n");
    CHECK(first_of("cdr_hour", "hour") == kept + " 00:00:00\n");
    CHECK(first_of("cdr_failure_minute", "minute") == kept + " 00:00:00\n");
    CHECK(first_of("cdr_endpoint_day", "day") == kept + "\n");
    CHECK(first_of("cdr_endpoint_week", "week") ==
          site.history.rows("SELECT CAST('" + kept + "' - INTERVAL WEEKDAY('" + kept + "') DAY AS DATE)"));
}

TEST_CASE("hours and days outlive the captures, and reports go on with them and say so") {
    Site site("retain_rolled_ledger");
    with_its_own_user(site,
                      ", pack_after: 1d, samples: 4d, dialog: 4d, location: 4d, refresh: 2d, dispatcher: 4d, "
                      "ledger: 4d");
    live_ten_days(site, 2);
    const std::vector<std::pair<std::string, StepUnit>> reports{{"concurrent-calls", StepUnit::day},
                                                                {"registrations", StepUnit::day},
                                                                {"requests", StepUnit::day},
                                                                {"registrations-by-domain", StepUnit::day},
                                                                {"dispatcher-availability", StepUnit::all}};
    std::vector<std::string> before;
    for (const auto& [name, by] : reports) before.push_back(report(site, name, 10, by));
    REQUIRE(site.sipkeep({"retain", "--at", site.at(10 * day)}).exit_code == 0);
    CHECK(site.history.rows("SELECT COUNT(*) FROM capture WHERE captured_at > '" + site.datetime(0) +
                            "' AND captured_at < '" + site.datetime(6 * day).substr(0, 10) + "'") == "0\n");
    for (std::size_t i = 0; i < reports.size(); ++i) {
        INFO(reports[i].first);
        CHECK(report(site, reports[i].first, 10, reports[i].second) == before[i]);
    }
    const std::string six = site.datetime(6 * day).substr(0, 10);
    CHECK(report(site, "gaps", 10, StepUnit::all).starts_with("from " + six));
    CHECK(minutes_from(site, "concurrent-calls") == site.datetime(6 * day).substr(0, 10) + " 00:00:00");
    CHECK(site.sipkeep({"verify"}).out == "");
}

TEST_CASE("verify asks for no roll-up of a day on which nobody looked") {
    Site site("retain_pause");
    with_its_own_user(site, ", pack_after: 1d");
    site.add_contact(1);
    for (const int d : {0, 1, 4, 5}) REQUIRE(site.snapshot(d * day).exit_code == 0);
    REQUIRE(site.sipkeep({"retain", "--at", site.at(7 * day)}).exit_code == 0);
    CHECK(site.history.rows("SELECT COUNT(*) FROM registration_day") == "4\n");
    CHECK(site.sipkeep({"verify"}).out == "");
}

TEST_CASE("retain --rebuild derives what somebody changed again, and verify tells it") {
    Site site("retain_rebuild");
    with_its_own_user(site, ", pack_after: 1d");
    live_ten_days(site);
    keep_records(site);
    const ProgramResult retained = site.sipkeep({"retain", "--at", site.at(6 * day)});
    REQUIRE(retained.err == "");
    CHECK(site.sipkeep({"verify"}).out == "");
    const std::string right = site.history.rows("SELECT * FROM registration_hour ORDER BY begins, domain");
    const std::string day_two = site.datetime(2 * day).substr(0, 10);
    site.history.sql().execute("UPDATE registration_roll_up SET most = 77 WHERE day = '" + day_two + "'");
    site.history.sql().execute("DELETE FROM registration_event WHERE DATE(at) = '" + day_two + "'");
    site.history.sql().execute("UPDATE agent_roll_up SET hours = '[]' WHERE day = '" + day_two + "' LIMIT 1");
    site.history.sql().execute("UPDATE aor_roll_up SET went = went + 1 WHERE day = '" + day_two +
                               "' LIMIT 1");
    site.history.sql().execute("UPDATE statistic_roll_up SET total = total + 1 WHERE day = '" + day_two +
                               "' LIMIT 1");
    site.history.sql().execute("UPDATE capture_roll_up SET looks = looks + 1 WHERE day = '" + day_two +
                               "' LIMIT 1");
    site.history.sql().execute("UPDATE dispatcher_roll_up SET active = active + 1 WHERE day = '" + day_two +
                               "' LIMIT 1");
    site.history.sql().execute(
        "INSERT INTO dispatcher_event (node_id, at, partition_name, set_id, uri, occurrence) "
        "VALUES (1, '" +
        site.datetime(2 * day + 1) + "', 'default', 1, 'sip:nobody', 0)");
    site.history.sql().execute("INSERT INTO epoch VALUES (1, '" + site.datetime(2 * day + 1) + "', '" +
                               site.datetime(2 * day) + "')");
    site.history.sql().execute("UPDATE gateway_roll_up SET seconds = seconds + 1 WHERE day = '" + day_two +
                               "' LIMIT 1");
    site.history.sql().execute("DELETE FROM call_without_record WHERE DATE(valid_from) = '" + day_two + "'");
    site.history.sql().execute("DELETE FROM record_never_live WHERE DATE(ended_at) = '" + day_two +
                               "' LIMIT 1");
    site.history.sql().execute("INSERT INTO long_refresh VALUES (1, '" + site.datetime(2 * day + 1) +
                               "', 1, '" + site.datetime(2 * day) + "', '" + site.datetime(2 * day) +
                               "', NULL)");
    const ProgramResult told = site.sipkeep({"verify"});
    CHECK(told.exit_code == 5);
    for (const char* table :
         {"statistic_roll_up", "registration_roll_up", "registration_event", "agent_roll_up", "aor_roll_up",
          "stay_roll_up", "capture_roll_up", "dispatcher_roll_up", "dispatcher_event", "epoch",
          "gateway_roll_up", "long_refresh", "call_without_record", "record_never_live"})
        CHECK_THAT(told.out,
                   ContainsSubstring("roll_ups: " + std::string(table) + ", node sbc1, " + day_two));
    CHECK_THAT(told.out, ContainsSubstring("sipkeep retain --rebuild " + day_two));
    const ProgramResult again =
        site.sipkeep({"retain", "--at", site.at(6 * day), "--rebuild", day_two, "-v"});
    CHECK(again.exit_code == 0);
    CHECK_THAT(again.err, ContainsSubstring("rolling up 1 days again"));
    CHECK(site.sipkeep({"verify"}).out == "");
    CHECK(site.history.rows("SELECT * FROM registration_hour ORDER BY begins, domain") == right);
    CHECK(site.history.rows("SELECT COUNT(*) FROM epoch") == "1\n");

    // An address of record that is forgotten is counted under the number of its new name.
    const std::string counts = "SELECT day, SUM(came), SUM(went) FROM aor_roll_up GROUP BY day";
    const std::string counted = site.history.rows(counts);
    REQUIRE(lines_of(counted) > 2);
    const std::string numbers = site.history.rows("SELECT GROUP_CONCAT(DISTINCT aor) FROM aor_roll_up");
    const std::string aor = site.history.rows(
        "SELECT CONCAT(username, '@', domain) FROM location_version WHERE contact_id = 102 LIMIT 1");
    const ProgramResult forgot = site.sipkeep({"forget", aor.substr(0, aor.size() - 1), "--json"});
    CHECK(forgot.err == "");
    CHECK_THAT(forgot.out, ContainsSubstring("\"aor_roll_up\":2,"));
    CHECK_THAT(forgot.out, ContainsSubstring("\"agent_roll_up\":2,"));
    REQUIRE(site.history.rows("SELECT COUNT(*) > 0 FROM agent_roll_up") == "1\n"); // of other days
    CHECK(site.history.rows("SELECT GROUP_CONCAT(DISTINCT aor) FROM aor_roll_up") != numbers);
    CHECK(site.history.rows(counts) == counted);
    CHECK(site.sipkeep({"verify"}).out == "");

    const std::string left =
        "SELECT CONCAT(v.username, '@', v.domain), e.aor FROM registration_event e JOIN location_version v "
        "ON "
        "v.node_id = e.node_id AND v.valid_from = e.version_from AND v.contact_id = e.contact_id "
        "WHERE e.what = 'left' ORDER BY e.at DESC, e.contact_id LIMIT 1";
    const std::string gone = site.history.rows(left);
    CHECK(site.sipkeep({"forget", gone.substr(0, gone.find('|'))}).exit_code == 0);
    CHECK(site.history.rows(left).substr(site.history.rows(left).find('|')) != gone.substr(gone.find('|')));
    CHECK(site.sipkeep({"verify"}).out == "");

    const std::string domain = site.history.rows("SELECT DISTINCT domain FROM registration_roll_up");
    REQUIRE(lines_of(domain) == 1);
    REQUIRE(site.history.rows("SELECT COUNT(*) > 0 FROM stay_roll_up") == "1\n");
    CHECK(site.sipkeep({"forget", domain.substr(0, domain.size() - 1)}).exit_code == 3); // some are open
    CHECK(site.history.rows("SELECT DISTINCT domain FROM registration_roll_up") == "(forgotten)\n");
    CHECK(site.history.rows("SELECT COUNT(*) FROM agent_roll_up") == "0\n"); // likewise
    CHECK(site.history.rows("SELECT COUNT(*) FROM stay_roll_up") ==
          "0\n"); // until its days are added up again
    CHECK(site.sipkeep({"retain", "--at", site.at(6 * day)}).exit_code == 0);
    CHECK(site.history.rows("SELECT DISTINCT domain, user_agent FROM agent_roll_up") ==
          "(forgotten)|<null>\n");
    CHECK(site.sipkeep({"verify"}).out == "");
}

TEST_CASE("a domain is forgotten also on days whose counts by domain are gone before the versions") {
    Site site("retain_forget_sums");
    with_its_own_user(site, ", pack_after: 1d, rollup_hour: 3d, rollup_day: 3d");
    live_ten_days(site);
    REQUIRE(site.sipkeep({"retain", "--at", site.at(10 * day)}).err == "");
    const auto early = [&](const std::string& table) {
        return site.history.rows("SELECT COUNT(*) > 0 FROM " + table + " WHERE day < '" +
                                 site.datetime(6 * day).substr(0, 10) + "'") == "1\n";
    };
    REQUIRE_FALSE(early("registration_roll_up"));
    site.history.sql().execute("DELETE FROM registration_roll_up"); // as some days later
    REQUIRE(early("stay_roll_up"));
    REQUIRE(early("agent_roll_up"));
    CHECK(site.sipkeep({"forget", "x.test"}).exit_code == 3); // some are open
    CHECK_FALSE(early("stay_roll_up"));
    CHECK_FALSE(early("agent_roll_up"));
    CHECK(site.sipkeep({"verify"}).out == "");
}
