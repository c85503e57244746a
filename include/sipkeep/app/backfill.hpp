// What all kinds of `sipkeep backfill` share: options, progress, and what becomes of a bad record.
#pragma once

#include "sipkeep/app/commands.hpp"
#include "sipkeep/sys/log.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace sipkeep {

enum class OnError : std::uint8_t {
    skip, ///< say it, go on without the record, end with ExitCode::partial
    stop, ///< say it and end with ExitCode::failed; what was committed before stays, and can be resumed
};

struct BackfillOptions {
    enum class Kind : std::uint8_t { acc, dump, spool, ocp };
    Kind kind = Kind::acc;
    std::optional<UtcMilliseconds> from, to;    ///< acc, ocp: half open [from, to); absent: all there is
    bool records = true;                        ///< acc: keep the rows, too
    bool resume = false;                        ///< acc: go on where the last run of this kind ended
    std::optional<UtcMilliseconds> captured_at; ///< dump: instead of the time that the dump itself tells
    std::vector<std::string> paths;             ///< dump: the FILEs; spool: the DIR
    std::string table = "ocp_monitoring_stats"; ///< ocp: TABLE or DATABASE.TABLE
    std::optional<std::uint64_t> box;           ///< ocp: whose samples, where there are several
    OnError on_error = OnError::skip;
};

/// Runs the kind asked for. Each lives in a file of its own: src/app/backfill_<kind>_command.cpp.
[[nodiscard]] ExitCode backfill_command(const GlobalOptions&, const BackfillOptions&, const Environment&);
[[nodiscard]] ExitCode backfill_acc_command(const GlobalOptions&, const BackfillOptions&, const Environment&);
[[nodiscard]] ExitCode backfill_dump_command(const GlobalOptions&, const BackfillOptions&,
                                             const Environment&);
[[nodiscard]] ExitCode backfill_ocp_command(const GlobalOptions&, const BackfillOptions&, const Environment&);
[[nodiscard]] ExitCode backfill_spool_command(const GlobalOptions&, const BackfillOptions&,
                                              const Environment&);

/// Tells how far a long work has come: a bar on a terminal, a line every 30 seconds elsewhere, nothing with
/// -q. Results go to stdout; this goes to stderr.
class Progress {
public:
    enum class Style : std::uint8_t { none, lines, bar };
    using Elapsed = std::function<Milliseconds()>;
    [[nodiscard]] static Elapsed since_now();

    /// `what` opens each line ("backfill acc"), `unit` is counted ("rows", "bytes").
    Progress(std::ostream& stream, Style style, std::string what, std::string unit,
             Elapsed elapsed = since_now());
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();

    /// How much there is in all; without it neither share nor time left is shown.
    void expect(std::uint64_t total) { total_ = total; }
    /// `done` of it is done. Cheap enough to be called for each record.
    void at(std::uint64_t done);
    /// Takes the bar off the terminal, so that a message can be written; the next at() draws it again.
    void clear();

private:
    void show(Milliseconds now);
    [[nodiscard]] std::string text(Milliseconds now) const;

    std::ostream& stream_;
    Style style_;
    std::string what_, unit_;
    Elapsed elapsed_;
    std::optional<std::uint64_t> total_;
    std::uint64_t done_ = 0;
    std::uint64_t calls_ = 0;
    Milliseconds next_{0};
    std::size_t drawn_ = 0; ///< characters of the bar on the terminal
};

[[nodiscard]] Progress::Style progress_style(const GlobalOptions&, const Environment&);

/// Records that could not be used: says the first ones with their position, counts all.
class RecordErrors {
public:
    static constexpr std::uint64_t most_lines = 20;

    RecordErrors(Log& log, Progress& progress, OnError how) : log_(log), progress_(progress), how_(how) {}

    /// `line`: position first, then what is wrong ("acc id 17: duration is negative"). Throws Error with
    /// --on-error stop.
    void add(const std::string& line);
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] ExitCode code() const { return count_ == 0 ? ExitCode::done : ExitCode::partial; }
    /// Says how many were not listed. Call it once, at the end.
    void finish();

private:
    Log& log_;
    Progress& progress_;
    OnError how_;
    std::uint64_t count_ = 0;
};

} // namespace sipkeep
