#include "sipkeep/core/diff.hpp"

#include "sipkeep/core/error.hpp"

#include <algorithm>
#include <charconv>

namespace sipkeep {

namespace {

std::uint64_t id_of(RowView row) {
    const std::string_view text = row[0].value_or("");
    std::uint64_t id = 0;
    std::from_chars(text.data(), text.data() + text.size(), id);
    return id;
}

bool same_version(const TableSpec& table, RowView left, RowView right) {
    return same(table, ColumnRole::identity, left, right) && same(table, ColumnRole::extra, left, right);
}

void add_key(const TableSpec& table, RowView row, Rows& keys) {
    for (const std::size_t column : table.with_role(ColumnRole::key)) keys.add(row[column]);
}

} // namespace

VersionChanges::VersionChanges(const TableSpec& table)
    : opened(table.columns.size()), closed(table.with_role(ColumnRole::key).size()) {}

FullDiff::FullDiff(const TableSpec& table, const Rows& seen)
    : table_(table), seen_(seen), kept_(seen.size(), false), changes_(table) {
    by_key_.reserve(seen.size());
    for (std::size_t i = 0; i < seen.size(); ++i)
        if (!by_key_.emplace(key_of(table, seen[i]), i).second)
            throw SourceError(std::string(table.name) + ": two rows share the key " + key_of(table, seen[i]) +
                              "; sipkeep needs the primary key that OpenSIPS's schema has");
}

void FullDiff::show_open(RowView version) {
    const auto found = by_key_.find(key_of(table_, version));
    if (found == by_key_.end()) {
        add_key(table_, version, changes_.closed);
    } else if (same_version(table_, seen_[found->second], version)) {
        kept_[found->second] = true;
    } else {
        add_key(table_, version, changes_.closed);
    }
}

VersionChanges FullDiff::finish() {
    for (std::size_t i = 0; i < seen_.size(); ++i)
        if (!kept_[i]) changes_.opened.add(seen_[i]);
    return std::move(changes_);
}

std::int64_t packed_datetime(std::string_view text) {
    constexpr std::string_view shape = "0000-00-00 00:00:00";
    if (text.size() < shape.size()) return 0;
    std::int64_t packed = 0;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] != '0') continue;
        if (text[i] < '0' || text[i] > '9') return 0;
        packed = packed * 10 + (text[i] - '0');
    }
    return packed;
}

unsigned captures_a_round(unsigned every) {
    return std::max((every + 1) / 2, 1U);
}

ContactDiff::ContactDiff(std::span<const ContactState> seen, CompareRound round, unsigned every)
    : seen_(seen), round_(round) {
    const bool begins = round.left == 0;
    if (begins) round_ = {};
    // A round of a longer `every`, set before, ends in the time of the one set now.
    if (begins || round.left > captures_a_round(every)) round_.left = captures_a_round(every);

    // A new round begins with the very first row: there is no id below 0 to go on after.
    const auto first =
        begins ? seen.begin()
               : std::upper_bound(seen.begin(), seen.end(), round_.after,
                                  [](std::uint64_t id, const ContactState& c) { return id < c.contact_id; });
    slice_begin_ = static_cast<std::size_t>(first - seen.begin());
    slice_stop_ = slice_begin_ + (seen.size() - slice_begin_ + round_.left - 1) / round_.left;

    --round_.left;
    if (round_.left == 0)
        round_ = {};
    else if (slice_stop_ > slice_begin_)
        round_.after = seen[slice_stop_ - 1].contact_id;
}

void ContactDiff::show_open(const ContactState& version) {
    while (next_ < seen_.size() && seen_[next_].contact_id < version.contact_id)
        candidates_.added.push_back(seen_[next_++].contact_id);
    if (next_ == seen_.size() || seen_[next_].contact_id != version.contact_id) {
        candidates_.gone.push_back(version.contact_id);
        return;
    }
    if (!(seen_[next_] == version))
        candidates_.moved.push_back(version.contact_id);
    else if (in_slice(next_))
        candidates_.compared.push_back(version.contact_id);
    ++next_;
}

ContactCandidates ContactDiff::finish() {
    while (next_ < seen_.size()) candidates_.added.push_back(seen_[next_++].contact_id);
    return std::move(candidates_);
}

ContactChanges::ContactChanges() : opened(location_table().columns.size()), refreshed(4) {}

ContactChanges diff_contacts(const Rows& seen, const Rows& stored) {
    const TableSpec& table = location_table();
    const std::size_t contact = table.at("contact");
    ContactChanges changes;
    std::size_t at = 0;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        const RowView row = seen[i];
        while (at < stored.size() && id_of(stored[at]) < id_of(row)) ++at;
        const bool known = at < stored.size() && id_of(stored[at]) == id_of(row);
        if (known && same_version(table, row, stored[at])) {
            if (same(table, ColumnRole::refresh, row, stored[at])) continue;
            changes.refreshed.add(row[0]);
            for (const std::size_t column : table.with_role(ColumnRole::refresh))
                changes.refreshed.add(row[column]);
            continue;
        }
        if (known) changes.closed.push_back(id_of(row));
        changes.opened.add(row);
        changes.first_seen.emplace_back();
        if (known && row[contact] == stored[at][contact])
            changes.first_seen.back() = stored[at][table.columns.size()];
    }
    return changes;
}

} // namespace sipkeep
