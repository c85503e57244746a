// How long each class of history is kept.
#pragma once

#include "sipkeep/core/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sipkeep {

enum class RetentionClass : std::uint8_t {
    samples,     ///< values of statistics by minute
    dialog,      ///< versions of calls
    location,    ///< versions of registrations
    refresh,     ///< refreshes of registrations
    dispatcher,  ///< versions of destinations
    mi_rows,     ///< versions of rows of MI commands
    calls,       ///< sums of call records
    records,     ///< call records
    ledger,      ///< captures
    rollup_hour, ///< statistics and registrations by hour
    rollup_day,  ///< .. by day
};

inline constexpr std::array<std::string_view, 11> retention_class_names{
    "samples", "dialog",  "location", "refresh",     "dispatcher", "mi_rows",
    "calls",   "records", "ledger",   "rollup_hour", "rollup_day"};

[[nodiscard]] constexpr std::string_view to_string(RetentionClass one) {
    return retention_class_names.at(static_cast<std::size_t>(one));
}

/// Absent: forever.
using KeptFor = std::optional<std::chrono::days>;

struct RetentionPolicy {
    std::array<KeptFor, retention_class_names.size()> kept{};
    [[nodiscard]] const KeptFor& operator[](RetentionClass one) const {
        return kept.at(static_cast<std::size_t>(one));
    }
    [[nodiscard]] KeptFor& operator[](RetentionClass one) { return kept.at(static_cast<std::size_t>(one)); }
};

} // namespace sipkeep
