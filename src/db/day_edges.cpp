#include "day_edges.hpp"

#include "sipkeep/db/connection.hpp"

#include "time_literal.hpp"

#include <algorithm>

namespace sipkeep {

using std::chrono::days;

DayEdges::DayEdges(Connection& connection, unsigned node_id, UtcSeconds day)
    : connection_(connection), of_node_(" WHERE node_id = " + std::to_string(node_id)), day_(day),
      end_(day + days{1}), seen_(has_captures(day)), goes_on_(has_captures(end_)),
      held_(seen_ ? day : seen_before(day).value_or(day)) {}

bool DayEdges::has_captures(UtcSeconds day) const {
    return connection_
        .value("SELECT 1 FROM capture" + of_node_ + " AND captured_at >= " + at(day) + " AND captured_at < " +
               at(day + days{1}) + " LIMIT 1")
        .has_value();
}

bool DayEdges::told() const {
    return seen_ || connection_.value("SELECT 1 FROM capture" + of_node_ + " AND captured_at = " + at(end_))
                        .has_value();
}

std::optional<UtcSeconds> DayEdges::seen_before(UtcSeconds day) const {
    const auto found = connection_.value("SELECT MAX(captured_at) FROM capture" + of_node_ +
                                         " AND captured_at < " + at(day));
    return found ? std::optional(midnight(from_datetime(*found))) : std::nullopt;
}

std::optional<UtcSeconds> DayEdges::ended(UtcSeconds valid_from, UtcSeconds valid_to) const {
    const UtcSeconds held_end = held_ + days{1};
    if (valid_from >= held_end || valid_to > held_end) return std::nullopt;
    if (valid_to == held_end) return goes_on_ ? std::optional(end_) : std::nullopt;
    return seen_ && valid_to > day_ ? std::optional(valid_to) : std::nullopt;
}

UtcSeconds DayEdges::versions_from(const std::string& table, UtcSeconds day) const {
    const auto since =
        connection_.value("SELECT since FROM key_frame" + of_node_ + " AND table_name = " + literal(table) +
                          " AND after_id < 18446744073709551615");
    return since ? std::min(from_datetime(*since), day) : day;
}

std::string DayEdges::ends(const std::string& table, const std::string& columns) const {
    const std::string held_end = at(held_ + days{1});
    std::string until = " AND valid_to = " + held_end;
    if (seen_)
        until = " AND valid_to > " + at(day_) + " AND valid_to " + (goes_on_ ? "<= " : "< ") + held_end;
    if (!seen_ && !goes_on_) until = " AND FALSE";
    return "SELECT " + columns + ", valid_from, CASE WHEN valid_to = " + held_end + " THEN " + at(end_) +
           " ELSE valid_to END AS ended_at FROM " + table + of_node_ +
           " AND valid_from >= " + at(versions_from(table, held_)) + " AND valid_from < " + held_end + until;
}

std::string DayEdges::held_at_end(const std::string& table, const std::string& alias) const {
    return alias + ".valid_from >= " + at(versions_from(table, held_)) + " AND " + alias +
           ".valid_from <= " + at(end_) + " AND " + alias + ".valid_to " +
           (goes_on_ ? "> " + at(end_) : ">= " + at(held_ + days{1}));
}

std::string DayEdges::went_over(const std::string& table, const std::string& alias,
                                const std::string& time) const {
    return alias + ".valid_from >= " + at(versions_from(table, held_)) + " AND " + alias + ".valid_from < " +
           time + " AND " + alias + ".valid_from < " + at(end_) + " AND " + alias + ".valid_to = CASE WHEN " +
           time + " = " + at(end_) + " THEN " + at(held_ + days{1}) + " ELSE " + time + " END";
}

std::string DayEdges::begun(const std::string& table) const {
    return " FROM " + table + of_node_ + " AND valid_from > " + at(day_) + " AND valid_from <= " + at(end_) +
           " AND valid_from = began";
}

} // namespace sipkeep
