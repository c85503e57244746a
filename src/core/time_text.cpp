// The one exception to "core is std only": time zone rules come from Howard Hinnant's date library (over the
// system's tzdata), because the standard library has them from g++ 14 on. <date/..> stays in this file.
#include "sipkeep/core/time_text.hpp"

#include "sipkeep/core/error.hpp"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>

namespace sipkeep {

namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::local_seconds;

constexpr std::size_t longest_time = 64;
constexpr UtcMilliseconds first_time{};
constexpr UtcMilliseconds last_time{
    std::chrono::sys_days{std::chrono::year{9999} / std::chrono::December / 31} + days{1} - Milliseconds{1}};
constexpr const char* accepted_forms =
    "give RFC 3339 (2026-11-22T14:03:00Z), epoch seconds (1795364225), -30s, -90m, -24h, -7d, "
    "-2w, now, today, yesterday, or a local 2026-11-22 [14:03[:05]]";

/// What was given, fit for one line of a message.
std::string shown(std::string_view text) {
    std::string result = "'";
    for (const char byte : text.substr(0, longest_time)) result += byte >= ' ' && byte <= '~' ? byte : '?';
    return result + (text.size() > longest_time ? "...'" : "'");
}

/// Null for UTC, so that a machine without tzdata can do without it.
const date::time_zone* zone_of(const std::string& tz) {
    if (tz.empty() || tz == "UTC") return nullptr;
    try {
        return date::locate_zone(tz);
    } catch (const std::runtime_error&) {
        throw UsageError("unknown time zone " + shown(tz) +
                         ": give UTC or an IANA name such as Europe/Berlin (the package tzdata has them)");
    }
}

Seconds offset_at(UtcSeconds time, const date::time_zone* zone) {
    return zone == nullptr ? Seconds{0} : zone->get_info(time).offset;
}

/// Reads fixed-width fields from the left; whatever does not fit is left standing.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}
    [[nodiscard]] bool done() const { return rest_.empty(); }
    [[nodiscard]] bool at_digit() const { return !done() && rest_.front() >= '0' && rest_.front() <= '9'; }

    bool take(std::string_view any_of) {
        if (done() || any_of.find(rest_.front()) == std::string_view::npos) return false;
        rest_.remove_prefix(1);
        return true;
    }

    int digit() {
        const int value = rest_.front() - '0';
        rest_.remove_prefix(1);
        return value;
    }

    /// Exactly `width` digits, at most `highest`.
    bool number(int width, int highest, int& value) {
        value = 0;
        for (int i = 0; i < width; ++i) {
            if (!at_digit()) return false;
            value = value * 10 + digit();
        }
        return value <= highest;
    }

    /// Nothing, or a point and digits, of which three count.
    bool fraction(Milliseconds& value) {
        if (!take(".")) return true;
        if (!at_digit()) return false;
        for (int unit = 100; at_digit(); unit /= 10) value += Milliseconds{digit() * unit};
        return true;
    }

private:
    std::string_view rest_;
};

struct CivilTime {
    local_seconds time{};
    Milliseconds fraction{0};
    std::optional<Seconds> offset; ///< absent: the time is local
};

bool read_date(Reader& reader, local_seconds& result) {
    int year = 0;
    int month = 0;
    int day = 0;
    if (!reader.number(4, 9999, year) || !reader.take("-") || !reader.number(2, 12, month) ||
        !reader.take("-") || !reader.number(2, 31, day))
        return false;
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok()) return false;
    result = local_days{date};
    return true;
}

bool read_clock(Reader& reader, CivilTime& result) {
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (!reader.number(2, 23, hour) || !reader.take(":") || !reader.number(2, 59, minute)) return false;
    if (reader.take(":") && (!reader.number(2, 59, second) || !reader.fraction(result.fraction)))
        return false;
    result.time += std::chrono::hours{hour} + std::chrono::minutes{minute} + Seconds{second};
    return true;
}

bool read_offset(Reader& reader, std::optional<Seconds>& result) {
    if (reader.take("Zz")) {
        result = Seconds{0};
        return true;
    }
    const bool west = reader.take("-");
    int hour = 0;
    int minute = 0;
    if ((!west && !reader.take("+")) || !reader.number(2, 23, hour) || !reader.take(":") ||
        !reader.number(2, 59, minute))
        return false;
    const Seconds offset = std::chrono::hours{hour} + std::chrono::minutes{minute};
    result = west ? -offset : offset;
    return true;
}

/// "2026-11-22 14:03:05", seconds included, as the servers write them.
std::optional<local_seconds> read_datetime(std::string_view text) {
    constexpr std::size_t shortest = 19;
    Reader reader(text);
    CivilTime civil;
    if (text.size() < shortest || !read_date(reader, civil.time) || !reader.take(" ") ||
        !read_clock(reader, civil) || !reader.done())
        return std::nullopt;
    return civil.time;
}

std::optional<CivilTime> read_civil(std::string_view text) {
    Reader reader(text);
    CivilTime result;
    if (!read_date(reader, result.time)) return std::nullopt;
    if (reader.done()) return result;
    const bool needs_offset = reader.take("Tt");
    if ((!needs_offset && !reader.take(" ")) || !read_clock(reader, result)) return std::nullopt;
    if (reader.done()) return needs_offset ? std::nullopt : std::optional(result);
    reader.take(" ");
    if (!read_offset(reader, result.offset) || !reader.done()) return std::nullopt;
    return result;
}

std::optional<UtcMilliseconds> read_epoch(std::string_view text) {
    Reader reader(text);
    std::int64_t seconds = 0;
    for (int i = 0; i < 10; ++i) {
        if (!reader.at_digit()) return std::nullopt;
        seconds = seconds * 10 + reader.digit();
    }
    Milliseconds fraction{0};
    if (!reader.fraction(fraction) || !reader.done()) return std::nullopt;
    return UtcSeconds{Seconds{seconds}} + fraction;
}

std::optional<Seconds> read_back(std::string_view text) {
    constexpr std::string_view units = "smhdw";
    constexpr std::array<int, 5> lengths{1, 60, 3600, 86400, 7 * 86400};
    constexpr std::size_t most_digits = 9; // keeps the product far from the end of 64 bits
    if (text.size() < 3 || text.size() > 2 + most_digits || text.front() != '-') return std::nullopt;
    const auto unit = units.find(text.back());
    if (unit == std::string_view::npos) return std::nullopt;
    Reader reader(text.substr(1, text.size() - 2));
    std::int64_t count = 0;
    while (reader.at_digit()) count = count * 10 + reader.digit();
    return reader.done() ? std::optional(Seconds{count * lengths.at(unit)}) : std::nullopt;
}

std::optional<UtcMilliseconds> read_time(std::string_view text, UtcMilliseconds now, const std::string& tz) {
    if (text == "now") return now;
    if (text == "today" || text == "yesterday") {
        const auto today = std::chrono::floor<days>(utc_to_local(std::chrono::floor<Seconds>(now), tz));
        return local_to_utc(local_seconds{today - days{text == "today" ? 0 : 1}}, tz);
    }
    if (const auto back = read_back(text)) return now - *back;
    if (const auto epoch = read_epoch(text)) return epoch;
    const auto civil = read_civil(text);
    if (!civil) return std::nullopt;
    const auto utc = civil->offset ? UtcSeconds{civil->time.time_since_epoch() - *civil->offset}
                                   : local_to_utc(civil->time, tz);
    return utc + civil->fraction;
}

} // namespace

bool is_time_zone(const std::string& name) {
    try {
        zone_of(name);
        return true;
    } catch (const UsageError&) {
        return false;
    }
}

UtcMilliseconds parse_time(std::string_view text, UtcMilliseconds now, const std::string& tz) {
    // A wrong zone is an error even where the text does not need it: the option is wrong all the same.
    zone_of(tz);
    const auto time = text.size() <= longest_time ? read_time(text, now, tz) : std::nullopt;
    if (!time) throw UsageError("not a time: " + shown(text) + "; " + accepted_forms);
    if (*time < first_time || *time > last_time)
        throw UsageError("time out of range: " + shown(text) + " is not within the years 1970 to 9999 UTC");
    return *time;
}

UtcSeconds local_to_utc(local_seconds local, const std::string& tz) {
    const Seconds since_epoch = local.time_since_epoch();
    const auto* const zone = zone_of(tz);
    if (zone == nullptr) return UtcSeconds{since_epoch};
    const auto info = zone->get_info(date::local_seconds{since_epoch});
    if (info.result == date::local_info::nonexistent) return info.first.end;
    // When ambiguous, `first` is the offset before the change, which gives the earlier of the two.
    return UtcSeconds{since_epoch - info.first.offset};
}

UtcSeconds local_to_utc(std::string_view datetime, const std::string& tz) {
    const auto local = read_datetime(datetime);
    if (!local) throw Error("not a date and time: " + shown(datetime));
    return local_to_utc(*local, tz);
}

struct LocalZone::Season {
    const date::time_zone* zone = nullptr;
    local_seconds from{}, to{}; ///< [from, to): local times that certainly have this offset and no other
    Seconds offset{0};
};

LocalZone::LocalZone(const std::string& tz) : season_(std::make_unique<Season>()) {
    season_->zone = zone_of(tz);
}
LocalZone::~LocalZone() = default;

std::optional<LocalReading> LocalZone::read(std::string_view datetime) {
    const auto local = read_datetime(datetime);
    if (!local) return std::nullopt;
    Season& season = *season_;
    const Seconds since_epoch = local->time_since_epoch();
    if (season.zone == nullptr || (*local >= season.from && *local < season.to)) {
        const UtcSeconds utc{since_epoch - season.offset};
        return LocalReading{utc, utc};
    }
    const auto info = season.zone->get_info(date::local_seconds{since_epoch});
    if (info.result == date::local_info::nonexistent)
        return LocalReading{info.first.end, info.first.end, false};
    if (info.result == date::local_info::ambiguous)
        return LocalReading{UtcSeconds{since_epoch - info.first.offset},
                            UtcSeconds{since_epoch - info.second.offset}};
    // No clock was ever set by as much as a day: so far from both ends of the season no time came twice.
    season.offset = info.first.offset;
    const auto local_of = [&](UtcSeconds end) {
        return local_seconds{end.time_since_epoch() + season.offset};
    };
    season.from = std::max(local_of(info.first.begin + days{1}), *local - days{400});
    season.to = std::min(local_of(info.first.end - days{1}), *local + days{400});
    const UtcSeconds utc{since_epoch - season.offset};
    return LocalReading{utc, utc};
}

local_seconds utc_to_local(UtcSeconds time, const std::string& tz) {
    return local_seconds{time.time_since_epoch() + offset_at(time, zone_of(tz))};
}

std::string format_local(UtcSeconds time, const std::string& tz) {
    const auto offset = offset_at(time, zone_of(tz));
    const auto minutes = std::chrono::abs(std::chrono::duration_cast<std::chrono::minutes>(offset));
    const std::chrono::hh_mm_ss clock{minutes};
    std::array<char, 24> zone{};
    std::snprintf(zone.data(), zone.size(), " %c%02d:%02d", offset < Seconds{0} ? '-' : '+',
                  static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()));
    return to_datetime(time + offset) + zone.data();
}

} // namespace sipkeep
