// How a node's archive is doing, and what an operator is to do about it: what `sipkeep check` judges.
#pragma once

#include "sipkeep/core/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

/// As monitoring plugins answer.
enum class HealthLevel : std::uint8_t { ok, warning, critical, unknown };
[[nodiscard]] const char* to_string(HealthLevel level);

struct HealthFinding {
    std::string condition; ///< "freshness"
    HealthLevel level = HealthLevel::ok;
    std::string what; ///< one line: what is so, and since when (UTC)
    std::string todo; ///< one line: what to do about it; empty: nothing
};

/// A source as the newest captures read it.
struct SourceCourse {
    std::uint32_t failed_in_a_row = 0; ///< captures up to the newest one
    std::optional<UtcSeconds> since{}; ///< the first of these
    std::string error;                 ///< of the newest
};

/// What history knows of a node.
struct NodeCourse {
    std::optional<UtcSeconds> newest;            ///< capture; absent: it never had one
    UtcSeconds watched_from{};                   ///< a day before the newest, or its first capture if later
    std::uint64_t captures = 0;                  ///< from then on
    std::map<std::string, SourceCourse> sources; ///< those that the newest capture was to read
    std::uint32_t looked_at = 0;       ///< newest captures that `late` and the emptied tables are told of
    std::uint32_t late = 0;            ///< of these, begun after more than a quarter of the interval
    std::uint32_t dialogs_unseen = 0;  ///< no row in `dialog`, while OpenSIPS counted calls
    std::uint32_t contacts_unseen = 0; ///< no row in `location`, while OpenSIPS counted registrations
};

/// What history knows of itself.
struct HistoryCourse {
    std::optional<UtcSeconds> horizon;  ///< up to when captures can be stored
    std::optional<UtcSeconds> retained; ///< when `sipkeep retain` was last done
    std::optional<UtcSeconds> oldest;   ///< capture of any node
};

/// What waits in the spool.
struct SpoolCourse {
    std::uint64_t waiting = 0;
    std::optional<UtcSeconds> oldest;
    std::uint64_t bytes = 0, most_bytes = 0, most_files = 0;
    std::string lost; ///< captures that it has lost, and no ledger names yet
};

/// Each judges one condition, or several, as they are at `now`. A condition that is as it should be is an
/// `ok` finding.
[[nodiscard]] std::vector<HealthFinding> judge(const NodeCourse& node, Seconds interval, UtcSeconds now);
[[nodiscard]] std::vector<HealthFinding> judge(const HistoryCourse& history, UtcSeconds now);
[[nodiscard]] HealthFinding judge(const SpoolCourse& spool, Seconds interval, UtcSeconds now);
/// `ahead`: of a server's clock, before this host's. `whose`: "history database".
[[nodiscard]] HealthFinding judge_clock(const std::string& whose, Milliseconds ahead, Seconds interval);

/// The same of OpenSIPS, whose local times are taken for those of `zone`.
[[nodiscard]] HealthFinding judge_opensips_clock(Milliseconds ahead, Seconds interval,
                                                 const std::string& zone);
/// Of a user. `lacking`, `beyond`: what it may not do and should, and the other way round.
[[nodiscard]] HealthFinding judge_rights(const std::string& whose, const std::vector<std::string>& lacking,
                                         const std::vector<std::string>& beyond);

/// Worst first: critical, unknown, warning, ok.
[[nodiscard]] HealthLevel worst(const std::vector<HealthFinding>& findings);

} // namespace sipkeep
