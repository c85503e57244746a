#include "node_check.hpp"

#include "sipkeep/db/connection.hpp"

#include "ledger.hpp"
#include "partition_check.hpp"
#include "partitions.hpp"
#include "sample_days.hpp"
#include "time_literal.hpp"

#include <algorithm>

namespace sipkeep {

namespace {

using std::chrono::days;

constexpr std::string_view snapshot = "snapshot_begun";

} // namespace

void mark_snapshot(Connection& connection) {
    connection.execute("SAVEPOINT " + std::string(snapshot));
}

void let_go_of_tables(Connection& connection) {
    connection.execute("ROLLBACK TO SAVEPOINT " + std::string(snapshot));
}

NodeCheck::NodeCheck(CheckedNode& node, const std::set<std::uint64_t>& statistics, const Days& days)
    : node_(node), statistics_(statistics), days_(days),
      dialog_(node, dialog_table(), Source::dialog, start_of("dialog_version", "valid_from")),
      location_(node, location_table(), Source::location, start_of("location_version", "valid_from")),
      dispatcher_(node, dispatcher_table(), Source::dispatcher, start_of("dispatcher_version", "valid_from")),
      mi_rows_(node, mi_row_table(), Source::mi_rows, start_of("mi_row_version", "valid_from")),
      refreshes_(node, location_, start_of("location_refresh_closed", "valid_to")), roll_ups_(node),
      samples_packed_to_(from_datetime(
          node.connection
              .value("SELECT samples_packed_to FROM node WHERE node_id = " + std::to_string(node.id))
              .value_or("1970-01-01 00:00:00"))),
      samples_from_(start_of("sample", "captured_at")), packed_from_(start_of("sample_day", "day")) {}

UtcSeconds NodeCheck::start_of(const std::string& table, const std::string& column) const {
    const UtcSeconds kept = kept_from(node_.connection, node_.id, table, column).value_or(days_.before);
    if (days_.imported) return kept > *days_.from && holds(table, *days_.from) ? *days_.from : days_.before;
    return days_.from ? std::max(kept, *days_.from) : kept;
}

/// An imported day may have gone with its partition, when its time was over.
bool NodeCheck::holds(const std::string& table, UtcSeconds day) const {
    const auto of = std::ranges::find(partitioned_tables(), table, &PartitionedTable::name);
    const std::string column(of->time_column);
    return node_.connection
        .value("SELECT 1 FROM " + table + of_node(node_.id, "") + " AND " + column +
               " >= " + literal(to_datetime(day + of->past_midnight)) + " AND " + column + " < " +
               literal(to_datetime(day + of->past_midnight + days{1})) + " LIMIT 1")
        .has_value();
}

std::string NodeCheck::of_day(const std::string& column, UtcSeconds day) const {
    return of_node(node_.id, "") + " AND " + column + " >= " + literal(to_datetime(day)) + " AND " + column +
           " < " + literal(to_datetime(day + days{1}));
}

void NodeCheck::add(Invariant invariant, UtcSeconds captured_at, const std::string& what) {
    node_.findings.add(invariant, "capture, node " + node_.name + ", " + shown(captured_at) + ": " + what);
}

void NodeCheck::run() {
    check_pending();
    // First, as these look into all partitions: the server refuses that once a run has added some.
    for (VersionCheck* versions : {&dialog_, &location_, &dispatcher_, &mi_rows_}) versions->check_open();
    const UtcSeconds first = std::min({dialog_.start(), location_.start(), dispatcher_.start(),
                                       mi_rows_.start(), samples_from_, packed_from_});
    for (UtcSeconds day = first; day < days_.before; day += days{1}) {
        let_go_of_tables(node_.connection);
        check_day(day);
    }
    for (VersionCheck* versions : {&dialog_, &location_, &dispatcher_, &mi_rows_})
        versions->finish(days_.all);
}

void NodeCheck::check_day(UtcSeconds day) {
    const auto nothing_more = [](auto&, const auto&) {};
    dialog_.check_day(day, nothing_more);
    dispatcher_.check_day(day, nothing_more);
    mi_rows_.check_day(day, nothing_more);
    location_.check_day(
        day, [&](auto& versions, const KeySlice& slice) { refreshes_.check_day(day, versions, slice); });
    if (keeps_samples(day)) check_samples(day);
    check_ledger(day);
    if (!days_.imported) roll_ups_.check_day(day);
}

void NodeCheck::check_pending() {
    const auto pending = node_.ledger.pending();
    const auto newest = node_.ledger.newest();
    if (pending && newest && *pending <= *newest)
        node_.findings.add(Invariant::pending, "node, node " + node_.name + ": pending_at is " +
                                                   shown(*pending) + ", but a capture of " + shown(*newest) +
                                                   " is stored: its changes are hidden from the views");
    else if (pending)
        node_.findings.notes.push_back("node " + node_.name + ": the capture of " + shown(*pending) +
                                       " is being written, or was cut off; it is left out here, and the next "
                                       "run undoes what is not whole");
    auto rows = node_.connection.query(
        "SELECT captured_at, COUNT(*) FROM dialog_ended" + of_node(node_.id, "") +
        (pending ? " AND captured_at <> " + literal(to_datetime(*pending)) : "") + " GROUP BY captured_at");
    while (rows.next())
        node_.findings.add(Invariant::pending, "dialog_ended, node " + node_.name + ": " + rows.string(1) +
                                                   " calls of the capture of " + rows.string(0) +
                                                   ", which is not being written");
}

/// Retention drops plain and packed ones apart.
bool NodeCheck::keeps_samples(UtcSeconds day) const {
    return day >= (day < samples_packed_to_ ? packed_from_ : samples_from_);
}

void NodeCheck::check_samples(UtcSeconds day) {
    samples_.clear();
    std::string table = "sample";
    if (day < samples_packed_to_) {
        table = "sample_late"; // the rest of its samples are packed
        check_packed(day);
    }
    {
        auto rows = node_.connection.query("SELECT " + seconds_of("captured_at") + ", COUNT(*) FROM " +
                                           table + of_day("captured_at", day) + " GROUP BY captured_at");
        while (rows.next()) samples_[time_of(rows, 0)] += rows.number(1);
    }
    for (const auto& [at, count] : samples_) {
        node_.findings.samples += count;
        if (!node_.ledger.saw(Source::mi, at))
            node_.findings.add(Invariant::samples, "sample, node " + node_.name + ", " + shown(at) + ": " +
                                                       std::to_string(count) +
                                                       " samples of no capture that read mi");
    }
    auto rows = node_.connection.query("SELECT statistic_id, COUNT(*), MIN(captured_at) FROM " + table +
                                       of_day("captured_at", day) + " GROUP BY statistic_id");
    while (rows.next())
        check_known(rows.number(0), table, rows.string(1) + " samples from " + rows.string(2) + " on");
}

void NodeCheck::check_known(std::uint64_t statistic_id, const std::string& table, const std::string& what) {
    if (statistics_.contains(statistic_id)) return;
    node_.findings.add(Invariant::samples, table + ", node " + node_.name + ", statistic_id " +
                                               std::to_string(statistic_id) + ": " + what +
                                               ", but statistic has no such id");
}

/// Each row must give back the samples that it says it holds.
void NodeCheck::check_packed(UtcSeconds day) {
    auto rows = node_.connection.query(select_packed(node_.id) + " AND day = " + on(day));
    while (rows.next()) {
        const std::string where = "sample_day, node " + node_.name + ", statistic_id " + rows.string(0) +
                                  ", " + rows.string(1) + ": ";
        try {
            const PackedDay packed = packed_of(rows);
            const std::vector<DaySample> samples = unpack_day(packed);
            for (const DaySample& sample : samples) ++samples_[day + Seconds{sample.second}];
            if (!samples.empty() && !tells_the_same(packed, pack_day(samples)))
                node_.findings.add(Invariant::samples,
                                   where + "its bounds and counts are not those of its values");
        } catch (const DatabaseError&) {
            throw;
        } catch (const Error& error) {
            node_.findings.add(Invariant::samples, where + error.what());
        }
        check_known(rows.number(0), "sample_day", "a day of samples, " + rows.string(1));
    }
}

void NodeCheck::check_ledger(UtcSeconds day) {
    if (node_.ledger.begins_anew(day)) newest_mi_.reset();
    auto rows = node_.connection.query(
        "SELECT " + seconds_of("captured_at") + ", " + seconds_of("versions_from") +
        ", opened, closed, refreshed, dialog_status = 'ok', " + in_force_by(dialog_table()) +
        ", location_status = 'ok', " + in_force_by(location_table()) +
        ", "
        "dispatcher_status = 'ok', destinations, mi_status = 'ok', samples, " +
        seconds_of("mi_before") + ", mi_row_status = 'ok', " + in_force_by(mi_row_table()) + " FROM capture" +
        of_day("captured_at", day) + " ORDER BY captured_at");
    while (rows.next()) {
        ++node_.findings.captures;
        const UtcSeconds at = time_of(rows, 0);
        if (time_of(rows, 1) > day)
            add(Invariant::counts, at,
                "versions_from is " + shown(time_of(rows, 1)) +
                    ", after the midnight before it: snapshots of it lack versions");
        check_changes(rows, at);
        check_in_force(rows, at, 5, dialog_, "dialogs");
        check_in_force(rows, at, 7, location_, "contacts");
        check_in_force(rows, at, 9, dispatcher_, "destinations");
        check_in_force(rows, at, 14, mi_rows_, "mi_rows");
        if (keeps_samples(day)) check_count(rows, at, 11, "samples", samples_[at]);
        check_mi_before(rows, at);
    }
}

/// Of the first one that is looked at nobody knows, nor of one before which captures were dropped.
void NodeCheck::check_mi_before(Result& row, UtcSeconds at) {
    if (row.number(11) == 0) return;
    if (!row.null(13) && time_of(row, 13) < node_.ledger.dropped_to()) {
        newest_mi_ = at;
        return;
    }
    const bool may_be_away = days_.imported || node_.ledger.begins_anew(midnight(at));
    if (!newest_mi_ && !row.null(13) && !node_.ledger.saw(Source::mi, time_of(row, 13)) &&
        !(may_be_away && node_.ledger.may_know(Source::mi, time_of(row, 13))))
        add(Invariant::ledger, at, "mi_before is " + shown(time_of(row, 13)) + ", when no capture read MI");
    if (newest_mi_ && (row.null(13) || time_of(row, 13) != *newest_mi_))
        add(Invariant::ledger, at,
            "mi_before is " + (row.null(13) ? "NULL" : shown(time_of(row, 13))) + ", but the capture of " +
                shown(*newest_mi_) + " read MI before it: statistic_rate is wrong here");
    newest_mi_ = at;
}

void NodeCheck::check_changes(Result& row, UtcSeconds at) {
    const auto compare = [&](std::size_t column, const std::string& name, const std::string& what,
                             std::uint64_t found) {
        if (row.number(column) != found)
            add(Invariant::counts, at,
                name + " is " + row.string(column) + ", but " + std::to_string(found) + " " + what);
    };
    std::uint64_t opened = 0;
    std::uint64_t closed = 0;
    UtcSeconds start{};
    for (VersionCheck* versions : {&dialog_, &location_, &dispatcher_, &mi_rows_}) {
        const VersionCheck::Changes changes = versions->advance(at);
        opened += changes.opened;
        closed += changes.closed;
        start = std::max(start, versions->start());
    }
    const std::uint64_t refreshed = refreshes_.refreshed(at);
    if (at < start) return;
    compare(2, "opened", "versions begin there", opened);
    // What ended at the midnight that the first day begins with began on the day before.
    if (at > start) compare(3, "closed", "versions end there", closed);
    if (at >= refreshes_.start()) compare(4, "refreshed", "registrations were refreshed there", refreshed);
}

void NodeCheck::check_in_force(Result& row, UtcSeconds at, std::size_t column, const VersionCheck& versions,
                               const std::string& name) {
    if (at < versions.start()) return;
    const auto found = static_cast<std::uint64_t>(std::max<std::int64_t>(versions.in_force(), 0));
    check_count(row, at, column, name, found);
}

void NodeCheck::check_count(Result& row, UtcSeconds at, std::size_t column, const std::string& what,
                            std::uint64_t found) {
    const bool looked = row.number(column) == 1;
    const bool counted = !row.null(column + 1);
    if (looked != counted)
        add(Invariant::counts, at,
            looked ? what + " is NULL, though their source was read"
                   : what + " is " + row.string(column + 1) + ", though their source was not read");
    else if (counted && row.number(column + 1) != found)
        add(Invariant::counts, at,
            what + " is " + row.string(column + 1) + ", but the tables hold " + std::to_string(found));
}

} // namespace sipkeep
