// Drops what is older than the policy keeps: daily partitions, hours and days of roll-ups, captures.
#pragma once

#include "sipkeep/core/retention.hpp"
#include "sipkeep/core/time.hpp"
#include "sipkeep/db/retention_session.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sipkeep {

struct TimedTable;

/// A partition that is older than its class is kept for.
struct OldPartition {
    std::string table, name;
    UtcSeconds day; ///< the last day in it
    RetentionClass of;
    std::string stays; ///< why it can't go yet; empty: it may
};

/// Nothing goes that is open, that is not rolled up yet, or that was imported to be looked at. Every method
/// throws HistoryUnavailable.
class HistoryDropper {
public:
    /// `today`: midnight before the clock.
    HistoryDropper(RetentionSession& session, const RetentionPolicy& policy, UtcSeconds today)
        : session_(session), policy_(policy), today_(today) {}

    /// Up to when captures can be stored: where daily partitions end, which the minute run adds two weeks
    /// ahead.
    [[nodiscard]] std::optional<UtcSeconds> horizon();

    /// Table by table, oldest first. Of a table none goes behind one that stays.
    [[nodiscard]] std::vector<OldPartition> old_partitions();
    /// False: it may not go any more, or somebody uses the table for longer than two seconds: next time.
    bool drop(const OldPartition& partition);

    /// Days of roll-ups whose hours, or that themselves, are older than they are kept for.
    [[nodiscard]] std::uint64_t old_roll_ups(RetentionClass one);
    /// Drops them, a day a transaction. Returns how many days.
    std::uint64_t drop_roll_ups(RetentionClass one);

    /// Captures older than the ledger is kept for, of days of which all they saw is gone, or would be. The
    /// first ones of a node stay.
    [[nodiscard]] std::uint64_t old_captures();
    std::uint64_t drop_captures();

private:
    /// `planned`: as if the partitions that may go had gone.
    [[nodiscard]] std::optional<UtcSeconds> ledger_limit(bool planned);
    /// Of what was derived from a partition that ended then.
    void delete_older(const RetainedNode& node, const TimedTable& table, UtcSeconds end);
    std::uint64_t delete_older(const RetainedNode& node, const std::string& table, const std::string& column,
                               UtcSeconds before, const std::string& but = "");
    /// What is older goes; absent: nothing does.
    [[nodiscard]] std::optional<UtcSeconds> limit(RetentionClass one) const;

    RetentionSession& session_;
    RetentionPolicy policy_;
    UtcSeconds today_;
};

} // namespace sipkeep
