// `sipkeep forget` as operators run it: nothing tells any more who it was, and everything that counts still
// does.
#include "sipkeep/db/schema.hpp"

#include "site.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

constexpr int noon = -24 * 60; ///< of yesterday: reports ask for what is over

const std::set<std::string> alice_alone{"alice", "call-a", "tag-a", "cell-of-a", "agent-of-a", "192.0.2.77"};

/// Some minutes of two domains: alice@x.test calls, is called, and is registered; so do others.
class Life {
public:
    explicit Life(const std::string& stem) : site(stem) {
        site.settings.more = "retention: { option_file: " + site.folder.path("retain.cnf") + " }\n";
        site.settings.live_more = ", acc: true";
        for (const std::string table : {"acc", "missed_calls"}) {
            site.live.load(SIPKEEP_FIXTURES "/opensips/3.6/" + table + ".sql");
            site.history.sql().execute("GRANT SELECT ON `" + site.live.name() + "`." + table + " TO '" +
                                       site.reader + "'@'localhost'");
        }
        // Ids as OpenSIPS makes them: neighbours that a double does not tell apart.
        dialog("9007199254740992", "call-other", "carol@x.test", "dave@y.test");
        dialog("9007199254740993", "call-a1", "alice@x.test", "bob@y.test");
        dialog("9007199254740994", "call-a2", "bob@y.test", "al%69ce@X.test;transport=tcp");
        dialog("9007199254740995", "call-a3", "+4930@gw.test", "dave@y.test");
        contact(17, "alice", "x.test", "agent-of-a");
        contact(18, "alice", "y.test", "agent-of-z");
        contact(19, "carol", "x.test", "agent-of-c");
        snap(0);
        site.live.sql().execute("UPDATE dialog SET caller_cseq = '2' WHERE callid = 'call-a1'");
        site.live.sql().execute("UPDATE location SET socket = 'tcp:x', last_modified = '2026-11-22 11:00:00' "
                                "WHERE contact_id = 17");
        snap(1);
        for (const std::string callid : {"call-a1", "call-a2", "call-a3"})
            site.live.sql().execute("DELETE FROM dialog WHERE callid = '" + callid + "'");
        site.live.sql().execute("DELETE FROM location WHERE contact_id = 17");
        record("acc", "call-a1", "200", "sip:alice@x.test", "sip:bob@y.test");
        record("acc", "call-a2", "200", "sip:bob@y.test", "sip:alice@x.test");
        record("acc", "call-a3", "200", "sip:alice@x.test", "sip:dave@y.test"); // whose dialog says +4930
        record("acc", "call-a4", "486", "\\\"Alice\\\" <sip:alice@X.TEST>", "sip:nobody@x.test");
        record("acc", "call-other", "486", "sip:carol@x.test", "sip:dave@y.test");
        record("missed_calls", "call-a4", "486", "sip:alice@x.test", "sip:nobody@x.test");
        snap(2);
    }

    void dialog(const std::string& id, const std::string& callid, const std::string& from,
                const std::string& to) {
        site.live.sql().execute("INSERT INTO dialog (dlg_id, callid, from_uri, from_tag, to_uri, to_tag, "
                                "caller_cseq, callee_cseq, "
                                "caller_ping_cseq, callee_ping_cseq, caller_sock, callee_sock, "
                                "caller_contact, callee_contact, vars, state, "
                                "start_time, timeout) VALUES (" +
                                id + ", '" + callid + "', 'sip:" + from + "', 'tag-" + callid.substr(5, 1) +
                                "', 'sip:" + to + "', 'tag-" + callid.substr(5, 1) +
                                "', '1', '0', 0, 0, 'udp:10.0.0.1:5060', 'udp:10.0.0.1:5060', 'sip:cell-of-" +
                                from.substr(0, 1) + "@192.0.2.1', 'sip:cell-of-" + to.substr(0, 1) +
                                "@192.0.2.1', 'x#0#" + callid + "|', 4, UNIX_TIMESTAMP('" +
                                site.datetime(noon) + "'), 1795367909)");
    }
    void contact(int id, const std::string& user, const std::string& domain, const std::string& agent) {
        const std::string n = std::to_string(id);
        site.live.sql().execute(
            "INSERT INTO location (contact_id, username, domain, contact, received, expires, q, "
            "callid, cseq, last_modified, user_agent) VALUES (" +
            n + ", '" + user + "', '" + domain + "', 'sip:" + user + "@192.0.2.7" + "', 'sip:192.0.2." +
            std::to_string(60 + id) + ":5060', 1795364225, -1, 'reg" + n + "', 7, '2026-11-22 10:00:00', '" +
            agent + "')");
    }
    void record(const std::string& table, const std::string& callid, const std::string& code,
                const std::string& from, const std::string& to) {
        const std::string time = "'" + site.datetime(noon + 1) + "'";
        site.live.sql().execute("INSERT INTO " + table + " SET id = " + std::to_string(++records_) +
                                ", method = 'INVITE', from_tag = 'tag-" + callid.substr(5, 1) +
                                "', to_tag = 't', callid = '" + callid + "', sip_code = '" + code +
                                "', sip_reason = 'r', time = " + time + ", setuptime = 0, created = " + time +
                                (table == "acc" ? ", duration = 60 * " + std::to_string(code == "200") +
                                                      ", ms_duration = duration * 1000"
                                                : "") +
                                ", from_uri = \"" + from + "\", to_uri = \"" + to + "\"");
    }
    void snap(int minute) {
        const ProgramResult run = site.snapshot(noon + minute);
        INFO(run.err);
        REQUIRE(run.exit_code == 0);
    }

    /// Everything that the history database holds, but for what `forget` itself notes.
    std::string everything() {
        std::string text;
        std::istringstream tables(site.history.rows(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type "
            "= "
            "'BASE TABLE' AND table_name NOT IN ('forgotten', 'retention_task') ORDER BY 1"));
        for (std::string table; std::getline(tables, table);)
            text += table + "\n" + site.history.rows("SELECT * FROM " + table + " ORDER BY 1, 2");
        return text;
    }
    /// The words of `sought` that stand anywhere in the history.
    std::set<std::string> told(const std::set<std::string>& sought) {
        const std::string all = everything();
        std::set<std::string> found;
        for (const std::string& word : sought)
            if (all.find(word) != std::string::npos) found.insert(word);
        return found;
    }
    std::string answer(std::vector<std::string> report) {
        report.insert(report.begin(), "report");
        const bool at = std::ranges::find(report, "--at") != report.end();
        if (!at) report.insert(report.end(), {"--from", site.at(noon - 60), "--to", site.at(noon + 60)});
        report.insert(report.end(), {"--format", "csv"});
        const ProgramResult result = site.sipkeep(report);
        INFO(report[1] << ": " << result.err);
        REQUIRE(result.exit_code == 0);
        return report[1] + "\n" + result.out;
    }
    /// What counts, and names nobody.
    std::string counts() {
        std::string text;
        for (const char* report :
             {"concurrent-calls", "registrations", "registrations-by-domain", "call-traffic",
              "calls-by-domain", "concurrent-by-domain", "busy-hour", "call-success", "failures-by-code",
              "registration-durations", "coverage", "overview"})
            text += answer({report});
        text += answer({"online-by-domain", "--at", site.at(noon)});
        text += site.history.rows(
            "SELECT node_id, captured_at, opened, closed, refreshed, dialogs, contacts, calls FROM "
            "capture ORDER BY 2");
        text += "calls without a record, or record without a call: " +
                std::to_string(lines_of(answer({"calls-without-record"})) +
                               lines_of(answer({"records-never-live"})));
        return text;
    }
    ProgramResult forget(const std::string& subject, std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"forget", subject});
        return site.sipkeep(more);
    }
    std::string forgotten() {
        return site.history.rows(
            "SELECT kind, subject = UNHEX(SHA2('alice@x.test', 256)), node, finished_at IS NULL, "
            "salt, dialog_version, location_version, acc_history, missed_calls_history, "
            "cdr_endpoint_hour, cdr_minute FROM forgotten ORDER BY forgotten_id");
    }

    Site site;

private:
    int records_ = 0;
};

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
        "acc_history: 4 rows\ncdr_endpoint_hour: 1 rows\ncdr_minute: 0 rows\n"
        "dialog_version: 3 rows\nlocation_version: 2 rows\nmissed_calls_history: 1 rows\n";
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
    CHECK(rows["cdr_minute"] == nlohmann::json::parse(dry.out)["rows"]["cdr_minute"]);
    CHECK(rows["cdr_minute"] != 0);
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

    life.site.settings.more = "";
    const ProgramResult writer = life.forget("alice@x.test");
    CHECK(writer.exit_code == 1);
    CHECK_THAT(writer.err, ContainsSubstring("denied"));
    CHECK_THAT(writer.err, ContainsSubstring("retention.option_file"));
    CHECK(life.everything() == before);
}

TEST_CASE("a forget that is killed anywhere is finished by the next, as if it had never been") {
    Life life("forget_killed");
    const std::string counts = life.counts();
    int killed = 0;
    for (int after_ms = 0; after_ms < 400; after_ms += 20) {
        auto run = life.site.start({"forget", "alice@x.test"});
        std::this_thread::sleep_for(std::chrono::milliseconds{after_ms});
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

TEST_CASE("of every table it is decided whether it can name somebody") {
    // Names of nodes and statistics, times, numbers, packed values, keys that OpenSIPS counts up,
    // destinations of the dispatcher. A table with users, addresses or domains in it belongs into `sipkeep
    // forget`.
    std::set<std::string> nobody{"acc_position",
                                 "acc_taken",
                                 "capture",
                                 "dialog_ended",
                                 "dialog_open",
                                 "dispatcher_open",
                                 "dispatcher_version",
                                 "forgotten",
                                 "key_frame",
                                 "location_open",
                                 "location_refresh_closed",
                                 "node",
                                 "partition_horizon",
                                 "retention_task",
                                 "sample",
                                 "sample_day",
                                 "sample_late",
                                 "schema_upgrade",
                                 "schema_version",
                                 "statistic"};
    Site& site = shared_site("decided");
    REQUIRE(site.snapshot(0).exit_code == 0);
    const auto rows =
        nlohmann::json::parse(site.sipkeep({"forget", "x.test", "--dry-run", "--json"}).out)["rows"];
    for (const auto& [table, version] : embedded_schema().table_versions()) {
        INFO(table);
        CHECK(rows.contains(table) != nobody.contains(table));
    }
}
