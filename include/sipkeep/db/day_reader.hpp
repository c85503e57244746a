// Reads a day out of the history, to be exported.
#pragma once

#include "sipkeep/core/exported_day.hpp"
#include "sipkeep/db/database_settings.hpp"

#include <functional>
#include <memory>
#include <string>

namespace sipkeep {

/// One UTC day of one node: the rows of every table that is divided into days, the ledger's, and the names
/// that they need. Read in one snapshot, which no run waits for; holds one row at a time.
class DayReader {
public:
    struct Wanted {
        std::string node;
        UtcSeconds day; ///< its midnight
        UtcSeconds now;
    };
    /// Throws Error for a day that can't be exported: it is not over, versions of it may still change, it is
    /// not whole, or there is nothing of it. Throws HistoryUnavailable and SchemaError.
    DayReader(const DatabaseSettings& settings, const Wanted& wanted);
    DayReader(const DayReader&) = delete;
    DayReader& operator=(const DayReader&) = delete;
    ~DayReader();

    [[nodiscard]] const ExportedHead& head() const;
    /// Shows the rows of one of its tables. Throws HistoryUnavailable.
    void each_row(const ExportedTable& table, const std::function<void(RowView)>& show);

private:
    struct Session;
    std::unique_ptr<Session> session_;
};

} // namespace sipkeep
