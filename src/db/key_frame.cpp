#include "key_frame.hpp"

#include "sipkeep/db/connection.hpp"

#include "version_sql.hpp"

namespace sipkeep {

std::map<std::string_view, KeyFrame> KeyFrame::of_tables(Connection& connection, unsigned node_id,
                                                         UtcSeconds captured_at) {
    std::map<std::string_view, KeyFrame> frames;
    for (const TableSpec* table : {&dialog_table(), &location_table(), &dispatcher_table(), &mi_row_table()})
        frames.emplace(table->name, KeyFrame(connection, node_id, *table));
    {
        auto row =
            connection.few("SELECT table_name, midnight, since, after_id FROM key_frame WHERE node_id = " +
                           std::to_string(node_id));
        while (row.next()) {
            const auto frame = frames.find(row.string(0));
            if (frame == frames.end()) continue;
            frame->second.stored_ = true;
            frame->second.midnight_ = from_datetime(row.string(1));
            frame->second.since_ = from_datetime(row.string(2));
            frame->second.after_id_ = row.number(3);
        }
    }
    for (auto& [name, frame] : frames) frame.move_on(midnight(captured_at));
    return frames;
}

void KeyFrame::move_on(UtcSeconds today) {
    if (!stored_) {
        midnight_ = since_ = today;
        add();
    } else if (midnight_ < today) {
        if (!pending()) since_ = midnight_;
        midnight_ = today;
        after_id_ = 0;
        store();
    }
}

void KeyFrame::add() {
    connection_.execute("INSERT INTO key_frame (node_id, table_name, midnight, since, after_id) VALUES (" +
                        std::to_string(node_id_) + ", " + literal(table_.name) + ", " +
                        literal(to_datetime(midnight_)) + ", " + literal(to_datetime(since_)) + ", " +
                        std::to_string(after_id_) + ")");
    stored_ = true;
}

void KeyFrame::store() {
    connection_.execute(
        "UPDATE key_frame SET midnight = " + literal(to_datetime(midnight_)) +
        ", since = " + literal(to_datetime(since_)) + ", after_id = " + std::to_string(after_id_) +
        " WHERE node_id = " + std::to_string(node_id_) + " AND table_name = " + literal(table_.name));
}

std::vector<KeyFrame::Gap> KeyFrame::find_gaps() {
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

const std::vector<KeyFrame::Gap>& KeyFrame::gaps() {
    if (!gaps_) gaps_ = pending() ? find_gaps() : std::vector<Gap>();
    return *gaps_;
}

UtcSeconds KeyFrame::end_of_gone(UtcSeconds captured_at) {
    const bool after_pause = !gaps().empty() && gaps().back().begin == captured_at;
    return after_pause ? gaps().back().end : captured_at;
}

std::optional<KeyFrame::Gap> KeyFrame::undecided_gap() {
    if (gaps().empty()) return std::nullopt;
    const auto captures =
        connection_.value("SELECT COUNT(*) FROM capture WHERE node_id = " + std::to_string(node_id_) +
                          " AND captured_at >= " + literal(to_datetime(midnight_)) + " AND captured_at < " +
                          literal(to_datetime(midnight_ + std::chrono::days{1})));
    return captures == "0" ? std::optional(gaps().back()) : std::nullopt;
}

std::size_t KeyFrame::split(const std::string& condition, UtcSeconds before) {
    if (!pending()) return 0;
    const VersionSql versions(table_, node_id_);
    const bool has_refresh = table_.has_role(ColumnRole::refresh);
    std::size_t rows = 0;
    for (const Gap& gap : gaps()) {
        if (gap.end >= before) break;
        if (has_refresh) rows += connection_.update(RefreshSql(node_id_).book(gap.end, condition));
        rows += connection_.update(versions.repeat(gap.end, gap.begin, condition));
        connection_.execute(versions.end(gap.end, condition));
        connection_.execute(versions.advance(gap.end, gap.begin, condition));
    }
    return rows;
}

bool KeyFrame::settle(std::size_t rows) {
    if (!pending()) return true;
    if (!undecided_gap()) {
        static_cast<void>(split_slice(rows, Seconds{0}));
        return false;
    }
    if (gaps().size() == 1) return true;
    static_cast<void>(split("", gaps().back().end));
    since_ = gaps().back().end - std::chrono::days{1};
    gaps_.reset();
    store();
    return false;
}

std::uint64_t KeyFrame::key_after(const std::string& above, std::int64_t rows) {
    const VersionSql versions(table_, node_id_);
    const std::string key = "o." + versions.number_key();
    const auto found =
        connection_.value("SELECT " + key + " FROM " + versions.open_table() +
                          " o WHERE o.node_id = " + std::to_string(node_id_) + " AND " + above +
                          " ORDER BY " + key + " LIMIT " + std::to_string(rows - 1) + ", 1");
    return found ? std::stoull(*found) : all_rows;
}

std::size_t KeyFrame::split_slice(std::size_t least, Seconds interval) {
    if (!pending()) return 0;
    constexpr std::int64_t within_s = 7200;
    const VersionSql versions(table_, node_id_);
    std::string condition;
    std::uint64_t last = all_rows;
    if (!versions.number_key().empty()) {
        const auto all = std::stoll(connection_
                                        .value("SELECT COUNT(*) FROM " + versions.open_table() +
                                               " WHERE node_id = " + std::to_string(node_id_))
                                        .value_or("0"));
        const std::string key = "o." + versions.number_key();
        const std::string above = key + " > " + std::to_string(after_id_);
        last = key_after(above,
                         std::max<std::int64_t>(std::int64_t(least), all * interval.count() / within_s + 1));
        // The first slice begins with the very first row: an id may be 0.
        condition = (after_id_ == 0 ? "" : above + " AND ") + key + " <= " + std::to_string(last);
    }
    const std::size_t written = split(condition, midnight_ + Seconds{1});
    after_id_ = last;
    store();
    return written;
}

} // namespace sipkeep
