// A capture that was not stored when its time came: into history, wherever it belongs there.
#pragma once

#include "sipkeep/app/archive_run.hpp"
#include "sipkeep/app/spooled_run.hpp"
#include "sipkeep/db/past_store.hpp"

#include <string>

namespace sipkeep {

struct BackfilledCapture {
    PastPlace place = PastPlace::stored; ///< where it belongs, or that it was there
    LedgerRow row;                       ///< as written; with PastPlace::stored the time alone
    std::vector<std::string> errors;     ///< one line a source that could not be stored
};

/// Stores one capture. One that is newer than all stored ones goes the way of the minute run, any other is
/// spliced in; one that is stored already is left alone. `contacts` holds its registrations. When it throws,
/// nothing is stored.
[[nodiscard]] BackfilledCapture backfill_capture(const ArchivePlan& plan, Capture& capture,
                                                 LiveReader& contacts, const std::string& provenance,
                                                 PastStore& past, const OpenHistory& open_history);

} // namespace sipkeep
