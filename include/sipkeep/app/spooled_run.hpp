// A run with a spool: what history can't take now waits on disk, and goes there in order.
#pragma once

#include "sipkeep/app/archive_run.hpp"
#include "sipkeep/spool/spool.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sipkeep {

/// Connects to history; throws HistoryUnavailable or SchemaError.
using OpenHistory = std::function<std::unique_ptr<HistoryStore>()>;

struct ReplayResult {
    std::size_t replayed = 0;        ///< captures that history took, or had
    std::vector<std::string> errors; ///< one line a capture that was set aside or a source that failed
    ArchiveResult last;              ///< of the newest capture stored
};

/// Stores the captures of the spool, oldest first, until `until` has passed; begins none afterwards. One that
/// can't be read, or is older than what history holds, is set aside, and the others go on. `said` hears of
/// each that was stored. Throws what the store throws; what is not stored still waits then.
ReplayResult replay_spool(const ArchivePlan& plan, Spool& spool, HistoryStore& store, const Deadline& until,
                          const std::function<void(const WaitingCapture&)>& said = {});

/// What a run came to. `failure` is why the capture waits (spooled), or why older ones still do (stored).
struct SpooledResult {
    ArchiveResult archive;
    std::string failure;
    ExitCode code = ExitCode::done;
};

/// Captures the interval that holds `now`. With an empty spool it goes to history; when that fails, and when
/// older ones wait, to the spool, which is then replayed for at most half an interval. Throws Error when the
/// capture could be kept nowhere, or the clock stands before the newest capture.
[[nodiscard]] SpooledResult archive_or_spool(const ArchivePlan& plan, const ArchiveSources& sources,
                                             Spool& spool, const OpenHistory& open_history,
                                             UtcMilliseconds now);

} // namespace sipkeep
