// A UTC day of the calls of one node, as their versions tell it: what gateway_roll_up is derived from.
#pragma once

#include "sipkeep/core/time.hpp"

#include <string>

namespace sipkeep {

/// SELECT of columns as those of `gateway_roll_up`: what the report calls-by-gateway would add up itself, by
/// its own parts, so that both say the same.
[[nodiscard]] std::string select_gateways(unsigned node_id, UtcSeconds day);

/// The host in a column that holds a Contact, as that report shows it.
[[nodiscard]] std::string host_of(const std::string& column);

} // namespace sipkeep
