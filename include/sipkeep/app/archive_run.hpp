// One run: capture, diff, apply. The one way by which the minute reaches history.
#pragma once

#include "sipkeep/app/look.hpp"
#include "sipkeep/db/history_store.hpp"

#include <string>
#include <vector>

namespace sipkeep {

struct ArchiveResult {
    bool stored = false;               ///< false: this interval's capture was there already
    LedgerRow row;                     ///< as written; captured_at alone when not stored
    std::vector<std::string> errors;   ///< one line a failed source
    std::vector<std::string> warnings; ///< what the capture survived
    std::size_t split_at_midnight = 0;
    bool spooled = false;     ///< the capture waits in the spool
    std::size_t replayed = 0; ///< captures of the spool that history took in this run
    std::size_t waiting = 0;  ///< captures left in the spool

    [[nodiscard]] bool partial() const { return !errors.empty(); }
};

/// Captures the interval that holds `now` and stores it. A source that fails is marked and stored as not
/// looked at. Throws HistoryUnavailable when nothing could be stored, Error when the clock stands before the
/// newest capture.
[[nodiscard]] ArchiveResult archive_capture(const ArchivePlan& plan, const ArchiveSources& sources,
                                            HistoryStore& store, UtcMilliseconds now);

/// The same up to the point where something would be written; the store is only read.
[[nodiscard]] ArchiveResult rehearse_capture(const ArchivePlan& plan, const ArchiveSources& sources,
                                             HistoryStore& store, UtcMilliseconds now);

/// Notes the refusal for the next ledger row, and throws ClockSteppedBack.
[[noreturn]] void refuse_capture(HistoryStore& store, UtcSeconds captured_at, UtcSeconds newest);

/// What the ledger says of a capture besides what was seen.
struct LedgerNote {
    std::string provenance = "live";
    std::string lost; ///< captures that were lost before this one, in words; empty: none
};

/// What the ledger says of a capture before it is stored: all but counts.
[[nodiscard]] LedgerRow ledger_row(const Capture& capture, const NodeState& before, const LedgerNote& note);

/// Stores what was looked at, whenever that was: `before` is the node's state as of now, and holds no capture
/// of that time or a newer one. When it throws, the look can still be spooled; call discard() before the
/// store is used again.
[[nodiscard]] ArchiveResult store_look(const ArchivePlan& plan, Look& look, const NodeState& before,
                                       HistoryStore& store, const LedgerNote& note);

} // namespace sipkeep
