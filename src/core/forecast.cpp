#include "sipkeep/core/forecast.hpp"

#include <algorithm>

namespace sipkeep {

using std::chrono::days;

std::optional<days> GrowingSize::level_in() const {
    if (a_day == 0) return days{0};
    if (!kept) return std::nullopt;
    return std::max(*kept - age, days{0});
}

std::uint64_t GrowingSize::in(days later) const {
    const days growing = std::min(later, level_in().value_or(later));
    return now + a_day * static_cast<std::uint64_t>(growing.count());
}

std::uint64_t Forecast::a_day() const {
    return in(days{1}) - now();
}

std::uint64_t Forecast::in(days later) const {
    std::uint64_t sum = 0;
    for (const GrowingSize& part : parts_) sum += part.in(later);
    return sum;
}

std::optional<days> Forecast::level_in() const {
    days last{0};
    for (const GrowingSize& part : parts_) {
        const auto level = part.level_in();
        if (!level) return std::nullopt;
        last = std::max(last, *level);
    }
    return last;
}

std::optional<std::uint64_t> Forecast::level() const {
    const auto after = level_in();
    if (!after) return std::nullopt;
    return in(*after);
}

std::optional<days> Forecast::full_in(std::uint64_t bytes) const {
    if (in(horizon) < bytes) return std::nullopt;
    days before{0}; // it never shrinks: halve the days in between
    days reached = horizon;
    while (before < reached) {
        const days middle = before + (reached - before) / 2;
        if (in(middle) < bytes)
            before = middle + days{1};
        else
            reached = middle;
    }
    return reached;
}

} // namespace sipkeep
