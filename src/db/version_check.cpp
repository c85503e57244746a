#include "version_check.hpp"

#include "sipkeep/db/connection.hpp"

#include "ledger.hpp"

#include <algorithm>
#include <tuple>

namespace sipkeep {

namespace {

using std::chrono::days;

bool is_midnight(UtcSeconds time) {
    return midnight(time) == time;
}

std::string begin_and_key(const CheckedVersion& version) {
    return shown(version) + ": ";
}

} // namespace

const UtcSeconds endless = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31};

std::string shown(UtcSeconds time) {
    return time == endless ? "open" : to_datetime(time);
}

std::string shown(const CheckedVersion& version) {
    return "[" + shown(version.from) + ", " + shown(version.to) + ")";
}

std::string seconds_of(const std::string& column) {
    return "TIMESTAMPDIFF(SECOND, '1970-01-01', " + column + ")";
}

UtcSeconds time_of(Result& row, std::size_t column) {
    return UtcSeconds{Seconds{static_cast<std::int64_t>(row.number(column))}};
}

std::string of_node(unsigned node_id, const std::string& alias) {
    return " WHERE " + (alias.empty() ? "" : alias + ".") + "node_id = " + std::to_string(node_id);
}

std::string KeySlice::condition(const std::string& key) const {
    // By hash: OpenSIPS makes ids of hashes and counters, of which any remainder may hold more than its
    // share.
    if (of == 1) return "";
    return " AND CRC32(" + key + ") MOD " + std::to_string(of) + " = " + std::to_string(number);
}

VersionCheck::VersionCheck(CheckedNode& node, const TableSpec& table, Source source, UtcSeconds start)
    : node_(node), table_(table), source_(source), start_(start), name_(table.name) {
    const auto keys = table.with_role(ColumnRole::key);
    if (keys.size() == 1) number_key_ = table.columns[keys.front()].name;

    // In force when the first day begins: none but versions that midnight has not split yet.
    const auto newest = node_.connection.value("SELECT versions_from FROM capture" + of_node(node_.id, "") +
                                               " ORDER BY captured_at DESC LIMIT 1");
    if (!newest) return;
    const std::string at = literal(to_datetime(start_));
    in_force_ = std::stoll(node_.connection
                               .value("SELECT COUNT(*) FROM " + version_table() + of_node(node_.id, "") +
                                      " AND valid_from >= " + literal(*newest) + " AND valid_from < " + at +
                                      " AND valid_to > " + at)
                               .value_or("0"));
}

std::string VersionCheck::place(std::uint64_t key, const std::string& table) const {
    return table + ", node " + node_.name + ", " +
           (number_key_.empty() ? texts_.at(key) : number_key_ + " " + std::to_string(key));
}

std::string VersionCheck::key_sql(const std::string& alias) const {
    if (!number_key_.empty()) return alias + "." + number_key_;
    std::string list;
    for (const std::size_t column : table_.with_role(ColumnRole::key))
        list += ", " + alias + "." + std::string(table_.columns[column].name);
    return "CONCAT_WS(' '" + list + ")";
}

std::string VersionCheck::same_key() const {
    std::string text = "o.node_id = v.node_id";
    for (const std::size_t column : table_.with_role(ColumnRole::key)) {
        const std::string name(table_.columns[column].name);
        text += " AND o.";
        text += name + " = v." + name;
    }
    return text;
}

std::uint64_t VersionCheck::key_of(Result& row) {
    if (!number_key_.empty()) return row.number(0);
    const auto [found, is_new] = by_text_.try_emplace(row.string(0), texts_.size());
    if (is_new) texts_.push_back(found->first);
    return found->second;
}

std::uint64_t VersionCheck::slices_of(UtcSeconds day) const {
    const auto count =
        node_.connection.value("SELECT COUNT(*) FROM " + version_table() + of_node(node_.id, "") +
                               " AND valid_from >= " + literal(to_datetime(day)) + " AND valid_from < " +
                               literal(to_datetime(day + days{1})));
    return 1 + std::stoull(count.value_or("0")) / node_.versions_in_memory;
}

std::vector<CheckedVersion> VersionCheck::read(UtcSeconds day, KeySlice slice) {
    const bool has_refresh = table_.has_role(ColumnRole::refresh);
    std::string columns = key_sql("v");
    for (const char* column : {"v.valid_from", "v.valid_to", "v.began", "o.valid_from"})
        columns += ", " + seconds_of(column);
    if (has_refresh) columns += ", " + seconds_of("o.captured_at") + ", " + seconds_of("v.first_seen");
    auto rows = node_.connection.query(
        "SELECT " + columns + " FROM " + version_table() + " v LEFT JOIN " + name_ + "_open o ON " +
        same_key() + of_node(node_.id, "v") + " AND v.valid_from >= " + literal(to_datetime(day)) +
        " AND v.valid_from < " + literal(to_datetime(day + days{1})) + slice.condition(key_sql("v")));
    std::vector<CheckedVersion> versions;
    while (rows.next()) {
        ++node_.findings.versions;
        const UtcSeconds from = time_of(rows, 1);
        versions.push_back({.key = key_of(rows),
                            .from = from,
                            .to = time_of(rows, 2),
                            .began = time_of(rows, 3),
                            .open_refresh = has_refresh ? time_of(rows, 5) : from,
                            .refreshed_to = from});
        judge(versions.back(), rows, day);
        if (!has_refresh) continue;
        const UtcSeconds first_seen = time_of(rows, 6);
        if (first_seen == versions.back().began) continue; // judged already
        if (first_seen > versions.back().began || !node_.ledger.may_know(source_, first_seen))
            add(Invariant::ledger, place(versions.back().key, version_table()) + " " +
                                       begin_and_key(versions.back()) + "first_seen " + shown(first_seen) +
                                       " is no capture at or before its beginning that read " + name_);
    }
    return versions;
}

void VersionCheck::judge(const CheckedVersion& version, Result& row, UtcSeconds day) {
    const std::string where = place(version.key, version_table()) + " ";
    if (version.to <= version.from)
        add(Invariant::intervals, where + begin_and_key(version) + "it does not end after it begins");
    if (version.to != endless && version.to > day + days{1})
        add(Invariant::intervals,
            where + begin_and_key(version) + "it goes on beyond a midnight that should have split it");
    judge_begin(version, day);
    judge_end(version);
    judge_open(version, row);
}

void VersionCheck::judge_begin(const CheckedVersion& version, UtcSeconds day) {
    Changes& changes = changes_[version.from];
    ++changes.growth;
    const std::string where = place(version.key, version_table()) + " " + begin_and_key(version);
    if (version.from == version.began) {
        ++changes.opened;
        if (!node_.ledger.may_have_seen(source_, version.from))
            add(Invariant::ledger, where + "it begins at no capture that read " + name_);
        return;
    }
    if (version.began > version.from || !is_midnight(version.from))
        add(Invariant::ledger,
            where + "began " + shown(version.began) + " differs from valid_from, which is no later midnight");
    else if (!node_.ledger.may_know(source_, version.began))
        add(Invariant::ledger, where + "began " + shown(version.began) + " is no capture that read " + name_);
    else if (day != start_ && !goes_on(version) && !node_.ledger.begins_anew(day))
        add(Invariant::ledger, where + "it goes on from before midnight, but no version that began " +
                                   shown(version.began) + " ends there");
}

void VersionCheck::judge_end(const CheckedVersion& version) {
    if (version.to == endless) return;
    Changes& changes = changes_[version.to];
    --changes.growth;
    ++changes.closed; // taken back if it goes on
    if (is_midnight(version.to))
        ending_.push_back({.key = version.key, .began = version.began, .at = version.to});
    else if (!node_.ledger.may_have_seen(source_, version.to))
        add(Invariant::ledger, place(version.key, version_table()) + " " + begin_and_key(version) +
                                   "it ends at no capture that read " + name_);
}

void VersionCheck::judge_open(const CheckedVersion& version, Result& row) const {
    const bool listed = !row.null(4);
    const UtcSeconds open_from = time_of(row, 4);
    const std::string where = place(version.key, version_table()) + " " + begin_and_key(version);
    if (version.to == endless && (!listed || open_from != version.from))
        add(Invariant::open, where + "it is open, but " + name_ + "_open has " +
                                 (listed ? "that of " + shown(open_from) : "none") + " of this key");
    else if (version.to != endless && listed && open_from < version.to)
        add(Invariant::intervals, where + "it overlaps the open version of " + shown(open_from));
}

void VersionCheck::judge_together(std::vector<CheckedVersion>& versions) const {
    std::ranges::sort(versions, {}, [](const auto& v) { return std::tuple(v.key, v.from); });
    for (std::size_t i = 1; i < versions.size(); ++i) {
        const CheckedVersion& before = versions[i - 1];
        // One that is open was judged by the row of its key in the open table.
        if (before.key == versions[i].key && before.to != endless && versions[i].to != endless &&
            before.to > versions[i].from)
            add(Invariant::intervals, place(before.key, version_table()) + " " + shown(before) +
                                          ": it overlaps the version " + shown(versions[i]));
    }
}

bool VersionCheck::goes_on(const CheckedVersion& piece) {
    const auto before = std::ranges::lower_bound(ended_, std::tuple(piece.key, piece.began), {},
                                                 [](const auto& e) { return std::tuple(e.key, e.began); });
    if (before == ended_.end() || before->key != piece.key || before->began != piece.began ||
        before->goes_on || before->at > piece.from)
        return false;
    // Days in which nobody looked are left out; others have pieces of their own.
    if (node_.ledger.any(before->at, piece.from)) return false;
    before->goes_on = true;
    if (before->at == piece.from) --changes_[piece.from].closed;
    return true;
}

void VersionCheck::miss_the_rest(const Ended& version) {
    // One that a capture at the first moment of a day found gone, after days in which nobody looked, has
    // ended where these began.
    const auto next = node_.ledger.next(version.at);
    if (!version.goes_on && next && *next > version.at && is_midnight(*next) &&
        node_.ledger.may_have_seen(source_, *next)) {
        ++changes_[*next].closed;
        return;
    }
    // A capture at that midnight may have ended it; whether it did, its counts tell.
    if (!version.goes_on && !node_.ledger.may_have_seen(source_, version.at))
        add(Invariant::ledger, place(version.key, version_table()) + " (began " + shown(version.began) +
                                   "): it ends at the midnight of " + shown(version.at) +
                                   ", but neither goes on nor was ended by a capture");
}

void VersionCheck::judge_ended(UtcSeconds day) {
    std::erase_if(ended_, [&](const Ended& version) {
        // Until somebody has looked again nobody can have split it.
        if (!version.goes_on && !node_.ledger.any(version.at, day + days{1})) return false;
        miss_the_rest(version);
        return true;
    });
    if (node_.ledger.goes_on(day)) ended_.insert(ended_.end(), ending_.begin(), ending_.end());
    ending_.clear();
    std::ranges::sort(ended_, {}, [](const auto& e) { return std::tuple(e.key, e.began); });
}

void VersionCheck::finish(bool all) {
    if (!all) return;
    for (const Ended& version : ended_) miss_the_rest(version);
}

void VersionCheck::check_split() {
    // The bound that snapshots of the newest capture are read by, and that of the next one.
    const auto bound = node_.connection.value(
        "SELECT MAX(since) FROM (SELECT IF(after_id = 18446744073709551615, midnight, since) AS since FROM "
        "key_frame" +
        of_node(node_.id, "") + " AND table_name = " + literal(name_) +
        " UNION ALL SELECT MAX(versions_from) FROM capture" + of_node(node_.id, "") + ") bounds");
    if (!bound) return;
    auto rows = node_.connection.query("SELECT " + key_sql("o") + ", " + seconds_of("o.valid_from") +
                                       " FROM " + name_ + "_open o" + of_node(node_.id, "o") +
                                       " AND o.valid_from < " + literal(*bound));
    while (rows.next())
        add(Invariant::open, place(key_of(rows), name_ + "_open") + ": its version of " +
                                 shown(time_of(rows, 1)) + " begins before " + *bound +
                                 ", where midnight has split all: snapshots lack it");
}

VersionCheck::Changes VersionCheck::advance(UtcSeconds at) {
    Changes now;
    while (!changes_.empty() && changes_.begin()->first <= at) {
        in_force_ += changes_.begin()->second.growth;
        if (changes_.begin()->first == at) now = changes_.begin()->second;
        changes_.erase(changes_.begin());
    }
    return now;
}

void VersionCheck::check_open() {
    const std::string open = name_ + "_open";
    {
        auto rows = node_.connection.query(
            "SELECT " + key_sql("o") + ", " + seconds_of("o.valid_from") + " FROM " + open + " o LEFT JOIN " +
            version_table() + " v ON " + same_key() + " AND v.valid_from = o.valid_from AND v.valid_to = " +
            literal(to_datetime(endless)) + of_node(node_.id, "o") + " AND v.node_id IS NULL");
        while (rows.next())
            add(Invariant::open, place(key_of(rows), open) + ": it lists a version of " +
                                     shown(time_of(rows, 1)) + ", but no open one begins there");
    }
    check_split();
    // A capture being written has changed the list already; versions alone tell what was before.
    if (node_.ledger.pending()) return;
    const std::string count = in_force_by(table_);
    // What imported days saw has ended with them.
    const auto own = node_.ledger.first_own();
    const auto told =
        own ? node_.connection.value("SELECT " + count + " FROM capture" + of_node(node_.id, "") +
                                     " AND captured_at >= " + literal(to_datetime(*own)) + " AND " + name_ +
                                     "_status = 'ok' ORDER BY captured_at DESC LIMIT 1")
            : std::nullopt;
    const auto found =
        node_.connection.value("SELECT COUNT(*) FROM " + open + of_node(node_.id, "")).value_or("0");
    if (found != told.value_or("0"))
        add(Invariant::open, open + ", node " + node_.name + ": it lists " + found +
                                 " versions, but the newest capture that read " + name_ + " saw " +
                                 told.value_or("0"));
}

} // namespace sipkeep
