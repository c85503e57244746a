// Adds call sums to those that are stored.
#pragma once

#include "sipkeep/core/cdr_minutes.hpp"

namespace sipkeep {

class Connection;
class Result;

/// What calls of endpoints are added up by, besides hours: UTC days, and weeks from Monday on.
enum class EndpointSpan : std::uint8_t { day, week };
[[nodiscard]] constexpr const char* to_string(EndpointSpan span) {
    return span == EndpointSpan::day ? "day" : "week";
}

/// The midnight that begins the week of a time, in UTC.
[[nodiscard]] UtcSeconds monday(UtcSeconds time);

/// Within a transaction that holds the node's row: nobody else changes them meanwhile. Also to the sums of
/// the minutes' hours, and of the hours' days and weeks.
void add_minutes(Connection& connection, unsigned node_id, std::map<MinuteKey, MinuteCalls> sums);
void add_endpoints(Connection& connection, unsigned node_id,
                   const std::map<EndpointKey, EndpointCalls>& sums);
/// To the hours alone, and to days or weeks alone, at whose beginning `hour` is.
void add_endpoint_hours(Connection& connection, unsigned node_id,
                        const std::map<EndpointKey, EndpointCalls>& sums);
void add_endpoint_spans(Connection& connection, unsigned node_id, EndpointSpan span,
                        const std::map<EndpointKey, EndpointCalls>& sums);
/// Adds the days of a week up anew.
void add_up_week(Connection& connection, unsigned node_id, UtcSeconds monday);
void add_failures(Connection& connection, unsigned node_id, const std::map<FailureKey, std::uint64_t>& sums);

/// Columns calls_out, calls_in, answered, failed, seconds_talked, shortest, longest of a row, from one on.
[[nodiscard]] EndpointCalls endpoint_calls(Result& row, std::size_t first);

/// Adds to each of the sums what is stored under its key; of minutes, returns how many were stored.
std::size_t add_stored(Connection& connection, unsigned node_id, std::map<MinuteKey, MinuteCalls>& sums);
void add_stored(Connection& connection, unsigned node_id, std::map<EndpointKey, EndpointCalls>& sums);

/// "12.345", as DECIMAL(20,3) is written, and back.
[[nodiscard]] std::string seconds_text(Milliseconds time);
[[nodiscard]] Milliseconds from_seconds_text(std::string_view text);

} // namespace sipkeep
