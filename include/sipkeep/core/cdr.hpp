// One call, as a row of OpenSIPS's table `acc` tells it.
#pragma once

#include "sipkeep/core/error.hpp"
#include "sipkeep/core/rows.hpp"
#include "sipkeep/core/time_text.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sipkeep {

/// The columns of `acc` that a call is read from, as the server sends them. NULL or absent: not known.
struct CdrColumns {
    Field method, sip_code, time, duration, ms_duration, setuptime, created;
};

/// A call. Source: OpenSIPS 3.2 to 4.0, modules/acc: `time` is the moment of the answer (of the final reply
/// where there was none), `created` that of the INVITE, both in the host's local time and cut to seconds;
/// `ms_duration` counts from the answer to the end; `duration` is the same rounded up to seconds.
struct Cdr {
    UtcSeconds attempted_at;    ///< `created`; `time` where that is NULL
    UtcSeconds settled_at;      ///< answer, or final failure
    Milliseconds talked{0};     ///< of an answered call
    int code = 0;               ///< of the final reply, 200 to 699
    bool repeated_hour = false; ///< its local times came twice that night: which of the two is a conclusion

    [[nodiscard]] bool answered() const { return code < 300; }
    /// The call is up in the seconds [settled_at, ended_at()): `time` is cut to seconds, so is the end.
    [[nodiscard]] UtcSeconds ended_at() const { return std::chrono::floor<Seconds>(settled_at + talked); }
};

/// The row says what can't be; what() names the column and its value.
class ImpossibleCdr : public Error {
public:
    using Error::Error;
};

/// Reads rows in the order of their ids, which is about that in which the calls ended: this tells the two
/// halves of the hour that clocks repeat in autumn apart.
class CdrReader {
public:
    /// `now`: no call can have ended much later than this.
    CdrReader(const std::string& tz, UtcSeconds now) : zone_(tz), now_(now) {}

    /// Nullopt: the row is no call (its method is not INVITE). Throws ImpossibleCdr.
    [[nodiscard]] std::optional<Cdr> read(const CdrColumns& row);

    /// When a row was made that is no call; nullopt: it does not say.
    [[nodiscard]] std::optional<UtcSeconds> made_at(const CdrColumns& row);

    /// The latest end of a call read so far; set it when reading goes on after a pause.
    [[nodiscard]] std::optional<UtcSeconds> newest_end() const { return newest_end_; }
    void set_newest_end(std::optional<UtcSeconds> end) { newest_end_ = end; }

private:
    struct Times {
        UtcSeconds made, settled;
        bool repeated = false;
    };
    [[nodiscard]] LocalReading local(const char* column, Field value);
    [[nodiscard]] Times times_of(const CdrColumns& row, Milliseconds talked);
    [[nodiscard]] UtcSeconds settled_of(const LocalReading& settled, Milliseconds talked) const;

    LocalZone zone_;
    UtcSeconds now_;
    std::optional<UtcSeconds> newest_end_;
};

} // namespace sipkeep
