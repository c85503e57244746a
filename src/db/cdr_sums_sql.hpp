// Adds call sums to those that are stored.
#pragma once

#include "sipkeep/core/cdr_minutes.hpp"

namespace sipkeep {

class Connection;

/// Within a transaction that holds the node's row: nobody else changes them meanwhile.
void add_minutes(Connection& connection, unsigned node_id, std::map<MinuteKey, MinuteCalls> sums);
void add_endpoints(Connection& connection, unsigned node_id, std::map<EndpointKey, EndpointCalls> sums);

/// Adds to each of the sums what is stored under its key. Returns how many were stored.
std::size_t add_stored(Connection& connection, unsigned node_id, std::map<MinuteKey, MinuteCalls>& sums);
std::size_t add_stored(Connection& connection, unsigned node_id, std::map<EndpointKey, EndpointCalls>& sums);

/// "12.345", as DECIMAL(20,3) is written, and back.
[[nodiscard]] std::string seconds_text(Milliseconds time);
[[nodiscard]] Milliseconds from_seconds_text(std::string_view text);

} // namespace sipkeep
