// The accounting tables that the configuration names.
#pragma once

#include "sipkeep/app/config.hpp"
#include "sipkeep/db/acc_reader.hpp"

#include <vector>

namespace sipkeep {

struct AccTable {
    AccSource source;
    bool sums = false; ///< its calls are added up; of the others only the rows are kept
};

/// acc first. The configuration must have `live`.
[[nodiscard]] std::vector<AccTable> acc_tables(const LiveSettings& live);

} // namespace sipkeep
