// A capture: what was seen of one node at one moment, before history or the spool takes it.
#pragma once

#include "sipkeep/core/rows.hpp"
#include "sipkeep/core/statistics.hpp"
#include "sipkeep/core/table.hpp"
#include "sipkeep/core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

enum class SourceStatus : std::uint8_t { ok, failed, off };
[[nodiscard]] const char* to_string(SourceStatus status);

/// Everything but the registrations: these are too many to be held in memory, and stay behind a LiveReader.
struct Capture {
    std::string node;
    UtcSeconds captured_at;
    UtcMilliseconds started_at;
    SourceStatus mi = SourceStatus::off;
    SourceStatus dispatcher = SourceStatus::off;
    SourceStatus dialog = SourceStatus::off;
    SourceStatus location = SourceStatus::off;
    std::vector<std::string> errors; ///< one line a failed source
    StatisticsCapture statistics;
    Rows destinations{dispatcher_table().columns.size()};
    Rows dialogs{dialog_table().columns.size()};
};

/// Of a table that had many rows nearly all are gone: stored as it is, and flagged.
[[nodiscard]] bool emptied(const std::optional<std::uint64_t>& before, std::uint64_t now);

} // namespace sipkeep
