// Rows of a pair <name>_version and <name>_open, made from rows seen.
#pragma once

#include "sipkeep/core/table.hpp"
#include "sipkeep/core/time.hpp"

#include "fingerprint.hpp"

#include <optional>
#include <string>

namespace sipkeep {

/// Versions that begin at one capture on one node, as the statements of VersionSql take them.
class VersionRows {
public:
    VersionRows(const TableSpec& table, unsigned node_id, UtcSeconds captured_at);

    /// `first_seen`: of the chain that the version goes on from; absent when it begins one.
    void add(RowView row, const std::optional<std::string>& first_seen);
    void clear();

    [[nodiscard]] const Rows& versions() const { return versions_; } ///< for VersionSql::insert_version()
    [[nodiscard]] const Rows& open() const { return open_; }         ///< for VersionSql::insert_open()

private:
    const TableSpec& table_;
    Fingerprinter fingerprinter_;
    std::string node_, now_;
    Rows versions_, open_;
};

} // namespace sipkeep
