#include "sipkeep/db/retention_session.hpp"

#include "sipkeep/db/schema.hpp"

#include "large_groups.hpp"
#include "retention_task.hpp"

namespace sipkeep {

RetentionSession::RetentionSession(const DatabaseSettings& settings) try
    : connection_(settings, "history database"), reader_(settings, "history database"),
      turn_(settings, "history database") {
    for (Connection* one : {&connection_, &reader_, &turn_}) {
        one->execute("SET SESSION time_zone='+00:00', sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', "
                     "innodb_lock_wait_timeout=5, lock_wait_timeout=2");
        one->execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
        one->execute(large_groups);
    }
    require_schema(connection_, embedded_schema());
    take_turn();
} catch (const DatabaseError& error) {
    refuse(error);
}

/// Until the session ends.
void RetentionSession::take_turn() {
    if (!sipkeep::take_turn(connection_, turn_, "retain"))
        throw RetentionBusy(turn_.where() + ": another `sipkeep retain` or `import` is at work here");
}

void RetentionSession::stay() {
    static_cast<void>(turn_.value("SELECT 1"));
}

void RetentionSession::roll_back() {
    for (Connection* one : {&connection_, &reader_}) {
        try {
            one->execute("ROLLBACK");
        } catch (const DatabaseError&) { // it is gone with its transaction
        }
    }
}

void RetentionSession::refuse(const DatabaseError& error) {
    refuse_retention(error);
}

std::vector<RetainedNode> RetentionSession::nodes() {
    return guarded([&] {
        std::vector<RetainedNode> nodes;
        auto row = connection_.few("SELECT node_id, node FROM node ORDER BY node");
        while (row.next()) nodes.push_back({static_cast<unsigned>(row.number(0)), row.string(1)});
        return nodes;
    });
}

void RetentionSession::note_finished(UtcSeconds now) {
    guarded([&] {
        turn_.execute("UPDATE retention_task SET finished_at = " + literal(to_datetime(now)) +
                      " WHERE task = 'retain'");
        turn_.execute("COMMIT");
        turn_.execute("START TRANSACTION");
    });
}

void RetentionSession::lock(unsigned node_id) {
    connection_.execute("START TRANSACTION");
    static_cast<void>(connection_.value(
        "SELECT node_id FROM node WHERE node_id = " + std::to_string(node_id) + " FOR UPDATE"));
}

bool RetentionSession::drop_partition(const std::string& table, const std::string& partition,
                                      const std::function<bool(Connection&)>& may) {
    return guarded([&] {
        bool dropped = false;
        try {
            // No writer begins, no node is made, until the partition is gone: so none can put anything into
            // it.
            reader_.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            reader_.execute("START TRANSACTION");
            static_cast<void>(reader_.value("SELECT MAX(samples_packed_to) FROM node FOR UPDATE"));
            if (may(reader_)) {
                connection_.execute("ALTER TABLE " + table + " DROP PARTITION " + partition);
                dropped = true;
            }
        } catch (const DatabaseError& error) {
            if (error.code() != database_error::lock_wait_timeout) throw;
        }
        reader_.execute("ROLLBACK");
        return dropped;
    });
}

} // namespace sipkeep
