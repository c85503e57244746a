// The ledger of a capture that is spliced in: its own row, and what it changes about those behind it.
#pragma once

#include "sipkeep/db/history_store.hpp"

#include "splice_place.hpp"
#include "splice_writer.hpp"

namespace sipkeep {

class Connection;

/// Throws Error when the versions that a splice would have to build on were dropped.
void require_kept(Connection& connection, unsigned node_id, const SplicePlace& place);

/// What the next capture opened, closed and refreshed, with another one before it.
void correct_counts(Connection& connection, unsigned node_id, UtcSeconds next, const SpliceCounts& counts);

class SpliceLedger {
public:
    SpliceLedger(Connection& connection, unsigned node_id, const SplicePlace& place)
        : connection_(connection), node_id_(node_id), place_(place) {}

    /// Writes the row, whose counts are known by now, and corrects flags and epochs of the captures behind.
    void write(LedgerRow& row, const Stopwatch& stopwatch);

private:
    void flag_emptied(LedgerRow& row, Source source, const std::string& count, const std::string& flag,
                      const std::optional<std::uint64_t>& rows, const std::optional<std::uint64_t>& before);
    void correct_epochs(const LedgerRow& row);
    [[nodiscard]] std::string of_capture(UtcSeconds at) const;

    Connection& connection_;
    unsigned node_id_;
    const SplicePlace& place_;
};

} // namespace sipkeep
