// Which rows of acc and missed_calls the call records of a day come from: its share of `acc_taken`.
#pragma once

#include "sipkeep/core/rows.hpp"
#include "sipkeep/core/time.hpp"

#include <string>
#include <vector>

namespace sipkeep {

class Connection;

[[nodiscard]] const std::vector<std::string>& taken_columns();

/// Rows of taken_columns(), with the bits of the day's records alone. Holds about a kilobyte for each block
/// of 4096 ids that one of them lies in.
[[nodiscard]] Rows taken_of_day(Connection& connection, unsigned node_id, UtcSeconds day);

/// What is missing of such a row in the database. Throws Error when that has taken other rows under these
/// ids.
struct MissingTaken {
    bool insert = false;       ///< there is no row of the block
    std::string counted, kept; ///< bits as they have to be
    [[nodiscard]] bool any() const { return !counted.empty() || !kept.empty(); }
};
[[nodiscard]] MissingTaken missing_taken(Connection& connection, unsigned node_id, RowView row);
/// Call it in the transaction in which it was found missing.
void add_taken(Connection& connection, unsigned node_id, RowView row, const MissingTaken& missing);

} // namespace sipkeep
