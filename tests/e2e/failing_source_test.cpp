// A source that fails closes nothing, is marked, and leaves the others stored.
#include "site.hpp"
#include "support/catch.hpp"

#include <csignal>
#include <functional>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

struct Fault {
    std::string name;
    std::vector<std::string> sources; ///< that fail
    std::string says;                 ///< on stderr and in the ledger
    std::function<void(Site&)> before;
    std::function<void(Site&)> during; ///< while the program runs
    std::function<void(Site&)> after;
};

/// Holds a live table as ALTER or a repair does.
class TableLock {
public:
    explicit TableLock(const std::string& what) : what_(what) {}
    void take(Site& site) {
        connection_ = std::make_unique<Connection>(site.live.settings(), "the lock's holder");
        connection_->execute("LOCK TABLES " + what_ + " WRITE");
    }
    void release() { connection_.reset(); }

private:
    std::string what_;
    std::unique_ptr<Connection> connection_;
};

/// The reader's connection whose statement or state matches; its number.
std::optional<std::string> session_of_reader(Site& site, const std::string& condition) {
    return site.history.sql().value("SELECT id FROM information_schema.processlist WHERE user = '" +
                                    site.reader + "' AND " + condition);
}

void kill_waiting_reader(Site& site) {
    std::optional<std::string> session;
    REQUIRE(wait_until(
        [&] { return (session = session_of_reader(site, "state LIKE '%metadata lock%'")).has_value(); }));
    site.history.sql().execute("KILL " + *session);
}

void nothing(Site&) {}

std::function<void(Site&)> on_live(const std::string& statement) {
    return [statement](Site& site) { site.live.sql().execute(statement); };
}

std::function<void(Site&)> on_grant(const std::string& verb, const std::string& table) {
    return [=](Site& site) {
        site.live.sql().execute(verb + " SELECT ON " + site.live.name() + "." + table +
                                (verb == "GRANT" ? " TO '" : " FROM '") + site.reader + "'@'localhost'");
    };
}

std::vector<Fault> faults_of(const std::string& table, TableLock& lock) {
    const auto take = [&lock](Site& site) { lock.take(site); };
    const auto release = [&lock](Site&) { lock.release(); };
    return {
        {table + " table missing",
         {table},
         "doesn't exist",
         on_live("RENAME TABLE " + table + " TO away"),
         nothing,
         on_live("RENAME TABLE away TO " + table)},
        {"SELECT denied on " + table,
         {table},
         "denied",
         on_grant("REVOKE", table),
         nothing,
         on_grant("GRANT", table)},
        {table + " locked for longer than the reader waits",
         {table},
         "Lock wait timeout",
         [take](Site& site) {
             site.settings.live_timeout = "2s";
             take(site);
         },
         nothing,
         release},
        {"connection killed while waiting for " + table,
         {table},
         "error 2013",
         take,
         kill_waiting_reader,
         release},
    };
}

std::vector<Fault> mi_faults() {
    const std::vector<std::string> both{"mi", "dispatcher"};
    return {
        {"MI down", both, "can't connect",
         [](Site& site) {
             site.settings.mi_url = "http://127.0.0.1:" + std::to_string(closed_port()) + "/mi";
         },
         nothing, [](Site& site) { site.settings.mi_url.clear(); }},
        {"MI answering 500", both, "HTTP 500", [](Site& site) { site.mi.answer_500(true); }, nothing,
         [](Site& site) { site.mi.answer_500(false); }},
        {"MI silent", both, "no complete reply within 200 ms",
         [](Site& site) {
             site.settings.mi_timeout = "200ms";
             site.mi.hold();
         },
         nothing,
         [](Site& site) {
             site.settings.mi_timeout = "5s";
             site.mi.let_go();
         }},
    };
}

bool contains(const std::vector<std::string>& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

/// "mi|dispatcher|dialog|location" with what the ledger should say.
std::string statuses(const std::vector<std::string>& failed) {
    std::string text;
    for (const char* source : {"mi", "dispatcher", "dialog", "location"})
        text += (text.empty() ? "" : "|") + std::string(contains(failed, source) ? "failed" : "ok");
    return text + "\n";
}

std::string last_line(const std::string& text) {
    const auto end = text.rfind('\n', text.size() - 2);
    return end == std::string::npos ? text : text.substr(end + 1);
}

std::string version_of_1(Site& site, const std::string& source) {
    return site.of_node("valid_from, valid_to", source + "_history",
                        (source == "dialog" ? "dlg_id" : "contact_id") + std::string(" LIMIT 1"));
}

void check_fault(Site& site, const Fault& fault) {
    for (const int id : {1, 2, 3}) {
        site.add_dialog(id);
        site.add_contact(id);
    }
    REQUIRE(site.snapshot(0).exit_code == 0);
    std::map<std::string, std::string> before;
    for (const char* source : {"dialog", "location", "dispatcher"}) before[source] = site.open_set(source);

    site.remove_dialog(1);
    site.remove_contact(1);
    site.add_dialog(4);
    site.add_contact(4);
    fault.before(site);
    const auto running = site.start_snapshot(1);
    fault.during(site);
    const ProgramResult failing = running->wait();
    fault.after(site);

    CHECK(failing.exit_code == 3);
    CHECK(failing.out.empty());
    CHECK(lines_of(failing.err) == fault.sources.size());
    CHECK_THAT(failing.err, ContainsSubstring(fault.says));
    CHECK(last_line(site.ledger(status_columns)) == statuses(fault.sources));
    CHECK_THAT(last_line(site.ledger("REPLACE(error, '\n', ' / ')")), ContainsSubstring(fault.says));
    CHECK((site.ledger("samples IS NULL").find("1") == std::string::npos) != contains(fault.sources, "mi"));
    for (const char* source : {"dialog", "location"}) {
        INFO(source);
        const bool failed = contains(fault.sources, source);
        CHECK((site.open_set(source) == before[source]) == failed);
    }
    CHECK(site.open_set("dispatcher") == before["dispatcher"]);

    const ProgramResult healthy = site.snapshot(2);
    CHECK(healthy.exit_code == 0);
    CHECK(healthy.err.empty());
    CHECK(last_line(site.ledger(status_columns)) == statuses({}));
    for (const char* source : {"dialog", "location"}) {
        INFO(source);
        const int gone_at = contains(fault.sources, source) ? 2 : 1;
        CHECK(version_of_1(site, source) == site.datetime(0) + "|" + site.datetime(gone_at) + "\n");
        const std::string came = "4|" + site.datetime(gone_at) + "\n";
        CHECK(site.open_set(source) == "2|" + site.datetime(0) + "\n3|" + site.datetime(0) + "\n" + came);
    }
    CHECK(site.open_set("dispatcher") == before["dispatcher"]);
}

} // namespace

TEST_CASE("a failing source closes nothing, marks itself failed, leaves the others stored, exit 3") {
    int number = 0;
    TableLock dialog("dialog");
    TableLock location("location");
    std::vector<Fault> faults = mi_faults();
    for (const Fault& fault : faults_of("dialog", dialog)) faults.push_back(fault);
    for (const Fault& fault : faults_of("location", location)) faults.push_back(fault);
    for (const Fault& fault : faults) {
        INFO(fault.name);
        Site& site = shared_site("fault" + std::to_string(++number));
        check_fault(site, fault);
    }
}

namespace {

/// Stops the program while the server sends it this result, which is larger than what fits between them.
/// False when it was too late.
bool stopped_amid(Site& site, RunningProgram& program, const std::string& statement, std::string& session) {
    const std::string sending = "info LIKE '" + statement + "'";
    REQUIRE(wait_until([&] { return !program.running() || session_of_reader(site, sending).has_value(); }));
    if (!program.running()) return false;
    if (!program.signal(SIGSTOP)) return false;
    std::this_thread::sleep_for(Milliseconds{100}); // long enough for the server to end what it can
    session = session_of_reader(site, sending).value_or("");
    if (session.empty()) program.signal(SIGCONT);
    return !session.empty();
}

} // namespace

TEST_CASE("a result that breaks off midway never looks like a short one") {
    struct Break {
        std::string table, fill, statement, kill;
    };
    const std::string dialogs =
        "INSERT INTO dialog (dlg_id, callid, from_uri, from_tag, to_uri, to_tag, caller_cseq, callee_cseq, "
        "caller_ping_cseq, callee_ping_cseq, caller_sock, callee_sock, state, start_time, timeout, "
        "caller_route_set) SELECT 1000 + seq, 'c', 'f', 'f', 't', 't', '1', '1', 0, 0, 'u', 'u', 4, 1, 1, "
        "REPEAT('r', 10000) FROM seq_1_to_1500";
    const std::string contacts =
        "INSERT INTO location (contact_id, username, contact, expires) SELECT 1000 + seq, 'u', 'c', 1 FROM "
        "seq_1_to_80000";
    int number = 0;
    for (const Break& breaking :
         {Break{"dialog", dialogs, "SELECT `dlg_id`%", "KILL "},
          Break{"dialog", dialogs, "SELECT `dlg_id`%", "KILL QUERY "},
          Break{"location", contacts, "SELECT CONCAT_WS%contact_id%", "KILL "},
          Break{"location", contacts, "SELECT CONCAT_WS%contact_id%", "KILL QUERY "}}) {
        INFO(breaking.kill << breaking.table);
        Site& site = shared_site("midway" + std::to_string(++number));
        site.settings.live_timeout = "20s";
        site.add_dialog(1);
        site.add_contact(1);
        REQUIRE(site.snapshot(0).exit_code == 0);
        site.live.sql().execute("DELETE FROM " + breaking.table);
        site.live.sql().execute(breaking.fill);

        std::unique_ptr<RunningProgram> program;
        std::string before;
        std::string session;
        for (int minute = 1; session.empty() && minute < 5; ++minute) { // a busy machine may be too late
            before = site.open_set(breaking.table);
            program = site.start_snapshot(minute);
            if (!stopped_amid(site, *program, breaking.statement, session)) (void)program->wait();
        }
        REQUIRE_FALSE(session.empty());
        site.history.sql().execute(breaking.kill + session);
        program->signal(SIGCONT);
        const ProgramResult result = program->wait();
        CHECK(result.exit_code == 3);
        CHECK(lines_of(result.err) == 1);
        CHECK_THAT(result.err, ContainsSubstring("error: " + breaking.table + ": "));
        CHECK(last_line(site.ledger(status_columns)) == statuses({breaking.table}));
        CHECK((site.open_set(breaking.table) == before)); // in brackets: thousands of lines, were it wrong
    }
}
