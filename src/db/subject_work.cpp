#include "subject_work.hpp"

#include "sipkeep/core/text.hpp"
#include "sipkeep/core/version.hpp"
#include "sipkeep/db/schema.hpp"

#include "retention_task.hpp"
#include "roll_up_due.hpp"
#include "time_literal.hpp"

#include <random>

namespace sipkeep {

namespace {

std::string new_salt() {
    std::random_device random;
    std::string bytes;
    for (int i = 0; i < 16; ++i) bytes += static_cast<char>(random() & 0xFFU);
    return to_hex(bytes);
}

} // namespace

SubjectWork::SubjectWork(const DatabaseSettings& settings, Subject whom, std::optional<std::string> only,
                         EraseHow how)
    : connection(settings, "history database"), subject(std::move(whom)), counts_only(how == EraseHow::count),
      sql(subject, ""), turn_(settings, "history database"), node_(std::move(only)) {
    for (Connection* one : {&connection, &turn_}) {
        one->execute("SET SESSION time_zone='+00:00', sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', "
                     "innodb_lock_wait_timeout=60, lock_wait_timeout=60");
        one->execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
    }
    require_schema(connection, embedded_schema());
    if (!counts_only) take_turn();
    read_nodes();
}

/// Until the session ends: two of them would give one call two names.
void SubjectWork::take_turn() {
    if (!sipkeep::take_turn(connection, turn_, "forget"))
        throw LockedError(turn_.where() + ": another `sipkeep forget` is at work here");
}

void SubjectWork::read_nodes() {
    auto row = connection.few("SELECT node, node_id FROM node ORDER BY node");
    while (row.next()) {
        if (node_ && *node_ != row.string(0)) continue;
        nodes.push_back(row.string(0));
        node_ids[nodes.back()] = static_cast<unsigned>(row.number(1));
    }
    if (node_ && nodes.empty())
        throw Error("forget: node " + *node_ +
                    " has no history here; is it the name in `node:` of its configuration?");
}

void SubjectWork::begin(UtcSeconds now) {
    const std::string hash = "UNHEX(SHA2(" + text_constant(subject.text()) + ", 256))";
    const std::string kind = subject.is_domain() ? "'domain'" : "'aor'";
    const std::string cut_off = "SELECT forgotten_id FROM forgotten WHERE subject = " + hash +
                                " AND kind = " + kind + " AND node = " + literal(node_.value_or("")) +
                                " AND finished_at IS NULL";
    auto row = connection.value(cut_off);
    if (!row) {
        connection.execute("INSERT INTO forgotten (kind, subject, node, started_at, salt, version) VALUES (" +
                           kind + ", " + hash + ", " + literal(node_.value_or("")) + ", " +
                           literal(to_datetime(now)) + ", '" + new_salt() + "', " +
                           literal(program_version()) + ")");
        row = connection.value(cut_off);
    }
    id_ = row.value_or("0");
    const auto salt = connection.value("SELECT salt FROM forgotten WHERE forgotten_id = " + id_);
    sql = SubjectSql(subject, salt.value_or(""));
}

void SubjectWork::finish(UtcSeconds now) {
    connection.execute("UPDATE forgotten SET finished_at = " + literal(to_datetime(now)) +
                       ", salt = NULL WHERE forgotten_id = " + id_);
}

void SubjectWork::start(unsigned node_id) {
    static_cast<void>(turn_.value("SELECT 1")); // or the server ends a session that says nothing for long
    connection.execute("START TRANSACTION");
    static_cast<void>(connection.value("SELECT node_id FROM node WHERE node_id = " + std::to_string(node_id) +
                                       " FOR UPDATE"));
}

void SubjectWork::note(const std::string& table, std::uint64_t rows) {
    found.by_table[table] += rows;
    if (counts_only || rows == 0) return;
    connection.execute("UPDATE forgotten SET " + table + " = " + table + " + " + std::to_string(rows) +
                       " WHERE forgotten_id = " + id_);
}

std::uint64_t SubjectWork::unmark(unsigned node_id, const std::string& table, const KeyColumn& key,
                                  const Rows& page) {
    Rows open(1);
    for (std::size_t i = 0; i < page.size(); ++i)
        if (page.field(i, 2) == "1") open.add(page.field(i, 1));
    if (!counts_only)
        connection.update_each("UPDATE " + table + " SET fingerprint = NULL" + key_is_bound(node_id, {key}),
                               open);
    return open.size();
}

void SubjectWork::roll_back() {
    try {
        connection.execute("ROLLBACK");
    } catch (const DatabaseError&) { // it is gone with its transaction
    }
}

void add_names(NamesByDate& names, const Rows& page, std::initializer_list<std::size_t> columns) {
    for (std::size_t i = 0; i < page.size(); ++i)
        for (const std::size_t column : columns)
            if (const Field name = page.field(i, column))
                names[std::string(page.field(i, 0).value_or("")).substr(0, 10)].emplace(*name);
}

void take_out(SubjectWork& work, unsigned node_id, const std::string& roll_up, const std::string& column,
              const NamesByDate& names) {
    for (const auto& [date, of_date] : names) {
        std::string list;
        for (const std::string& name : of_date) list += (list.empty() ? "" : ", ") + text_constant(name);
        const std::string rows = " FROM " + roll_up + " WHERE node_id = " + std::to_string(node_id) +
                                 " AND day = " + literal(date) + " AND " + column + " IN (" + list + ")";
        if (work.counts_only) {
            work.note(roll_up, std::stoull(work.connection.value("SELECT COUNT(*)" + rows).value_or("0")));
            continue;
        }
        work.note(roll_up, work.connection.update("DELETE" + rows));
        // Also where none was: what rolls the day up just now may have read its versions before.
        if (work.connection.value("SELECT 1 FROM node WHERE node_id = " + std::to_string(node_id) +
                                  " AND rolled_to > " + literal(date)))
            make_due(work.connection, node_id, {from_datetime(date + " 00:00:01")});
    }
}

} // namespace sipkeep
