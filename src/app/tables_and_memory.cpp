#include "tables_and_memory.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/core/row_id.hpp"

#include <algorithm>
#include <charconv>
#include <ranges>
#include <unordered_set>
#include <utility>

namespace sipkeep {

namespace {

ContactState state_of(RowView row) {
    static const std::size_t expires = location_table().at("expires");
    static const std::size_t cseq = location_table().at("cseq");
    ContactState state{.contact_id = id_of(row), .from_memory = true};
    const auto read = [&](std::size_t column, auto& number) {
        const std::string_view text = row[column].value_or("");
        std::from_chars(text.data(), text.data() + text.size(), number);
    };
    read(expires, state.expires);
    read(cseq, state.cseq);
    return state;
}

/// Where an id stands in rows that ascend by it; their number when it does not.
std::size_t place_of(const Rows& rows, std::uint64_t id) {
    const auto places = std::views::iota(std::size_t{0}, rows.size());
    const auto found =
        std::ranges::lower_bound(places, id, {}, [&](std::size_t place) { return id_of(rows[place]); });
    return found != places.end() && id_of(rows[*found]) == id ? *found : rows.size();
}

/// A stream that was read already.
class ReadStates final : public ContactStates {
public:
    explicit ReadStates(const std::vector<ContactState>& states) : states_(states) {}

    void start() override {}
    std::optional<ContactState> next() override {
        return at_ < states_.size() ? std::optional(states_[at_++]) : std::nullopt;
    }

private:
    const std::vector<ContactState>& states_;
    std::size_t at_ = 0;
};

/// The table's stream, and between its ids what only memory has.
class MergedStates final : public ContactStates {
public:
    MergedStates(std::unique_ptr<ContactStates> table, std::optional<ContactState> first, const Rows& listed)
        : table_(std::move(table)), first_(std::move(first)), listed_(listed) {}

    void start() override {
        if (table_) table_->start();
    }
    std::optional<ContactState> next() override {
        if (!begun_) {
            begun_ = true;
            next_ = first_ ? first_ : from_table();
        }
        while (at_ < listed_.size() && (!next_ || id_of(listed_[at_]) <= next_->contact_id)) {
            const ContactState state = state_of(listed_[at_++]);
            if (!next_ || state.contact_id != next_->contact_id) return state;
        }
        std::optional<ContactState> state = next_;
        if (next_) next_ = from_table();
        return state;
    }

private:
    std::optional<ContactState> from_table() { return table_ ? table_->next() : std::nullopt; }

    std::unique_ptr<ContactStates> table_;
    std::optional<ContactState> first_, next_;
    const Rows& listed_;
    std::size_t at_ = 0;
    bool begun_ = false;
};

} // namespace

TablesAndMemory::TablesAndMemory(const ArchivePlan& plan, const ArchiveSources& sources, const Capture& begun,
                                 UtcMilliseconds now)
    : plan_(plan), live_(sources.live), mi_(sources.mi), now_(now), thinned_(begun.thinned) {
    for (const Statistic& s : begun.statistics.statistics) {
        if (s.group == "dialog" && s.name == "active_dialogs") dialog_look_.counted = s.value;
        if (s.group == "usrloc" && s.name == plan.location_domain + "-contacts")
            location_look_.counted = s.value;
        if (s.group == "usrloc" && s.name == "registered_users") registered_users_ = s.value;
    }
}

std::optional<std::string> TablesAndMemory::take_failure() {
    return std::exchange(failure_, std::nullopt);
}

bool TablesAndMemory::reads_table(TableSource source) const {
    return live_ != nullptr && source != TableSource::memory;
}

/// Unbidden, no longer than MI may take anyway; else both lists share their time.
Deadline TablesAndMemory::until(TableSource source) {
    if (source == TableSource::automatic) return Deadline(plan_.mi_timeout);
    if (!lists_until_) lists_until_.emplace(plan_.list_timeout);
    return *lists_until_;
}

template <class Ask>
void TablesAndMemory::ask_memory(TableSource source, TableLook& look, Ask ask) {
    if (mi_ == nullptr) return;
    if (thinned_) {
        look.memory = MemoryLook::missed;
        return;
    }
    try {
        look.in_memory = ask();
        look.from = look.from ? ReadFrom::both : ReadFrom::memory;
    } catch (const SourceError& error) {
        if (source == TableSource::memory) throw;
        failure_ = error.what();
        look.memory = MemoryLook::missed;
    }
}

/// An empty table is asked about. Where OpenSIPS's count is not known, nor is what memory has.
bool TablesAndMemory::is_unlike_empty(const std::optional<std::int64_t>& counted, TableLook& look) const {
    if (mi_ != nullptr && !counted) look.memory = MemoryLook::missed;
    return counted.value_or(0) > 0;
}

Rows TablesAndMemory::dialogs() {
    const TableSource source = plan_.dialog_source;
    Rows rows(dialog_table().columns.size());
    if (reads_table(source)) {
        rows = live_->dialogs();
        dialog_look_.from = ReadFrom::table;
    }
    const bool unlike = source == TableSource::automatic && rows.empty() &&
                        is_unlike_empty(dialog_look_.counted, dialog_look_);
    if (!asks_memory(source) && !unlike) return rows;
    ask_memory(source, dialog_look_, [&] {
        const Rows listed = mi_->dialogs(until(source));
        std::unordered_set<std::uint64_t> in_table;
        for (std::size_t i = 0; i < rows.size(); ++i) in_table.insert(id_of(rows[i]));
        std::unordered_set<std::uint64_t> in_memory;
        for (std::size_t i = 0; i < listed.size(); ++i) in_memory.insert(id_of(listed[i]));
        for (const std::uint64_t id : in_table)
            if (!in_memory.contains(id)) dialog_ghosts_.push_back(id);
        std::ranges::sort(dialog_ghosts_);
        std::uint64_t answered = 0;
        for (std::size_t i = 0; i < listed.size(); ++i) {
            if (is_answered_call(listed[i])) ++answered;
            if (!in_table.contains(id_of(listed[i]))) rows.add(listed[i]);
        }
        return answered;
    });
    return rows;
}

void TablesAndMemory::look_at_location() {
    if (looked_at_location_) return;
    const TableSource source = plan_.location_source;
    if (reads_table(source)) {
        table_states_ = live_->contact_states();
        location_look_.from = ReadFrom::table;
    }
    bool unlike = false;
    if (source == TableSource::automatic && table_states_ && mi_ != nullptr && registered_users_ != 0) {
        first_state_ = table_states_->next();
        unlike = !first_state_ && is_unlike_empty(registered_users_, location_look_);
    }
    if (asks_memory(source) || unlike)
        ask_memory(source, location_look_, [&] {
            listed_ = mi_->contacts(plan_.location_domain, now_, until(source));
            return std::uint64_t{listed_.contacts.size()};
        });
    if (location_look_.from == ReadFrom::both) find_location_ghosts();
    looked_at_location_ = true;
}

void TablesAndMemory::find_location_ghosts() {
    std::vector<std::uint64_t> in_memory = listed_.leaving;
    for (std::size_t i = 0; i < listed_.contacts.size(); ++i) in_memory.push_back(id_of(listed_.contacts[i]));
    std::ranges::sort(in_memory);
    if (first_state_) read_states_.push_back(*first_state_);
    while (const auto state = table_states_->next()) read_states_.push_back(*state);
    for (const ContactState& state : read_states_)
        if (!std::ranges::binary_search(in_memory, state.contact_id))
            location_ghosts_.push_back(state.contact_id);
    table_states_ = std::make_unique<ReadStates>(read_states_);
    first_state_.reset();
}

std::unique_ptr<ContactStates> TablesAndMemory::contact_states() {
    look_at_location();
    if (!table_states_ && location_look_.from != ReadFrom::memory) table_states_ = live_->contact_states();
    if (listed_.contacts.empty() && !first_state_ && table_states_) return std::move(table_states_);
    return std::make_unique<MergedStates>(std::move(table_states_), std::exchange(first_state_, std::nullopt),
                                          listed_.contacts);
}

Rows TablesAndMemory::contacts(std::span<const std::uint64_t> ids) {
    if (location_look_.from == ReadFrom::table) return live_->contacts(ids);
    Rows in_table(location_table().columns.size());
    if (location_look_.from == ReadFrom::both) in_table = live_->contacts(ids);
    Rows rows(location_table().columns.size());
    std::size_t at = 0;
    for (const std::uint64_t id : ids) {
        while (at < in_table.size() && id_of(in_table[at]) < id) ++at;
        if (at < in_table.size() && id_of(in_table[at]) == id) {
            rows.add(in_table[at]);
            continue;
        }
        const std::size_t place = place_of(listed_.contacts, id);
        if (place < listed_.contacts.size()) rows.add(listed_.contacts[place]);
    }
    return rows;
}

void TablesAndMemory::each_contact(const std::function<void(RowView)>& show, const Deadline& until) {
    std::size_t next = 0;
    const Rows& listed = listed_.contacts;
    if (location_look_.from != ReadFrom::memory)
        live_->each_contact(
            [&](RowView row) {
                const std::uint64_t id = id_of(row);
                for (; next < listed.size() && id_of(listed[next]) < id; ++next) show(listed[next]);
                if (next < listed.size() && id_of(listed[next]) == id) ++next;
                show(row);
            },
            until);
    for (; next < listed.size(); ++next) show(listed[next]);
}

void TablesAndMemory::finish() noexcept {
    table_states_.reset();
    if (live_ != nullptr) live_->finish();
}

} // namespace sipkeep
