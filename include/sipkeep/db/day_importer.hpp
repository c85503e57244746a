// Puts exported days back into a history.
#pragma once

#include "sipkeep/core/exported_day.hpp"
#include "sipkeep/db/database_settings.hpp"

#include <memory>

namespace sipkeep {

/// What is there already is left as it is; what differs refuses the day. While a day is being written, the
/// views hide it (node.importing), and nothing packs its samples; one that was cut off goes on where it was.
/// Writes about 5,000 rows a transaction. Every method throws HistoryUnavailable.
class DayImporter {
public:
    /// Connects. Throws SchemaError when the schema is not this program's, RetentionBusy when a retention or
    /// another import is at work in this database.
    explicit DayImporter(const DatabaseSettings& settings);
    DayImporter(const DayImporter&) = delete;
    DayImporter& operator=(const DayImporter&) = delete;
    ~DayImporter();

    struct Found {
        std::uint64_t rows = 0;    ///< of the day; a day of one statistic counts as one
        std::uint64_t missing = 0; ///< of these, in the history
    };
    /// Changes nothing. Throws Error, saying what and where, when the history holds anything else of that
    /// day, or can't take it.
    [[nodiscard]] Found compare(ExportedDay& day);

    struct Keep {
        UtcSeconds now;
        std::chrono::days time;
    };
    /// Puts in what compare() found missing, and notes that the day is kept for so long. Throws as compare().
    Found import(ExportedDay& day, const Keep& keep);

private:
    struct Session;
    std::unique_ptr<Session> session_;
};

} // namespace sipkeep
