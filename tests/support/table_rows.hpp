// Rows of the tracked tables, written in a test as the few columns that matter to it.
#pragma once

#include "sipkeep/core/table.hpp"

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sipkeep::test {

/// Columns by name; the others are NULL.
using Cells = std::map<std::string, std::optional<std::string>, std::less<>>;

/// Throws Error for a column that the table does not have.
void add_row(Rows& rows, const TableSpec& table, const Cells& cells);
[[nodiscard]] Rows rows_with(const TableSpec& table, const std::vector<Cells>& all);

/// One line per row, fields separated by '|', NULL as <null>.
[[nodiscard]] std::string text_of(const Rows& rows);
/// The same for some columns only.
[[nodiscard]] std::string text_of(const Rows& rows, const TableSpec& table,
                                  std::initializer_list<std::string_view> columns);

} // namespace sipkeep::test
