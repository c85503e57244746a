// Two domains for some minutes, with calls, registrations and call records: what a history knows of people.
#pragma once

#include "site.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <set>
#include <sstream>

namespace sipkeep::test {

inline constexpr int noon = -24 * 60; ///< of yesterday: reports ask for what is over

/// Some minutes of two domains: alice@x.test calls, is called, and is registered; so do others.
class Life {
public:
    enum class Kept { plainly, redacted };
    explicit Life(const std::string& stem, Kept kept = Kept::plainly) : site(stem) {
        site.settings.more = "retention: { option_file: " + site.folder.path("retain.cnf") + " }\n";
        if (kept == Kept::redacted) site.settings.more += redaction();
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

    /// Whatever tells who it is.
    std::string redaction() {
        return "redact:\n  key_file: " + site.folder.write("redact.key", std::string(64, '7'), 0600) +
               "\n  dialog: { from_uri: pseudonym, to_uri: pseudonym, callid: pseudonym, from_tag: "
               "pseudonym, to_tag: "
               "drop, caller_contact: pseudonym+truncate, callee_contact: pseudonym+truncate, vars: drop }\n"
               "  location: { username: pseudonym, contact: pseudonym+truncate, received: truncate, callid: "
               "pseudonym, "
               "user_agent: drop }\n"
               "  acc: { caller: pseudonym, callee: pseudonym, callid: pseudonym, from_tag: pseudonym, "
               "to_tag: drop }\n";
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

} // namespace sipkeep::test
