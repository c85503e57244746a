// Daily partitions of the append-only tables.
#pragma once

#include "sipkeep/core/time.hpp"

#include <optional>
#include <string>

namespace sipkeep {

class Connection;

[[nodiscard]] bool is_partitioned(const std::string& table);

/// Adds the daily partitions that are missing from `today` (or from where they end) to two weeks ahead.
/// DDL: call it outside a transaction. Throws DatabaseError.
void add_partitions(Connection& connection, UtcSeconds today);

/// The earliest end of partitions among the tables, as add_partitions() left it; nullopt before it ever ran.
[[nodiscard]] std::optional<UtcSeconds> partition_horizon(Connection& connection);

} // namespace sipkeep
