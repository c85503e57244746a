// Open versions, read to be compared with rows seen: by their fingerprints first, in full only where these
// differ.
#pragma once

#include "sipkeep/core/table.hpp"

#include <functional>

namespace sipkeep {

class Connection;
class VersionSql;

/// HistoryStore::each_open().
void show_open_versions(Connection& connection, const VersionSql& versions, const TableSpec& table,
                        const Rows& seen, const std::function<void(RowView)>& show);

/// HistoryStore::open_contacts().
[[nodiscard]] Rows read_open_contacts(Connection& connection, const VersionSql& versions, const Rows& seen);

} // namespace sipkeep
