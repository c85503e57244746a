// Hours and days that outlive the minutes: of statistics, registrations, captures and destinations; days of
// calls by host (*_roll_up), and what happened in them (counter_reset, registration_event, epoch, dispatcher_event).
#pragma once

#include "sipkeep/core/time.hpp"
#include "sipkeep/db/retention_session.hpp"

#include <cstdint>
#include <vector>

namespace sipkeep {

struct RolledUp {
    std::uint64_t statistics = 0; ///< rows of statistic_roll_up
    std::uint64_t domains = 0;    ///< rows of registration_roll_up
};

/// Derives them from samples, versions and the ledger. A day is written in one
/// transaction; writers do not wait, and what they change of a day meanwhile makes it due again. Every method
/// throws HistoryUnavailable.
class RollUps {
public:
    explicit RollUps(RetentionSession& session) : session_(session) {}

    /// Days before `before`, a midnight, that are not rolled up, or have changed since, oldest first.
    [[nodiscard]] std::vector<UtcSeconds> days_to_roll_up(const RetainedNode& node, UtcSeconds before);
    /// The oldest one that days_to_roll_up() named. What was dropped of its raw rows is left as it was rolled
    /// up.
    RolledUp roll_up(const RetainedNode& node, UtcSeconds day);
    /// The node has no more days before `before` to roll up. False: meanwhile it got one.
    bool finish(const RetainedNode& node, UtcSeconds before);

    /// Makes the days with captures in [from, to), both midnights, due: roll_up() derives them anew. Returns
    /// how many they are.
    std::uint64_t make_due(const RetainedNode& node, UtcSeconds from, UtcSeconds to);

private:
    RetentionSession& session_;
};

} // namespace sipkeep
