// The ledger: reading what the captures before left, writing the row of this one.
#pragma once

#include "sipkeep/db/history_store.hpp"

namespace sipkeep {

class Connection;

/// Which captures tell, and of what: each thing that none of them has is looked for through all of them.
struct StateScope {
    std::optional<UtcSeconds> before{}; ///< only captures before that time
    bool rows = true;                   ///< dialogs and contacts
    bool uptime = true;                 ///< and with it the life of OpenSIPS
};
[[nodiscard]] NodeState read_node_state(Connection& connection, unsigned node_id,
                                        const StateScope& scope = {});
/// Reads "2026-11-22 14:03:00.250".
[[nodiscard]] UtcMilliseconds milliseconds_of(const std::string& text);
/// Leaves the node as a capture that is whole leaves it; without a round, the compare stays where it was.
void write_node_state(Connection& connection, unsigned node_id,
                      const std::optional<std::uint64_t>& compare_turn);
/// versions_from: see table `capture`.
void insert_ledger_row(Connection& connection, unsigned node_id, const LedgerRow& row,
                       UtcSeconds versions_from);

/// SQL over a row of `capture`: how many versions of the table were in force at it.
[[nodiscard]] std::string in_force_by(const TableSpec& table);

} // namespace sipkeep
