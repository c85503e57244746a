// What outlives the minutes: hours and days of statistics, of the registrations of a domain, of captures and
// of destinations. Exact: sums, not means; growth only between two samples that the same life of OpenSIPS
// saw.
#pragma once

#include "sipkeep/core/statistics.hpp"
#include "sipkeep/core/time.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

/// A capture that read MI, as the growth between two of them needs it.
struct SampledAt {
    UtcMilliseconds started{};
    std::optional<UtcSeconds> epoch; ///< start of the life of OpenSIPS
};
using Looks = std::map<UtcSeconds, SampledAt>; ///< by captured_at

struct TimedSample {
    UtcSeconds at{};
    std::int64_t value = 0;
    std::uint8_t flag = 0; ///< as in `sample`
};

/// Growth of a counter between two samples next to each other, neither a reset nor a restart nor a rounded
/// value between.
struct Growth {
    std::uint64_t increase = 0;
    std::int64_t milliseconds = 0; ///< between the two looks
};

/// Growth into an hour (a day) from a sample before it.
struct Bridge {
    UtcSeconds since{};
    Growth growth;
};

/// Of the samples in [begin, end), and of the growth between two in [begin, end].
struct RolledStretch {
    std::uint32_t samples = 0; ///< those whose value is known, if rounded
    /// A sum, in decimal digits: 1,440 values of 64 bits need more than 64.
    std::string total = "0";
    std::int64_t lowest = 0, highest = 0;
    UtcSeconds lowest_at{}, highest_at{}; ///< the first such sample
    std::optional<Growth> growth;         ///< absent: no two samples to tell it from
    std::optional<Bridge> bridge;
};

/// A counter that somebody set back.
struct CounterReset {
    UtcSeconds since{}, at{}; ///< the samples before and after
    std::int64_t before = 0, after = 0;
};

struct RolledStatistic {
    RolledStretch day;
    std::array<RolledStretch, 24> hours;
    std::vector<CounterReset> resets; ///< those with `at` in (day, day + 24 h]
};

/// `samples` of one statistic ascend: the last one before the UTC day that begins at `day`, if any, those of
/// the day, and the one at the midnight that ends it, if any. Throws Error for a sample that is not in
/// `looks`.
[[nodiscard]] RolledStatistic roll_up(UtcSeconds day, const std::vector<TimedSample>& samples,
                                      const Looks& looks, StatisticKind kind);

/// A JSON array with an array for each hour that has something:
/// [hour, samples, total, lowest, lowest_at, highest, highest_at, increase, milliseconds, bridge_since,
/// bridge_increase, bridge_milliseconds], times in seconds after midnight, null where there is none.
[[nodiscard]] std::string hours_text(UtcSeconds day, const std::array<RolledStretch, 24>& hours);

/// What changed in the registrations of a domain at one capture.
struct RegistrationChange {
    UtcSeconds at{};
    std::int64_t net = 0; ///< of those at midnight: all that are in force
    std::uint64_t came = 0, went = 0;
    std::uint64_t went_on =
        0; ///< pieces that begin where the one before ended: of those that `went`, so many did not
};

/// Registrations at once in [begin, end), absent where nobody had looked yet, and those that came and went in
/// (begin, end].
struct RolledRegistrations {
    std::optional<std::int64_t> at_start, least, most;
    std::uint64_t came = 0, went = 0;
};

struct RegistrationDay {
    RolledRegistrations day;
    std::array<RolledRegistrations, 24> hours;
};

/// `changes` of one domain ascend and lie in [day, day + 24 h]. Levels are known from `known_from` on;
/// absent: not that day, as nobody looked.
[[nodiscard]] RegistrationDay roll_up(UtcSeconds day, const std::vector<RegistrationChange>& changes,
                                      std::optional<UtcSeconds> known_from);

/// A JSON array with [hour, at_start, least, most, came, went] for each of the 24; null what is absent.
[[nodiscard]] std::string hours_text(const RegistrationDay& day);

/// Registrations of one domain and User-Agent that the last look of each hour saw; absent: nobody looked.
using AgentDay = std::array<std::optional<std::uint32_t>, 24>;

/// A JSON array of the 24; null what is absent.
[[nodiscard]] std::string hours_text(const AgentDay& day);

/// A capture that read a source.
struct SourceLook {
    UtcSeconds at{};
    std::optional<std::uint32_t> rows; ///< that it counted there
    std::uint32_t refreshed = 0;       ///< registrations
};

/// Of the captures in [begin, end).
struct RolledLooks {
    std::uint32_t looks = 0;
    std::uint64_t total = 0;
    std::optional<std::uint32_t> least, most; ///< absent: no capture counted rows
    UtcSeconds least_at{}, most_at{};         ///< the first such capture
    std::uint64_t refreshed = 0;
};

struct LookDay {
    RolledLooks day;
    std::array<RolledLooks, 24> hours;
};

/// `looks` ascend and lie in [day, day + 24 h).
[[nodiscard]] LookDay roll_up(UtcSeconds day, const std::vector<SourceLook>& looks);

/// A JSON array with [hour, looks, total, least, least_at, most, most_at, refreshed] for each hour that has
/// captures, times in seconds after midnight, null where there is none.
[[nodiscard]] std::string hours_text(UtcSeconds day, const LookDay& rolled);

/// A destination was listed in [from, to), in one state.
struct DestinationStretch {
    UtcSeconds from{}, to{};
    bool active = false;
    bool begins = false; ///< false: cut at a midnight, it goes on
};

/// Of the captures in [begin, end).
struct RolledDestination {
    std::uint32_t captures = 0, active = 0;
    std::uint32_t outages = 0; ///< that began: not Active, and not so before, or not listed
};

struct DestinationDay {
    RolledDestination day;
    std::array<RolledDestination, 24> hours;
};

/// `stretches` of one destination ascend, from the one before the day on; `looks` are the captures that read
/// the dispatcher, which ascend and lie in [day, day + 24 h).
[[nodiscard]] DestinationDay roll_up(UtcSeconds day, const std::vector<DestinationStretch>& stretches,
                                     const std::vector<SourceLook>& looks);

/// A JSON array with [hour, captures, active, outages] for each hour that has something.
[[nodiscard]] std::string hours_text(const DestinationDay& rolled);

} // namespace sipkeep
