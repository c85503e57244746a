// Reads OpenSIPS's live tables without disturbing its writers.
#pragma once

#include "sipkeep/core/live_reader.hpp"
#include "sipkeep/db/database_settings.hpp"

#include <memory>
#include <string>

namespace sipkeep {

struct LiveSource {
    DatabaseSettings database;
    std::string dialog_table = "dialog";
    std::string location_table = "location";
};

/// The real one: a plain, streamed SELECT inside START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY.
/// Connects at the first read. Needs SELECT on the two tables, nothing else.
[[nodiscard]] std::unique_ptr<LiveReader> make_live_reader(const LiveSource& settings);

} // namespace sipkeep
