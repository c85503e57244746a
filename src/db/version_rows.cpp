#include "version_rows.hpp"

#include "version_sql.hpp"

namespace sipkeep {

VersionRows::VersionRows(const TableSpec& table, unsigned node_id, UtcSeconds captured_at)
    : table_(table), fingerprinter_(table), node_(std::to_string(node_id)), now_(to_datetime(captured_at)),
      versions_(version_width(table)), open_(open_width(table)) {}

void VersionRows::add(RowView row, const std::optional<std::string>& first_seen) {
    const auto keys = table_.with_role(ColumnRole::key);
    const auto refresh = table_.with_role(ColumnRole::refresh);

    open_.add(node_);
    open_.add(now_);
    if (!refresh.empty()) open_.add(now_);
    for (const std::size_t column : keys) open_.add(row[column]);
    for (const std::size_t column : refresh) open_.add(row[column]);
    if (keys.size() == 1) open_.add(fingerprinter_.of(row));

    versions_.add(node_);
    versions_.add(now_);
    for (const std::size_t column : keys) versions_.add(row[column]);
    versions_.add(now_);
    if (!refresh.empty()) versions_.add(first_seen.value_or(now_));
    for (std::size_t column = 0; column < table_.columns.size(); ++column)
        if (table_.columns[column].role == ColumnRole::identity ||
            table_.columns[column].role == ColumnRole::extra)
            versions_.add(row[column]);
    if (table_.derive != nullptr)
        for (const auto& value : table_.derive(row)) versions_.add(value);
}

void VersionRows::clear() {
    versions_.clear();
    open_.clear();
}

} // namespace sipkeep
