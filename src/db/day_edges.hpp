// Where the versions of a UTC day begin and end: midnight cuts them, and a node may pause for days.
#pragma once

#include "sipkeep/core/time.hpp"

#include <optional>
#include <string>

namespace sipkeep {

class Connection;

/// What was in force when the last day before a pause ended, goes on at the start of the next day with
/// captures, or ended there. Every method throws DatabaseError.
class DayEdges {
public:
    DayEdges(Connection& connection, unsigned node_id, UtcSeconds day);

    /// Whether somebody looked that day.
    [[nodiscard]] bool seen() const { return seen_; }
    /// Whether there is something to roll up: somebody looked that day, or at the midnight that ends it.
    [[nodiscard]] bool told() const;
    /// The last day with captures up to it.
    [[nodiscard]] UtcSeconds held() const { return held_; }
    /// When a version ended, if within the day or at the midnight that ends it.
    [[nodiscard]] std::optional<UtcSeconds> ended(UtcSeconds valid_from, UtcSeconds valid_to) const;

    /// Where the versions in force at the start of `day` begin: there, unless the key frame of a node that
    /// stopped lacks some.
    [[nodiscard]] UtcSeconds versions_from(const std::string& table, UtcSeconds day) const;
    /// "SELECT COLUMNS, valid_from, ended_at FROM .." of versions that end in (day, day + 24 h].
    [[nodiscard]] std::string ends(const std::string& table, const std::string& columns) const;
    /// " FROM .." of versions that began in (day, day + 24 h], pieces that a midnight cut off left out.
    [[nodiscard]] std::string begun(const std::string& table) const;
    /// "ALIAS.valid_from >= .. AND ..": versions in force when the day ends.
    [[nodiscard]] std::string held_at_end(const std::string& table, const std::string& alias) const;
    /// "ALIAS.valid_from >= .. AND ..": versions that ended at a time of the day, as an expression.
    [[nodiscard]] std::string went_over(const std::string& table, const std::string& alias,
                                        const std::string& time) const;
    /// The last day with captures before `day`.
    [[nodiscard]] std::optional<UtcSeconds> seen_before(UtcSeconds day) const;

private:
    [[nodiscard]] bool has_captures(UtcSeconds day) const;

    Connection& connection_;
    std::string of_node_;
    UtcSeconds day_, end_;
    bool seen_;
    bool goes_on_; ///< somebody looked the next day
    UtcSeconds held_;
};

} // namespace sipkeep
