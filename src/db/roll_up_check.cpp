#include "roll_up_check.hpp"

#include "sipkeep/db/connection.hpp"

#include "day_edges.hpp"
#include "dropped.hpp"
#include "raw_calls.hpp"
#include "raw_day.hpp"
#include "raw_ledger.hpp"
#include "rolled_rows.hpp"

#include <algorithm>

namespace sipkeep {

namespace {

/// Two rows of these keys are the same.
std::string fields_of(RowView row, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += (i == 0 ? "" : ", ") + std::string(row[i].value_or("NULL"));
    return text;
}

/// Retention drops hours before days: what it has dropped is not compared.
bool same(RowView stored, RowView derived) {
    for (std::size_t i = 0; i < stored.width(); ++i) {
        const bool hours = i + 1 == stored.width();
        if (stored[i] != derived[i] && !(hours && !stored[i])) return false;
    }
    return true;
}

/// CONCAT_WS leaves NULL out.
std::string with_nulls(std::string_view columns) {
    std::string list;
    for (std::size_t at = 0; at < columns.size();) {
        const std::size_t end = std::min(columns.find(", ", at), columns.size());
        list += ", COALESCE(" + std::string(columns.substr(at, end - at)) + ", CHAR(0))";
        at = end + 2;
    }
    return list;
}

} // namespace

RollUpCheck::RollUpCheck(CheckedNode& node)
    : node_(node),
      rolled_to_(from_datetime(
          node.connection.value("SELECT rolled_to FROM node WHERE node_id = " + std::to_string(node.id))
              .value_or("1970-01-01 00:00:00"))),
      days_from_(dropped_to(node.connection, RetentionClass::rollup_day)),
      calls_from_(dropped_to(node.connection, RetentionClass::dialog)),
      registrations_from_(dropped_to(node.connection, RetentionClass::location)),
      refreshes_from_(dropped_to(node.connection, RetentionClass::refresh)) {
    auto rows = node.connection.few("SELECT CAST(day AS DATETIME) FROM roll_up_due WHERE node_id = " +
                                    std::to_string(node.id));
    while (rows.next()) due_.insert(from_datetime(rows.string(0)));
}

void RollUpCheck::check_day(UtcSeconds day) {
    if (day >= rolled_to_ || due_.contains(day) || !DayEdges(node_.connection, node_.id, day).told()) return;
    RawDay raw(node_.connection, node_.id, day);
    RolledRows rows(node_.id, day, RolledRows::Hours::plain);
    const std::string hours = ", CONVERT(UNCOMPRESS(hours) USING utf8mb4) FROM ";
    const bool kept = day >= days_from_;
    if (kept && still_told(node_.connection, RetentionClass::samples, day)) {
        rows.add_statistics(raw);
        compare("statistic_roll_up",
                "SELECT " + std::string(RolledRows::statistic_columns) + hours + "statistic_roll_up" +
                    rows.of_day() + " ORDER BY statistic_id",
                rows.statistics(), 3, day);
        compare("counter_reset",
                "SELECT " + std::string(RolledRows::reset_columns) + " FROM counter_reset" +
                    rows.in_day("captured_at") + " ORDER BY statistic_id, captured_at",
                rows.resets(), 3, day);
    }
    if (still_told(node_.connection, RetentionClass::ledger, day)) check_ledger(rows, hours, day);
    if (day >= calls_from_)
        compare_events("gateway_roll_up", RolledRows::gateway_columns, rows.of_day(),
                       select_gateways(node_.id, day), day);
    if (day >= calls_from_ && still_told(node_.connection, RetentionClass::records, day))
        check_calls_without_record(day);
    // It reads the calls of the day before, too.
    if (still_told(node_.connection, RetentionClass::dialog, day) &&
        day >= dropped_to(node_.connection, RetentionClass::records) &&
        !due_.contains(day - std::chrono::days{1}))
        compare_events("record_never_live", RolledRows::record_never_live_columns,
                       rows.seen_in_day("ended_at"), select_records_never_live(node_.id, day), day);
    if (day >= refreshes_from_)
        compare_events("long_refresh", RolledRows::long_refresh_columns, rows.seen_in_day("valid_to"),
                       raw.select_long_refreshes(), day);
    if (day < registrations_from_) return;
    rows.add_registrations(raw);
    compare("agent_roll_up",
            "SELECT " + std::string(RolledRows::agent_columns) + " FROM agent_roll_up" + rows.of_day() +
                " ORDER BY place",
            rows.agents(), 5, day);
    if (kept) {
        compare("registration_roll_up",
                "SELECT " + std::string(RolledRows::registration_columns) + hours + "registration_roll_up" +
                    rows.of_day() + " ORDER BY place",
                rows.registrations(), 4, day);
    }
    // The kind as text, not as the number of an ENUM.
    compare_events("registration_event", RolledRows::event_columns, rows.events_in_day(),
                   "SELECT 0 AS node_id, CAST('1970-01-01 00:00:00' AS DATETIME) AS at, 0 AS contact_id, "
                   "'came' AS what, CAST('1970-01-01 00:00:00' AS DATETIME) AS version_from, "
                   "CAST('1970-01-01 00:00:00' AS DATETIME) AS first_seen, 0 AS aor WHERE FALSE UNION ALL " +
                       raw.select_events(),
                   day);
    compare_events("aor_roll_up", RolledRows::aor_columns, rows.of_day(), raw.select_aors(), day);
    compare_events("stay_roll_up", RolledRows::stay_columns, rows.of_day(), raw.select_stays(), day);
}

/// Calls whose record came since, or that went on after all, stay in it.
void RollUpCheck::check_calls_without_record(UtcSeconds day) {
    const auto first = first_record(node_.connection, node_.id);
    if (!first || *first >= day + std::chrono::days{1}) return;
    const auto missing = node_.connection.value(
        "SELECT CONCAT_WS(', ', d.node_id, d.valid_from, d.dlg_id) FROM (" +
        select_calls_without_record(node_.id, day) +
        ") d LEFT JOIN call_without_record s ON s.node_id = d.node_id AND s.valid_from = d.valid_from AND "
        "s.dlg_id = d.dlg_id WHERE s.node_id IS NULL ORDER BY d.valid_from, d.dlg_id LIMIT 1");
    if (missing) add("call_without_record", *missing, day);
}

void RollUpCheck::check_ledger(RolledRows& rows, const std::string& hours, UtcSeconds day) {
    if (day < days_from_) return;
    RawLedger raw(node_.connection, node_.id, day);
    rows.add_captures(raw);
    compare("capture_roll_up",
            "SELECT " + std::string(RolledRows::capture_columns) + hours + "capture_roll_up" + rows.of_day() +
                " ORDER BY source",
            rows.captures(), 3, day);
    compare("epoch",
            "SELECT " + std::string(RolledRows::epoch_columns) + " FROM epoch" +
                rows.seen_in_day("first_seen") + " ORDER BY first_seen",
            rows.epochs(), 3, day);
    if (!still_told(node_.connection, RetentionClass::dispatcher, day)) return;
    rows.add_destinations(raw);
    compare("dispatcher_roll_up",
            "SELECT " + std::string(RolledRows::destination_columns) + hours + "dispatcher_roll_up" +
                rows.of_day() + " ORDER BY partition_name, set_id, uri, occurrence",
            rows.destinations(), 6, day);
    compare_events("dispatcher_event", RolledRows::destination_event_columns, rows.in_day("at"),
                   raw.select_begun() + " UNION ALL " + raw.select_gone(), day);
}

void RollUpCheck::compare(const std::string& table, const std::string& select, const Rows& derived,
                          std::size_t key, UtcSeconds day) {
    std::size_t at = 0;
    auto row = node_.connection.query(select);
    while (row.next()) {
        Rows stored(row.width());
        for (std::size_t i = 0; i < row.width(); ++i) stored.add(row.text(i));
        if (at < derived.size() && same(stored[0], derived[at])) {
            ++at;
            continue;
        }
        return add(table, fields_of(stored[0], key), day);
    }
    if (at < derived.size()) add(table, fields_of(derived[at], key), day);
}

/// Names of `derived` are those of its first SELECT.
void RollUpCheck::compare_events(const std::string& table, std::string_view columns,
                                 const std::string& of_day, const std::string& derived, UtcSeconds day) {
    const auto sum_of = [&](const std::string& select) {
        return node_.connection.value("SELECT CONCAT(COUNT(*), ' ', COALESCE(BIT_XOR(CRC32(CONCAT_WS(','" +
                                      with_nulls(columns) + "))), 0)) FROM (" + select + ") e");
    };
    if (sum_of("SELECT " + std::string(columns) + " FROM " + table + of_day) != sum_of(derived))
        add(table, "all of the day together", day);
}

void RollUpCheck::add(const std::string& table, const std::string& which, UtcSeconds day) {
    const std::string date = to_date(day);
    node_.findings.add(Invariant::roll_ups,
                       table + ", node " + node_.name + ", " + date + ": " + which +
                           ": is not what it was derived from; `sipkeep retain --rebuild " + date +
                           "` derives it again");
}

} // namespace sipkeep
