// One run: capture, diff, apply. The one way by which the minute reaches history.
#pragma once

#include "sipkeep/core/time.hpp"
#include "sipkeep/db/history_store.hpp"
#include "sipkeep/db/live_reader.hpp"
#include "sipkeep/mi/mi_client.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

/// What to look at, and how.
struct ArchivePlan {
    std::string node;
    Seconds interval{60};
    bool statistics = true;
    std::vector<std::string> groups; ///< empty: all
    bool dispatcher = true;
    bool dialog = true;
    bool location = true;
    unsigned full_compare_every = 60;
    Milliseconds mi_timeout{2000}; ///< for each of statistics and dispatcher
};

/// Where to look; an absent one switches its sources off.
struct ArchiveSources {
    MiClient* mi = nullptr;
    LiveReader* live = nullptr;
};

struct ArchiveResult {
    bool stored = false;               ///< false: this interval's capture was there already
    LedgerRow row;                     ///< as written; captured_at alone when not stored
    std::vector<std::string> errors;   ///< one line a failed source
    std::vector<std::string> warnings; ///< what the capture survived
    std::size_t split_at_midnight = 0;

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

/// Start of the life of the OpenSIPS process that has been up for `uptime_s` at `now`: that of the capture
/// before when it is still the same life (uptime went on as the clock did), so that all captures of one life
/// agree.
[[nodiscard]] UtcSeconds epoch_of(const NodeState& before, UtcMilliseconds now, std::int64_t uptime_s);

} // namespace sipkeep
