// Rows of a dump as the rows of a tracked table: the same as the live reader makes of the live table's.
#pragma once

#include "sipkeep/core/table.hpp"

#include "sql_dump.hpp"

#include <string>
#include <vector>

namespace sipkeep {

class DumpRows {
public:
    explicit DumpRows(const TableSpec& table) : table_(table) {}

    /// Appends one row, its columns as in the spec. Throws Error when the key or a refresh column is missing.
    void add(const std::vector<DumpColumn>& columns, const std::vector<DumpValue>& values, Rows& to);

private:
    void find_columns(const std::vector<DumpColumn>& columns);
    [[nodiscard]] std::string extra(const std::vector<DumpColumn>& columns,
                                    const std::vector<DumpValue>& values) const;

    const TableSpec& table_;
    std::vector<std::string> known_names_; ///< those that the positions below belong to
    std::vector<std::ptrdiff_t> position_; ///< of each column of the spec, or -1
    std::vector<std::size_t> unknown_;     ///< positions of columns that the spec has not
};

} // namespace sipkeep
