#include "version_sql.hpp"

#include "sipkeep/db/connection.hpp"

#include <vector>

namespace sipkeep {

namespace {

std::string time(UtcSeconds at) {
    return literal(to_datetime(at));
}

std::string joined(const std::vector<std::string>& names, const std::string& prefix = "") {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + prefix + name;
    return list;
}

std::vector<std::string> names_of(const TableSpec& table, ColumnRole role) {
    std::vector<std::string> names;
    for (const std::size_t column : table.with_role(role)) names.emplace_back(table.columns[column].name);
    return names;
}

/// Columns that stay what they are when midnight splits a version.
std::vector<std::string> carried_by(const TableSpec& table) {
    std::vector<std::string> names = names_of(table, ColumnRole::key);
    names.emplace_back("began");
    if (table.has_role(ColumnRole::refresh)) names.emplace_back("first_seen");
    for (const Column& column : table.columns)
        if (column.role == ColumnRole::identity || column.role == ColumnRole::extra)
            names.emplace_back(column.name);
    for (const std::string_view column : table.derived) names.emplace_back(column);
    return names;
}

} // namespace

std::size_t version_width(const TableSpec& table) {
    const std::size_t refresh = table.with_role(ColumnRole::refresh).size();
    return 3 + table.columns.size() - refresh + (refresh == 0 ? 0 : 1) + table.derived.size();
}

std::size_t open_width(const TableSpec& table) {
    const std::size_t refresh = table.with_role(ColumnRole::refresh).size();
    const std::size_t keys = table.with_role(ColumnRole::key).size();
    return 2 + keys + (refresh == 0 ? 0 : 1 + refresh) + (keys == 1 ? 1 : 0);
}

VersionSql::VersionSql(const TableSpec& table, unsigned node_id)
    : table_(table), node_id_(node_id), open_(std::string(table.name) + "_open"),
      version_(std::string(table.name) + "_version") {
    const auto keys = names_of(table, ColumnRole::key);
    if (keys.size() == 1) number_key_ = keys.front();
    from_open_ = "FROM " + open_ + " o STRAIGHT_JOIN " + version_ +
                 " v ON v.node_id = o.node_id AND v.valid_from = o.valid_from";
    for (const std::string& key : keys) from_open_ += " AND v." + key + " = o." + key;
}

std::string VersionSql::of_node(const std::string& condition) const {
    return " WHERE o.node_id = " + std::to_string(node_id_) + (condition.empty() ? "" : " AND " + condition);
}

std::string VersionSql::insert_version() const {
    return "INSERT INTO " + version_ + " (node_id, valid_from, " + joined(carried_by(table_)) + ") VALUES";
}

std::string VersionSql::insert_piece() const {
    return "INSERT INTO " + version_ + " (node_id, valid_from, valid_to, " + joined(carried_by(table_)) +
           ") VALUES";
}

std::string VersionSql::repeat_day(UtcSeconds end_of_other, UtcSeconds day) const {
    const auto carried = carried_by(table_);
    return "INSERT INTO " + version_ + " (node_id, valid_from, valid_to, " + joined(carried) +
           ") SELECT v.node_id, " + time(day) + ", " + time(day + std::chrono::days{1}) + ", " +
           joined(carried, "v.") + " FROM " + version_ + " v WHERE v.node_id = " + std::to_string(node_id_) +
           " AND v.valid_from >= " + time(end_of_other - std::chrono::days{1}) + " AND v.valid_from < " +
           time(end_of_other) + " AND v.valid_to = " + time(end_of_other);
}

std::string VersionSql::insert_open() const {
    std::vector<std::string> columns{"node_id", "valid_from"};
    if (table_.has_role(ColumnRole::refresh)) columns.emplace_back("captured_at");
    for (const ColumnRole role : {ColumnRole::key, ColumnRole::refresh})
        for (const std::string& name : names_of(table_, role)) columns.push_back(name);
    if (!number_key_.empty()) columns.emplace_back("fingerprint");
    return "INSERT INTO " + open_ + " (" + joined(columns) + ") VALUES";
}

std::string VersionSql::end(UtcSeconds until, const std::string& condition) const {
    return "UPDATE " + from_open_.substr(5) + " SET v.valid_to = " + time(until) +
           of_node("o.valid_from < " + time(until)) + (condition.empty() ? "" : " AND " + condition);
}

std::string VersionSql::end_at(UtcSeconds until,
                               const std::map<std::string, std::vector<std::uint64_t>>& by_begin) const {
    std::string which;
    for (const auto& [begin, ids] : by_begin)
        which += (which.empty() ? "" : " OR ") + ("(valid_from = " + literal(begin)) + " AND " +
                 in_list(number_key_, ids) + ")";
    return "UPDATE " + version_ + " SET valid_to = " + time(until) +
           " WHERE node_id = " + std::to_string(node_id_) + " AND valid_from < " + time(until) + " AND (" +
           which + ")";
}

std::string VersionSql::select_begins(const std::string& condition) const {
    return "SELECT o.valid_from, o." + number_key_ + " FROM " + open_ + " o" + of_node(condition);
}

std::string VersionSql::repeat(UtcSeconds until, UtcSeconds from, const std::string& condition) const {
    const auto carried = carried_by(table_);
    return "INSERT INTO " + version_ + " (node_id, valid_from, " + joined(carried) + ") SELECT o.node_id, " +
           time(from) + ", " + joined(carried, "v.") + " " + from_open_ +
           of_node("o.valid_from < " + time(until)) + (condition.empty() ? "" : " AND " + condition);
}

std::string VersionSql::advance(UtcSeconds until, UtcSeconds from, const std::string& condition) const {
    return "UPDATE " + open_ + " o SET o.valid_from = " + time(from) +
           of_node("o.valid_from < " + time(until)) + (condition.empty() ? "" : " AND " + condition);
}

std::string VersionSql::remove_open(const std::string& condition) const {
    return "DELETE o FROM " + open_ + " o" + of_node(condition);
}

std::string VersionSql::select_open(const std::string& condition) const {
    std::vector<std::string> names;
    for (const Column& column : table_.columns) names.emplace_back(column.name);
    return "SELECT " + joined(names, "v.") + " " + from_open_ + of_node(condition);
}

std::string VersionSql::key_is_bound() const {
    std::string text;
    for (const std::string& key : names_of(table_, ColumnRole::key))
        text += (text.empty() ? "o." : " AND o.") + key + " = ?";
    return text;
}

RefreshSql::RefreshSql(unsigned node_id) : node_id_(node_id) {}

std::string RefreshSql::book(UtcSeconds until, const std::string& condition) const {
    return "INSERT INTO location_refresh_closed (node_id, valid_to, contact_id, captured_at, version_from, "
           "expires, cseq, last_modified) SELECT o.node_id, " +
           time(until) +
           ", o.contact_id, o.captured_at, o.valid_from, o.expires, o.cseq, o.last_modified FROM "
           "location_open o "
           "WHERE o.node_id = " +
           std::to_string(node_id_) + " AND o.valid_from < " + time(until) + " AND o.captured_at < " +
           time(until) + (condition.empty() ? "" : " AND " + condition);
}

std::string RefreshSql::repeat_day(UtcSeconds end_of_other, UtcSeconds day) const {
    std::string insert = insert_closed();
    insert.resize(insert.size() - std::string_view(" VALUES").size());
    return insert + " SELECT r.node_id, " + time(day + std::chrono::days{1}) +
           ", r.contact_id, r.captured_at, " + time(day) +
           ", r.expires, r.cseq, r.last_modified FROM location_refresh_closed r WHERE r.node_id = " +
           std::to_string(node_id_) + " AND r.valid_to = " + time(end_of_other);
}

std::string RefreshSql::insert_closed() {
    return "INSERT INTO location_refresh_closed (node_id, valid_to, contact_id, captured_at, version_from, "
           "expires, cseq, last_modified) VALUES";
}

std::string RefreshSql::supersede_head() {
    return "INSERT INTO location_open (node_id, valid_from, captured_at, contact_id, expires, cseq, "
           "last_modified) VALUES";
}

std::string RefreshSql::supersede_tail() {
    return " ON DUPLICATE KEY UPDATE captured_at = VALUES(captured_at), expires = VALUES(expires), "
           "cseq = VALUES(cseq), last_modified = VALUES(last_modified)";
}

} // namespace sipkeep
