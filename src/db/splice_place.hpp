// The ledger around a time in the past.
#pragma once

#include "sipkeep/core/timeline.hpp"

#include "ledger_times.hpp"

#include <array>
#include <optional>
#include <vector>

namespace sipkeep {

class Connection;

/// Where one capture goes among those that are stored.
struct SplicePlace {
    /// Of a capture of statistics alone less is looked up: `days` ends with the first, `next` is of MI only.
    enum class Of : std::uint8_t { statistics, tables };
    SplicePlace(Connection& connection, unsigned node_id, UtcSeconds at, Of of);

    /// The window of one source.
    [[nodiscard]] SpliceWindow window(Source source) const;
    /// Midnights of the days with captures behind those of a window.
    [[nodiscard]] std::vector<UtcSeconds> days_behind(const SpliceWindow& window) const;
    /// When what was in force just before the capture is to be read; nullopt: nothing was stored before it.
    [[nodiscard]] std::optional<UtcSeconds> moment_before() const;

    UtcSeconds at;
    UtcSeconds day;                                ///< its midnight
    bool day_is_new = false;                       ///< no other capture is of that day
    std::optional<UtcSeconds> day_before;          ///< the day with captures before; where its own is new
    std::vector<UtcSeconds> days;                  ///< with captures, from its own on, ascending
    std::array<std::optional<UtcSeconds>, 5> next; ///< the next capture that read each Source
};

} // namespace sipkeep
