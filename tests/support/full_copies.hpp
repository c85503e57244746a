// What the oracles decide by: history against full copies of the live tables, and what its views rest on.
#pragma once

#include "sipkeep/core/table.hpp"
#include "sipkeep/core/time.hpp"

#include "support/mariadb_server.hpp"

#include <optional>
#include <string>

namespace sipkeep::test {

struct Comparison {
    std::size_t rows = 0;      ///< compared
    std::size_t different = 0; ///< fields, or rows that only one side has
    std::string first;         ///< some of them, one a line
};

/// Every field of every row, byte for byte; NULL differs from ''. Both queries give the same columns in the
/// same order; the first `keys` of them are named in what is told.
Comparison compare_rows(Connection& expected, const std::string& expected_query, Connection& found,
                        const std::string& found_query, std::size_t keys);

/// The copies that LiveTables::copy() made of a table against its snapshot view: of one capture, or of all.
Comparison compare_with_copies(TestDatabase& live, TestDatabase& history, const TableSpec& table,
                               bool operator_columns, std::optional<UtcSeconds> captured_at = {});

/// Empty when the tables keep what the views rest on: no capture is half there, the lists of what is open
/// agree with the versions, nothing crosses midnight, nothing belongs to a capture that is not in the ledger.
std::string broken_foundations(TestDatabase& history);

} // namespace sipkeep::test
