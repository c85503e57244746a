// The captures of one node, kept by time: what versions, refreshes and samples may refer to.
#pragma once

#include "sipkeep/core/time.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace sipkeep {

class Connection;

enum class Source : std::uint8_t { mi, dispatcher, dialog, location, mi_rows };

class LedgerTimes {
public:
    /// Reads all ledger rows of a node: 16 bytes each are kept; and its days in `kept_day`. Those that
    /// retention left of the time before `dropped_to()` do not count. `pending`: its node.pending_at.
    LedgerTimes(Connection& connection, unsigned node_id, std::optional<UtcSeconds> pending);

    /// A capture whose source was ok.
    [[nodiscard]] bool saw(Source source, UtcSeconds at) const;
    /// The same, or the capture that is being written.
    [[nodiscard]] bool may_have_seen(Source source, UtcSeconds at) const {
        return at == pending_ || saw(source, at);
    }
    /// The same, or a time before the ledger begins, of which nothing is known. Days that were imported may
    /// lie among such times.
    [[nodiscard]] bool may_know(Source source, UtcSeconds at) const;
    /// Whether the day with captures that follows `day` goes on from it, as far as is known: one of the two
    /// may have been imported, and days between them may be missing. `day` is a midnight; without a day
    /// behind it, an imported one is followed by nothing.
    [[nodiscard]] bool goes_on(UtcSeconds day) const;
    /// The same, looking back.
    [[nodiscard]] bool begins_anew(UtcSeconds day) const;
    /// Any capture in [from, before).
    [[nodiscard]] bool any(UtcSeconds from, UtcSeconds before) const;
    /// The first capture at or after a time, the one that is being written included.
    [[nodiscard]] std::optional<UtcSeconds> next(UtcSeconds from) const;
    /// The first capture of a day that was not imported.
    [[nodiscard]] std::optional<UtcSeconds> first_own() const { return first_own_; }
    /// Midnights of the days that were imported, ascending.
    [[nodiscard]] const std::vector<UtcSeconds>& kept_days() const { return kept_; }
    [[nodiscard]] std::optional<UtcSeconds> newest() const;
    [[nodiscard]] std::optional<UtcSeconds> pending() const { return pending_; }
    /// Retention dropped what was captured before; 1970: nothing.
    [[nodiscard]] UtcSeconds dropped_to() const { return dropped_to_; }

private:
    [[nodiscard]] bool imported(UtcSeconds day) const;
    [[nodiscard]] bool joined(UtcSeconds day, UtcSeconds next) const;

    struct Time {
        UtcSeconds at;
        unsigned ok; ///< a bit a source
    };
    std::vector<Time> times_;      ///< ascending
    std::vector<UtcSeconds> kept_; ///< ascending
    std::optional<UtcSeconds> pending_, first_own_;
    UtcSeconds dropped_to_;
};

} // namespace sipkeep
