// A statistic's value as MI prints it.
#pragma once

#include "sipkeep/core/statistics.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>

namespace sipkeep {

struct SampleValue {
    std::int64_t value = 0;
    SampleFlag flag = SampleFlag::exact;
};

/// OpenSIPS keeps unsigned 64-bit values and prints them through a double: one decremented below zero comes
/// as 1.844674e+19. Nothing for what is no whole number from -2^63 to 2^64.
[[nodiscard]] std::optional<SampleValue> parse_sample_value(const nlohmann::json& value);

} // namespace sipkeep
