// Rows of `sample_day`, as they are read.
#pragma once

#include "sipkeep/core/packed_day.hpp"
#include "sipkeep/core/time.hpp"
#include "sipkeep/db/connection.hpp"

#include <string>
#include <vector>

namespace sipkeep {

/// Columns of a row of `sample_day`.
inline constexpr std::size_t packed_width = 13;

/// "SELECT .. FROM sample_day WHERE node_id = 1", for packed_of(); statistic_id comes first, then day.
[[nodiscard]] std::string select_packed(unsigned node_id);
/// Throws Error when its values can't be uncompressed.
[[nodiscard]] PackedDay packed_of(Result& row);

/// Whether both name the same bounds, counts and extremes.
[[nodiscard]] bool tells_the_same(const PackedDay& one, const PackedDay& other);

/// "INSERT INTO .. VALUES" of samples as StatisticNames::samples() gives them. Of days that are packed, or
/// being packed, they go where the next packing finds them: `closed_to` is read under the node's lock.
[[nodiscard]] std::string insert_samples(UtcSeconds captured_at, UtcSeconds closed_to);

/// From three columns: seconds after midnight, value, flag.
[[nodiscard]] DaySample sample_of(Result& row, std::size_t column);

/// Both in one, in order. Throws Error when both have a sample of one second.
[[nodiscard]] std::vector<DaySample> merged(const std::vector<DaySample>& one,
                                            const std::vector<DaySample>& other);

} // namespace sipkeep
