#include "splice_ledger.hpp"

#include "sipkeep/core/capture.hpp"
#include "sipkeep/db/connection.hpp"

#include "dropped.hpp"
#include "ledger.hpp"
#include "time_literal.hpp"

#include <sstream>

namespace sipkeep {

namespace {

using std::chrono::days;

std::string in_day(const std::string& column, UtcSeconds day) {
    return column + " >= " + at(day) + " AND " + column + " < " + at(day + days{1});
}

void require_day(Connection& connection, unsigned node_id, UtcSeconds day) {
    static constexpr std::array<std::pair<const char*, const char*>, 4> tables{
        {{"dialog_version", "dialogs"},
         {"location_version", "contacts"},
         {"dispatcher_version", "destinations"},
         {"mi_row_version", "mi_rows"}}};
    const std::string of_node = " WHERE node_id = " + std::to_string(node_id) + " AND ";
    for (const auto& [table, count] : tables) {
        const auto seen = connection.value("SELECT 1 FROM capture" + of_node + in_day("captured_at", day) +
                                           " AND " + count + " > 0 LIMIT 1");
        if (!seen) continue;
        const auto kept = connection.value("SELECT 1 FROM " + std::string(table) + of_node +
                                           in_day("valid_from", day) + " LIMIT 1");
        if (!kept)
            throw Error(connection.where() + ": " + table + " holds nothing of " + to_date(day) +
                        " any more: a capture can't be put in where the captures beside it were dropped");
    }
}

std::string replaced_flag(const std::string& flags, const std::string& flag, bool set) {
    std::string kept = set ? flag : std::string();
    std::istringstream names(flags);
    for (std::string name; std::getline(names, name, ',');)
        if (name != flag) kept += (kept.empty() ? "" : ",") + name;
    return kept;
}

} // namespace

void require_kept(Connection& connection, unsigned node_id, const SplicePlace& place) {
    for (const RetentionClass one :
         {RetentionClass::samples, RetentionClass::dialog, RetentionClass::location,
          RetentionClass::dispatcher, RetentionClass::mi_rows, RetentionClass::ledger})
        if (const UtcSeconds since = dropped_to(connection, one); place.at < since)
            throw Error(connection.where() + ": history older than " + to_rfc3339(since) +
                        " was dropped (retention." + std::string(to_string(one)) +
                        "): a capture can't be put in there any more");
    if (!place.day_is_new) require_day(connection, node_id, place.day);
    if (place.day_before) require_day(connection, node_id, *place.day_before);
    for (const auto& next : place.next)
        if (next) require_day(connection, node_id, midnight(*next));
}

void correct_counts(Connection& connection, unsigned node_id, UtcSeconds next, const SpliceCounts& counts) {
    const auto changed = [](const char* column, std::int64_t by) {
        return std::string(column) + " = " + column + (by < 0 ? " - " : " + ") + std::to_string(std::abs(by));
    };
    if (counts.next_opened == 0 && counts.next_closed == 0 && counts.next_refreshed == 0) return;
    connection.execute("UPDATE capture SET " + changed("opened", counts.next_opened) + ", " +
                       changed("closed", counts.next_closed) + ", " +
                       changed("refreshed", counts.next_refreshed) +
                       " WHERE node_id = " + std::to_string(node_id) + " AND captured_at = " + at(next));
}

std::string SpliceLedger::of_capture(UtcSeconds at) const {
    return " WHERE node_id = " + std::to_string(node_id_) + " AND captured_at = " + literal(to_datetime(at));
}

void SpliceLedger::write(LedgerRow& row, const Stopwatch& stopwatch) {
    const NodeState before = read_node_state(
        connection_, node_id_,
        {.before = place_.at, .rows = row.dialogs || row.contacts, .uptime = row.uptime_s.has_value()});
    flag_emptied(row, Source::dialog, "dialogs", "dialog_emptied", row.dialogs, before.dialogs);
    flag_emptied(row, Source::location, "contacts", "location_emptied", row.contacts, before.contacts);
    row.elapsed = stopwatch.elapsed();
    if (row.mi == SourceStatus::ok) row.mi_before = before.newest_mi;
    insert_ledger_row(connection_, node_id_, row, place_.day);
    const auto next_mi = place_.next.at(static_cast<std::size_t>(Source::mi));
    if (row.mi == SourceStatus::ok && next_mi)
        connection_.execute("UPDATE capture SET mi_before = " + at(row.captured_at) + of_capture(*next_mi));
    if (row.mi == SourceStatus::ok && row.uptime_s) correct_epochs(row);
}

void SpliceLedger::flag_emptied(LedgerRow& row, Source source, const std::string& count,
                                const std::string& flag, const std::optional<std::uint64_t>& rows,
                                const std::optional<std::uint64_t>& before) {
    if (!rows) return;
    if (emptied(before, *rows)) row.flags.push_back(flag);
    const auto next = place_.next.at(static_cast<std::size_t>(source));
    if (!next) return;
    std::string flags;
    std::uint64_t next_rows = 0;
    {
        auto found = connection_.query("SELECT flags, " + count + " FROM capture" + of_capture(*next));
        while (found.next()) {
            flags = found.string(0);
            next_rows = found.number(1);
        }
    }
    const std::string now = replaced_flag(flags, flag, emptied(rows, next_rows));
    connection_.execute("UPDATE capture SET flags = " + literal(now) + of_capture(*next));
}

/// A life of OpenSIPS began where the capture before tells so: with another capture before, it may be an
/// earlier or another life, until one agrees with what is stored.
void SpliceLedger::correct_epochs(const LedgerRow& row) {
    NodeState before;
    before.mi_read_at = row.started_at;
    before.uptime_s = row.uptime_s;
    before.epoch_started_at = row.epoch_started_at;
    std::vector<std::pair<UtcSeconds, UtcSeconds>> corrected;
    bool agrees = false;
    // The first one agrees nearly always, and years may follow it.
    for (UtcSeconds after = row.captured_at; !agrees;) {
        auto rows = connection_.few(
            "SELECT captured_at, started_at, uptime_s, epoch_started_at FROM capture WHERE node_id = " +
            std::to_string(node_id_) + " AND captured_at > " + at(after) +
            " AND mi_status = 'ok' AND uptime_s IS NOT NULL ORDER BY captured_at LIMIT 100");
        bool more = false;
        while (!agrees && rows.next()) {
            more = true;
            after = from_datetime(rows.string(0));
            const UtcMilliseconds started = milliseconds_of(rows.string(1));
            const auto uptime = static_cast<std::int64_t>(rows.number(2));
            const UtcSeconds epoch = epoch_of(before, started, uptime);
            agrees = !rows.null(3) && from_datetime(rows.string(3)) == epoch;
            if (!agrees) corrected.emplace_back(after, epoch);
            before.mi_read_at = started;
            before.uptime_s = uptime;
            before.epoch_started_at = epoch;
        }
        if (!more) break;
    }
    for (const auto& [captured_at, epoch] : corrected)
        connection_.execute("UPDATE capture SET epoch_started_at = " + at(epoch) + of_capture(captured_at));
}

} // namespace sipkeep
