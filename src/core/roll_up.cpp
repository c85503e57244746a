#include "sipkeep/core/roll_up.hpp"

#include "sipkeep/core/error.hpp"

#include <algorithm>
#include <utility>

namespace sipkeep {

namespace {

using std::chrono::days;
using std::chrono::hours;

using Wide = __int128_t;

std::string digits_of(Wide number) {
    const bool below = number < 0;
    std::string digits;
    do {
        const auto digit = static_cast<int>(number % 10);
        digits += static_cast<char>('0' + (digit < 0 ? -digit : digit));
        number /= 10;
    } while (number != 0);
    if (below) digits += '-';
    std::ranges::reverse(digits);
    return digits;
}

/// Only the sign of such a value is known.
constexpr std::uint8_t sign_only = 3;
constexpr std::uint8_t rounded = 2;

void add(std::optional<Growth>& growth, const Growth& more) {
    if (!growth) growth.emplace();
    growth->increase += more.increase;
    growth->milliseconds += more.milliseconds;
}

struct StretchSum {
    RolledStretch rolled;
    Wide total = 0;

    void add(const TimedSample& sample) {
        if (sample.flag >= sign_only) return;
        if (rolled.samples == 0 || sample.value < rolled.lowest) {
            rolled.lowest = sample.value;
            rolled.lowest_at = sample.at;
        }
        if (rolled.samples == 0 || sample.value > rolled.highest) {
            rolled.highest = sample.value;
            rolled.highest_at = sample.at;
        }
        ++rolled.samples;
        total += sample.value;
    }

    void add(UtcSeconds begin, UtcSeconds since, const Growth& growth) {
        if (since >= begin)
            sipkeep::add(rolled.growth, growth);
        else
            rolled.bridge = Bridge{since, growth};
    }

    [[nodiscard]] RolledStretch finished() const {
        RolledStretch done = rolled;
        done.total = digits_of(total);
        return done;
    }
};

const SampledAt& look_at(const Looks& looks, UtcSeconds at) {
    const auto found = looks.find(at);
    if (found == looks.end())
        throw Error("a sample of " + to_datetime(at) +
                    " belongs to no capture that read MI; see sipkeep verify");
    return found->second;
}

/// The hour, from 0, in which an interval that ends at `at` lies.
std::size_t hour_up_to(UtcSeconds day, UtcSeconds at) {
    return static_cast<std::size_t>((at - day - Seconds{1}) / hours{1});
}

std::string number_or_null(bool there, const std::string& number) {
    return "," + (there ? number : std::string("null"));
}

std::string growth_text(const std::optional<Growth>& growth) {
    return number_or_null(growth.has_value(), growth ? std::to_string(growth->increase) : "") +
           number_or_null(growth.has_value(), growth ? std::to_string(growth->milliseconds) : "");
}

std::string seconds_after(UtcSeconds day, UtcSeconds at) {
    return std::to_string((at - day).count());
}

void take(RolledRegistrations& rolled, const std::optional<std::int64_t>& level) {
    if (!level) return;
    rolled.least = std::min(rolled.least.value_or(*level), *level);
    rolled.most = std::max(rolled.most.value_or(*level), *level);
}

std::string number_or_null(const std::optional<std::int64_t>& number) {
    return number_or_null(number.has_value(), std::to_string(number.value_or(0)));
}

} // namespace

RolledStatistic roll_up(UtcSeconds day, const std::vector<TimedSample>& samples, const Looks& looks,
                        StatisticKind kind) {
    StretchSum whole;
    std::array<StretchSum, 24> by_hour;
    RolledStatistic rolled;
    const UtcSeconds end = day + days{1};
    const TimedSample* before = nullptr;
    for (const TimedSample& sample : samples) {
        if (sample.at >= day && sample.at < end) {
            whole.add(sample);
            by_hour.at(static_cast<std::size_t>((sample.at - day) / hours{1})).add(sample);
        }
        const TimedSample* const last = std::exchange(before, &sample);
        if (kind == StatisticKind::gauge || last == nullptr || last->flag >= rounded ||
            sample.flag >= rounded)
            continue;
        const SampledAt& now = look_at(looks, sample.at);
        const SampledAt& then = look_at(looks, last->at);
        if (now.epoch != then.epoch) continue;
        if (sample.at <= day) continue; // the day before has it
        if (sample.value < last->value) {
            if (kind == StatisticKind::counter && now.epoch)
                rolled.resets.push_back({last->at, sample.at, last->value, sample.value});
            continue;
        }
        const Growth growth{static_cast<std::uint64_t>(sample.value) -
                                static_cast<std::uint64_t>(last->value),
                            (now.started - then.started).count()};
        const std::size_t hour = hour_up_to(day, sample.at);
        whole.add(day, last->at, growth);
        by_hour.at(hour).add(day + hours{hour}, last->at, growth);
    }
    rolled.day = whole.finished();
    for (std::size_t hour = 0; hour < by_hour.size(); ++hour)
        rolled.hours.at(hour) = by_hour.at(hour).finished();
    return rolled;
}

std::string hours_text(UtcSeconds day, const std::array<RolledStretch, 24>& hours) {
    std::string text;
    for (std::size_t hour = 0; hour < hours.size(); ++hour) {
        const RolledStretch& one = hours.at(hour);
        if (one.samples == 0 && !one.growth && !one.bridge) continue;
        const bool any = one.samples > 0;
        text +=
            (text.empty() ? "[[" : ",[") + std::to_string(hour) + ',' + std::to_string(one.samples) +
            // A string: MySQL would make a DOUBLE of what 64 bits do not hold.
            number_or_null(any, '"' + one.total + '"') + number_or_null(any, std::to_string(one.lowest)) +
            number_or_null(any, seconds_after(day, one.lowest_at)) +
            number_or_null(any, std::to_string(one.highest)) +
            number_or_null(any, seconds_after(day, one.highest_at)) + growth_text(one.growth) +
            number_or_null(one.bridge.has_value(), one.bridge ? seconds_after(day, one.bridge->since) : "") +
            growth_text(one.bridge ? std::optional(one.bridge->growth) : std::nullopt) + ']';
    }
    return (text.empty() ? "[" : text) + ']';
}

RegistrationDay roll_up(UtcSeconds day, const std::vector<RegistrationChange>& changes,
                        std::optional<UtcSeconds> known_from) {
    RegistrationDay rolled;
    std::int64_t level = 0;
    const auto known = [&](UtcSeconds at) {
        return known_from && at >= *known_from ? std::optional(level) : std::nullopt;
    };
    auto change = changes.begin();
    for (; change != changes.end() && change->at <= day; ++change) level += change->net;
    rolled.day.at_start = known(day);
    for (std::size_t hour = 0; hour < rolled.hours.size(); ++hour) {
        RolledRegistrations& now = rolled.hours.at(hour);
        const UtcSeconds end = day + hours{hour + 1};
        now.at_start = known(end - hours{1});
        take(now, now.at_start);
        // What the capture at the end saw happened within the hour, and is how the next one starts.
        for (; change != changes.end() && change->at <= end; ++change) {
            now.came += change->came;
            now.went += change->went;
            level += change->net;
            if (change->at < end) take(now, known(change->at));
        }
        // The first look, at a domain that had none.
        if (!now.least && known_from && *known_from < end) take(now, level);
        take(rolled.day, now.least);
        take(rolled.day, now.most);
        rolled.day.came += now.came;
        rolled.day.went += now.went;
    }
    return rolled;
}

std::string hours_text(const RegistrationDay& day) {
    std::string text;
    for (std::size_t hour = 0; hour < day.hours.size(); ++hour) {
        const RolledRegistrations& one = day.hours.at(hour);
        text += (hour == 0 ? "[[" : ",[") + std::to_string(hour) + number_or_null(one.at_start) +
                number_or_null(one.least) + number_or_null(one.most) + ',' + std::to_string(one.came) + ',' +
                std::to_string(one.went) + ']';
    }
    return text + ']';
}

std::string hours_text(const AgentDay& day) {
    std::string text;
    for (const auto& registrations : day) text += number_or_null(registrations);
    text.front() = '[';
    return text + ']';
}

namespace {

void take(RolledLooks& rolled, const SourceLook& look) {
    ++rolled.looks;
    rolled.refreshed += look.refreshed;
    if (!look.rows) return;
    rolled.total += *look.rows;
    if (!rolled.least || *look.rows < *rolled.least) {
        rolled.least = look.rows;
        rolled.least_at = look.at;
    }
    if (!rolled.most || *look.rows > *rolled.most) {
        rolled.most = look.rows;
        rolled.most_at = look.at;
    }
}

std::size_t hour_of(UtcSeconds day, UtcSeconds at) {
    return static_cast<std::size_t>((at - day) / hours{1});
}

} // namespace

LookDay roll_up(UtcSeconds day, const std::vector<SourceLook>& looks) {
    LookDay rolled;
    for (const SourceLook& look : looks) {
        take(rolled.day, look);
        take(rolled.hours.at(hour_of(day, look.at)), look);
    }
    return rolled;
}

std::string hours_text(UtcSeconds day, const LookDay& rolled) {
    std::string text;
    for (std::size_t hour = 0; hour < rolled.hours.size(); ++hour) {
        const RolledLooks& one = rolled.hours.at(hour);
        if (one.looks == 0) continue;
        const bool any = one.least.has_value();
        text += (text.empty() ? "[[" : ",[") + std::to_string(hour) + ',' + std::to_string(one.looks) +
                number_or_null(any, std::to_string(one.total)) +
                number_or_null(any, std::to_string(one.least.value_or(0))) +
                number_or_null(any, seconds_after(day, one.least_at)) +
                number_or_null(any, std::to_string(one.most.value_or(0))) +
                number_or_null(any, seconds_after(day, one.most_at)) + ',' + std::to_string(one.refreshed) +
                ']';
    }
    return (text.empty() ? "[" : text) + ']';
}

DestinationDay roll_up(UtcSeconds day, const std::vector<DestinationStretch>& stretches,
                       const std::vector<SourceLook>& looks) {
    DestinationDay rolled;
    const auto add = [&](UtcSeconds at, std::uint32_t RolledDestination::*count) {
        ++(rolled.day.*count);
        ++(rolled.hours.at(hour_of(day, at)).*count);
    };
    const DestinationStretch* before = nullptr;
    for (const DestinationStretch& stretch : stretches) {
        const DestinationStretch* const last = std::exchange(before, &stretch);
        const bool was_down = last != nullptr && last->to == stretch.from && !last->active;
        if (!stretch.active && stretch.begins && !was_down && stretch.from >= day)
            add(stretch.from, &RolledDestination::outages);
        const auto begin = std::ranges::lower_bound(looks, stretch.from, {}, &SourceLook::at);
        const auto end = std::ranges::lower_bound(looks, stretch.to, {}, &SourceLook::at);
        for (auto look = begin; look < end; ++look) {
            add(look->at, &RolledDestination::captures);
            if (stretch.active) add(look->at, &RolledDestination::active);
        }
    }
    return rolled;
}

std::string hours_text(const DestinationDay& rolled) {
    std::string text;
    for (std::size_t hour = 0; hour < rolled.hours.size(); ++hour) {
        const RolledDestination& one = rolled.hours.at(hour);
        if (one.captures == 0 && one.outages == 0) continue;
        text += (text.empty() ? "[[" : ",[") + std::to_string(hour) + ',' + std::to_string(one.captures) +
                ',' + std::to_string(one.active) + ',' + std::to_string(one.outages) + ']';
    }
    return (text.empty() ? "[" : text) + ']';
}

} // namespace sipkeep
