// The samples of one statistic on one UTC day, and the form in which they lie packed in `sample_day`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sipkeep {

struct DaySample {
    std::uint32_t second = 0; ///< after midnight, below 86,400
    std::int64_t value = 0;
    std::uint8_t flag = 0; ///< as in `sample`
    friend bool operator==(const DaySample&, const DaySample&) = default;
};

/// A row of `sample_day`. Places of the day count from 1, at first_second, and are `step` seconds apart.
struct PackedDay {
    std::uint32_t first_second = 0, last_second = 0; ///< of the first and last sample
    std::uint32_t step = 1;
    std::uint32_t samples = 0;
    std::int64_t lowest = 0, highest = 0, first_value = 0, last_value = 0;
    /// A JSON array with an element a place: what the value grew by since the sample before (of the first:
    /// the value), or null where there is no sample. What 64 bits do not hold is a string.
    std::string deltas;
    /// A JSON array with the flag of each place; empty when all are 0.
    std::string flags;
};

/// `samples` ascend by second, none twice, and are not empty. Throws Error otherwise.
[[nodiscard]] PackedDay pack_day(const std::vector<DaySample>& samples);

/// Throws Error for what pack_day() never makes.
[[nodiscard]] std::vector<DaySample> unpack_day(const PackedDay& packed);

} // namespace sipkeep
