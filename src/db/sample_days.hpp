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

/// "INSERT INTO sample_day .. VALUES" of rows as add_packed() makes them.
[[nodiscard]] std::string insert_packed();
/// Appends a row.
void add_packed(Rows& rows, unsigned node_id, std::uint64_t statistic_id, UtcSeconds day,
                const PackedDay& packed);
/// Appends its columns from first_second to latest.
void add_bounds(Rows& rows, const PackedDay& packed);

/// Up to when days of a node may be packed and added up, at most `before`: an import that was cut off goes on
/// where the day's samples lie, and some of a day must not pass for all of it.
[[nodiscard]] UtcSeconds whole_before(Connection& connection, unsigned node_id, UtcSeconds before);

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
