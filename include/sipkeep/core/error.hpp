// Error kinds, each named by who reacts and how. Every message is one line: what, where, what to do.
#pragma once

#include <stdexcept>
#include <string>

namespace sipkeep {

/// What the process tells its caller; published in the README and in `sipkeep --help`.
enum class ExitCode : int {
    done = 0,
    failed = 1,
    usage = 2,
    partial = 3,
    spooled = 4,
    violations = 5,
    schema = 10,
    locked = 11,
};

/// Root of everything sipkeep throws on purpose; ends a run with ExitCode::failed unless a kind below says
/// otherwise.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
    [[nodiscard]] virtual ExitCode exit_code() const noexcept { return ExitCode::failed; }
};

/// The command line or the configuration is wrong; nothing was touched.
class UsageError : public Error {
public:
    using Error::Error;
    [[nodiscard]] ExitCode exit_code() const noexcept override { return ExitCode::usage; }
};

/// One source (mi, dispatcher, dialog, location) could not be read: the run stores the others and marks it
/// failed.
class SourceError : public Error {
public:
    using Error::Error;
    [[nodiscard]] ExitCode exit_code() const noexcept override { return ExitCode::partial; }
};

/// The history database can't be reached or was lost; the next run does this minute's work again.
class HistoryUnavailable : public Error {
public:
    using Error::Error;
};

/// The history database refused rows for what they hold (too long, out of range): the source that brought
/// them fails.
class RowsRefused : public Error {
public:
    using Error::Error;
};

/// The clock stands before the newest capture: nothing is stored until it has passed that time.
class ClockSteppedBack : public Error {
public:
    using Error::Error;
};

/// The connection was lost during COMMIT: only the ledger knows whether it took effect.
class CommitInDoubt : public HistoryUnavailable {
public:
    using HistoryUnavailable::HistoryUnavailable;
};

/// The history schema is missing, older, newer or has a gap; the message names the command to run.
class SchemaError : public Error {
public:
    using Error::Error;
    [[nodiscard]] ExitCode exit_code() const noexcept override { return ExitCode::schema; }
};

/// Another run of this node holds the lock.
class LockedError : public Error {
public:
    using Error::Error;
    [[nodiscard]] ExitCode exit_code() const noexcept override { return ExitCode::locked; }
};

} // namespace sipkeep
