#include "table_splice.hpp"

#include <algorithm>

namespace sipkeep {

void TableSplice::show(RowView row) {
    MergeKey key = MergeKey::of(table_, row);
    if (last_ && key <= *last_)
        throw SourceError(std::string(table_.name) + ": " + key_of(table_, row) +
                          (key == *last_ ? " comes twice" : " comes behind a higher one") +
                          "; sipkeep needs the primary key that OpenSIPS's schema has");
    take_up_to(key);
    take(key, row);
    ++counts_.rows;
    last_ = std::move(key);
}

SpliceCounts TableSplice::finish() {
    take_up_to(std::nullopt);
    writer_.flush();
    return counts_;
}

/// The keys in front of `key` that only history has.
void TableSplice::take_up_to(const std::optional<MergeKey>& key) {
    for (;;) {
        std::optional<MergeKey> first = before_.key();
        if (!first || (after_.key() && *after_.key() < *first)) first = after_.key();
        if (!first || (key && *first >= *key)) return;
        take(*first, std::nullopt);
    }
}

void TableSplice::take(const MergeKey& key, std::optional<RowView> row) {
    KeyMoment moment;
    moment.seen = row.has_value();
    const bool has_before = before_.key() == key;
    const bool has_after = after_.key() == key;
    if (has_before) moment.before = before_.state();
    if (has_after) moment.after = after_.state();
    if (row && has_before) moment.like_before = likeness(*row, before_.row());
    if (row && has_after) moment.like_after = likeness(*row, after_.row());
    const bool with_refreshes = table_.has_role(ColumnRole::refresh);
    if (const auto rewrite = splice_key(window_, moment, with_refreshes)) {
        writer_.add(key, moment, *rewrite, [&](RowOf of) {
            if (of == RowOf::before) return before_.row();
            return of == RowOf::after ? after_.row() : *row;
        });
        counts_.opened += std::uint64_t(rewrite->opened);
        counts_.closed += std::uint64_t(rewrite->closed);
        counts_.refreshed += std::uint64_t(rewrite->refreshed);
        counts_.next_opened += rewrite->next_opened;
        counts_.next_closed += rewrite->next_closed;
        counts_.next_refreshed += rewrite->next_refreshed;
    }
    if (with_refreshes && row && has_before && moment.like_before.refresh) {
        ++counts_.compared;
        counts_.found_by_compare += std::uint64_t(!moment.like_before.version);
    }
    if (has_before) before_.advance();
    if (has_after) after_.advance();
}

Likeness TableSplice::likeness(RowView seen, RowView stored) const {
    const auto contact = std::ranges::find(table_.columns, "contact", &Column::name);
    const auto at = static_cast<std::size_t>(contact - table_.columns.begin());
    return {.version = same(table_, ColumnRole::identity, seen, stored) &&
                       same(table_, ColumnRole::extra, seen, stored),
            .refresh = same(table_, ColumnRole::refresh, seen, stored),
            .contact = contact != table_.columns.end() && seen[at] == stored[at]};
}

void show_sorted(TableSplice& splice, const TableSpec& table, const Rows& rows) {
    std::vector<std::pair<MergeKey, std::size_t>> order;
    order.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) order.emplace_back(MergeKey::of(table, rows[i]), i);
    std::ranges::sort(order);
    for (const auto& [key, row] : order) splice.show(rows[row]);
}

} // namespace sipkeep
