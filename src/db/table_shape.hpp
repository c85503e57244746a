// A table of OpenSIPS as it really is: which of the known columns it has, and which others.
#pragma once

#include "sipkeep/core/table.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

class Connection;
class Result;

/// `name` in backticks. Throws UsageError when it is no table name.
[[nodiscard]] std::string identifier(const std::string& name);
[[nodiscard]] std::string backticked(std::string_view column);

/// How a SELECT turns a live table's columns into a TableSpec's.
struct TableShape {
    struct Extra {
        std::string name;
        bool binary;
    };
    std::string table;         ///< in backticks
    std::vector<bool> present; ///< parallel to the spec's columns
    std::vector<Extra> extras;

    /// The spec's columns but `extra` (NULL for one that the table lacks), then the extras.
    [[nodiscard]] std::string select(const TableSpec& spec) const;
};

/// Throws SourceError when a key or refresh column is missing.
[[nodiscard]] TableShape shape_of(Connection& connection, const TableSpec& spec, const std::string& table);

/// The unknown columns of the current row, from position `first` on, as one JSON object; binary ones as
/// {"hex": ".."}. Without any: NULL.
[[nodiscard]] std::optional<std::string> extra_of(Result& row, const TableShape& shape, std::size_t first);

/// Adds a column as history keeps it. A table without a character set, or in a binary one, holds whatever the
/// phones sent.
void add_field(Rows& rows, const Column& column, Field value);

} // namespace sipkeep
