// Time: the only place of the program that reads a clock.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace sipkeep {

using Seconds = std::chrono::seconds;
using Milliseconds = std::chrono::milliseconds;
/// A UTC second, as the history database stores it.
using UtcSeconds = std::chrono::sys_seconds;
/// A UTC millisecond, as a run's start is kept.
using UtcMilliseconds = std::chrono::sys_time<Milliseconds>;

/// Seam: where a run gets its time from. It is read once per run.
class Clock {
public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;
    [[nodiscard]] virtual UtcMilliseconds now() const = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] UtcMilliseconds now() const override;
};

/// Measures elapsed time; not moved by a stepped wall clock.
class Stopwatch {
public:
    Stopwatch();
    [[nodiscard]] Milliseconds elapsed() const;
    [[nodiscard]] std::chrono::microseconds elapsed_us() const;

private:
    std::chrono::steady_clock::time_point start_;
};

/// A point after which waiting is over. Copies share nothing.
class Deadline {
public:
    explicit Deadline(Milliseconds from_now);
    /// Time left, never negative.
    [[nodiscard]] Milliseconds left() const;
    [[nodiscard]] bool passed() const { return left() == Milliseconds{0}; }
    /// The earlier of this deadline and `from_now`.
    [[nodiscard]] Deadline within(Milliseconds from_now) const;

private:
    std::chrono::steady_clock::time_point at_;
};

/// Start of the interval that holds `now`: intervals are counted from 1970-01-01 00:00:00 UTC.
/// `interval` is at least one second.
[[nodiscard]] UtcSeconds interval_start(UtcMilliseconds now, Seconds interval);

/// Midnight UTC at or before `time`.
[[nodiscard]] UtcSeconds midnight(UtcSeconds time);

/// "2026-11-22 14:03:00", the text form of a DATETIME in UTC.
[[nodiscard]] std::string to_datetime(UtcSeconds time);
/// "2026-11-22", the text form of a DATE.
[[nodiscard]] std::string to_date(UtcSeconds time);
/// "2026-11-22 14:03:00.250", the text form of a DATETIME(3) in UTC.
[[nodiscard]] std::string to_datetime(UtcMilliseconds time);
/// Reads "2026-11-22 14:03:00"; fractions are dropped. Throws Error for anything else.
[[nodiscard]] UtcSeconds from_datetime(std::string_view text);
/// "2026-11-22T14:03:00Z", as printed for people and in JSON.
[[nodiscard]] std::string to_rfc3339(UtcSeconds time);

} // namespace sipkeep
