// One table of a capture that is spliced in: its rows against what history holds before and after it.
#pragma once

#include "splice_writer.hpp"
#include "stored_states.hpp"

namespace sipkeep {

/// Merges three streams, each ascending by key: the rows seen, and the states before and after them.
class TableSplice {
public:
    TableSplice(const TableSpec& table, const SpliceWindow& window, StoredStates& before, StoredStates& after,
                SpliceWriter& writer)
        : table_(table), window_(window), before_(before), after_(after), writer_(writer) {}

    /// Throws SourceError when the keys do not ascend.
    void show(RowView row);
    /// After the last row.
    [[nodiscard]] SpliceCounts finish();

private:
    void take_up_to(const std::optional<MergeKey>& key);
    void take(const MergeKey& key, std::optional<RowView> row);
    [[nodiscard]] Likeness likeness(RowView seen, RowView stored) const;

    const TableSpec& table_;
    const SpliceWindow& window_;
    StoredStates& before_;
    StoredStates& after_;
    SpliceWriter& writer_;
    std::optional<MergeKey> last_;
    SpliceCounts counts_;
};

/// Shows rows that are in no order.
void show_sorted(TableSplice& splice, const TableSpec& table, const Rows& rows);

} // namespace sipkeep
