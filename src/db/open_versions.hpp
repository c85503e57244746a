// Open versions, read to be compared with rows seen: by their fingerprints first, in full only where these
// differ.
#pragma once

#include "sipkeep/core/table.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace sipkeep {

class Connection;
class Result;
class VersionSql;

/// Adds the current row of a result whose columns are those of the spec, and maybe more behind them.
void add_row(Rows& rows, Result& result, const TableSpec& table);

/// The first column of each row, a number.
[[nodiscard]] std::vector<std::uint64_t> ids_of(const Rows& rows);

/// HistoryStore::each_open().
void show_open_versions(Connection& connection, const VersionSql& versions, const TableSpec& table,
                        const Rows& seen, const std::function<void(RowView)>& show);

/// HistoryStore::open_contacts().
[[nodiscard]] Rows read_open_contacts(Connection& connection, const VersionSql& versions, const Rows& seen);

} // namespace sipkeep
