#include "site.hpp"

#include "sipkeep/db/schema.hpp"

#include <algorithm>
#include <stdexcept>

namespace sipkeep::test {

std::size_t lines_of(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

FakeMi::FakeMi() : server_([this](const FakeHttpServer::Request& request) { return answer(request); }) {
    answer_as_captured();
}

void FakeMi::answer_as_captured() {
    result("get_statistics", result_of(fixture("http/get_statistics-all.reply")));
    result("list_statistics", result_of(fixture("http/list_statistics.reply")));
    result("uptime", result_of(fixture("http/uptime.reply")));
    result("ds_list", result_of(fixture("http/ds_list-full.reply")));
    // The captured statistics count calls and registrations, and the tables of a site begin empty: MI is
    // asked.
    result("dlg_list", R"({"count":0,"Dialogs":[]})");
    result("ul_dump", R"({"Domains":[{"name":"location","hash_size":512,"AORs":[]}]})");
}

void FakeMi::result(const std::string& method, const std::string& json) {
    const std::lock_guard lock(mutex_);
    results_[method] = json;
    errors_.erase(method);
    rebuild();
}

void FakeMi::error(const std::string& method, int code, const std::string& message) {
    const std::lock_guard lock(mutex_);
    errors_[method] = {code, message};
    results_.erase(method);
    rebuild();
}

void FakeMi::counters(long uptime_s, const std::map<std::string, std::string>& counters) {
    std::string values = "{\"core:timestamp\":" + std::to_string(uptime_s) + ",\"core:load_now\":7";
    std::string kinds = R"({"core:timestamp":"non-incremental","core:load_now":"non-incremental")";
    for (const auto& [name, value] : counters) {
        values += ",\"" + name + "\":" + value;
        kinds += ",\"" + name + "\":\"incremental\"";
    }
    result("get_statistics", values + "}");
    result("list_statistics", kinds + "}");
}

void FakeMi::rebuild() {
    canned_ = std::make_unique<CannedMi>();
    for (const auto& [method, json] : results_) canned_->result(method, json);
    for (const auto& [method, error] : errors_) canned_->error(method, error.first, error.second);
}

void FakeMi::answer_500(bool on) {
    const std::lock_guard lock(mutex_);
    broken_ = on;
}

void FakeMi::hold() {
    const std::lock_guard lock(mutex_);
    hold_ = true;
    held_one_ = false;
}

void FakeMi::let_go() {
    const std::lock_guard lock(mutex_);
    hold_ = false;
    changed_.notify_all();
}

bool FakeMi::holding() {
    return wait_until([this] {
        const std::lock_guard lock(mutex_);
        return held_one_;
    });
}

HttpAnswer FakeMi::answer(const FakeHttpServer::Request& request) {
    std::unique_lock lock(mutex_);
    held_one_ = hold_;
    changed_.wait_for(lock, std::chrono::seconds{30}, [this] { return !hold_; });
    if (broken_)
        return {
            "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
            HttpAnswer::Then::hold};
    return {http_ok(canned_->answer(request.body).value_or(""))};
}

Site::Site(const std::string& stem, Schema schema, const std::string& opensips)
    : live("live_" + stem), history("history_" + stem), reader("reader_" + stem), writer("writer_" + stem),
      noon_(midnight(std::chrono::floor<Seconds>(SystemClock().now())) + std::chrono::hours{12}) {
    for (const char* table : {"dialog", "location"})
        live.load(SIPKEEP_FIXTURES "/opensips/" + opensips + "/" + table + ".sql");
    write_option_file("reader", reader, Secrets::reader);
    write_option_file("writer", writer, Secrets::writer);
    write_option_file("owner", "sipkeep_owner", Secrets::owner);
    write_option_file("retain", "sipkeep_retain", Secrets::owner);
    drop_users();
    bool tables_made = false;
    for (const std::string& statement : printed_grants()) {
        // The printed order: the owner comes first and makes the tables that the others are let into.
        const bool for_owner = statement.find("'sipkeep_owner'") != std::string::npos;
        if (!for_owner && !tables_made) {
            settings.history_user = "owner";
            const ProgramResult init = sipkeep({"schema", "init"});
            if (init.exit_code != 0) throw std::runtime_error("schema init failed: " + init.err);
            settings.history_user = "writer";
            tables_made = true;
        }
        history.sql().execute(statement);
    }
    if (schema == Schema::made) return;
    const std::string name = history.name();
    history.sql().execute("DROP DATABASE " + name);
    history.sql().execute("CREATE DATABASE " + name);
    history.sql().execute("USE " + name);
}

void Site::write_option_file(const std::string& name, const std::string& user, const std::string& password) {
    (void)folder.write(name + ".cnf",
                       "[client]\nsocket=" + shared_server().settings("").socket + "\nuser=" + user +
                           "\npassword=" + password + "\n",
                       0600);
}

void Site::drop_users() {
    for (const std::string& user : {reader, writer})
        history.sql().execute("DROP USER IF EXISTS '" + user + "'@'localhost'");
}

void Site::take_history_away() {
    (void)folder.write("away.cnf",
                       "[client]\nsocket=" + folder.path("none.sock") +
                           "\nuser=x\npassword=" + Secrets::writer + "\n",
                       0600);
    settings.history_user = "away";
}

std::vector<std::string> Site::printed_grants() {
    const ProgramResult printed = sipkeep({"schema", "init", "--grants"});
    if (printed.exit_code != 0) throw std::runtime_error("no grants: " + printed.err);
    std::vector<std::string> statements = statements_of(printed.out);
    const std::string placeholder = "choose a password";
    for (std::string& statement : statements) {
        // Common to all sites of the server, and the views need the owner to go on existing.
        for (const std::string user : {"sipkeep_owner", "sipkeep_retain"})
            if (statement.starts_with("CREATE USER '" + user)) statement.insert(12, "IF NOT EXISTS ");
        if (const auto at = statement.find(placeholder); at != std::string::npos) {
            const bool for_reader = statement.find("reader") != std::string::npos;
            const bool for_writer = statement.find("writer") != std::string::npos;
            statement.replace(at, placeholder.size(),
                              for_reader   ? Secrets::reader
                              : for_writer ? Secrets::writer
                                           : Secrets::owner);
        }
    }
    return statements;
}

std::string Site::write_config() {
    const std::string url = settings.mi_url.empty() ? mi.url() : settings.mi_url;
    return folder.write("sipkeep.yaml",
                        "node: " + settings.node + "\nlock_file: " + folder.path("lock") + "\nmi: { url: \"" +
                            url + "\", timeout: " + settings.mi_timeout + settings.mi_more +
                            " }\nlive: { option_file: " + folder.path("reader.cnf") + ", database: " +
                            live.name() + ", timeout: " + settings.live_timeout + settings.live_more +
                            " }\nhistory: { option_file: " + folder.path(settings.history_user + ".cnf") +
                            ", database: " + history.name() + " }\n" + settings.more);
}

std::vector<std::string> Site::command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SIPKEEP_PROGRAM);
    arguments.insert(arguments.end(), {"-c", write_config()});
    return arguments;
}

ProgramResult Site::sipkeep(std::vector<std::string> arguments) {
    return run_program(command(std::move(arguments)));
}

std::unique_ptr<RunningProgram> Site::start(std::vector<std::string> arguments) {
    return std::make_unique<RunningProgram>(command(std::move(arguments)));
}

std::unique_ptr<RunningProgram> Site::start_snapshot(int minute, const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"snapshot", "--at", at(minute)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return std::make_unique<RunningProgram>(command(std::move(arguments)));
}

ProgramResult Site::snapshot(int minute, const std::vector<std::string>& more) {
    return start_snapshot(minute, more)->wait();
}

std::string Site::at(int minute) const {
    return to_rfc3339(noon_ + std::chrono::minutes{minute});
}

std::string Site::datetime(int minute) const {
    return to_datetime(noon_ + std::chrono::minutes{minute});
}

std::string Site::of_node(const std::string& columns, const std::string& table, const std::string& order) {
    return history.rows("SELECT " + columns + " FROM " + table + " JOIN node USING (node_id) WHERE node = '" +
                        settings.node + "' ORDER BY " + order);
}

std::string Site::ledger(const std::string& columns) {
    return of_node(columns, "capture", "captured_at");
}

std::string Site::open_set(const std::string& source) {
    const std::string key = source == "dialog" ? "dlg_id" : source == "location" ? "contact_id" : "uri";
    return history.rows("SELECT " + key + ", valid_from FROM " + source +
                        "_history JOIN node USING (node_id) WHERE valid_to = '9999-12-31' AND node = '" +
                        settings.node + "' ORDER BY 1");
}

void Site::start_over(const std::string& node) {
    settings = Settings{};
    settings.node = node;
    mi.answer_as_captured();
    for (const char* table : {"dialog", "location"}) {
        live.sql().execute(std::string("DROP TABLE IF EXISTS ") + table);
        live.load(std::string(SIPKEEP_FIXTURES "/opensips/3.6/") + table + ".sql");
    }
}

void Site::add_dialog(int id) {
    const std::string n = std::to_string(id);
    live.sql().execute(
        "INSERT INTO dialog (dlg_id, callid, from_uri, from_tag, to_uri, to_tag, caller_cseq, callee_cseq, "
        "caller_ping_cseq, callee_ping_cseq, caller_sock, callee_sock, state, start_time, timeout) VALUES (" +
        n + ", 'call" + n + "', 'sip:a" + n + "@x.test', 'f" + n + "', 'sip:b@y.test', 't" + n +
        "', '1', '0', 0, 0, 'udp:10.0.0.1:5060', 'udp:10.0.0.1:5060', 4, 1795364225, 1795367909)");
}

void Site::add_contact(int id) {
    const std::string n = std::to_string(id);
    live.sql().execute(
        "INSERT INTO location (contact_id, username, domain, contact, expires, q, callid, cseq, "
        "last_modified) VALUES (" +
        n + ", 'u" + n + "', 'x.test', 'sip:u" + n + "@10.0.0." + n + "', 1795364225, -1, 'reg" + n +
        "', 7, '2026-11-22 10:00:00')");
}

void Site::remove_dialog(int id) {
    live.sql().execute("DELETE FROM dialog WHERE dlg_id = " + std::to_string(id));
}

void Site::remove_contact(int id) {
    live.sql().execute("DELETE FROM location WHERE contact_id = " + std::to_string(id));
}

Site& shared_site(const std::string& node) {
    static Site site("shared");
    site.start_over(node);
    return site;
}

} // namespace sipkeep::test
