// The tracked tables: which columns they have, which make a version, which are derived.
#pragma once

#include "sipkeep/core/rows.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipkeep {

enum class ColumnRole : std::uint8_t {
    key,      ///< names the row among those open at one moment
    identity, ///< a change makes a new version
    refresh,  ///< moved by a plain refresh; kept in the refresh log (location only)
    extra,    ///< JSON object of the live columns that sipkeep does not know
};

struct Column {
    std::string_view name;
    ColumnRole role;
    bool bytes = false; ///< history keeps it as bytes of any kind; all others are text, see to_storable()
    bool own = false;   ///< sipkeep's, no column of OpenSIPS's table
};

/// A tracked table. Its rows, in memory, hold exactly `columns`, in their order.
struct TableSpec {
    std::string_view name; ///< of the live table, and the stem of <name>_version and <name>_open
    std::vector<Column> columns;
    /// Columns of history computed from a row when a version opens.
    std::vector<std::string_view> derived;
    std::vector<std::optional<std::string>> (*derive)(RowView row) = nullptr;

    /// Position of a column; throws Error for an unknown name.
    [[nodiscard]] std::size_t at(std::string_view column) const;
    [[nodiscard]] std::vector<std::size_t> with_role(ColumnRole role) const;
    [[nodiscard]] bool has_role(ColumnRole role) const { return !with_role(role).empty(); }
};

/// Column of dialog and location: NULL where the row was read in the table, from_memory where MI alone told
/// it.
inline constexpr std::string_view source_column = "source";
inline constexpr std::string_view from_memory = "mi";

/// OpenSIPS's `dialog` (schema v11 and v12, releases 3.2 to 4.0). Derived: from_user, from_domain, to_user,
/// to_domain.
[[nodiscard]] const TableSpec& dialog_table();
/// OpenSIPS's `location` (v1013). Refresh columns: expires, cseq, last_modified.
[[nodiscard]] const TableSpec& location_table();
/// The destinations of MI `ds_list`; `occurrence` counts equal URIs within one set.
[[nodiscard]] const TableSpec& dispatcher_table();

/// Rows that MI lists: of the commands that mi.more and mi.extra name (`name` tells which), and what a
/// cross-check of tables and memory found ("dialog_ghost", "location_ghost": ids of rows that only the table
/// has). content: a JSON object.
[[nodiscard]] const TableSpec& mi_row_table();
inline constexpr std::string_view dialog_ghosts = "dialog_ghost";
inline constexpr std::string_view location_ghosts = "location_ghost";

/// OpenSIPS's `acc` (v7) and `missed_calls` (v5), releases 3.2 to 4.0. Rows are only ever inserted; columns
/// that operators added, the URIs as a rule, are in `extra`.
[[nodiscard]] const TableSpec& acc_table();
[[nodiscard]] const TableSpec& missed_calls_table();

/// A row of dialog_table() is a call that was answered and has not ended, as OpenSIPS's table holds them; MI
/// lists those that ring, or are over, as well.
[[nodiscard]] bool is_answered_call(RowView dialog);
/// MI told the row, not the table.
[[nodiscard]] bool is_from_memory(const TableSpec& table, RowView row);

/// True when both rows hold the same in every column of that role; NULL differs from ''.
[[nodiscard]] bool same(const TableSpec& table, ColumnRole role, RowView left, RowView right);

/// The key columns of a row as one string, unambiguous between rows.
[[nodiscard]] std::string key_of(const TableSpec& table, RowView row);

} // namespace sipkeep
