// Times as people write and read them: on the command line, and in the local time of one server.
#pragma once

#include "sipkeep/core/time.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sipkeep {

// A time zone is given by its IANA name ("Europe/Berlin"); "" and "UTC" are UTC and need no time zone
// database. Every `tz` below throws UsageError when is_time_zone(tz) is false. The zone files hold their
// rules up to 2037; after that a zone keeps its last offset.

/// Whether the functions below know `name`: "", "UTC", or a name the machine's tzdata has (case-sensitive).
[[nodiscard]] bool is_time_zone(const std::string& name);

/// Reads a point in time; `now` is what relative forms count from. Accepted, with nothing before or after:
///   RFC 3339           2026-11-22T14:03:00Z, 2026-11-22 15:03:00.250+01:00 (what format_local prints, too)
///   epoch seconds      1795364225, 1795364225.250 (ten digits before the point)
///   back from now      -30s -90m -24h -7d -2w (a day is 24 hours, whatever the clocks did)
///   words              now, today, yesterday (midnight in `tz`)
///   local in `tz`      2026-11-22, 2026-11-22 14:03, 2026-11-22 14:03:05
/// Fractions are cut to milliseconds; leap seconds (:60) are refused; a T without an offset is refused,
/// because it would be read as UTC by some and as local by others. Local times follow local_to_utc. Throws
/// UsageError (what was given, what is accepted) for anything else and outside the years 1970 to 9999 UTC.
[[nodiscard]] UtcMilliseconds parse_time(std::string_view text, UtcMilliseconds now, const std::string& tz);

/// The UTC time of a local one. A local time that came twice (clocks went back) is the earlier of the two;
/// one that never was (clocks went forward) is the instant of the jump, that is the first local time after
/// the gap.
[[nodiscard]] UtcSeconds local_to_utc(std::chrono::local_seconds local, const std::string& tz);

/// The same for a DATETIME text "2026-11-22 14:03:05", fractions dropped: OpenSIPS writes last_modified,
/// acc.time and acc.created in the local time of its process. Throws Error when it is no date and time.
[[nodiscard]] UtcSeconds local_to_utc(std::string_view datetime, const std::string& tz);

/// What a local time says in UTC. Clocks that went back make it two instants, clocks that went forward none.
struct LocalReading {
    UtcSeconds earlier, later; ///< equal, but for a time that came twice
    bool exists = true;        ///< false: no clock ever showed it; both are the instant of the jump
    [[nodiscard]] bool repeated() const { return earlier != later; }
};

/// Reads many local times of one zone; looks the rules up once a season.
class LocalZone {
public:
    /// Throws UsageError for an unknown zone.
    explicit LocalZone(const std::string& tz);
    LocalZone(const LocalZone&) = delete;
    LocalZone& operator=(const LocalZone&) = delete;
    ~LocalZone();
    /// Of a DATETIME text as local_to_utc() takes it; nullopt when it is none.
    [[nodiscard]] std::optional<LocalReading> read(std::string_view datetime);

private:
    struct Season;
    std::unique_ptr<Season> season_;
};

/// The local time of a UTC one.
[[nodiscard]] std::chrono::local_seconds utc_to_local(UtcSeconds time, const std::string& tz);

/// "2026-11-22 15:03:00 +01:00"; "+00:00" for UTC.
[[nodiscard]] std::string format_local(UtcSeconds time, const std::string& tz);

} // namespace sipkeep
