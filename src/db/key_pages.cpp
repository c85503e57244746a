#include "key_pages.hpp"

#include "sipkeep/db/connection.hpp"

#include "partitions.hpp"
#include "subject_sql.hpp"

#include <algorithm>

namespace sipkeep {

namespace {

struct KeyStretch {
    std::string from, to; ///< times, as constants
};

/// One for each partition, and what is below and above them all.
std::vector<KeyStretch> stretches_of(Connection& connection, const std::string& table) {
    const auto spec = std::ranges::find(partitioned_tables(), table, &PartitionedTable::name);
    std::vector<KeyStretch> stretches;
    std::string from = "'1000-01-01 00:00:00'";
    for (const DailyPartition& partition : list_partitions(connection, *spec).daily) {
        const std::string to = literal(to_datetime(partition.day + std::chrono::days{1}));
        stretches.push_back({from, to});
        from = to;
    }
    stretches.push_back({from, "'9999-12-31 00:00:00'"});
    return stretches;
}

/// Behind that key: "(a > 1 OR (a = 1 AND b > 2))".
std::string behind(const std::vector<KeyColumn>& key, RowView row) {
    std::string condition;
    for (std::size_t i = key.size(); i-- > 0;) {
        const std::string text(row[i].value_or(""));
        const std::string value = key[i].number ? text : text_constant(text);
        std::string greater = key[i].name;
        greater.append(" > ").append(value);
        if (!condition.empty())
            greater.append(" OR (").append(key[i].name).append(" = ").append(value).append(" AND ");
        condition = condition.empty() ? greater : "(" + greater.append(condition) + "))";
    }
    return condition;
}

Rows page_of(Connection& connection, const std::string& statement) {
    auto result = connection.few(statement);
    Rows page(result.width());
    while (result.next())
        for (std::size_t i = 0; i < result.width(); ++i) page.add(result.text(i));
    return page;
}

} // namespace

void each_page(Connection& connection, unsigned node_id, const PagedRows& rows,
               const std::function<void(const Rows&)>& show) {
    std::string columns;
    for (const KeyColumn& column : rows.key) columns += (columns.empty() ? "" : ", ") + column.name;
    const std::string head = std::string("SELECT ") + (rows.once ? "DISTINCT " : "") + columns +
                             rows.more_columns + " FROM " + rows.table +
                             " WHERE node_id = " + std::to_string(node_id) + " AND " + rows.condition;
    const std::string tail = " ORDER BY " + columns + " LIMIT " + std::to_string(rows_a_page);
    const std::string& time = rows.key.front().name;
    for (const KeyStretch& stretch : stretches_of(connection, rows.table)) {
        std::string from = " AND " + time + " >= " + stretch.from;
        for (bool more = true; more;) {
            const Rows page = page_of(connection, head + from + " AND " + time + " < " + stretch.to + tail);
            more = page.size() == rows_a_page;
            if (page.empty()) break;
            const RowView last = page[page.size() - 1];
            from = " AND " + time + " >= " + literal(last[0].value_or("")) + " AND " + behind(rows.key, last);
            show(page);
        }
    }
}

std::string key_is_bound(unsigned node_id, const std::vector<KeyColumn>& key) {
    std::string condition = " WHERE node_id = " + std::to_string(node_id);
    for (const KeyColumn& column : key)
        condition.append(" AND ")
            .append(column.name)
            .append(column.number ? " = CAST(? AS UNSIGNED)" : " = ?");
    return condition;
}

Rows keys_of(const Rows& rows, std::size_t width) {
    Rows keys(width);
    for (std::size_t row = 0; row < rows.size(); ++row)
        for (std::size_t column = 0; column < width; ++column) keys.add(rows.field(row, column));
    return keys;
}

} // namespace sipkeep
