#include "support/table_rows.hpp"

#include <numeric>

namespace sipkeep::test {

namespace {

std::string text_of(const Rows& rows, const std::vector<std::size_t>& columns) {
    std::string text;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        std::string line;
        for (const std::size_t column : columns)
            line += (line.empty() ? "" : "|") + std::string(rows.field(row, column).value_or("<null>"));
        text += line + '\n';
    }
    return text;
}

} // namespace

void add_row(Rows& rows, const TableSpec& table, const Cells& cells) {
    for (const auto& [column, value] : cells) static_cast<void>(table.at(column));
    for (const Column& column : table.columns) {
        const auto cell = cells.find(column.name);
        if (cell == cells.end() || !cell->second)
            rows.add(std::nullopt);
        else
            rows.add(*cell->second);
    }
}

Rows rows_with(const TableSpec& table, const std::vector<Cells>& all) {
    Rows rows(table.columns.size());
    for (const Cells& cells : all) add_row(rows, table, cells);
    return rows;
}

std::string text_of(const Rows& rows) {
    std::vector<std::size_t> columns(rows.width());
    std::iota(columns.begin(), columns.end(), std::size_t{0});
    return text_of(rows, columns);
}

std::string text_of(const Rows& rows, const TableSpec& table,
                    std::initializer_list<std::string_view> columns) {
    std::vector<std::size_t> positions;
    for (const std::string_view column : columns) positions.push_back(table.at(column));
    return text_of(rows, positions);
}

} // namespace sipkeep::test
