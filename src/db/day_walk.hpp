// Compares an exported day with a history, row by row, and puts in what is missing.
#pragma once

#include "sipkeep/core/exported_day.hpp"
#include "sipkeep/db/day_importer.hpp"

#include "day_samples.hpp"
#include "day_tables.hpp"
#include "statistic_names.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace sipkeep {

class Connection;

/// Where the day lies.
struct DayPlace {
    unsigned node_id = 0; ///< 0: the history does not know the node
    UtcSeconds day{};
    bool packed = false; ///< its samples belong into sample_day
};

/// Runs an action in a transaction of its own, under the node's lock.
using DayTransaction = std::function<void(const std::function<void(Connection&)>&)>;

class DayWalk {
public:
    /// `reader`: asks outside transactions. `names`: whose session may write. Without `write` it only
    /// compares.
    DayWalk(Connection& reader, StatisticNames& names, const DayPlace& place, DayTransaction write = {})
        : reader_(reader), names_(names), place_(place), write_(std::move(write)),
          samples_(reader, place.node_id, place.day, place.packed) {}

    /// Throws Error for what differs.
    DayImporter::Found run(ExportedDay& day);

private:
    /// Rows of one table that are to be written.
    struct Batch {
        std::string head;
        Rows rows;
    };

    void walk_names(ExportedRows& rows, const ExportedTable& table);
    void walk_samples(ExportedRows& rows, const ExportedTable& table);
    void take_samples(RowView row, Batch& packed, Batch& plain);
    void walk_taken(ExportedRows& rows, const ExportedTable& table);
    void walk_stored(ExportedRows& rows, const ExportedTable& table, const DayTable& of);
    void flush(Batch& batch);
    void flush_when_full(Batch& batch);

    Connection& reader_;
    StatisticNames& names_;
    DayPlace place_;
    DayTransaction write_;
    DaySamples samples_;
    std::set<std::uint64_t> known_; ///< statistics that the day has samples of
    DayImporter::Found found_;
};

} // namespace sipkeep
