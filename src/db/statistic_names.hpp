// The names of statistics and their numbers in history (table `statistic`), shared by all nodes.
#pragma once

#include "sipkeep/core/rows.hpp"
#include "sipkeep/core/statistics.hpp"
#include "sipkeep/core/time.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sipkeep {

class Connection;

/// Ids of all statistics, for an IN list: by them the days of each are ranges of a key. Throws DatabaseError.
[[nodiscard]] std::string statistic_id_list(Connection& connection);

/// As `statistic.kind` names it; any other name is unknown.
[[nodiscard]] StatisticKind statistic_kind(const std::string& name);

class StatisticNames {
public:
    explicit StatisticNames(Connection& connection) : connection_(connection) {}

    /// Makes names and kinds known that are not; each in a statement of its own, outside a capture's
    /// transaction.
    void learn(const std::vector<Statistic>& statistics);
    /// Fills in the kinds that history has been told.
    void tell_kinds(std::vector<Statistic>& statistics);
    /// node_id, statistic_id, captured_at, value, flag; without those whose name history can't tell from
    /// another (trailing spaces).
    [[nodiscard]] Rows samples(const std::vector<Statistic>& statistics, unsigned node_id,
                               UtcSeconds captured_at) const;

    /// Of one that learn() or tell_kinds() has met.
    [[nodiscard]] std::optional<unsigned> id_of(const Statistic& statistic) const;

private:
    struct Known {
        unsigned id;
        std::string kind;
    };
    void read();
    void learn(const Statistic& statistic);

    Connection& connection_;
    std::map<std::pair<std::string, std::string>, Known> known_;
};

} // namespace sipkeep
