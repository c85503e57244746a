// Daily partitions of the append-only tables.
#pragma once

#include "sipkeep/core/time.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sipkeep {

class Connection;

struct PartitionedTable {
    std::string_view name;
    std::string_view time_column;
    /// The ledger's count of what a capture saw of it; empty for calls, which belong to no capture.
    std::string_view ledger_count;
    /// A refresh that midnight ends belongs to the day before: its partition holds that second as well.
    Seconds past_midnight{0};
    bool by_date = false; ///< time_column is a DATE
};
[[nodiscard]] std::span<const PartitionedTable> partitioned_tables();
/// After a pause of years the days in between share one partition: nothing was captured in them.
inline constexpr std::chrono::days most_partitions_at_once{60};
/// Runs add partitions once fewer days than these have theirs.
inline constexpr std::chrono::days partitions_kept_ahead{3};

[[nodiscard]] bool is_partitioned(const std::string& table);

/// Below all times that a capture can have; see schema.sql.
inline constexpr std::string_view lowest_partition = "p_begin";

struct DailyPartition {
    std::string name;
    UtcSeconds day; ///< the last day that it takes
};

struct PartitionList {
    std::vector<DailyPartition> daily; ///< oldest first
    std::vector<std::string> strange;  ///< that sipkeep never makes
    bool has_lowest = false;
};
[[nodiscard]] PartitionList list_partitions(Connection& connection, const PartitionedTable& table);

/// Adds the daily partitions that are missing from `today` (or from where they end) to two weeks ahead.
/// DDL: call it outside a transaction. Throws DatabaseError.
void add_partitions(Connection& connection, UtcSeconds today);

/// The earliest end of partitions among the tables, as add_partitions() left it; nullopt before it ever ran.
[[nodiscard]] std::optional<UtcSeconds> partition_horizon(Connection& connection);

} // namespace sipkeep
