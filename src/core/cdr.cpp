#include "sipkeep/core/cdr.hpp"

#include <charconv>

namespace sipkeep {

namespace {

/// Rows reach the table in order of call end, but for what workers, queues and retries put out of order.
constexpr Seconds out_of_order{300};
/// Clocks of two hosts differ; a wrong time zone is off by more.
constexpr Seconds clocks_differ{600};

std::string shown(const char* column, Field value) {
    return std::string(column) + " is " +
           (value ? "'" + std::string(value->substr(0, 40)) + "'" : std::string("NULL"));
}

std::optional<std::uint64_t> number_of(Field text) {
    if (!text || text->empty()) return std::nullopt;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
    return number;
}

int code_of(Field text) {
    const auto number = number_of(text);
    if (!number || text->size() != 3 || *number < 200 || *number > 699)
        throw ImpossibleCdr(shown("sip_code", text) + ", no final reply");
    return static_cast<int>(*number);
}

/// `duration` is ms_duration rounded up; OpenSIPS cuts both at 32 bits, which no call reaches.
Milliseconds talked_of(const CdrColumns& row) {
    const auto ms = row.ms_duration ? number_of(row.ms_duration) : std::optional<std::uint64_t>(0);
    const auto seconds = row.duration ? number_of(row.duration) : std::optional<std::uint64_t>(0);
    if (!ms || *ms > 0xFFFFFFFFU) throw ImpossibleCdr(shown("ms_duration", row.ms_duration));
    if (!seconds || *seconds > 0xFFFFFFFFU) throw ImpossibleCdr(shown("duration", row.duration));
    if (*ms == 0) return Seconds{*seconds}; // a table without ms_duration
    if (row.duration && *seconds * 1000 < *ms)
        throw ImpossibleCdr(shown("duration", row.duration) + " s, but " +
                            shown("ms_duration", row.ms_duration));
    return Milliseconds{*ms};
}

} // namespace

LocalReading CdrReader::local(const char* column, Field value) {
    const auto reading = value ? zone_.read(*value) : std::nullopt;
    if (!reading) throw ImpossibleCdr(shown(column, value) + ", no date and time");
    if (!reading->exists)
        throw ImpossibleCdr(shown(column, value) +
                            ", which no clock of the zone showed; is live.timezone right?");
    return *reading;
}

/// The earlier one, unless calls had already ended later than this one would have then.
UtcSeconds CdrReader::settled_of(const LocalReading& settled, Milliseconds talked) const {
    if (!settled.repeated() || !newest_end_) return settled.earlier;
    const UtcSeconds end = std::chrono::floor<Seconds>(settled.earlier + talked);
    return end + out_of_order < *newest_end_ ? settled.later : settled.earlier;
}

CdrReader::Times CdrReader::times_of(const CdrColumns& row, Milliseconds talked) {
    const LocalReading settled = local("time", row.time);
    if (!row.created) {
        const UtcSeconds at = settled_of(settled, talked);
        return {at, at, settled.repeated()};
    }
    const LocalReading made = local("created", row.created);
    Times times{made.earlier, settled.earlier, made.repeated() || settled.repeated()};
    if (!times.repeated) return times;
    const Seconds setup{number_of(row.setuptime).value_or(0)};
    if (made.repeated() && settled.repeated()) {
        // Ringing for as long as setuptime says, both are in the same hour, or in two.
        times.settled = settled_of(settled, talked);
        const bool crossed = times.settled - made.earlier - setup > Seconds{-2} &&
                             times.settled - made.earlier - setup < Seconds{3};
        times.made = crossed || times.settled < made.later ? made.earlier : made.later;
    } else if (settled.repeated()) {
        const Seconds early = std::chrono::abs(settled.earlier - made.earlier - setup);
        const Seconds late = std::chrono::abs(settled.later - made.earlier - setup);
        times.settled = early <= late ? settled.earlier : settled.later;
    } else {
        const Seconds early = std::chrono::abs(settled.earlier - made.earlier - setup);
        const Seconds late = std::chrono::abs(settled.earlier - made.later - setup);
        times.made = late <= early ? made.later : made.earlier;
    }
    return times;
}

std::optional<UtcSeconds> CdrReader::made_at(const CdrColumns& row) {
    const auto reading = row.time ? zone_.read(*row.time) : std::nullopt;
    if (!reading) return std::nullopt;
    return settled_of(*reading, Milliseconds{0});
}

std::optional<Cdr> CdrReader::read(const CdrColumns& row) {
    if (!row.method || *row.method != "INVITE") return std::nullopt;
    Cdr cdr;
    cdr.code = code_of(row.sip_code);
    const Milliseconds talked = talked_of(row);
    if (!cdr.answered() && talked > Milliseconds{0})
        throw ImpossibleCdr(shown("sip_code", row.sip_code) + ", but " + shown("duration", row.duration));
    const Times times = times_of(row, talked);
    cdr.attempted_at = times.made;
    cdr.settled_at = times.settled;
    cdr.talked = talked;
    cdr.repeated_hour = times.repeated;
    if (cdr.attempted_at > cdr.settled_at)
        throw ImpossibleCdr(shown("created", row.created) + ", after " + shown("time", row.time));
    const UtcSeconds end = cdr.ended_at();
    if (end > now_ + clocks_differ)
        throw ImpossibleCdr(shown("time", row.time) + ": the call would end at " + to_rfc3339(end) +
                            ", still to come; is live.timezone right?");
    if (!newest_end_ || end > *newest_end_) newest_end_ = end;
    return cdr;
}

} // namespace sipkeep
