// The minute run's part in the accounting tables.
#pragma once

#include "sipkeep/app/config.hpp"
#include "sipkeep/app/look.hpp"

namespace sipkeep {

/// Rows that a run takes at most; what is left waits in OpenSIPS's table for the next one.
inline constexpr std::uint64_t acc_rows_a_run = 5000;
/// Ids below the newest one that are looked at again: parallel writers commit out of order.
inline constexpr std::uint64_t acc_overlap = 2000;

/// Goes on behind the last id of the run before; the first run begins with the newest rows. Throws Error.
[[nodiscard]] CallsTaken take_new_calls(const Config& config, UtcSeconds now);

} // namespace sipkeep
