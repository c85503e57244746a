// Whether the history keeps what its tables promise each other. Reads only.
#pragma once

#include "sipkeep/core/time.hpp"
#include "sipkeep/db/database_settings.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

/// What must hold at any moment, whatever killed a run; only what is not sipkeep breaks it, or a bug.
enum class Invariant : std::uint8_t {
    intervals,  ///< versions of one key are not empty, never overlap, never cross midnight once they ended
    open,       ///< the *_open tables list exactly the endless versions
    ledger,     ///< versions begin and end at captures that read their source, or at a midnight that splits
                ///< them
    counts,     ///< what the ledger counts is what the tables hold
    refreshes,  ///< the refreshes of a registration's version fill it without hole or overlap
    samples,    ///< each sample belongs to a capture that read MI, and to a known statistic
    partitions, ///< a daily partition for each day up to partition_horizon, nothing below the first
    pending,    ///< nothing is left of a capture that was cut off, once a later one is stored
    calls,      ///< the peak of a minute follows from its course; no record that was never taken
    roll_ups,   ///< hours and days are the sums of the rows they were derived from
};
inline constexpr std::size_t invariants = 10;
[[nodiscard]] const char* to_string(Invariant invariant);

struct Violation {
    Invariant invariant;
    std::string what; ///< one line: table, node, key, times (UTC), what is wrong, what to do
};

/// What a check found.
struct ArchiveFindings {
    static constexpr std::size_t lines_an_invariant = 20;

    std::vector<Violation> violations;             ///< at most lines_an_invariant of each, in the order found
    std::array<std::uint64_t, invariants> found{}; ///< of each invariant, also those not listed
    std::vector<std::string> notes;                ///< what is no violation, but good to know; one line each
    std::vector<std::string> nodes;                ///< that were checked
    std::uint64_t captures = 0, versions = 0, refreshes = 0, samples = 0; ///< rows looked at

    void add(Invariant invariant, std::string what);
    [[nodiscard]] bool clean() const { return violations.empty(); }
    /// Of an invariant, those that `violations` has no room for.
    [[nodiscard]] std::uint64_t more(Invariant invariant) const;
};

struct ArchiveScope {
    std::optional<std::string> node;        ///< absent: all nodes
    std::optional<UtcSeconds> from, before; ///< only UTC days that hold a part of [from, before)
    /// A day with more versions is read in several passes, each of about so many.
    std::uint64_t versions_in_memory = 500'000;
};

/// Checks the history in one consistent snapshot, day by day; SELECT only, and no writer waits for it. Memory
/// grows with the registrations that are open at one midnight (60 MB for 1,000,000), not with the days.
/// A capture that is still being written (node.pending_at) is not held against the tables: what it has begun
/// or ended may be there, as in the views. Times before the oldest daily partition are not judged.
/// Throws HistoryUnavailable, SchemaError, and Error for an unknown node.
[[nodiscard]] ArchiveFindings check_archive(const DatabaseSettings& settings, const ArchiveScope& scope);

} // namespace sipkeep
