#include "sipkeep/core/steps.hpp"

#include "sipkeep/core/time_text.hpp"

#include <algorithm>
#include <array>

namespace sipkeep {

namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::year_month_day;

constexpr std::array<const char*, 6> names{"minute", "hour", "day", "week", "month", "all"};

bool by_calendar(StepUnit unit) {
    return unit == StepUnit::day || unit == StepUnit::week || unit == StepUnit::month;
}

local_days first_day(local_days day, StepUnit unit) {
    if (unit == StepUnit::week) return day - (std::chrono::weekday{day} - std::chrono::Monday);
    if (unit == StepUnit::month) {
        const year_month_day date{day};
        return local_days{date.year() / date.month() / std::chrono::day{1}};
    }
    return day;
}

local_days next_first_day(local_days first, StepUnit unit) {
    if (unit == StepUnit::week) return first + days{7};
    if (unit == StepUnit::month) return first_day(first + days{31}, unit);
    return first + days{1};
}

Seconds width_of(StepUnit unit) {
    return unit == StepUnit::minute ? Seconds{60} : Seconds{3600};
}

void append(std::vector<Stretch>& stretches, UtcSeconds begin, UtcSeconds end) {
    if (begin == end) return; // a zone that skipped a whole day has a midnight that is the next one's, too
    if (!stretches.empty() && stretches.back().width == end - begin)
        stretches.back().end = end;
    else
        stretches.push_back({begin, end, end - begin});
}

} // namespace

const char* to_string(StepUnit unit) {
    return names.at(static_cast<std::size_t>(unit));
}

std::optional<StepUnit> step_unit_of(std::string_view name) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return static_cast<StepUnit>(found - names.begin());
}

std::size_t Steps::count() const {
    std::size_t count = 0;
    for (const Stretch& stretch : stretches) count += stretch.steps();
    return count;
}

UtcSeconds step_start(UtcSeconds time, StepUnit unit, const std::string& tz) {
    if (unit == StepUnit::all) return time;
    const local_seconds local = utc_to_local(time, tz);
    if (by_calendar(unit)) return local_to_utc(first_day(std::chrono::floor<days>(local), unit), tz);
    return time - local.time_since_epoch() % width_of(unit);
}

Steps divide(UtcSeconds from, UtcSeconds to, StepUnit unit, const std::string& tz) {
    Steps steps{from, to, {}};
    const UtcSeconds begin = step_start(from, unit, tz);
    if (unit == StepUnit::all) {
        steps.stretches.push_back({from, to, to - from});
    } else if (by_calendar(unit)) {
        local_days day = first_day(std::chrono::floor<days>(utc_to_local(from, tz)), unit);
        for (UtcSeconds at = begin; at < to;) {
            day = next_first_day(day, unit);
            const UtcSeconds next = local_to_utc(day, tz);
            append(steps.stretches, at, next);
            at = next;
        }
    } else {
        const Seconds width = width_of(unit);
        steps.stretches.push_back({begin, begin + (to - begin + width - Seconds{1}) / width * width, width});
    }
    return steps;
}

} // namespace sipkeep
