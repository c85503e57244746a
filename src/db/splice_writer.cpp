#include "splice_writer.hpp"

#include "sipkeep/db/connection.hpp"

#include "time_literal.hpp"

#include <algorithm>

namespace sipkeep {

namespace {

using std::chrono::days;

constexpr std::size_t keys_a_batch = 300;

} // namespace

SpliceWriter::SpliceWriter(Connection& connection, const TableSpec& table, unsigned node_id,
                           const SpliceWindow& window, std::vector<UtcSeconds> later_days)
    : connection_(connection), table_(table), node_id_(node_id), sql_(table, node_id), window_(window),
      later_days_(std::move(later_days)), fingerprinter_(table),
      refreshes_(node_id, window.next, later_days_), versions_(version_width(table) + 1),
      closed_refreshes_(8), open_(open_width(table)) {}

std::string SpliceWriter::of_node() const {
    return " WHERE node_id = " + std::to_string(node_id_);
}

void SpliceWriter::add_key(KeyList& list, const MergeKey& key, RowView row) const {
    if (sql_.number_key().empty())
        list.add(table_, row);
    else
        list.add(key.number);
}

void SpliceWriter::add(const MergeKey& key, const KeyMoment& moment, const KeyRewrite& rewrite,
                       const RowsOfKey& rows) {
    const RowView any = rows(moment.before ? RowOf::before : moment.seen ? RowOf::seen : RowOf::after);
    for (const UtcSeconds from : rewrite.old_versions) add_key(old_versions_[from], key, any);
    old_version_count_ += rewrite.old_versions.size();
    for (const UtcSeconds to : rewrite.old_refreshes) {
        if (to == open_end) continue;
        old_refreshes_[to].add(key.number);
        ++old_refresh_count_;
    }
    if (rewrite.was_open) {
        add_key(old_open_, key, any);
        ++old_open_count_;
    }
    for (const VersionPiece& piece : rewrite.versions) add_version(piece, rows(piece.row));
    for (const RefreshPiece& piece : rewrite.refreshes)
        if (piece.to != open_end) add_refresh(key, piece, rows(piece.row));
    add_open(rewrite, rows);
    if (moment.after) add_what_follows(key, moment, rewrite, any);
    if (++keys_ >= keys_a_batch) flush();
}

void SpliceWriter::add_version(const VersionPiece& piece, RowView row) {
    versions_.add(std::to_string(node_id_));
    versions_.add(to_datetime(piece.from));
    versions_.add(to_datetime(piece.to));
    for (const std::size_t column : table_.with_role(ColumnRole::key)) versions_.add(row[column]);
    versions_.add(to_datetime(piece.began));
    if (table_.has_role(ColumnRole::refresh)) versions_.add(to_datetime(piece.first_seen));
    for (std::size_t column = 0; column < table_.columns.size(); ++column)
        if (table_.columns[column].role == ColumnRole::identity ||
            table_.columns[column].role == ColumnRole::extra)
            versions_.add(row[column]);
    if (table_.derive != nullptr)
        for (const auto& value : table_.derive(row)) versions_.add(value);
}

void SpliceWriter::add_refresh(const MergeKey& key, const RefreshPiece& piece, RowView row) {
    closed_refreshes_.add(std::to_string(node_id_));
    closed_refreshes_.add(to_datetime(piece.to));
    closed_refreshes_.add(std::to_string(key.number));
    closed_refreshes_.add(to_datetime(piece.seen));
    closed_refreshes_.add(to_datetime(piece.version_from));
    for (const std::size_t column : table_.with_role(ColumnRole::refresh)) closed_refreshes_.add(row[column]);
}

void SpliceWriter::add_open(const KeyRewrite& rewrite, const RowsOfKey& rows) {
    if (rewrite.versions.empty()) return;
    const VersionPiece& version = rewrite.versions.back();
    const bool refreshes = table_.has_role(ColumnRole::refresh);
    if (refreshes ? rewrite.refreshes.back().to != open_end : version.to != open_end) return;
    open_.add(std::to_string(node_id_));
    open_.add(to_datetime(version.from));
    if (refreshes) open_.add(to_datetime(rewrite.refreshes.back().seen));
    const auto keys = table_.with_role(ColumnRole::key);
    for (const std::size_t column : keys) open_.add(rows(version.row)[column]);
    if (refreshes)
        for (const std::size_t column : table_.with_role(ColumnRole::refresh))
            open_.add(rows(rewrite.refreshes.back().row)[column]);
    if (keys.size() == 1) open_.add(fingerprinter_.of(rows(version.row)));
}

void SpliceWriter::add_what_follows(const MergeKey& key, const KeyMoment& moment, const KeyRewrite& rewrite,
                                    RowView row) {
    const StoredState& after = *moment.after;
    const bool crosses = after.to == window_.days.back() + days{1};
    if (rewrite.began && crosses) add_key(began_[*rewrite.began], key, row);
    if (table_.has_role(ColumnRole::refresh) && rewrite.first_seen && after.to != open_end)
        first_seen_[*rewrite.first_seen].push_back({key, after.to});
    if (rewrite.version_from && after.seen_to < after.to)
        refreshes_.move(key.number, after, *rewrite.version_from);
    if (rewrite.seen && crosses && after.seen_to == after.to)
        refreshes_.see(key.number, after.seen, *rewrite.seen);
}

void SpliceWriter::remove(const std::string& table, const std::string& column,
                          const std::map<UtcSeconds, KeyList>& keys, std::size_t expected) {
    if (keys.empty()) return;
    const std::string number_key = sql_.number_key();
    std::string which;
    for (const auto& [at, list] : keys)
        which += (which.empty() ? "" : " OR ") + ("(" + column + " = " + literal(to_datetime(at))) + " AND " +
                 list.condition(number_key) + ")";
    if (connection_.update("DELETE FROM " + table + of_node() + " AND (" + which + ")") != expected)
        throw Error(connection_.where() + ": " + table +
                    " lacks rows that the captures before and after ask for; run: sipkeep verify");
}

void SpliceWriter::flush() {
    remove(sql_.version_table(), "valid_from", old_versions_, old_version_count_);
    if (!versions_.empty()) connection_.insert(sql_.insert_piece(), versions_);
    remove("location_refresh_closed", "valid_to", old_refreshes_, old_refresh_count_);
    if (!closed_refreshes_.empty()) connection_.insert(RefreshSql::insert_closed(), closed_refreshes_);
    if (!old_open_.empty() && connection_.update("DELETE FROM " + sql_.open_table() + of_node() + " AND " +
                                                 old_open_.condition(sql_.number_key())) != old_open_count_)
        throw Error(connection_.where() + ": " + sql_.open_table() + " and " + sql_.version_table() +
                    " do not agree; run: sipkeep verify");
    if (!open_.empty()) connection_.insert(sql_.insert_open(), open_);
    change_began();
    change_first_seen();
    keys_ = old_version_count_ = old_refresh_count_ = old_open_count_ = 0;
    old_versions_.clear();
    old_refreshes_.clear();
    old_open_ = {};
    for (Rows* rows : {&versions_, &closed_refreshes_, &open_}) rows->clear();
    began_.clear();
    first_seen_.clear();
}

/// Of the rows of a key behind the window, those that go on from the version at the next capture.
std::string SpliceWriter::guard(const std::string& column, UtcSeconds value) const {
    return column + (value == *window_.next ? " < " : " = ") + at(*window_.next);
}

void SpliceWriter::change_began() {
    for (const auto& [value, keys] : began_)
        for (const UtcSeconds day : later_days_) {
            const std::string of_day = of_node() + " AND valid_from = " + at(day) + " AND " +
                                       guard("began", value) + " AND " + keys.condition(sql_.number_key());
            if (connection_.update("UPDATE " + sql_.version_table() + " SET began = " + at(value) + of_day) ==
                0)
                break; // the last of them has ended
        }
}

UtcSeconds SpliceWriter::next_begin(UtcSeconds end) const {
    if (end != midnight(end)) return end;
    const auto day = std::ranges::lower_bound(later_days_, end);
    return day == later_days_.end() ? open_end : *day;
}

/// Version by version, as each tells by its end where the next one begins.
void SpliceWriter::change_first_seen() {
    for (const auto& [value, followers] : first_seen_) {
        std::map<UtcSeconds, std::vector<std::uint64_t>> by_begin;
        for (const Follower& follower : followers)
            by_begin[next_begin(follower.from)].push_back(follower.key.number);
        while (!by_begin.empty() && by_begin.begin()->first != open_end) {
            const auto [begin, ids] = *by_begin.begin();
            by_begin.erase(by_begin.begin());
            const std::string these = of_node() + " AND valid_from = " + at(begin) + " AND " +
                                      guard("first_seen", value) + " AND " + in_list("contact_id", ids);
            {
                auto rows = connection_.query("SELECT contact_id, valid_to FROM location_version" + these);
                while (rows.next())
                    if (const UtcSeconds end = from_datetime(rows.string(1)); end != open_end)
                        by_begin[next_begin(end)].push_back(rows.number(0));
            }
            connection_.execute("UPDATE location_version SET first_seen = " + at(value) + these);
        }
    }
}

} // namespace sipkeep
