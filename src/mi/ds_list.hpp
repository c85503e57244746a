// The reply to ds_list.
#pragma once

#include "sipkeep/core/statistics.hpp"

#include "json_rpc.hpp"

#include <vector>

namespace sipkeep {

/// Reads {"PARTITIONS": [{"name", "SETS": [{"id", "Destinations": [{"URI", "state", ..}]}]}]}; a partition
/// without destinations has no SETS. Throws SourceError for another shape.
[[nodiscard]] std::vector<Destination> parse_ds_list(const RpcMethod& method, const nlohmann::json& result);

} // namespace sipkeep
