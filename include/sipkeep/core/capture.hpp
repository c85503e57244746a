// A capture: what was seen of one node at one moment, before history or the spool takes it.
#pragma once

#include "sipkeep/core/diff.hpp"
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

/// Where calls or registrations are to be read.
enum class TableSource : std::uint8_t {
    automatic, ///< the table; and memory where it is empty though OpenSIPS counts some
    table,
    memory, ///< OpenSIPS's, over MI
    both,   ///< the table, and what only memory has
};

/// Memory is to be read whatever the table holds.
[[nodiscard]] constexpr bool asks_memory(TableSource source) {
    return source == TableSource::memory || source == TableSource::both;
}

/// Where the rows of `dialog` or `location` were read: in OpenSIPS's table, in its memory (MI), or in both.
enum class ReadFrom : std::uint8_t { table, memory, both };
[[nodiscard]] const char* to_string(ReadFrom from); ///< "table", "mi", "both"

/// How one of the two was looked at.
struct TableLook {
    std::optional<ReadFrom> from;           ///< absent: nothing was read
    MemoryLook memory = MemoryLook::done;   ///< missed: MI was to be asked, and did not answer
    std::optional<std::int64_t> counted;    ///< by OpenSIPS's statistic; may be below zero
    std::optional<std::uint64_t> in_memory; ///< calls that were answered, registrations, that MI listed
};

/// Everything but the registrations: these are too many to be held in memory, and stay behind a LiveReader.
struct Capture {
    std::string node;
    UtcSeconds captured_at;
    UtcMilliseconds started_at;
    SourceStatus mi = SourceStatus::off;
    SourceStatus dispatcher = SourceStatus::off;
    SourceStatus dialog = SourceStatus::off;
    SourceStatus location = SourceStatus::off;
    SourceStatus mi_rows = SourceStatus::off;
    TableLook dialog_look, location_look;
    std::optional<Milliseconds> mi_busy{}; ///< how long MI was at work for this look
    Milliseconds mi_lists_busy{0};         ///< .. for what mi.budget can thin out
    std::vector<std::string> errors;       ///< one line a failed source
    StatisticsCapture statistics;
    Rows destinations{dispatcher_table().columns.size()};
    Rows listed{mi_row_table().columns.size()};
    std::vector<std::string> not_listed; ///< names of rows that were asked for and not told, or thinned out
    bool thinned = false;                ///< mi.budget was used up: what costs MI much was not asked
    Rows dialogs{dialog_table().columns.size()};
};

/// Of a table that had many rows nearly all are gone: stored as it is, and flagged.
[[nodiscard]] bool emptied(const std::optional<std::uint64_t>& before, std::uint64_t now);

} // namespace sipkeep
