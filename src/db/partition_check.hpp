// Checks the daily partitions, and tells from when on a table still holds its rows.
#pragma once

#include "sipkeep/db/archive_check.hpp"

namespace sipkeep {

class Connection;

/// Judges the partitions of all tables. Returns the day after the last one of all, or nullopt when there is
/// none.
std::optional<UtcSeconds> check_partitions(Connection& connection, ArchiveFindings& findings);

/// The first day from which on a table holds all rows of a node: older days were dropped, or never were; of
/// these, single ones may have been imported. `column`: that by which it is partitioned. nullopt for a table
/// without daily partitions.
[[nodiscard]] std::optional<UtcSeconds> kept_from(Connection& connection, unsigned node_id,
                                                  const std::string& table, const std::string& column);

} // namespace sipkeep
