#include "unfinished_capture.hpp"

#include "sipkeep/db/connection.hpp"

#include "version_sql.hpp"

#include <vector>

namespace sipkeep {

namespace {

/// Opened versions go first: they stand where the closed ones must come back to.
void remove_opened_contacts(Connection& connection, unsigned node_id, UtcSeconds captured_at) {
    constexpr int rows_a_transaction = 2500;
    const VersionSql versions(location_table(), node_id);
    const RefreshSql refreshes(node_id);
    for (;;) {
        std::vector<std::uint64_t> ids;
        {
            auto rows = connection.query(
                "SELECT contact_id FROM location_open WHERE node_id = " + std::to_string(node_id) +
                " AND began = " + literal(to_datetime(captured_at)) + " LIMIT " +
                std::to_string(rows_a_transaction));
            while (rows.next()) ids.push_back(rows.number(0));
        }
        if (ids.empty()) return;
        connection.execute("START TRANSACTION");
        connection.execute(refreshes.remove_open(in_list("contact_id", ids)));
        connection.execute(versions.remove_open(in_list("contact_id", ids)));
        connection.execute("COMMIT");
    }
}

} // namespace

void undo_unfinished_capture(Connection& connection, unsigned node_id, UtcSeconds captured_at) {
    connection.execute("ROLLBACK");
    remove_opened_contacts(connection, node_id, captured_at);
    connection.execute("START TRANSACTION");
    const std::string began = "began = " + literal(to_datetime(captured_at));
    for (const TableSpec* table : {&dialog_table(), &location_table(), &dispatcher_table()}) {
        const VersionSql versions(*table, node_id);
        if (table != &location_table()) connection.execute(versions.remove_open(began));
        connection.execute(versions.restore(captured_at));
        connection.execute(versions.forget_restored(captured_at));
    }
    const RefreshSql refreshes(node_id);
    connection.execute(refreshes.revert(captured_at));
    connection.execute(refreshes.restore(captured_at));
    connection.execute(refreshes.forget_restored(captured_at));
    const std::string of_capture = " WHERE node_id = " + std::to_string(node_id);
    connection.execute("DELETE FROM sample" + of_capture +
                       " AND captured_at = " + literal(to_datetime(captured_at)));
    connection.execute("UPDATE node SET pending_at = NULL, pending_run = NULL" + of_capture);
    connection.execute("COMMIT");
}

} // namespace sipkeep
