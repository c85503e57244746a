#include "sample_value.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>

namespace sipkeep {

namespace {

constexpr double two_to_53 = 9007199254740992.0;
constexpr double two_to_63 = 9223372036854775808.0;
constexpr double two_to_64 = 18446744073709551616.0;

std::optional<SampleValue> parse_double(double value) {
    if (!std::isfinite(value) || std::trunc(value) != value) return std::nullopt;
    if (value < -two_to_63 || value > two_to_64) return std::nullopt;
    if (value >= two_to_63) return SampleValue{-1, SampleFlag::negative_rounded};
    const bool rounded = std::fabs(value) > two_to_53;
    return SampleValue{std::llround(value), rounded ? SampleFlag::rounded : SampleFlag::exact};
}

} // namespace

std::optional<SampleValue> parse_sample_value(const nlohmann::json& value) {
    if (value.is_number_unsigned()) {
        const auto number = value.get<std::uint64_t>();
        const bool below_zero = number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
        return SampleValue{static_cast<std::int64_t>(number),
                           below_zero ? SampleFlag::negative : SampleFlag::exact};
    }
    if (value.is_number_integer()) return SampleValue{value.get<std::int64_t>(), SampleFlag::exact};
    if (value.is_number_float()) return parse_double(value.get<double>());
    return std::nullopt;
}

} // namespace sipkeep
