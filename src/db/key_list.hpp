// Keys of one table as a condition of SQL.
#pragma once

#include "sipkeep/core/table.hpp"
#include "sipkeep/core/text.hpp"

#include "version_sql.hpp"

#include <string>
#include <vector>

namespace sipkeep {

/// Some keys: numbers where the table has a number for its key, else a condition for each.
class KeyList {
public:
    void add(std::uint64_t number) { numbers_.push_back(number); }
    /// The key of a row of a table whose key is no number.
    void add(const TableSpec& table, RowView row) {
        std::string one;
        for (const std::size_t column : table.with_role(ColumnRole::key)) {
            one += (one.empty() ? "(" : " AND ") + std::string(table.columns[column].name);
            one += " = _utf8mb4 X'" + to_hex(row[column].value_or("")) + "' COLLATE utf8mb4_bin";
        }
        texts_ += (texts_.empty() ? "" : " OR ") + one + ")";
    }

    /// Over the key columns of the table, without an alias.
    [[nodiscard]] std::string condition(const std::string& number_key) const {
        return numbers_.empty() ? "(" + texts_ + ")" : in_list(number_key, numbers_);
    }
    [[nodiscard]] const std::vector<std::uint64_t>& numbers() const { return numbers_; }
    [[nodiscard]] bool empty() const { return numbers_.empty() && texts_.empty(); }

private:
    std::vector<std::uint64_t> numbers_;
    std::string texts_;
};

} // namespace sipkeep
