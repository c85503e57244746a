#include "stored_states.hpp"

#include "open_versions.hpp"
#include "time_literal.hpp"
#include "version_check.hpp"

#include <algorithm>
#include <charconv>

namespace sipkeep {

namespace {

using std::chrono::days;

/// The columns of the spec, and the times of a StoredState; `refresh` is the alias of what holds its refresh.
std::string columns_of(const TableSpec& table, const std::string& refresh, const std::string& seen_to) {
    std::string list;
    for (const Column& column : table.columns)
        list += (column.role == ColumnRole::refresh ? refresh : "v") + "." + std::string(column.name) + ", ";
    for (const char* column : {"v.valid_from", "v.valid_to", "v.began"}) list += seconds_of(column) + ", ";
    if (!table.has_role(ColumnRole::refresh)) return list + "0, 0, 0";
    return list + seconds_of("v.first_seen") + ", " + seconds_of(refresh + ".captured_at") + ", " +
           seconds_of(seen_to);
}

std::string join_version(const std::string& to, const std::string& from) {
    return " STRAIGHT_JOIN location_version v ON v.node_id = " + to + ".node_id AND v.valid_from = " + to +
           "." + from + " AND v.contact_id = " + to + ".contact_id";
}

/// As view location_snapshot finds them, for any moment.
std::string contacts_at(unsigned node_id, UtcSeconds moment) {
    const TableSpec& table = location_table();
    const std::string node = std::to_string(node_id);
    const std::string now = at(moment);
    return "(SELECT " + columns_of(table, "r", "r.valid_to") + " FROM location_refresh_closed r" +
           join_version("r", "version_from") + " WHERE r.node_id = " + node + " AND r.valid_to > " + now +
           " AND r.valid_to <= " + at(midnight(moment) + days{1}) + " AND r.captured_at <= " + now +
           " AND v.valid_from <= " + now + ") UNION ALL (SELECT " +
           columns_of(table, "o", "CAST('9999-12-31' AS DATETIME)") + " FROM location_open o" +
           join_version("o", "valid_from") + " WHERE o.node_id = " + node + " AND o.captured_at <= " + now +
           " AND v.valid_from <= " + now + ") ORDER BY contact_id";
}

std::string versions_at(const TableSpec& table, unsigned node_id, UtcSeconds moment) {
    const auto keys = table.with_role(ColumnRole::key);
    return "SELECT " + columns_of(table, "v", "") + " FROM " + std::string(table.name) +
           "_version v WHERE v.node_id = " + std::to_string(node_id) +
           " AND v.valid_from >= " + at(midnight(moment)) + " AND v.valid_from <= " + at(moment) +
           " AND v.valid_to > " + at(moment) +
           (keys.size() == 1 ? " ORDER BY v." + std::string(table.columns[keys[0]].name) : "");
}

} // namespace

MergeKey MergeKey::of(const TableSpec& table, RowView row) {
    const auto keys = table.with_role(ColumnRole::key);
    MergeKey key;
    if (keys.size() > 1) {
        key.text = key_of(table, row);
    } else if (const Field text = row[keys[0]]) {
        std::from_chars(text->data(), text->data() + text->size(), key.number);
    }
    return key;
}

StoredStates::StoredStates(Connection& connection, const TableSpec& table, unsigned node_id,
                           UtcSeconds moment, std::optional<UtcSeconds> as_of)
    : table_(table), as_of_(as_of), row_(table.columns.size()) {
    result_.emplace(connection.query(table.has_role(ColumnRole::refresh)
                                         ? contacts_at(node_id, moment)
                                         : versions_at(table, node_id, moment)));
    if (table.with_role(ColumnRole::key).size() > 1) keep_all();
    advance();
}

bool StoredStates::read(Rows& rows) {
    if (!result_ || !result_->next()) return false;
    add_row(rows, *result_, table_);
    const std::size_t first = table_.columns.size();
    const bool refreshes = table_.has_role(ColumnRole::refresh);
    state_ = {.from = time_of(*result_, first),
              .to = time_of(*result_, first + 1),
              .began = time_of(*result_, first + 2),
              .first_seen = time_of(*result_, first + (refreshes ? 3 : 2)),
              .seen = time_of(*result_, first + (refreshes ? 4 : 0)),
              .seen_to = time_of(*result_, first + (refreshes ? 5 : 1))};
    if (as_of_) {
        state_.from = *as_of_;
        state_.to = state_.seen_to = *as_of_ + days{1};
    }
    return true;
}

void StoredStates::keep_all() {
    kept_rows_.emplace(table_.columns.size());
    while (read(*kept_rows_)) {
        const std::size_t row = kept_rows_->size() - 1;
        kept_.push_back({MergeKey::of(table_, (*kept_rows_)[row]), state_, row});
    }
    result_.reset();
    std::ranges::sort(kept_, {}, &Kept::key);
}

void StoredStates::advance() {
    row_.clear();
    key_.reset();
    if (kept_rows_) {
        if (next_ == kept_.size()) return;
        const Kept& kept = kept_[next_++];
        key_ = kept.key;
        state_ = kept.state;
        row_.add((*kept_rows_)[kept.row]);
    } else if (read(row_)) {
        key_ = MergeKey::of(table_, row_[0]);
    }
}

} // namespace sipkeep
