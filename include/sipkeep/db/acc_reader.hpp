// Reads OpenSIPS's accounting tables by id, without disturbing its writers.
#pragma once

#include "sipkeep/core/cdr.hpp"
#include "sipkeep/core/table.hpp"
#include "sipkeep/db/database_settings.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

struct AccSource {
    DatabaseSettings database;
    const TableSpec* spec = nullptr; ///< acc_table() or missed_calls_table()
    std::string table;
    std::string caller_column{}; ///< that holds the caller's URI; empty: the first of those known by habit
    std::string callee_column{};
};

/// Columns that operators keep the two URIs in, tried in this order.
[[nodiscard]] const std::vector<std::string>& usual_caller_columns();
[[nodiscard]] const std::vector<std::string>& usual_callee_columns();

/// A row of the table; valid until the next one is read.
struct AccRow {
    std::uint64_t id = 0;
    CdrColumns cdr;
    Field callid, reason;
    Field caller, callee; ///< absent when the table has no such column; '' for NULL
};

enum class AccDepth : std::uint8_t {
    calls,   ///< what AccRow holds
    records, ///< and the whole row
};

/// Plain SELECTs by primary key in autocommit, a bounded number of rows each: no lock, no long snapshot.
/// Throws SourceError.
class AccReader {
public:
    /// Connects, and looks which columns there are. Throws UsageError for a column that is not there.
    explicit AccReader(AccSource source);
    AccReader(const AccReader&) = delete;
    AccReader& operator=(const AccReader&) = delete;
    ~AccReader();

    struct Ids {
        std::uint64_t first = 0, last = 0; ///< both 0: no row
    };
    [[nodiscard]] Ids ids();
    /// Shows up to `limit` rows with an id above `after`, ascending, until `show` says false. With
    /// AccDepth::records the row's columns are added to `record` first (cleared before). Returns false when
    /// the table has no more rows behind the last one shown.
    bool page(std::uint64_t after, std::size_t limit, AccDepth depth,
              const std::function<bool(const AccRow&, const Rows& record)>& show);

    [[nodiscard]] const TableSpec& spec() const { return *source_.spec; }
    [[nodiscard]] const std::string& caller_column() const { return source_.caller_column; }
    [[nodiscard]] const std::string& callee_column() const { return source_.callee_column; }

private:
    struct Session;
    AccSource source_;
    std::unique_ptr<Session> session_;
};

} // namespace sipkeep
