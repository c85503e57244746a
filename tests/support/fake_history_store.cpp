#include "support/fake_history_store.hpp"

#include "sipkeep/core/error.hpp"

#include "support/contact_states.hpp"

#include <algorithm>
#include <charconv>

namespace sipkeep::test {

namespace {

using Row = FakeNode::Row;

template <class Number>
Number number(Field text) {
    Number value = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

Field field(const std::optional<std::string>& text) {
    return text ? Field(*text) : Field();
}

std::optional<std::string> owned(Field text) {
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

void add(Rows& rows, const Row& row) {
    for (const auto& cell : row) rows.add(field(cell));
}

std::string key_of_id(std::uint64_t id) {
    const std::string text = std::to_string(id);
    return std::to_string(text.size()) + ':' + text;
}

/// key_of() of a row of key columns alone.
std::string key_from(RowView keys) {
    std::string key;
    for (std::size_t i = 0; i < keys.width(); ++i) {
        const std::string_view part = keys[i].value_or("");
        key += std::to_string(part.size()) + ':' + std::string(part);
    }
    return key;
}

std::uint64_t id_of(const Row& row) {
    return number<std::uint64_t>(field(row.at(0)));
}

bool covers(UtcSeconds from, UtcSeconds to, UtcSeconds at) {
    return from <= at && at < to;
}

Row with_refresh(Row row, const FakeNode::Refresh& refresh) {
    row[location_table().at("expires")] = refresh.expires;
    row[location_table().at("cseq")] = refresh.cseq;
    row[location_table().at("last_modified")] = refresh.last_modified;
    return row;
}

/// The refresh of a contact that was in force at a time.
const FakeNode::Refresh& refresh_at(const FakeNode& node, std::uint64_t id, UtcSeconds at) {
    for (const auto& ended : node.refresh_closed)
        if (ended.key == key_of_id(id) && covers(ended.what.captured_at, ended.valid_to, at))
            return ended.what;
    return node.refresh_open.at(id);
}

/// Ends pieces of an open version at the midnights before `before`; days without captures are left out.
std::size_t split(const FakeNode& node, FakeNode::Table& table, const std::string& key,
                  FakeNode::Version& version, UtcSeconds captured_at, UtcSeconds before) {
    using std::chrono::days;
    std::size_t pieces = 0;
    for (UtcSeconds end = midnight(version.valid_from) + days{1}; end < before;
         end = midnight(version.valid_from) + days{1}) {
        table.closed.push_back({key, version, end});
        const auto next = node.ledger.lower_bound(end);
        version.valid_from = midnight(next == node.ledger.end() ? captured_at : next->first);
        ++pieces;
    }
    return pieces;
}

SourceStatus status_of(const LedgerRow& row, const TableSpec& table) {
    if (table.name == "dialog") return row.dialog;
    return table.name == "location" ? row.location : row.dispatcher;
}

} // namespace

FakeNode FakeNode::present() const {
    FakeNode copy;
    for (const auto& [name, table] : tables) copy.tables[name].open = table.open;
    copy.refresh_open = refresh_open;
    copy.compare_turn = compare_turn;
    copy.refused = refused;
    return copy;
}

void FakeNode::take(FakeNode&& done) {
    const auto append = [](auto& to, auto& from) {
        to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    };
    for (auto& [name, table] : done.tables) {
        tables[name].open = std::move(table.open);
        append(tables[name].closed, table.closed);
    }
    refresh_open = std::move(done.refresh_open);
    append(refresh_closed, done.refresh_closed);
    samples.merge(done.samples);
    ledger.merge(done.ledger);
    compare_turn = done.compare_turn;
    refused = done.refused;
}

Rows FakeHistory::snapshot(const std::string& node_name, const TableSpec& table,
                           UtcSeconds captured_at) const {
    Rows rows(table.columns.size());
    const FakeNode& node = nodes.at(node_name);
    const auto capture = node.ledger.find(captured_at);
    if (capture == node.ledger.end() || status_of(capture->second, table) != SourceStatus::ok) return rows;
    std::vector<Row> found;
    const auto take = [&](const FakeNode::Version& version, UtcSeconds valid_to) {
        if (!covers(version.valid_from, valid_to, captured_at)) return;
        found.push_back(table.name == "location"
                            ? with_refresh(version.row, refresh_at(node, id_of(version.row), captured_at))
                            : version.row);
    };
    if (const auto stored = node.tables.find(table.name); stored != node.tables.end()) {
        for (const auto& ended : stored->second.closed) take(ended.what, ended.valid_to);
        for (const auto& [key, version] : stored->second.open) take(version, UtcSeconds::max());
    }
    if (table.with_role(ColumnRole::key).size() == 1)
        std::sort(found.begin(), found.end(), [](const Row& a, const Row& b) { return id_of(a) < id_of(b); });
    else
        std::sort(found.begin(), found.end());
    for (const Row& row : found) add(rows, row);
    return rows;
}

FakeNode& FakeHistoryStore::seen() {
    return working_ ? *working_ : history_.nodes[node_];
}

void FakeHistoryStore::reach(const char* write) {
    if (history_.lost) throw HistoryUnavailable("history database: Server has gone away");
    if (write != nullptr) history_.writes.emplace_back(write);
}

void FakeHistoryStore::refuse(std::string_view table, bool rows) {
    if (rows && history_.refused_tables.contains(table))
        throw RowsRefused("history database: Data too long for a column of " + std::string(table));
}

NodeState FakeHistoryStore::open_node(const std::string& name, OpenNode how) {
    reach();
    NodeState state;
    if (!history_.nodes.contains(name)) {
        if (how == OpenNode::find) return state;
        reach("node");
    }
    node_ = name;
    const FakeNode& node = history_.nodes[name];
    if (!node.ledger.empty()) state.newest = node.ledger.rbegin()->first;
    for (auto at = node.ledger.rbegin(); at != node.ledger.rend(); ++at) {
        const LedgerRow& row = at->second;
        if (row.mi == SourceStatus::ok && !state.newest_mi) state.newest_mi = at->first;
        if (row.dialog == SourceStatus::ok && !state.dialogs) state.dialogs = row.dialogs;
        if (row.location == SourceStatus::ok && !state.contacts) state.contacts = row.contacts;
        if (row.mi == SourceStatus::ok && row.uptime_s && !state.uptime_s) {
            state.mi_read_at = row.started_at;
            state.uptime_s = row.uptime_s;
            state.epoch_started_at = row.epoch_started_at;
        }
        if (state.dialogs && state.contacts && state.uptime_s) break;
    }
    state.compare_turn = node.compare_turn;
    state.refused_since = node.refused;
    return state;
}

void FakeHistoryStore::note_refused(UtcSeconds) {
    reach("note_refused");
    history_.nodes[node_].refused = true;
}

void FakeHistoryStore::learn_statistics(const std::vector<Statistic>& statistics) {
    reach("learn_statistics");
    for (const Statistic& s : statistics) history_.statistics.emplace(s.group, s.name);
}

void FakeHistoryStore::begin(UtcSeconds captured_at) {
    reach("begin");
    const FakeNode& node = history_.nodes[node_];
    if (!node.ledger.empty() && node.ledger.rbegin()->first >= captured_at)
        throw Error("a capture of " + to_datetime(node.ledger.rbegin()->first) + " is already stored");
    working_ = node.present();
    captured_at_ = captured_at;
}

void FakeHistoryStore::each_open(const TableSpec& table, const Rows&,
                                 const std::function<void(RowView)>& show) {
    reach();
    if (node_.empty()) return;
    for (const auto& [key, version] : seen().tables[table.name].open) {
        Rows row(table.columns.size());
        add(row, version.row);
        show(row[0]);
    }
}

void FakeHistoryStore::close(const TableSpec& table, const std::string& key) {
    FakeNode::Table& stored = seen().tables[table.name];
    const auto version = stored.open.find(key);
    if (version == stored.open.end()) throw Error("no open version of " + key);
    split(history_.nodes[node_], stored, key, version->second, captured_at_, captured_at_);
    stored.closed.push_back({key, version->second, captured_at_});
    stored.open.erase(version);
}

void FakeHistoryStore::open(const TableSpec& table, RowView row,
                            const std::optional<std::string>& first_seen) {
    FakeNode::Version version{{}, captured_at_, captured_at_, first_seen.value_or(to_datetime(captured_at_))};
    for (std::size_t i = 0; i < row.width(); ++i) version.row.push_back(owned(row[i]));
    if (!seen().tables[table.name].open.emplace(key_of(table, row), std::move(version)).second)
        throw RowsRefused("Duplicate entry in " + std::string(table.name) + "_open");
}

void FakeHistoryStore::apply(const TableSpec& table, const VersionChanges& changes) {
    reach("apply");
    refuse(table.name, !changes.opened.empty());
    for (std::size_t i = 0; i < changes.closed.size(); ++i) close(table, key_from(changes.closed[i]));
    for (std::size_t i = 0; i < changes.opened.size(); ++i) open(table, changes.opened[i], std::nullopt);
}

std::unique_ptr<ContactStates> FakeHistoryStore::open_contact_states() {
    reach();
    std::vector<ContactState> states;
    if (!node_.empty())
        for (const auto& [id, refresh] : seen().refresh_open)
            states.push_back({.contact_id = id,
                              .last_modified = packed_datetime(refresh.last_modified.value_or("")),
                              .expires = number<std::uint32_t>(field(refresh.expires)),
                              .cseq = number<std::int32_t>(field(refresh.cseq)),
                              .from_memory = !refresh.last_modified});
    auto stream = std::make_unique<StatesInMemory>(std::move(states));
    stream->at_row = [this](std::size_t row) {
        reach();
        if (history_.lost_amid_contacts && row > 0)
            throw HistoryUnavailable("history database: the result broke off");
    };
    return stream;
}

Rows FakeHistoryStore::open_contacts(const Rows& wanted) {
    reach();
    Rows rows(location_table().columns.size() + 1);
    const auto& open = seen().tables["location"].open;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const auto id = number<std::uint64_t>(wanted.field(i, 0));
        const auto version = open.find(key_of_id(id));
        if (version == open.end()) continue;
        add(rows, with_refresh(version->second.row, seen().refresh_open.at(id)));
        rows.add(version->second.first_seen);
    }
    return rows;
}

void FakeHistoryStore::apply(const ContactChanges& changes) {
    reach("apply");
    const TableSpec& table = location_table();
    refuse(table.name, !changes.opened.empty());
    const auto end_refresh = [&](std::uint64_t id) {
        seen().refresh_closed.push_back({key_of_id(id), seen().refresh_open.at(id), captured_at_});
        seen().refresh_open.erase(id);
    };
    for (const std::uint64_t id : changes.closed) {
        close(table, key_of_id(id));
        end_refresh(id);
    }
    for (std::size_t i = 0; i < changes.opened.size(); ++i) {
        const RowView row = changes.opened[i];
        open(table, row, i < changes.first_seen.size() ? changes.first_seen[i] : std::nullopt);
        seen().refresh_open[number<std::uint64_t>(row[0])] = {captured_at_, owned(row[table.at("expires")]),
                                                              owned(row[table.at("cseq")]),
                                                              owned(row[table.at("last_modified")])};
    }
    for (std::size_t i = 0; i < changes.refreshed.size(); ++i) {
        const RowView row = changes.refreshed[i];
        const auto id = number<std::uint64_t>(row[0]);
        end_refresh(id);
        seen().refresh_open[id] = {captured_at_, owned(row[1]), owned(row[2]), owned(row[3])};
    }
}

std::size_t FakeHistoryStore::add_samples(const std::vector<Statistic>& statistics) {
    reach("add_samples");
    refuse("sample", !statistics.empty());
    std::size_t stored = 0;
    for (const Statistic& s : statistics) {
        if (!history_.statistics.contains({s.group, s.name})) continue;
        seen().samples[captured_at_].push_back({s.group, s.name, s.value, s.flag});
        ++stored;
    }
    return stored;
}

void FakeHistoryStore::set_compare_turn(std::uint64_t turn) {
    reach("set_compare_turn");
    seen().compare_turn = turn;
}

void FakeHistoryStore::commit(const LedgerRow& row) {
    reach("commit");
    working_->ledger.emplace(row.captured_at, row);
    working_->refused = false;
    history_.nodes[node_].take(*std::exchange(working_, std::nullopt));
    if (history_.lost_at_commit)
        throw CommitInDoubt("history database: Lost connection; the next run finds out");
}

void FakeHistoryStore::discard() {
    reach();
    working_.reset();
}

std::size_t FakeHistoryStore::split_at_midnight(UtcSeconds captured_at, Seconds) {
    reach();
    if (history_.split_fails) throw HistoryUnavailable("history database: Lock wait timeout exceeded");
    FakeNode& node = history_.nodes[node_];
    std::size_t rows = 0;
    for (auto& [name, table] : node.tables)
        for (auto& [key, version] : table.open)
            rows += split(node, table, key, version, captured_at, midnight(captured_at) + Seconds{1});
    return rows;
}

} // namespace sipkeep::test
