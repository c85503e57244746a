// What MI says of one moment: statistics, their kinds, and the dispatcher's destinations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipkeep {

/// As `list_statistics` names them: "incremental" is a counter, "non-incremental" a gauge.
enum class StatisticKind : std::uint8_t { unknown, counter, gauge };

/// How far a sample's value can be trusted.
enum class SampleFlag : std::uint8_t {
    exact = 0,
    /// OpenSIPS keeps unsigned 64-bit values: one from 2^63 up was decremented below zero; the value is the
    /// negative number.
    negative = 1,
    /// Printed with six digits of mantissa: a value over 2^53, rounded by OpenSIPS itself.
    rounded = 2,
    /// Below zero and printed rounded (1.844674e+19): the sign is known, the size is not; the value is -1.
    negative_rounded = 3,
};

struct Statistic {
    std::string group; ///< up to the first colon; empty when the name has none
    std::string name;  ///< the rest, which may hold colons and spaces
    StatisticKind kind = StatisticKind::unknown;
    std::int64_t value = 0;
    SampleFlag flag = SampleFlag::exact;
};

/// From "group:name", as MI and OpenSIPS Control Panel write it; the value is left 0, the kind unknown.
[[nodiscard]] Statistic statistic_of(std::string_view full_name);

/// Counts the seconds since OpenSIPS started.
inline constexpr std::string_view uptime_statistic = "core:timestamp";

/// The answer to get_statistics, joined with the kinds of list_statistics. A name that is not here has no
/// sample.
struct StatisticsCapture {
    std::vector<Statistic> statistics;    ///< in the order of the reply
    std::optional<std::int64_t> uptime_s; ///< seconds since OpenSIPS started (core:timestamp, else `uptime`)
    std::vector<std::string> unreadable; ///< names whose value was no integer; said in the ledger, not stored
};

/// One destination as `ds_list full` gives it; what is absent from the reply is absent here.
struct Destination {
    std::string partition_name;
    std::int64_t set_id = 0;
    std::string uri;
    std::string state; ///< "Active", "Probing", "Inactive"
    std::optional<std::string> attr;
    std::optional<std::string> description;
    std::optional<std::int64_t> priority;
    std::optional<std::int64_t> weight;
};

} // namespace sipkeep
