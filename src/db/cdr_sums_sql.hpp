// Adds call sums to those that are stored.
#pragma once

#include "sipkeep/core/cdr_minutes.hpp"

namespace sipkeep {

class Connection;

/// Within a transaction that holds the node's row: nobody else changes them meanwhile.
void add_minutes(Connection& connection, unsigned node_id, const std::map<MinuteKey, MinuteCalls>& minutes);
void add_endpoints(Connection& connection, unsigned node_id,
                   const std::map<EndpointKey, EndpointCalls>& endpoints);

/// "12.345", as DECIMAL(20,3) is written, and back.
[[nodiscard]] std::string seconds_text(Milliseconds time);
[[nodiscard]] Milliseconds from_seconds_text(std::string_view text);

} // namespace sipkeep
