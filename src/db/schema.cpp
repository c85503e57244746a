#include "sipkeep/db/schema.hpp"

#include "sipkeep/db/connection.hpp"

#include "partitions.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace sipkeep {

namespace {

constexpr std::string_view create_table = "CREATE TABLE IF NOT EXISTS ";
constexpr std::string_view versions_table = "schema_version";
constexpr std::string_view upgrades_table = "schema_upgrade";

std::string table_of(const std::string& statement) {
    if (!statement.starts_with(create_table)) return {};
    const auto end = statement.find(' ', create_table.size());
    return statement.substr(create_table.size(), end - create_table.size());
}

std::map<std::string, unsigned> stored_versions(Connection& connection) {
    std::map<std::string, unsigned> versions;
    auto rows = connection.few("SELECT table_name, table_version FROM schema_version");
    while (rows.next()) versions[rows.string(0)] = static_cast<unsigned>(rows.number(1));
    return versions;
}

std::vector<unsigned> stored_upgrades(Connection& connection) {
    std::vector<unsigned> numbers;
    auto rows = connection.few("SELECT number FROM schema_upgrade ORDER BY number");
    while (rows.next()) numbers.push_back(static_cast<unsigned>(rows.number(0)));
    return numbers;
}

/// Upgrades of the source that the database lacks.
std::vector<const SchemaUpgrade*> lacking(const SchemaSource& source, const std::vector<unsigned>& stored) {
    std::vector<const SchemaUpgrade*> upgrades;
    for (const SchemaUpgrade& upgrade : source.upgrades)
        if (!std::binary_search(stored.begin(), stored.end(), upgrade.number)) upgrades.push_back(&upgrade);
    return upgrades;
}

void judge(SchemaReport& report, const SchemaSource& source, const std::string& where) {
    const auto wanted = source.table_versions();
    const auto missing_upgrades = lacking(source, report.upgrades);
    const unsigned newest = source.upgrades.empty() ? 0 : source.upgrades.back().number;
    for (const auto& [table, version] : report.versions)
        if (!wanted.contains(table) || version > wanted.at(table)) {
            report.state = SchemaState::newer;
            report.message = where + ": table " + table + " has version " + std::to_string(version) +
                             ", newer than this sipkeep knows; install the sipkeep that made it (compare "
                             "`sipkeep --version`)";
            return;
        }
    if (!report.upgrades.empty() && report.upgrades.back() > newest) {
        report.state = SchemaState::newer;
        report.message = where + ": upgrade " + std::to_string(report.upgrades.back()) +
                         " is newer than this sipkeep knows; install the sipkeep that made it (compare "
                         "`sipkeep --version`)";
        return;
    }
    if (!missing_upgrades.empty()) {
        const bool hole =
            !report.upgrades.empty() && report.upgrades.back() > missing_upgrades.front()->number;
        report.state = hole ? SchemaState::gap : SchemaState::older;
        report.message =
            where + ": schema " + (hole ? "has a gap: upgrade " : "is older than this sipkeep: upgrade ") +
            std::to_string(missing_upgrades.front()->number) + " (" + missing_upgrades.front()->what +
            ") was " + (hole ? "skipped" : "not run yet") + "; run `sipkeep schema upgrade`";
        return;
    }
    for (const auto& [table, version] : wanted) {
        const auto found = report.versions.find(table);
        if (found == report.versions.end()) {
            report.state = SchemaState::gap;
            report.message = where + ": schema is incomplete, table " + table +
                             " was not made yet; run `sipkeep schema init` to complete it";
            return;
        }
        if (found->second < version) {
            report.state = SchemaState::older;
            report.message = where + ": table " + table + " has version " + std::to_string(found->second) +
                             ", this sipkeep needs " + std::to_string(version) +
                             "; run `sipkeep schema upgrade`";
            return;
        }
    }
    report.state = SchemaState::current;
}

void note_version(Connection& connection, const std::string& table, unsigned version) {
    connection.execute("INSERT INTO schema_version (table_name, table_version) VALUES (" + literal(table) +
                       ", " + std::to_string(version) + ")");
}

void note_upgrade(Connection& connection, const SchemaUpgrade& upgrade) {
    connection.execute("INSERT INTO schema_upgrade (number, what) VALUES (" + std::to_string(upgrade.number) +
                       ", " + literal(upgrade.what) + ")");
}

} // namespace

std::map<std::string, unsigned> SchemaSource::table_versions() const {
    std::map<std::string, unsigned> versions;
    std::istringstream lines(sql);
    unsigned version = 0;
    for (std::string line; std::getline(lines, line);) {
        if (const auto at = line.find("version: "); line.starts_with("--") && at != std::string::npos)
            std::from_chars(line.data() + at + 9, line.data() + line.size(), version);
        if (line.starts_with(create_table)) versions[table_of(line)] = version;
    }
    return versions;
}

std::vector<std::string> statements_of(const std::string& sql) {
    std::vector<std::string> statements;
    std::string statement;
    std::istringstream lines(sql);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("--") || line.empty()) continue;
        statement += (statement.empty() ? "" : "\n") + line;
        if (line.back() != ';') continue;
        statement.pop_back();
        statements.push_back(std::move(statement));
        statement.clear();
    }
    return statements;
}

SchemaReport inspect_schema(Connection& connection, const SchemaSource& source) {
    SchemaReport report;
    try {
        report.versions = stored_versions(connection);
        report.upgrades = stored_upgrades(connection);
    } catch (const DatabaseError& error) {
        if (error.code() != database_error::no_such_table) throw;
    }
    if (report.versions.empty()) {
        report.state = SchemaState::missing;
        report.message = connection.where() + ": no sipkeep schema here; run `sipkeep schema init`";
        return report;
    }
    judge(report, source, connection.where());
    return report;
}

void require_schema(Connection& connection, const SchemaSource& source) {
    const SchemaReport report = inspect_schema(connection, source);
    if (report.state != SchemaState::current) throw SchemaError(report.message);
}

void init_schema(Connection& connection, const SchemaSource& source, UtcSeconds today) {
    const SchemaReport before = inspect_schema(connection, source);
    const bool fresh = before.state == SchemaState::missing;
    const bool incomplete = before.state == SchemaState::gap && lacking(source, before.upgrades).empty();
    if (before.state == SchemaState::current) return;
    if (!fresh && !incomplete) throw SchemaError(before.message);
    const auto versions = source.table_versions();
    for (const std::string& statement : statements_of(source.sql)) {
        connection.execute(statement);
        const std::string table = table_of(statement);
        // Before any version: tables without their upgrades would look older than they are.
        if (fresh && table == upgrades_table)
            for (const SchemaUpgrade* upgrade : lacking(source, before.upgrades))
                note_upgrade(connection, *upgrade);
        // Written right behind each table, so that an init that was cut off can be told from a foreign
        // schema.
        if (!table.empty() && table != versions_table && !before.versions.contains(table))
            note_version(connection, table, versions.at(table));
    }
    add_partitions(connection, today);
    // Last of all: until now the schema counts as incomplete, and the next init goes on.
    if (!before.versions.contains(std::string(versions_table)))
        note_version(connection, std::string(versions_table), versions.at(std::string(versions_table)));
}

std::vector<std::string> upgrade_schema(Connection& connection, const SchemaSource& source) {
    const SchemaReport before = inspect_schema(connection, source);
    if (before.state == SchemaState::missing || before.state == SchemaState::newer)
        throw SchemaError(before.message);
    std::vector<std::string> done;
    for (const SchemaUpgrade* upgrade : lacking(source, before.upgrades)) {
        for (const std::string& statement : statements_of(upgrade->sql)) connection.execute(statement);
        note_upgrade(connection, *upgrade);
        done.push_back(std::to_string(upgrade->number) + " " + upgrade->what);
    }
    const SchemaReport after = inspect_schema(connection, source);
    if (after.state == SchemaState::older)
        throw SchemaError(after.message +
                          " ended here: no upgrade leads further; was schema_version changed by hand?");
    if (after.state != SchemaState::current) throw SchemaError(after.message);
    return done;
}

SchemaOwner::SchemaOwner(const DatabaseSettings& settings)
    : connection_(std::make_unique<Connection>(settings, "history database")) {}
SchemaOwner::~SchemaOwner() = default;
SchemaReport SchemaOwner::inspect() {
    return inspect_schema(*connection_, embedded_schema());
}
void SchemaOwner::init(UtcSeconds today) {
    init_schema(*connection_, embedded_schema(), today);
}
std::vector<std::string> SchemaOwner::upgrade() {
    return upgrade_schema(*connection_, embedded_schema());
}

namespace {

/// Any text as an SQL literal, whatever the sql_mode says of backslashes: without one.
std::string quoted(const std::string& text) {
    if (text.find('\\') != std::string::npos)
        throw UsageError("a password with a backslash can't be printed for every sql_mode; choose another");
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
    return out + "'";
}

} // namespace

std::string grant_statements(const GrantNames& names) {
    const auto user = [](const std::string& name) { return literal(name) + "@'localhost'"; };
    const auto on = [](const std::string& database, const std::string& table) {
        return " ON `" + database + "`." + (table == "*" ? "*" : "`" + table + "`") + " TO ";
    };
    const auto create = [&](const std::string& name) {
        const auto known = names.passwords.find(name);
        return "CREATE USER " + user(name) + " IDENTIFIED BY " +
               (known == names.passwords.end() ? "'choose a password'" : quoted(known->second)) + ";\n";
    };
    std::string text =
        "-- Schema owner: `sipkeep schema init` and `upgrade` only. Let it run init before what follows "
        "below: rights\n-- on a table need the table.\n" +
        create("sipkeep_owner");
    text += "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, CREATE VIEW, SHOW VIEW" +
            on(names.history_database, "*") + user("sipkeep_owner") + ";\n";

    text += "\n-- Live reader: reads these tables and nothing else.\n" + create(names.live_user);
    for (const std::string& table : names.live_tables)
        text += "GRANT SELECT" + on(names.live_database, table) + user(names.live_user) + ";\n";

    text += "\n-- History writer: the minute run. ALTER and CREATE only where it adds the partitions of "
            "coming days.\n" +
            create(names.history_user);
    text += "GRANT SELECT" + on(names.history_database, "*") + user(names.history_user) + ";\n";
    for (const auto& [table, version] : embedded_schema().table_versions()) {
        if (table.starts_with("schema_") || table == "retention_task" || table == "forgotten" ||
            table == "kept_from" || table == "kept_day" || table.ends_with("_roll_up") ||
            table == "counter_reset" || table == "epoch" || table.ends_with("_event") ||
            table == "call_without_record" || table == "record_never_live")
            continue;                // retention's
        if (table == "sample_day") { // the minute run only adds its days
            text += "GRANT ALTER, CREATE, INSERT" + on(names.history_database, table) +
                    user(names.history_user) + ";\n";
            continue;
        }
        const bool append_only = table == "capture" || table.starts_with("sample") ||
                                 table == "dialog_ended" || table.ends_with("_closed") ||
                                 table.ends_with("_history");
        const bool takes_back = table.ends_with("_open") || table.ends_with("_version") ||
                                table.ends_with("_ended") || table.ends_with("_closed");
        // Of what is only appended to, a backfill may correct what tells of the captures beside it.
        const std::string corrected = table == "capture"
                                          ? "opened, closed, refreshed, flags, epoch_started_at, mi_before"
                                      : table == "location_refresh_closed" ? "captured_at, version_from"
                                                                           : "";
        text += std::string("GRANT INSERT") + (append_only ? "" : ", UPDATE") +
                (corrected.empty() ? "" : ", UPDATE (" + corrected + ")") + (takes_back ? ", DELETE" : "") +
                (is_partitioned(table) ? ", ALTER, CREATE" : "") + on(names.history_database, table) +
                user(names.history_user) + ";\n";
    }

    text += "\n-- Retention: `sipkeep retain`, `import` and `forget`, with retention.option_file. It deletes "
            "and drops what is packed, "
            "rolled up or\n-- older than it is kept for, and overwrites whom history is to forget.\n" +
            create("sipkeep_retain");
    for (const auto& [rights, table] : std::initializer_list<std::pair<const char*, const char*>>{
             {"SELECT", "*"},
             {"INSERT, UPDATE (samples_closed_to, samples_packed_to, rolled_to, importing)", "node"},
             {"INSERT, DELETE", "capture"},
             {"ALTER, DROP", "sample"},
             {"INSERT, DELETE, ALTER, DROP", "sample_day"},
             {"INSERT, DELETE", "sample_late"},
             {"UPDATE, ALTER, DROP", "dialog_version"},
             {"UPDATE (fingerprint)", "dialog_open"},
             {"UPDATE, ALTER, DROP", "location_version"},
             {"UPDATE (fingerprint)", "location_open"},
             {"ALTER, DROP", "location_refresh_closed"},
             {"ALTER, DROP", "dispatcher_version"},
             {"ALTER, DROP", "mi_row_version"},
             {"INSERT, UPDATE, DELETE, ALTER, DROP", "cdr_minute"},
             {"INSERT, UPDATE, DELETE, ALTER, DROP", "cdr_endpoint_hour"},
             {"INSERT, UPDATE, DELETE", "cdr_hour"},
             {"INSERT, UPDATE, DELETE", "cdr_endpoint_day"},
             {"INSERT, UPDATE, DELETE", "cdr_endpoint_week"},
             {"INSERT, DELETE", "cdr_failure_minute"},
             {"UPDATE, ALTER, DROP", "acc_history"},
             {"UPDATE, ALTER, DROP", "missed_calls_history"},
             {"INSERT, UPDATE, DELETE", "agent_roll_up"},
             {"INSERT, UPDATE, DELETE", "aor_roll_up"},
             {"INSERT, UPDATE, DELETE", "statistic_roll_up"},
             {"INSERT, UPDATE, DELETE", "registration_roll_up"},
             {"INSERT, UPDATE, DELETE", "capture_roll_up"},
             {"INSERT, UPDATE, DELETE", "dispatcher_roll_up"},
             {"INSERT, DELETE", "call_without_record"},
             {"INSERT, DELETE", "counter_reset"},
             {"INSERT, DELETE", "dispatcher_event"},
             {"INSERT, DELETE", "epoch"},
             {"INSERT, DELETE", "gateway_roll_up"},
             {"INSERT, DELETE", "long_refresh"},
             {"INSERT, DELETE", "record_never_live"},
             {"INSERT, UPDATE (aor), DELETE", "registration_event"},
             {"INSERT, DELETE", "stay_roll_up"},
             {"INSERT, UPDATE, DELETE", "roll_up_due"},
             {"INSERT, UPDATE", "kept_from"},
             {"INSERT, UPDATE, DELETE", "kept_day"},
             {"INSERT, UPDATE", "acc_taken"},
             {"INSERT, UPDATE", "partition_horizon"},
             {"INSERT", "statistic"},
             {"INSERT, UPDATE", "forgotten"},
             {"INSERT, UPDATE", "retention_task"}})
        text += std::string("GRANT ") + rights + on(names.history_database, table) + user("sipkeep_retain") +
                ";\n";
    for (const PartitionedTable& table : partitioned_tables())
        text += "GRANT INSERT, ALTER, CREATE" + on(names.history_database, std::string(table.name)) +
                user("sipkeep_retain") + ";\n";
    return text;
}

} // namespace sipkeep
