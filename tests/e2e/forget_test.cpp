// `sipkeep forget` as operators run it: nothing tells any more who it was, and everything that counts still
// does.
#include "sipkeep/db/schema.hpp"

#include "private_life.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

const std::set<std::string> alice_alone{"alice", "call-a", "tag-a", "cell-of-a", "agent-of-a", "192.0.2.77"};

std::string replaced(std::string text, const std::string& old, const std::string& with) {
    for (auto at = text.find(old); at != std::string::npos; at = text.find(old, at + with.size()))
        text.replace(at, old.size(), with);
    return text;
}

} // namespace

TEST_CASE("whom history forgets nothing tells of any more, and all that counts answers as before") {
    Life life("forget");
    const std::string before = life.everything();
    const std::string counts = life.counts();
    REQUIRE(life.told(alice_alone) == alice_alone);

    const ProgramResult dry = life.forget("alice@x.test", {"--dry-run"});
    CHECK(dry.err == "");
    CHECK(dry.exit_code == 0);
    const std::string tables =
        "acc_history: 4 rows\nagent_roll_up: 0 rows\naor_roll_up: 0 rows\ncdr_endpoint_day: 1 rows\n"
        "cdr_endpoint_hour: 1 rows\ncdr_endpoint_week: 1 rows\ncdr_hour: 0 rows\ncdr_minute: 0 rows\n"
        "dialog_version: 3 rows\ngateway_roll_up: 0 rows\nlocation_version: 2 rows\nmissed_calls_history: 1 "
        "rows\nregistration_roll_up: 0 rows\n";
    CHECK(dry.out == "dry run, nothing changed\n" + tables);
    CHECK(life.everything() == before);
    CHECK(life.forgotten() == "");

    const ProgramResult done = life.forget("sip:alice@X.test");
    CHECK(done.err == "");
    CHECK(done.exit_code == 0);
    // The call of call-a3 is found by its record only.
    CHECK(done.out == replaced(tables, "dialog_version: 3", "dialog_version: 4"));
    CHECK(life.forgotten() == "aor|1||0|<null>|4|2|4|1|1|0\n");
    // Another alice, and the others, are where they were.
    CHECK(life.told(alice_alone) == std::set<std::string>{"alice"});
    CHECK(life.site.history.rows(
              "SELECT DISTINCT username, domain, user_agent FROM location_version WHERE contact_id = "
              "18") == "alice|y.test|agent-of-z\n");
    CHECK(life.site.history.rows(
              "SELECT DISTINCT from_uri, to_user FROM dialog_version WHERE callid = 'call-other'") ==
          "sip:carol@x.test|dave\n");
    CHECK(life.site.history.rows(
              "SELECT DISTINCT to_user, to_uri FROM dialog_version WHERE from_uri IS NULL") ==
          "bob|sip:bob@y.test\n");
    CHECK(life.site.history.rows(
              "SELECT COUNT(DISTINCT d.dlg_id) FROM dialog_version d JOIN acc_history a ON a.callid = "
              "d.callid AND a.from_tag = d.from_tag") == "4\n");
    CHECK(life.counts() == counts);
    const ProgramResult verified = life.site.sipkeep({"verify"});
    CHECK(verified.out == "");
    CHECK(verified.exit_code == 0);

    const std::string after = life.everything();
    const ProgramResult again = life.forget("alice@x.test", {"--json"});
    CHECK(again.exit_code == 0);
    CHECK(nlohmann::json::parse(again.out)["rows"]["dialog_version"] == 0);
    CHECK(life.everything() == after);
    life.snap(3);
    CHECK(life.site.ledger("opened, closed").ends_with("0|0\n"));
}

TEST_CASE("a domain that is forgotten goes on being counted under no name") {
    Life life("forget_domain");
    const std::string counts = life.counts();
    const std::string verified = life.site.sipkeep({"verify"}).out;
    REQUIRE(verified == "");
    const ProgramResult dry = life.forget("x.test", {"--dry-run", "--json"});
    const ProgramResult done = life.forget("X.test", {"--json"});
    // Calls and registrations of the domain are still open.
    CHECK(dry.exit_code == 3);
    CHECK(done.exit_code == 3);
    CHECK_THAT(done.err,
               ContainsSubstring("x.test is still there: 1 calls, 1 registrations in the newest capture"));
    const auto rows = nlohmann::json::parse(done.out)["rows"];
    for (const char* table :
         {"cdr_minute", "cdr_hour", "cdr_endpoint_hour", "cdr_endpoint_day", "cdr_endpoint_week"}) {
        CHECK(rows[table] == nlohmann::json::parse(dry.out)["rows"][table]);
        CHECK(rows[table] != 0);
    }
    CHECK(life.told({"x.test", "X.test", "carol", "call-a1", "agent-of-c", "nobody"}).empty());
    CHECK(life.counts() == replaced(counts, "x.test", "(forgotten)"));
    CHECK(life.site.sipkeep({"verify"}).out == "");

    // Another one is counted with it, minute by minute.
    const std::string sums =
        "SELECT minute, direction, SUM(attempts), SUM(answered), SUM(ended), SUM(seconds_talked), "
        "SUM(concurrent) FROM cdr_minute WHERE domain IN ('(forgotten)', 'y.test') GROUP BY 1, 2 "
        "ORDER BY 1, 2";
    const std::string together = life.site.history.rows(sums);
    CHECK(life.forget("y.test").exit_code == 3);
    CHECK(life.site.history.rows(sums) == together);
    CHECK(life.site.history.rows("SELECT DISTINCT domain FROM cdr_minute ORDER BY 1") == "(forgotten)\n*\n");
    CHECK(life.told({"y.test", "bob", "dave"}).empty());
    CHECK(life.site.sipkeep({"verify"}).out == "");
}

TEST_CASE("what OpenSIPS still shows comes back with the next capture, and forget says so") {
    Life life("forget_open");
    life.contact(20, "alice", "x.test", "agent-of-a");
    life.dialog("77", "call-a9", "bob@y.test", "alice@x.test");
    life.snap(3);
    const ProgramResult done = life.forget("alice@x.test");
    CHECK(done.exit_code == 3);
    CHECK_THAT(done.err, ContainsSubstring(
                             "alice@x.test is still there: 1 calls, 1 registrations in the newest "
                             "capture; the next one brings back what OpenSIPS still has: remove it there"));
    CHECK(life.told({"call-a9", "agent-of-a"}).empty());
    CHECK(life.site.sipkeep({"verify"}).out == "");
    life.site.live.sql().execute(
        "UPDATE location SET last_modified = '2026-11-22 12:00:00' WHERE contact_id = 20");
    life.snap(4);
    CHECK(life.site.ledger("opened, closed").ends_with("2|2\n"));
    CHECK(life.told({"call-a9", "agent-of-a"}).size() == 2);
    CHECK(life.site.sipkeep({"verify"}).out == "");

    life.site.live.sql().execute("DELETE FROM location WHERE contact_id = 20");
    life.site.live.sql().execute("DELETE FROM dialog WHERE dlg_id = 77");
    life.snap(5);
    CHECK(life.forget("alice@x.test").exit_code == 0);
    life.snap(6);
    CHECK(life.told({"call-a9", "agent-of-a"}).empty());
}

TEST_CASE("forget refuses what is no subject, a node without history, and while captures wait") {
    Life life("forget_refused");
    const std::string before = life.everything();
    const ProgramResult nobody = life.site.sipkeep({"forget"});
    CHECK(nobody.exit_code == 2);
    CHECK_THAT(nobody.err, ContainsSubstring("forget: whom?"));
    const ProgramResult star = life.forget("*");
    CHECK(star.exit_code == 2);
    CHECK_THAT(star.err, ContainsSubstring("'*' is no address of record or domain"));
    const ProgramResult node = life.forget("alice@x.test", {"--node", "sbc9"});
    CHECK(node.exit_code == 1);
    CHECK_THAT(node.err, ContainsSubstring("node sbc9 has no history here"));

    const std::string folder = life.site.folder.path("spool");
    std::filesystem::create_directory(folder);
    life.site.settings.more += "spool: { dir: " + folder + " }\n";
    std::ofstream(folder + "/sbc1-20261122T140300Z.capture") << "x";
    const ProgramResult waiting = life.forget("alice@x.test");
    CHECK(waiting.exit_code == 1);
    CHECK_THAT(waiting.err, ContainsSubstring("1 captures wait in " + folder));
    CHECK_THAT(waiting.err, ContainsSubstring("run `sipkeep spool replay` first"));
    CHECK(life.everything() == before);
    CHECK(life.forgotten() == "");

    const std::string no_folder = life.site.folder.write("no-folder", "");
    life.site.settings.more = "spool: { dir: " + no_folder + " }\n";
    life.site.settings.more += "retention: { option_file: " + life.site.folder.path("retain.cnf") + " }\n";
    CHECK_THAT(life.forget("alice@x.test").err, ContainsSubstring(no_folder + ": can't be read"));

    life.site.settings.more = "";
    const ProgramResult writer = life.forget("alice@x.test");
    CHECK(writer.exit_code == 1);
    CHECK_THAT(writer.err, ContainsSubstring("denied"));
    CHECK_THAT(writer.err, ContainsSubstring("retention.option_file"));
    CHECK(life.everything() == before);
}

TEST_CASE("hosts in the contacts of whom history forgets are told no more, and their days are counted anew") {
    Life life("forget_hosts");
    life.site.live.sql().execute(
        "UPDATE dialog SET caller_contact = 'sip:x@home-of-carol.test' WHERE callid = "
        "'call-other'");
    life.dialog("99", "call-b9", "bob@y.test", "dave@y.test");
    life.snap(3);
    const std::string next_day = life.site.at(noon + 24 * 60);
    REQUIRE(life.site.sipkeep({"retain", "--at", next_day}).err == "");
    const std::string sums = "SELECT side, gateway, at_start + began FROM gateway_roll_up WHERE day = '" +
                             life.site.datetime(noon).substr(0, 10) + "' ORDER BY 1, 2";
    REQUIRE(life.site.history.rows(sums) == "called|192.0.2.1|5\ncalling|192.0.2.1|5\n"
                                            "calling|home-of-carol.test|1\n");
    const std::string counts = life.counts();
    const auto dry = nlohmann::json::parse(life.forget("carol@x.test", {"--dry-run", "--json"}).out);
    CHECK(dry["rows"]["gateway_roll_up"] == 3);
    const auto done = nlohmann::json::parse(life.forget("carol@x.test", {"--json"}).out);
    CHECK(done["rows"]["gateway_roll_up"] == 3);
    CHECK(life.told({"home-of-carol.test"}).empty());
    CHECK(life.site.history.rows("SELECT SUM(gateway_roll_up) FROM forgotten") == "3\n");
    // Until then reports count the calls themselves.
    CHECK_THAT(life.answer({"calls-by-gateway"}), ContainsSubstring("192.0.2.1"));
    CHECK(life.counts() == counts);
    CHECK(life.site.sipkeep({"verify"}).out == "");
    REQUIRE(life.site.sipkeep({"retain", "--at", next_day}).err == "");
    CHECK(life.site.history.rows(sums) == "called|192.0.2.1|5\ncalling|<null>|1\ncalling|192.0.2.1|4\n");
    CHECK(life.counts() == counts);
    CHECK(life.site.sipkeep({"verify"}).out == "");
}

TEST_CASE("a forget that is killed anywhere is finished by the next, as if it had never been") {
    Life life("forget_killed");
    const std::string counts = life.counts();
    // A short form runs with the tests; tests/drills/run has the variable.
    const char* const wanted = std::getenv("SIPKEEP_DRILL_FORGET_KILLS");
    const int kills = wanted == nullptr ? 5 : std::atoi(wanted);
    int killed = 0;
    for (int kill = 0; kill < kills; ++kill) {
        auto run = life.site.start({"forget", "alice@x.test"});
        std::this_thread::sleep_for(std::chrono::milliseconds{400 * kill / kills});
        run->signal(SIGKILL);
        if (run->wait().exit_code != 0) ++killed;
        REQUIRE(life.counts() == counts);
    }
    CHECK(killed > 0);
    CHECK(life.forget("alice@x.test").exit_code == 0);
    CHECK(life.told(alice_alone) == std::set<std::string>{"alice"});
    CHECK(life.counts() == counts);
    CHECK(life.site.history.rows("SELECT SUM(dialog_version), SUM(acc_history), SUM(missed_calls_history), "
                                 "SUM(finished_at IS NULL), COUNT(salt) FROM forgotten") == "4|4|1|0|0\n");
    CHECK(life.site.sipkeep({"verify"}).out == "");
}

TEST_CASE("more than is forgotten at a time is forgotten all the same, and counted to the last row") {
    Life life("forget_many");
    const std::string many = " FROM seq_1_to_2345";
    life.site.live.sql().execute(
        "INSERT INTO location (contact_id, username, domain, contact, expires, q, callid, cseq, "
        "last_modified) SELECT 1000 + seq, CONCAT('u', seq), 'x.test', 'sip:crowd', 1795364225, "
        "-1, 'c', 1, '2026-11-22 10:00:00'" +
        many);
    life.site.live.sql().execute(
        "INSERT INTO acc (id, method, from_tag, to_tag, callid, sip_code, time, created, "
        "from_uri, to_uri) SELECT 1000 + seq, 'INVITE', 'crowd', 't', CONCAT('crowd', seq), "
        "'404', '" +
        life.site.datetime(noon + 2) + "', '" + life.site.datetime(noon + 2) +
        "', CONCAT('sip:u', seq, '@x.test'), 'sip:b@y.test'" + many);
    life.snap(3);
    const std::string counts = life.counts();
    const auto dry = nlohmann::json::parse(life.forget("x.test", {"--dry-run", "--json"}).out);
    const auto done = nlohmann::json::parse(life.forget("x.test", {"--json"}).out);
    CHECK(dry["rows"]["location_version"] == 2345 + 3);
    CHECK(dry["rows"]["acc_history"] == 2345 + 5);
    CHECK(dry["rows"]["cdr_endpoint_hour"] == 2345 + 3);
    CHECK(done["open_contacts"] == 2346);
    for (const char* table : {"location_version", "acc_history", "cdr_endpoint_hour", "cdr_endpoint_day",
                              "cdr_endpoint_week", "cdr_minute", "cdr_hour"})
        CHECK(done["rows"][table] == dry["rows"][table]);
    CHECK(life.told({"crowd", "x.test", "u2345"}).empty());
    CHECK(life.site.history.rows(
              "SELECT COUNT(*), COUNT(DISTINCT username) FROM location_version WHERE domain = "
              "'(forgotten)'") == "2348|2347\n");
    CHECK(life.counts() == replaced(counts, "x.test", "(forgotten)"));
    CHECK(life.site.sipkeep({"verify"}).out == "");
}

TEST_CASE("captures go on while somebody is forgotten, and two can't be at it") {
    Life life("forget_beside");
    std::vector<std::unique_ptr<RunningProgram>> snapshots;
    for (int minute = 3; minute < 8; ++minute) {
        life.site.live.sql().execute("UPDATE dialog SET caller_cseq = '" + std::to_string(minute) + "'");
        life.contact(100 + minute, "alice", "x.test", "agent-of-a");
        auto snapshot = life.site.start_snapshot(noon + minute);
        auto one = life.site.start({"forget", "alice@x.test"});
        auto other = life.site.start({"forget", "x.test"});
        const ProgramResult ran = snapshot->wait();
        CHECK(ran.err == "");
        CHECK(ran.exit_code == 0);
        for (const ProgramResult& forgot : {one->wait(), other->wait()}) {
            INFO(forgot.err);
            CHECK((forgot.exit_code == 0 || forgot.exit_code == 3 || forgot.exit_code == 11));
        }
        const ProgramResult verified = life.site.sipkeep({"verify"});
        CHECK(verified.out == "");
    }
    CHECK(life.site.ledger("dialogs, contacts") == "4|3\n4|3\n1|2\n1|3\n1|4\n1|5\n1|6\n1|7\n");
}

TEST_CASE("of every table it is decided whether it can name somebody") {
    // Names of nodes and statistics, times, numbers, packed values, keys that OpenSIPS counts up,
    // destinations of the dispatcher; rows of MI commands, which are there only where somebody has named
    // them. Numbers of domains go from stay_roll_up when registration_roll_up forgets them. A table with
    // users, addresses or domains in it belongs into `sipkeep forget`. Reason phrases stay in call records,
    // too.
    std::set<std::string> nobody{"acc_position",        "acc_taken",
                                 "call_without_record", "capture",
                                 "capture_roll_up",     "cdr_failure_minute",
                                 "counter_reset",       "dialog_ended",
                                 "dialog_open",         "dispatcher_event",
                                 "dispatcher_open",     "dispatcher_roll_up",
                                 "dispatcher_version",  "epoch",
                                 "forgotten",           "kept_day",
                                 "kept_from",           "key_frame",
                                 "location_open",       "location_refresh_closed",
                                 "long_refresh",        "mi_row_open",
                                 "mi_row_version",      "node",
                                 "partition_horizon",   "record_never_live",
                                 "registration_event",  "retention_task",
                                 "roll_up_due",         "sample",
                                 "sample_day",          "sample_late",
                                 "schema_upgrade",      "schema_version",
                                 "statistic",           "statistic_roll_up",
                                 "stay_roll_up"};
    Site& site = shared_site("decided");
    REQUIRE(site.snapshot(0).exit_code == 0);
    const auto rows =
        nlohmann::json::parse(site.sipkeep({"forget", "x.test", "--dry-run", "--json"}).out)["rows"];
    for (const auto& [table, version] : embedded_schema().table_versions()) {
        INFO(table);
        CHECK(rows.contains(table) != nobody.contains(table));
    }
}
