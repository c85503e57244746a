#include "sipkeep/core/diff.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/core/row_id.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace sipkeep {

namespace {

bool near(Field left, Field right) {
    if (left == right) return true;
    std::int64_t one = 0;
    std::int64_t other = 0;
    if (!left || !right ||
        std::from_chars(left->data(), left->data() + left->size(), one).ec != std::errc{} ||
        std::from_chars(right->data(), right->data() + right->size(), other).ec != std::errc{})
        return false;
    return std::abs(one - other) <= clock_wander;
}

bool same_version(const TableSpec& table, RowView left, RowView right) {
    return same(table, ColumnRole::identity, left, right) && same(table, ColumnRole::extra, left, right);
}

/// But for the timeout, where MI told both.
bool same_call_from_memory(const TableSpec& table, RowView left, RowView right) {
    static const std::size_t timeout = dialog_table().at("timeout");
    if (table.name != dialog_table().name || !is_from_memory(table, left) ||
        !near(left[timeout], right[timeout]))
        return false;
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        if (i != timeout && left[i] != right[i]) return false;
    return true;
}

bool same_refresh(const TableSpec& table, RowView left, RowView right) {
    if (same(table, ColumnRole::refresh, left, right)) return true;
    static const std::size_t expires = table.at("expires");
    static const std::size_t cseq = table.at("cseq");
    return is_from_memory(table, left) && left[cseq] == right[cseq] && near(left[expires], right[expires]);
}

void add_key(const TableSpec& table, RowView row, Rows& keys) {
    for (const std::size_t column : table.with_role(ColumnRole::key)) keys.add(row[column]);
}

/// A stream one row ahead of the merge. `Kind` is thrown when its ids do not ascend: the merge would take
/// contacts for gone that are there.
template <class Kind>
class Ascending {
public:
    Ascending(ContactStates& states, std::string_view table, std::string_view advice)
        : states_(states), table_(table), advice_(advice), row_(states.next()) {}

    [[nodiscard]] const std::optional<ContactState>& row() const { return row_; }
    void advance() {
        const std::uint64_t before = row_->contact_id;
        row_ = states_.next();
        if (row_ && row_->contact_id <= before) refuse(before);
    }

private:
    [[noreturn]] void refuse(std::uint64_t before) const {
        const std::uint64_t id = row_->contact_id;
        throw Kind(std::string(table_) + ": contact_id " + std::to_string(id) +
                   (id == before ? " comes twice; " : " comes behind " + std::to_string(before) + "; ") +
                   std::string(advice_));
    }

    ContactStates& states_;
    std::string_view table_;
    std::string_view advice_;
    std::optional<ContactState> row_;
};

/// splitmix64: OpenSIPS makes ids of hashes and counters, of which any range or remainder may hold more than
/// its share.
std::uint64_t mixed(std::uint64_t id) {
    id += 0x9E3779B97F4A7C15U;
    id = (id ^ (id >> 30U)) * 0xBF58476D1CE4E5B9U;
    id = (id ^ (id >> 27U)) * 0x94D049BB133111EBU;
    return id ^ (id >> 31U);
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
    } else if (same_version(table_, seen_[found->second], version) ||
               same_call_from_memory(table_, seen_[found->second], version)) {
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

bool CompareTurn::takes(std::uint64_t contact_id) const {
    return every <= 1 || mixed(contact_id) % every == number % every;
}

bool ContactState::stands_still(const ContactState& before) const {
    if (contact_id == before.contact_id && last_modified == before.last_modified &&
        expires == before.expires && cseq == before.cseq)
        return true;
    return from_memory && before.from_memory && contact_id == before.contact_id && cseq == before.cseq &&
           std::abs(std::int64_t{expires} - std::int64_t{before.expires}) <= clock_wander;
}

ContactComparison compare_contacts(ContactStates& seen, ContactStates& open, CompareTurn turn,
                                   MemoryLook memory) {
    seen.start();
    open.start();
    Ascending<SourceError> live(seen, "location", "sipkeep needs the primary key that OpenSIPS's schema has");
    Ascending<Error> stored(open, "location_open", "its primary key is gone; run: sipkeep schema check");
    ContactComparison found;
    ContactCandidates& candidates = found.candidates;
    while (live.row() || stored.row()) {
        if (!live.row() || (stored.row() && stored.row()->contact_id < live.row()->contact_id)) {
            if (memory == MemoryLook::missed && stored.row()->from_memory)
                ++found.kept;
            else
                candidates.gone.push_back(stored.row()->contact_id);
            stored.advance();
            continue;
        }
        const std::uint64_t id = live.row()->contact_id;
        const bool known = stored.row() && stored.row()->contact_id == id;
        const bool unchanged = known && live.row()->stands_still(*stored.row());
        if (!known)
            candidates.added.push_back(id);
        else if (!unchanged)
            candidates.moved.push_back(id);
        else if (turn.takes(id))
            candidates.compared.push_back(id);
        ++found.seen;
        if (live.row()->from_memory) ++found.from_memory;
        live.advance();
        if (known) stored.advance();
    }
    return found;
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
            if (same_refresh(table, row, stored[at])) continue;
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
