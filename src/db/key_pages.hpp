// Walks through the rows of a large table, some at a time, in the order of its key.
#pragma once

#include "sipkeep/core/rows.hpp"

#include <functional>
#include <string>
#include <vector>

namespace sipkeep {

class Connection;

/// A number is compared as one: as text, a server would take ids above 2^53 for their neighbours.
struct KeyColumn {
    std::string name;
    bool number = false;
};

struct PagedRows {
    std::string table; ///< partitioned by day
    std::vector<KeyColumn>
        key;                  ///< behind node_id, ascending; the first is the time that it is partitioned by
    std::string more_columns; ///< ", a, b", or empty
    std::string condition;
    bool once = false; ///< a key that several rows share is shown once
};

inline constexpr std::size_t rows_a_page = 1000;

/// Shows the rows of a node that meet the condition: key, more columns. A day is read apart from the others,
/// and a page is read whole before it is shown, so no statement holds on to the table for longer than a day
/// takes to be read, and the rows shown may be changed.
void each_page(Connection& connection, unsigned node_id, const PagedRows& rows,
               const std::function<void(const Rows&)>& show);

/// " WHERE node_id = 1 AND a = ? AND b = ?".
[[nodiscard]] std::string key_is_bound(unsigned node_id, const std::vector<KeyColumn>& key);

/// The first columns of rows.
[[nodiscard]] Rows keys_of(const Rows& rows, std::size_t width);

} // namespace sipkeep
