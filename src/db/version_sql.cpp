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

std::vector<std::string> columns_of(const TableSpec& table) {
    std::vector<std::string> names;
    const bool has_refresh = !table.with_role(ColumnRole::refresh).empty();
    for (const Column& column : table.columns)
        if (column.role == ColumnRole::key) names.emplace_back(column.name);
    names.emplace_back("began");
    if (has_refresh) names.emplace_back("first_seen");
    for (const Column& column : table.columns)
        if (column.role == ColumnRole::identity || column.role == ColumnRole::extra)
            names.emplace_back(column.name);
    for (const std::string_view column : table.derived) names.emplace_back(column);
    return names;
}

} // namespace

VersionSql::VersionSql(const TableSpec& table, unsigned node_id)
    : table_(table), node_id_(node_id), open_(std::string(table.name) + "_open"),
      closed_(std::string(table.name) + "_closed"), carried_(joined(columns_of(table))) {
    const auto keys = table.with_role(ColumnRole::key);
    if (keys.size() == 1) number_key_ = std::string(table.columns[keys.front()].name);
}

std::string VersionSql::of_node(const std::string& condition) const {
    return " WHERE node_id = " + std::to_string(node_id_) + (condition.empty() ? "" : " AND " + condition);
}

std::string VersionSql::insert_open() const {
    return "INSERT INTO " + open_ + " (node_id, valid_from, " + carried_ + ") VALUES";
}

std::string VersionSql::book(UtcSeconds until, const std::string& condition) const {
    return "INSERT INTO " + closed_ + " (node_id, valid_to, valid_from, " + carried_ + ") SELECT node_id, " +
           time(until) + ", valid_from, " + carried_ + " FROM " + open_ +
           of_node("valid_from < " + time(until)) + (condition.empty() ? "" : " AND " + condition);
}

std::string VersionSql::advance(UtcSeconds until, UtcSeconds from, const std::string& condition) const {
    return "UPDATE " + open_ + " SET valid_from = " + time(from) + of_node("valid_from < " + time(until)) +
           (condition.empty() ? "" : " AND " + condition);
}

std::string VersionSql::remove_open(const std::string& condition) const {
    return "DELETE FROM " + open_ + of_node(condition);
}

std::string VersionSql::select_open() const {
    std::vector<std::string> names;
    for (const Column& column : table_.columns) names.emplace_back(column.name);
    return "SELECT " + joined(names) + " FROM " + open_ + of_node("");
}

std::string VersionSql::same_key(const std::string& left, const std::string& right) const {
    std::string text = left + ".node_id = " + right + ".node_id";
    for (const std::size_t key : table_.with_role(ColumnRole::key)) {
        const std::string name(table_.columns[key].name);
        text += " AND " + left + "." + name + " = " + right + "." + name;
    }
    return text;
}

std::string VersionSql::key_is_bound() const {
    std::string text;
    for (const std::size_t key : table_.with_role(ColumnRole::key))
        text += (text.empty() ? "" : " AND ") + std::string(table_.columns[key].name) + " = ?";
    return text;
}

std::string VersionSql::restore(UtcSeconds captured_at) const {
    const auto columns = columns_of(table_);
    return "INSERT INTO " + open_ + " (node_id, valid_from, " + carried_ +
           ") SELECT c.node_id, c.valid_from, " + joined(columns, "c.") + " FROM " + closed_ +
           " c LEFT JOIN " + open_ + " o ON " + same_key("o", "c") +
           " WHERE c.node_id = " + std::to_string(node_id_) + " AND c.valid_to = " + time(captured_at) +
           " AND o.node_id IS NULL";
}

std::string VersionSql::forget_restored(UtcSeconds captured_at) const {
    return "DELETE c FROM " + closed_ + " c JOIN " + open_ + " o ON " + same_key("o", "c") +
           " AND o.valid_from = c.valid_from WHERE c.node_id = " + std::to_string(node_id_) +
           " AND c.valid_to = " + time(captured_at);
}

RefreshSql::RefreshSql(unsigned node_id) : node_id_(node_id) {}

std::string RefreshSql::insert_open() const {
    return "INSERT INTO location_refresh_open (node_id, captured_at, contact_id, expires, cseq, "
           "last_modified) VALUES";
}

std::string RefreshSql::book(UtcSeconds until, const std::string& condition) const {
    return "INSERT INTO location_refresh_closed (node_id, contact_id, valid_to, captured_at, expires, cseq, "
           "last_modified) "
           "SELECT node_id, contact_id, " +
           time(until) +
           ", captured_at, expires, cseq, last_modified "
           "FROM location_refresh_open WHERE node_id = " +
           std::to_string(node_id_) + " AND captured_at < " + time(until) +
           (condition.empty() ? "" : " AND " + condition);
}

std::string RefreshSql::book_with_versions(UtcSeconds until, const std::string& condition) const {
    return "INSERT INTO location_refresh_closed (node_id, contact_id, valid_to, captured_at, expires, cseq, "
           "last_modified) "
           "SELECT r.node_id, r.contact_id, " +
           time(until) +
           ", r.captured_at, r.expires, r.cseq, r.last_modified "
           "FROM location_open JOIN location_refresh_open r USING (node_id, contact_id) WHERE node_id = " +
           std::to_string(node_id_) + " AND valid_from < " + time(until) + " AND r.captured_at < " +
           time(until) + (condition.empty() ? "" : " AND " + condition);
}

std::string RefreshSql::remove_open(const std::string& condition) const {
    return "DELETE FROM location_refresh_open WHERE node_id = " + std::to_string(node_id_) +
           (condition.empty() ? "" : " AND " + condition);
}

std::string RefreshSql::revert(UtcSeconds captured_at) const {
    return "UPDATE location_refresh_open o JOIN location_refresh_closed c ON c.node_id = o.node_id AND "
           "c.contact_id = o.contact_id AND c.valid_to = " +
           time(captured_at) +
           " SET o.captured_at = c.captured_at, o.expires = c.expires, o.cseq = c.cseq, o.last_modified = "
           "c.last_modified "
           "WHERE o.node_id = " +
           std::to_string(node_id_) + " AND o.captured_at = " + time(captured_at);
}

std::string RefreshSql::restore(UtcSeconds captured_at) const {
    // Only contacts whose version was closed by the capture: their refresh was closed with it.
    return "INSERT INTO location_refresh_open (node_id, contact_id, captured_at, expires, cseq, "
           "last_modified) "
           "SELECT c.node_id, c.contact_id, c.captured_at, c.expires, c.cseq, c.last_modified "
           "FROM location_open v JOIN location_refresh_closed c ON c.node_id = v.node_id AND c.contact_id = "
           "v.contact_id "
           "AND c.valid_to = " +
           time(captured_at) +
           " LEFT JOIN location_refresh_open o ON o.node_id = v.node_id "
           "AND o.contact_id = v.contact_id WHERE v.node_id = " +
           std::to_string(node_id_) + " AND o.node_id IS NULL";
}

std::string RefreshSql::forget_restored(UtcSeconds captured_at) const {
    return "DELETE c FROM location_refresh_closed c JOIN location_refresh_open o ON o.node_id = c.node_id "
           "AND "
           "o.contact_id = c.contact_id AND o.captured_at = c.captured_at WHERE c.node_id = " +
           std::to_string(node_id_) + " AND c.valid_to = " + time(captured_at);
}

} // namespace sipkeep
