#include "timed_rows.hpp"

#include "sipkeep/db/connection.hpp"

#include "registration_event.hpp"
#include "statistic_names.hpp"
#include "time_literal.hpp"

#include <array>
#include <set>
#include <utility>
#include <vector>

namespace sipkeep {

namespace {

using std::chrono::days;

constexpr std::array<TimedTable, 19> by_time{
    {{"agent_roll_up", "day", RetentionClass::location},
     {"aor_roll_up", "day", RetentionClass::location},
     {"call_without_record", "valid_from", RetentionClass::dialog, "", false, DayOf::begin},
     {"capture", "captured_at", RetentionClass::ledger},
     {"capture_roll_up", "day", RetentionClass::rollup_day, "", true},
     {"cdr_endpoint_day", "day", RetentionClass::calls},
     {"cdr_endpoint_week", "week", RetentionClass::calls, "", false, DayOf::begin},
     {"cdr_failure_minute", "minute", RetentionClass::calls, "", false, DayOf::begin},
     {"cdr_hour", "hour", RetentionClass::calls, "", false, DayOf::begin},
     {"dispatcher_event", "at", RetentionClass::rollup_day},
     {"dispatcher_roll_up", "day", RetentionClass::rollup_day, "", true},
     {"epoch", "first_seen", RetentionClass::rollup_day},
     {"gateway_roll_up", "day", RetentionClass::dialog},
     {"long_refresh", "valid_to", RetentionClass::refresh},
     {"record_never_live", "ended_at", RetentionClass::records, "", false, DayOf::begin},
     {"registration_event", "at", RetentionClass::location, "what"},
     {"registration_roll_up", "day", RetentionClass::rollup_day, "", true},
     {"stay_roll_up", "day", RetentionClass::location},
     {"statistic_roll_up", "day", RetentionClass::rollup_day, "statistic_id", true}}};

/// The ends of each range of the key are found without reading what is between them.
std::optional<UtcSeconds> end_of(Connection& connection, const TimedTable& table, const std::string& which,
                                 const std::string& condition) {
    const std::string column(table.time_column);
    const auto found = connection.value(
        "SELECT CAST(" + which + "(found) AS DATETIME) FROM (SELECT " + which + "(" + column +
        ") AS found FROM " + std::string(table.name) + condition + " GROUP BY node_id" +
        (table.before_time.empty() ? "" : ", " + std::string(table.before_time)) + ") ends");
    if (!found) return std::nullopt;
    return midnight(from_datetime(*found));
}

/// " AND .. IN (..)": without it a condition on time would read the whole table.
std::string all_before_time(Connection& connection, const TimedTable& table) {
    if (table.before_time.empty()) return "";
    return " AND " + std::string(table.before_time) + " IN (" +
           (table.before_time == "what" ? registration_event_kind_list() : statistic_id_list(connection)) +
           ")";
}

std::vector<std::pair<std::string, std::string>> nodes_of(Connection& connection) {
    std::vector<std::pair<std::string, std::string>> nodes;
    auto row = connection.few("SELECT node_id, node FROM node");
    while (row.next()) nodes.emplace_back(row.string(0), row.string(1));
    return nodes;
}

} // namespace

std::span<const TimedTable> timed_tables() {
    return by_time;
}

TimedRows timed_rows(Connection& connection, const TimedTable& table, UtcSeconds today) {
    TimedRows timed;
    const std::string column(table.time_column);
    timed.oldest = end_of(connection, table, "MIN", "");
    const auto newest = end_of(connection, table, "MAX", " WHERE " + column + " < " + on(today));
    if (!newest) return timed;
    timed.end = *newest + days{1};
    const std::string rest = all_before_time(connection, table) + " AND " + column +
                             " >= " + on(timed.end - days{7}) + " AND " + column + " < " + on(timed.end) +
                             " GROUP BY 1";
    std::set<std::string> seen;
    for (const auto& [id, node] : nodes_of(connection)) {
        auto row = connection.few("SELECT DATE(" + column + "), COUNT(*), " +
                                  (table.has_hours ? "COALESCE(SUM(LENGTH(hours)), 0)" : "0") + " FROM " +
                                  std::string(table.name) + " WHERE node_id = " + id + rest);
        while (row.next()) {
            seen.insert(row.string(0));
            timed.rows[node] += row.number(1);
            timed.hours_bytes += row.number(2);
        }
    }
    timed.days = seen.size() * static_cast<std::size_t>(table.length().count());
    return timed;
}

} // namespace sipkeep
