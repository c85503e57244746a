// Calls from acc, as an operator takes them: by backfill, and by every snapshot.
#include "site.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <csignal>
#include <fstream>
#include <tuple>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

/// A site whose OpenSIPS keeps accounts, and whose reader may read them.
struct AccSite {
    Site site{"acc"};
    int next = 1;

    AccSite() {
        for (const std::string table : {"acc", "missed_calls"}) {
            site.live.load(SIPKEEP_FIXTURES "/opensips/3.6/" + table + ".sql");
            site.history.sql().execute("GRANT SELECT ON `" + site.live.name() + "`." + table + " TO '" +
                                       site.reader + "'@'localhost'");
        }
    }
    /// An answered call that ends in that minute of today.
    void call(int minute, int seconds, const std::string& code = "200") {
        const std::string answer =
            "'" + site.datetime(minute) + "' - INTERVAL " + std::to_string(seconds) + " SECOND";
        const std::string ms = code == "200" ? std::to_string(seconds * 1000) : "0";
        site.live.sql().execute("INSERT INTO acc VALUES (" + std::to_string(next) +
                                ", 'INVITE', 'f', 't', 'call" + std::to_string(next) + "', '" + code +
                                "', 'r', " + answer + ", " + ms + " / 1000, " + ms + ", 0, " + answer +
                                ", 'sip:1@a.org', 'sip:2@b.org')");
        ++next;
    }
    std::string sums() {
        return site.history.rows(
            "SELECT minute, domain, direction, attempts, answered, failed_4xx, ended, "
            "seconds_talked, concurrent, peak, peak_at FROM cdr_minute ORDER BY 1, 2, 3");
    }
};

/// The fenced sql blocks of a document.
std::vector<std::string> queries_of(const std::string& document) {
    std::ifstream file(SIPKEEP_SOURCE_DIR "/" + document);
    REQUIRE(file);
    std::vector<std::string> queries;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("```", 0) == 0) {
            inside = line == "```sql";
            if (inside) queries.emplace_back();
        } else if (inside) {
            queries.back() += line + '\n';
        }
    }
    return queries;
}

} // namespace

TEST_CASE("the queries of docs/calls.md find what they look for") {
    AccSite acc;
    constexpr int a_day_ago = -24 * 60;
    for (int minute = 0; minute < 10; ++minute) acc.call(a_day_ago + minute, 10 + minute);
    acc.call(a_day_ago + 10, 0, "503");
    REQUIRE(acc.site.sipkeep({"backfill", "acc"}).exit_code == 0);
    const std::vector<std::string> queries = queries_of("docs/calls.md");
    CHECK(queries.size() == 4);
    for (const std::string& query : queries) {
        INFO(query);
        CHECK(acc.site.history.rows(query) != "");
    }
}

TEST_CASE("backfill acc: a summary, exact sums, nothing the second time, and bad rows are partial") {
    AccSite acc;
    Site& site = acc.site;
    acc.call(-3000, 90);
    acc.call(-2999, 30);
    acc.call(-2990, 0, "486");
    const ProgramResult dry = site.sipkeep({"backfill", "acc", "--dry-run"});
    CHECK(dry.exit_code == 0);
    CHECK_THAT(dry.out, ContainsSubstring(
                            "dry run, nothing stored: acc: 3 rows read, 3 calls counted, 3 records kept"));
    CHECK(acc.sums() == "");
    CHECK(site.history.rows("SELECT COUNT(*) FROM node") == "0\n");

    const ProgramResult first = site.sipkeep({"backfill", "acc"});
    CHECK(first.err == "");
    CHECK(first.exit_code == 0);
    CHECK(first.out == "acc: 3 rows read, 3 calls counted, 3 records kept, 0 known already, 0 bad\n"
                       "missed_calls: 0 rows read, 0 records kept, 0 known already, 0 bad\n");
    const std::string sums = acc.sums();
    CHECK_THAT(sums,
               ContainsSubstring(site.datetime(-3001) + "|*|all|0|0|0|0|60.000|1|1|" + site.datetime(-3001)));

    const ProgramResult again = site.sipkeep({"backfill", "acc", "--json"});
    const auto object = nlohmann::json::parse(again.out);
    CHECK(object["tables"]["acc"]["known"] == 3);
    CHECK(object["tables"]["acc"]["counted"] == 0);
    CHECK(acc.sums() == sums);

    CHECK(site.sipkeep({"verify"}).out == "");
    site.history.sql().execute("UPDATE cdr_minute SET peak = 7 WHERE domain = '*' AND minute = '" +
                               site.datetime(-3001) + "'");
    const ProgramResult broken = site.sipkeep({"verify"});
    CHECK(broken.exit_code == 5);
    CHECK_THAT(broken.out,
               Catch::Matchers::StartsWith("calls: cdr_minute, node sbc1, " + site.datetime(-3001) +
                                           " * all: peak is 7 at '" + site.datetime(-3001) +
                                           "', but concurrent and course come to 1 at '" +
                                           site.datetime(-3001) + "'\ncalls: cdr_hour, node sbc1, "));
    site.history.sql().execute("UPDATE cdr_minute SET peak = 1 WHERE domain = '*' AND minute = '" +
                               site.datetime(-3001) + "'");
    CHECK(site.sipkeep({"verify"}).out == "");
    for (const auto& [table, change, back] :
         {std::tuple{"cdr_hour", "answered = answered + 1", "answered = answered - 1"},
          std::tuple{"cdr_hour", "peak_at = peak_at + INTERVAL 1 SECOND",
                     "peak_at = peak_at - INTERVAL 1 SECOND"},
          std::tuple{"cdr_endpoint_day", "calls_in = calls_in + 1", "calls_in = calls_in - 1"},
          std::tuple{"cdr_endpoint_week", "calls_in = calls_in + 1", "calls_in = calls_in - 1"},
          std::tuple{"cdr_endpoint_day", "longest = longest + 1", "longest = longest - 1"}}) {
        INFO(table << " " << change);
        const std::string set = std::string("UPDATE ") + table + " SET ";
        site.history.sql().execute(set + change);
        CHECK_THAT(site.sipkeep({"verify"}).out,
                   Catch::Matchers::StartsWith("calls: " + std::string(table) + ", node sbc1, 20"));
        site.history.sql().execute(set + back);
    }
    site.history.sql().execute("INSERT INTO cdr_failure_minute VALUES (1, '" + site.datetime(-3001) +
                               "', 699, '', 1)");
    CHECK_THAT(site.sipkeep({"verify"}).out,
               Catch::Matchers::StartsWith("calls: cdr_failure_minute, node sbc1, 20"));
    site.history.sql().execute("DELETE FROM cdr_failure_minute WHERE code = 699");
    CHECK(site.sipkeep({"verify"}).out == "");

    acc.call(9000, 10); // ends in some days
    acc.call(-2900, 10);
    const ProgramResult bad = site.sipkeep({"backfill", "acc", "--resume"});
    CHECK(bad.exit_code == 3);
    CHECK_THAT(bad.err, ContainsSubstring("sipkeep: warning: acc id 4: time is '"));
    CHECK_THAT(bad.err, ContainsSubstring("is live.timezone right?; skipped\n"));
    CHECK_THAT(bad.out, ContainsSubstring(
                            "acc: 2 rows read, 1 calls counted, 2 records kept, 0 known already, 1 bad\n"));
    const ProgramResult stopped = site.sipkeep({"backfill", "acc", "--on-error", "stop", "-q"});
    CHECK(stopped.exit_code == 1);
    CHECK(stopped.out == "");
    CHECK_THAT(stopped.err, ContainsSubstring("acc id 4: "));
}

TEST_CASE(
    "every snapshot takes the calls that ended; failure of acc is partial; backfill finds nothing left") {
    AccSite acc;
    Site& site = acc.site;
    site.settings.live_more = ", acc: true";
    acc.next = 11;
    for (int minute = 1; minute <= 3; ++minute) {
        acc.call(minute, minute * 50);
        const ProgramResult run = site.snapshot(minute, {"-v"});
        CHECK(run.exit_code == 0);
        CHECK_THAT(run.err, ContainsSubstring("1 calls"));
    }
    CHECK(site.ledger("acc_status, calls") == "ok|1\nok|1\nok|1\n");
    // A row that was committed late, below ids that are there already.
    acc.next = 5;
    acc.call(3, 20);
    CHECK(site.snapshot(4).exit_code == 0);
    CHECK(site.ledger("calls") == "1\n1\n1\n1\n");

    site.live.sql().execute("RENAME TABLE acc TO away");
    const ProgramResult failed = site.snapshot(5);
    CHECK(failed.exit_code == 3);
    CHECK_THAT(failed.err, ContainsSubstring("acc: "));
    CHECK(site.history.rows(
              "SELECT acc_status, calls, location_status FROM capture ORDER BY captured_at DESC LIMIT 1") ==
          "failed|<null>|ok\n");
    site.live.sql().execute("RENAME TABLE away TO acc");
    CHECK(site.snapshot(6).exit_code == 0);
    const std::string sums = acc.sums();
    CHECK(site.sipkeep({"verify"}).out == "");
    const ProgramResult rest = site.sipkeep({"backfill", "acc", "--json"});
    CHECK(nlohmann::json::parse(rest.out)["tables"]["acc"]["counted"] == 0);
    CHECK(acc.sums() == sums);
}

TEST_CASE("calls of a wrong zone are refused, said once, and flagged") {
    AccSite acc;
    Site& site = acc.site;
    site.settings.live_more = ", acc: true, timezone: America/New_York";
    acc.call(1, 10);
    const ProgramResult run = site.snapshot(1);
    CHECK(run.exit_code == 0);
    CHECK_THAT(run.err, ContainsSubstring("flagged: impossible_calls"));
    CHECK_THAT(run.err, ContainsSubstring("is live.timezone right?"));
    CHECK(site.snapshot(2).err == "");
    site.settings.live_more = ", acc: true";
    CHECK(site.snapshot(3).exit_code == 0);
    CHECK(site.history.rows("SELECT SUM(answered) FROM cdr_minute WHERE domain = '*'") == "1\n");
}

TEST_CASE("backfills side by side, one of them killed, and a snapshot among them count each call once") {
    AccSite acc;
    Site& site = acc.site;
    site.live.sql().execute("INSERT INTO acc SELECT seq, 'INVITE', 'f', 't', CONCAT('c', seq), '200', 'OK', "
                            "'2026-01-01 10:00:00' + INTERVAL seq * 7 "
                            "SECOND, seq % 400, seq % 400 * 1000, 1, '2026-01-01 09:59:59' + INTERVAL seq * "
                            "7 SECOND, CONCAT('sip:', seq % 9, "
                            "'@a.org'), 'sip:x@b.org' FROM seq_1_to_12000");
    REQUIRE(site.sipkeep({"backfill", "acc", "--node", "alone"}).exit_code == 0);

    site.settings.live_more = ", acc: true";
    const auto first = site.start({"backfill", "acc"});
    const auto second = site.start({"backfill", "acc"});
    const auto killed = site.start({"backfill", "acc"});
    const auto run = site.start_snapshot(1);
    CHECK(wait_until([&] {
        return site.history.rows("SELECT COUNT(*) FROM acc_history a JOIN node n ON n.node_id = "
                                 "a.node_id WHERE n.node = 'sbc1'") != "0\n";
    }));
    killed->signal(SIGKILL);
    CHECK(run->wait().err == "");
    for (const auto& backfill : {&first, &second}) {
        const ProgramResult result = (*backfill)->wait();
        CHECK(result.err == "");
        CHECK(result.exit_code == 0);
    }
    const std::string of = " FROM cdr_minute m JOIN node n ON n.node_id = m.node_id WHERE n.node = '";
    const auto sums = [&](const std::string& node) {
        return site.history.rows(
            "SELECT minute, domain, direction, attempts, answered, ended, seconds_talked, concurrent, "
            "peak, peak_at, course" +
            of + node + "' ORDER BY 1, 2, 3");
    };
    CHECK(site.history.rows("SELECT SUM(answered)" + of + "sbc1' AND domain = '*'") == "12000\n");
    CHECK((sums("sbc1") == sums("alone")));
    CHECK(site.sipkeep({"verify"}).out == "");
}
