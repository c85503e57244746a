// Checks the whole history of one node, day by day.
#pragma once

#include "refresh_check.hpp"
#include "roll_up_check.hpp"
#include "version_check.hpp"

#include <array>
#include <map>
#include <set>

namespace sipkeep {

/// A read-only transaction holds metadata locks on each table it has read, and a run that adds partitions
/// would wait for its end. Going back to the savepoint lets go of them and keeps the snapshot.
void mark_snapshot(Connection& connection);
void let_go_of_tables(Connection& connection);

class NodeCheck {
public:
    /// Days from `from` (absent: from the oldest kept) up to `before`, both midnights. `all`: nothing is left
    /// out at the end.
    struct Days {
        std::optional<UtcSeconds> from;
        UtcSeconds before;
        bool all;
        bool imported = false; ///< one day, and only what lies before all that is kept
    };
    /// `statistics`: all statistic_ids.
    NodeCheck(CheckedNode& node, const std::set<std::uint64_t>& statistics, const Days& days);

    void run();
    /// Of one that was imported: what it has to do with other days is left out.
    void run_imported() { check_day(*days_.from); }

private:
    void check_pending();
    void check_day(UtcSeconds day);
    [[nodiscard]] bool keeps_samples(UtcSeconds day) const;
    void check_samples(UtcSeconds day);
    void check_packed(UtcSeconds day);
    void check_known(std::uint64_t statistic_id, const std::string& table, const std::string& what);
    void check_ledger(UtcSeconds day);
    void check_mi_before(Result& row, UtcSeconds at);
    void check_changes(Result& row, UtcSeconds at);
    void check_in_force(Result& row, UtcSeconds at, std::size_t column, const VersionCheck& versions,
                        const std::string& name);
    void check_count(Result& row, UtcSeconds at, std::size_t column, const std::string& what,
                     std::uint64_t found);
    [[nodiscard]] UtcSeconds start_of(const std::string& table, const std::string& column) const;
    [[nodiscard]] bool holds(const std::string& table, UtcSeconds day) const;
    [[nodiscard]] std::string of_day(const std::string& column, UtcSeconds day) const;
    void add(Invariant invariant, UtcSeconds captured_at, const std::string& what);

    CheckedNode& node_;
    const std::set<std::uint64_t>& statistics_;
    Days days_;
    VersionCheck dialog_, location_, dispatcher_, mi_rows_;
    RefreshCheck refreshes_;
    RollUpCheck roll_ups_;
    UtcSeconds samples_packed_to_;                ///< older days are in sample_day
    UtcSeconds samples_from_, packed_from_;       ///< the oldest days of sample and sample_day
    std::optional<UtcSeconds> newest_mi_;         ///< of the captures checked so far
    std::map<UtcSeconds, std::uint64_t> samples_; ///< of the day being checked
};

} // namespace sipkeep
