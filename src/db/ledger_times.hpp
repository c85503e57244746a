// The captures of one node, kept by time: what versions, refreshes and samples may refer to.
#pragma once

#include "sipkeep/core/time.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace sipkeep {

class Connection;

enum class Source : std::uint8_t { mi, dispatcher, dialog, location };

class LedgerTimes {
public:
    /// Reads all ledger rows of a node: 16 bytes each are kept. `pending`: its node.pending_at.
    LedgerTimes(Connection& connection, unsigned node_id, std::optional<UtcSeconds> pending);

    /// A capture whose source was ok.
    [[nodiscard]] bool saw(Source source, UtcSeconds at) const;
    /// The same, or the capture that is being written.
    [[nodiscard]] bool may_have_seen(Source source, UtcSeconds at) const {
        return at == pending_ || saw(source, at);
    }
    /// The same, or a time before the ledger begins, of which nothing is known.
    [[nodiscard]] bool may_know(Source source, UtcSeconds at) const {
        return may_have_seen(source, at) || !first() || at < *first();
    }
    /// Any capture in [from, before).
    [[nodiscard]] bool any(UtcSeconds from, UtcSeconds before) const;
    /// The first capture at or after a time, the one that is being written included.
    [[nodiscard]] std::optional<UtcSeconds> next(UtcSeconds from) const;
    [[nodiscard]] std::optional<UtcSeconds> first() const;
    [[nodiscard]] std::optional<UtcSeconds> newest() const;
    [[nodiscard]] std::optional<UtcSeconds> pending() const { return pending_; }

private:
    struct Time {
        UtcSeconds at;
        unsigned ok; ///< a bit a source
    };
    std::vector<Time> times_; ///< ascending
    std::optional<UtcSeconds> pending_;
};

} // namespace sipkeep
