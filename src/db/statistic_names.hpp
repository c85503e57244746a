// The names of statistics and their numbers in history (table `statistic`), shared by all nodes.
#pragma once

#include "sipkeep/core/statistics.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sipkeep {

class Connection;

class StatisticNames {
public:
    explicit StatisticNames(Connection& connection) : connection_(connection) {}

    /// Makes names and kinds known that are not; each in a statement of its own, outside a capture's
    /// transaction.
    void learn(const std::vector<Statistic>& statistics);
    /// Absent for a name that history can't tell from another (trailing spaces).
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
