// The steps that a report divides its range into: minutes, or hours, days, weeks and months of one time zone.
#pragma once

#include "sipkeep/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipkeep {

enum class StepUnit : std::uint8_t { minute, hour, day, week, month, all };
[[nodiscard]] const char* to_string(StepUnit unit);
[[nodiscard]] std::optional<StepUnit> step_unit_of(std::string_view name);

/// Steps of one width, back to back. A day on which the clocks change is a stretch of its own.
struct Stretch {
    UtcSeconds begin, end; ///< [begin, end), a whole number of steps
    Seconds width;
    [[nodiscard]] std::size_t steps() const { return static_cast<std::size_t>((end - begin) / width); }
    bool operator==(const Stretch&) const = default;
};

/// The half-open range [from, to) in steps. The first and the last step may lie only partly in it.
struct Steps {
    UtcSeconds from, to;
    std::vector<Stretch> stretches; ///< ascending, without holes; they cover the range
    [[nodiscard]] std::size_t count() const;
};

/// Divides [from, to), which is not empty. Hours begin where they do in `tz` at `from`; days, weeks (from
/// Monday) and months at its midnights, however long the clocks make them. `all` is one step. Throws
/// UsageError for an unknown zone.
[[nodiscard]] Steps divide(UtcSeconds from, UtcSeconds to, StepUnit unit, const std::string& tz);

/// The beginning of the step that holds `time`.
[[nodiscard]] UtcSeconds step_start(UtcSeconds time, StepUnit unit, const std::string& tz);

} // namespace sipkeep
