// A UTC day of the calls of one node, as versions and records tell it: what gateway_roll_up,
// call_without_record and record_never_live are derived from.
#pragma once

#include "sipkeep/core/time.hpp"

#include <optional>
#include <string>

namespace sipkeep {

class Connection;

/// SELECT of columns as those of `gateway_roll_up`: what the report calls-by-gateway would add up itself, by
/// its own parts, so that both say the same.
[[nodiscard]] std::string select_gateways(unsigned node_id, UtcSeconds day);

/// .. of `call_without_record`. Records that ended more than a day before that day are not looked for, so
/// that it is the same once they are dropped.
[[nodiscard]] std::string select_calls_without_record(unsigned node_id, UtcSeconds day);

/// .. of `record_never_live`. It reads the versions of the day before as well.
[[nodiscard]] std::string select_records_never_live(unsigned node_id, UtcSeconds day);

/// No record ends before it but those whose end can't be read.
inline constexpr UtcSeconds records_begin{std::chrono::days{365}};

/// When the first call record of a node ended, of those from a time on. Throws DatabaseError.
[[nodiscard]] std::optional<UtcSeconds> first_record(Connection& connection, unsigned node_id,
                                                     UtcSeconds from = records_begin);

/// The host in a column that holds a Contact, as that report shows it.
[[nodiscard]] std::string host_of(const std::string& column);

} // namespace sipkeep
