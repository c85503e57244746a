#include "key_frame.hpp"

#include "sipkeep/db/connection.hpp"

#include "version_sql.hpp"

namespace sipkeep {

KeyFrame::KeyFrame(Connection& connection, unsigned node_id, const TableSpec& table, UtcSeconds captured_at)
    : connection_(connection), node_id_(node_id), table_(table) {
    load(captured_at);
}

void KeyFrame::load(UtcSeconds captured_at) {
    const UtcSeconds today = midnight(captured_at);
    const std::string of_table =
        " WHERE node_id = " + std::to_string(node_id_) + " AND table_name = " + literal(table_.name);
    bool found = false;
    {
        auto row = connection_.query("SELECT midnight, since, after_id FROM key_frame" + of_table);
        while (row.next()) {
            found = true;
            midnight_ = from_datetime(row.string(0));
            since_ = from_datetime(row.string(1));
            after_id_ = row.number(2);
        }
    }
    if (!found) {
        midnight_ = since_ = today;
        connection_.execute(
            "INSERT INTO key_frame (node_id, table_name, midnight, since, after_id) VALUES (" +
            std::to_string(node_id_) + ", " + literal(table_.name) + ", " + literal(to_datetime(midnight_)) +
            ", " + literal(to_datetime(since_)) + ", " + std::to_string(after_id_) + ")");
    } else if (midnight_ < today) {
        if (!pending()) since_ = midnight_;
        midnight_ = today;
        after_id_ = 0;
        store();
    }
}

void KeyFrame::store() {
    connection_.execute(
        "UPDATE key_frame SET midnight = " + literal(to_datetime(midnight_)) +
        ", since = " + literal(to_datetime(since_)) + ", after_id = " + std::to_string(after_id_) +
        " WHERE node_id = " + std::to_string(node_id_) + " AND table_name = " + literal(table_.name));
}

std::vector<KeyFrame::Gap> KeyFrame::gaps() {
    using std::chrono::days;
    std::vector<Gap> found;
    auto rows = connection_.query(
        "SELECT DISTINCT DATE(captured_at) FROM capture WHERE node_id = " + std::to_string(node_id_) +
        " AND captured_at >= " + literal(to_datetime(since_)) + " AND captured_at < " +
        literal(to_datetime(midnight_)) + " ORDER BY 1");
    while (rows.next()) {
        const UtcSeconds day = from_datetime(rows.string(0) + " 00:00:00");
        if (!found.empty()) found.back().begin = day;
        found.push_back({.end = day + days{1}, .begin = midnight_});
    }
    return found;
}

std::size_t KeyFrame::split(const std::string& condition, UtcSeconds before) {
    if (!pending()) return 0;
    if (gaps_.empty()) gaps_ = gaps();
    const VersionSql versions(table_, node_id_);
    const RefreshSql refreshes(node_id_);
    const bool has_refresh = !table_.with_role(ColumnRole::refresh).empty();
    std::size_t rows = 0;
    for (const Gap& gap : gaps_) {
        if (gap.end >= before) break;
        if (has_refresh) rows += connection_.update(refreshes.book_with_versions(gap.end, condition));
        rows += connection_.update(versions.book(gap.end, condition));
        connection_.execute(versions.advance(gap.end, gap.begin, condition));
    }
    return rows;
}

std::size_t KeyFrame::split_slice(std::size_t rows) {
    if (!pending()) return 0;
    const VersionSql versions(table_, node_id_);
    const std::string& key = versions.number_key();
    std::string condition;
    std::uint64_t last = all_rows;
    if (!key.empty()) {
        const std::string above = key + " > " + std::to_string(after_id_);
        const auto found =
            connection_.value("SELECT " + key + " FROM " + versions.open_table() +
                              " WHERE node_id = " + std::to_string(node_id_) + " AND " + above +
                              " ORDER BY " + key + " LIMIT " + std::to_string(rows - 1) + ", 1");
        if (found) last = std::stoull(*found);
        // The first slice begins with the very first row: an id may be 0.
        condition = (after_id_ == 0 ? "" : above + " AND ") + key + " <= " + std::to_string(last);
    }
    const std::size_t written = split(condition, midnight_ + Seconds{1});
    after_id_ = last;
    store();
    return written;
}

} // namespace sipkeep
