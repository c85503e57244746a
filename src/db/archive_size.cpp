#include "sipkeep/db/archive_size.hpp"

#include "sipkeep/db/history_store.hpp"
#include "sipkeep/db/schema.hpp"

#include "dropped.hpp"
#include "partitions.hpp"
#include "time_literal.hpp"
#include "timed_rows.hpp"

#include <algorithm>
#include <array>

namespace sipkeep {

namespace {

using std::chrono::days;

constexpr Seconds longest_statement{600};
constexpr std::size_t days_for_mean = 7;
/// Until a day is packed, nobody knows what it comes to (docs/performance.md has it measured).
constexpr std::uint64_t samples_to_packed = 60;

constexpr std::array<std::string_view, 5> large_without_days{"dialog_open", "location_open", "mi_row_open",
                                                             "dispatcher_open", "acc_taken"};

DatabaseSettings patient(DatabaseSettings settings) {
    settings.read_timeout = longest_statement + Seconds{30}; // the server ends it first, and says so
    return settings;
}

struct StoredDay {
    UtcSeconds day;
    std::uint64_t bytes;
};

struct StoredTable {
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
    std::vector<StoredDay> days; ///< partitions that have rows, oldest first
};

/// 'YYYY-MM-DD' or 'YYYY-MM-DD hh:mm:ss', quoted: the end of the day.
std::optional<UtcSeconds> day_below(const std::string& bound) {
    if (bound.size() < 12) return std::nullopt;
    try {
        return from_datetime(bound.substr(1, 10) + " 00:00:00") - days{1};
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::map<std::string, StoredTable> stored_tables(Connection& connection) {
    std::map<std::string, StoredTable> tables;
    auto row = connection.few(
        "SELECT TABLE_NAME, PARTITION_NAME, PARTITION_DESCRIPTION, TABLE_ROWS, DATA_LENGTH + INDEX_LENGTH "
        "FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE() AND DATA_LENGTH IS NOT NULL "
        "ORDER BY TABLE_NAME, PARTITION_ORDINAL_POSITION");
    while (row.next()) {
        StoredTable& table = tables[row.string(0)];
        const std::uint64_t rows = row.null(3) ? 0 : row.number(3);
        const std::uint64_t bytes = row.number(4);
        table.rows += rows;
        table.bytes += bytes;
        if (rows == 0 || row.null(1) || row.string(1) == lowest_partition) continue;
        if (const auto day = day_below(row.string(2))) table.days.push_back({*day, bytes});
    }
    return tables;
}

ArchivePart whole(const std::string& name, const StoredTable& table) {
    return {.table = name, .of = {}, .bytes = table.bytes, .bytes_a_day = 0, .oldest = {}, .rows = {}};
}

std::map<std::string, std::uint64_t> rows_by_node(Connection& connection, const std::string& from) {
    std::map<std::string, std::uint64_t> rows;
    auto row = connection.few("SELECT n.node, c.counted FROM (SELECT node_id, COUNT(*) AS counted FROM " +
                              from + " GROUP BY node_id) c JOIN node n ON n.node_id = c.node_id");
    while (row.next()) rows[row.string(0)] = row.number(1);
    return rows;
}

std::string within(const PartitionedTable& table, UtcSeconds day) {
    const std::string column(table.time_column);
    return std::string(table.name) + " WHERE " + column + " >= " + on(day) + " AND " + column + " < " +
           on(day + days{1});
}

ArchivePart by_partitions(Connection& connection, const PartitionedTable& table, const StoredTable& stored,
                          UtcSeconds today, ArchiveSize::NodeRows rows) {
    ArchivePart part = whole(std::string(table.name), stored);
    part.of = class_of(table.name);
    if (stored.days.empty()) return part;
    part.oldest = stored.days.front().day;
    std::uint64_t sum = 0;
    std::uint64_t seen = 0;
    for (auto day = stored.days.rbegin(); day != stored.days.rend() && seen < days_for_mean; ++day) {
        if (day->day >= today) continue;
        if (seen++ == 0 && rows == ArchiveSize::NodeRows::counted)
            part.rows = rows_by_node(connection, within(table, day->day));
        sum += day->bytes;
    }
    part.bytes_a_day = seen == 0 ? std::nullopt : std::optional(sum / seen);
    return part;
}

/// What its newest days have come to, at the mean size of a row.
ArchivePart by_rows(const StoredTable& stored, const TimedTable& table, const TimedRows& timed,
                    UtcSeconds today) {
    ArchivePart part = whole(std::string(table.name), stored);
    part.of = table.of;
    part.oldest = timed.oldest;
    part.rows = timed.rows;
    std::uint64_t counted = 0;
    for (const auto& [node, rows] : timed.rows) counted += rows;
    if (timed.days > 0)
        part.bytes_a_day = stored.bytes / std::max(stored.rows, counted) * counted / timed.days;
    else if (timed.oldest && *timed.oldest >= today)
        part.bytes_a_day = std::nullopt;
    return part;
}

/// Takes the hours out of a table of roll-ups, as the older ones are dropped from its rows.
ArchivePart hours_of(ArchivePart& part, const TimedRows& timed, UtcSeconds dropped_to) {
    ArchivePart hours = part;
    hours.of = RetentionClass::rollup_hour;
    hours.bytes = 0;
    if (timed.days == 0 || !part.oldest) return hours;
    hours.oldest = std::max(*part.oldest, dropped_to);
    const std::uint64_t a_day = std::min(timed.hours_bytes / timed.days, part.bytes_a_day.value_or(0));
    const auto held = std::max(std::chrono::floor<days>(timed.end - *hours.oldest), days{0});
    hours.bytes_a_day = a_day;
    hours.bytes = std::min(a_day * static_cast<std::uint64_t>(held.count()), part.bytes);
    part.bytes -= hours.bytes;
    part.bytes_a_day = part.bytes_a_day.value_or(0) - a_day;
    return hours;
}

void expect_packed(std::vector<ArchivePart>& parts) {
    const auto of = [&](std::string_view table) {
        return std::ranges::find(parts, table, &ArchivePart::table);
    };
    const auto sample = of("sample");
    const auto packed = of("sample_day");
    if (sample == parts.end() || packed == parts.end() || packed->oldest || !sample->oldest) return;
    packed->bytes_a_day.reset();
    if (sample->bytes_a_day) packed->bytes_a_day = *sample->bytes_a_day / samples_to_packed;
}

/// Nobody knows what a day comes to that was never added up.
void expect_roll_ups(Connection& connection, std::vector<ArchivePart>& parts) {
    if (connection.value("SELECT 1 FROM node WHERE rolled_to > '1970-01-02' LIMIT 1")) return;
    for (ArchivePart& part : parts)
        if (part.of == RetentionClass::rollup_hour || part.of == RetentionClass::rollup_day)
            part.bytes_a_day.reset();
}

template <class Action>
auto guarded(Action action) -> decltype(action()) {
    try {
        return action();
    } catch (const DatabaseError& error) {
        throw HistoryUnavailable(error.what());
    }
}

} // namespace

ArchiveSize::ArchiveSize(const DatabaseSettings& settings, UtcSeconds today) try
    : connection_(patient(settings), "history database"), today_(today) {
    connection_.execute(
        "SET SESSION time_zone='+00:00', sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'");
    connection_.execute("SET SESSION TRANSACTION READ ONLY");
    const std::string limit = std::to_string(longest_statement.count());
    if (connection_.is_mariadb())
        connection_.execute("SET SESSION max_statement_time=" + limit);
    else // which shows sizes as they were a day ago otherwise
        connection_.execute("SET SESSION max_execution_time=" + limit +
                            "000, information_schema_stats_expiry=0");
    require_schema(connection_, embedded_schema());
} catch (const DatabaseError& error) {
    throw HistoryUnavailable(error.what());
}

bool ArchiveSize::empty() {
    return guarded([&] { return !connection_.value("SELECT 1 FROM node LIMIT 1"); });
}

std::vector<ArchivePart> ArchiveSize::parts(NodeRows rows) {
    return guarded([&] {
        std::vector<ArchivePart> parts;
        const UtcSeconds hours_from = dropped_to(connection_, RetentionClass::rollup_hour);
        for (auto& [name, stored] : stored_tables(connection_)) {
            const auto daily = std::ranges::find(partitioned_tables(), name, &PartitionedTable::name);
            const auto timed = std::ranges::find(timed_tables(), name, &TimedTable::name);
            if (daily != partitioned_tables().end()) {
                const UtcSeconds kept_from = dropped_to(connection_, class_of(name));
                std::erase_if(stored.days, [&](const StoredDay& one) { return one.day < kept_from; });
                parts.push_back(by_partitions(connection_, *daily, stored, today_, rows));
            } else if (timed != timed_tables().end()) {
                TimedRows counted = timed_rows(connection_, *timed, today_);
                if (counted.oldest)
                    counted.oldest = std::max(*counted.oldest, dropped_to(connection_, timed->of));
                parts.push_back(by_rows(stored, *timed, counted, today_));
                if (timed->has_hours) parts.push_back(hours_of(parts.back(), counted, hours_from));
            } else {
                parts.push_back(whole(name, stored));
                if (rows == NodeRows::counted &&
                    std::ranges::find(large_without_days, name) != large_without_days.end())
                    parts.back().rows = rows_by_node(connection_, name);
            }
        }
        expect_packed(parts);
        expect_roll_ups(connection_, parts);
        return parts;
    });
}

} // namespace sipkeep
