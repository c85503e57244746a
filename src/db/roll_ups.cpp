#include "sipkeep/db/roll_ups.hpp"

#include "day_edges.hpp"
#include "dropped.hpp"
#include "raw_calls.hpp"
#include "raw_day.hpp"
#include "raw_ledger.hpp"
#include "roll_up_due.hpp"
#include "rolled_rows.hpp"
#include "sample_days.hpp"
#include "statistic_names.hpp"
#include "time_literal.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace sipkeep {

namespace {

using std::chrono::days;

void replace_statistics(Connection& connection, const RolledRows& rows) {
    connection.execute("DELETE FROM statistic_roll_up" + rows.of_day() + " AND statistic_id IN (" +
                       statistic_id_list(connection) + ")");
    connection.execute("DELETE FROM counter_reset" + rows.in_day("captured_at"));
    connection.insert("INSERT INTO statistic_roll_up (" + std::string(RolledRows::statistic_columns) +
                          ", hours) VALUES",
                      rows.statistics());
    connection.insert("INSERT INTO counter_reset (" + std::string(RolledRows::reset_columns) + ") VALUES",
                      rows.resets());
}

void replace_registrations(Connection& connection, const RolledRows& rows, const RawDay& raw) {
    connection.execute("DELETE FROM registration_roll_up" + rows.of_day());
    connection.execute("DELETE FROM registration_event" + rows.events_in_day());
    connection.execute("INSERT INTO registration_event (" + std::string(RolledRows::event_columns) + ") " +
                       raw.select_events());
    connection.execute("DELETE FROM aor_roll_up" + rows.of_day());
    connection.execute("INSERT INTO aor_roll_up (" + std::string(RolledRows::aor_columns) + ") " +
                       raw.select_aors());
    connection.execute("DELETE FROM stay_roll_up" + rows.of_day());
    connection.execute("INSERT INTO stay_roll_up (" + std::string(RolledRows::stay_columns) + ") " +
                       raw.select_stays());
    connection.execute("DELETE FROM agent_roll_up" + rows.of_day());
    connection.insert("INSERT INTO agent_roll_up (" + std::string(RolledRows::agent_columns) + ") VALUES",
                      rows.agents());
    connection.insert("INSERT INTO registration_roll_up (" + std::string(RolledRows::registration_columns) +
                          ", hours) VALUES",
                      rows.registrations());
}

void replace_long_refreshes(Connection& connection, const RolledRows& rows, const RawDay& raw) {
    connection.execute("DELETE FROM long_refresh" + rows.seen_in_day("valid_to"));
    connection.execute("INSERT INTO long_refresh (" + std::string(RolledRows::long_refresh_columns) + ") " +
                       raw.select_long_refreshes());
}

void replace_gateways(Connection& connection, unsigned node_id, UtcSeconds day, const RolledRows& rows) {
    connection.execute("DELETE FROM gateway_roll_up" + rows.of_day());
    connection.execute("INSERT INTO gateway_roll_up (" + std::string(RolledRows::gateway_columns) + ") " +
                       select_gateways(node_id, day));
}

/// Of a call that was gone before the first record nobody can tell: the report does not ask for it.
void replace_calls_without_record(Connection& connection, unsigned node_id, UtcSeconds day,
                                  const RolledRows& rows) {
    connection.execute("DELETE FROM call_without_record" + rows.seen_in_day("valid_from"));
    const auto first = first_record(connection, node_id);
    if (first && *first < day + days{1})
        connection.execute("INSERT INTO call_without_record (" +
                           std::string(RolledRows::call_without_record_columns) + ") " +
                           select_calls_without_record(node_id, day));
}

/// Unless versions of the day before or records of the day are dropped.
void replace_records_never_live(Connection& connection, unsigned node_id, UtcSeconds day,
                                const RolledRows& rows) {
    if (!still_told(connection, RetentionClass::dialog, day) ||
        day < dropped_to(connection, RetentionClass::records))
        return;
    connection.execute("DELETE FROM record_never_live" + rows.seen_in_day("ended_at"));
    connection.execute("INSERT INTO record_never_live (" +
                       std::string(RolledRows::record_never_live_columns) + ") " +
                       select_records_never_live(node_id, day));
}

void replace_captures(Connection& connection, const RolledRows& rows) {
    connection.execute("DELETE FROM capture_roll_up" + rows.of_day());
    connection.execute("DELETE FROM epoch" + rows.seen_in_day("first_seen"));
    connection.insert("INSERT INTO capture_roll_up (" + std::string(RolledRows::capture_columns) +
                          ", hours) VALUES",
                      rows.captures());
    connection.insert("INSERT INTO epoch (" + std::string(RolledRows::epoch_columns) + ") VALUES",
                      rows.epochs());
}

void replace_destinations(Connection& connection, const RolledRows& rows, const RawLedger& raw) {
    connection.execute("DELETE FROM dispatcher_roll_up" + rows.of_day());
    connection.execute("DELETE FROM dispatcher_event" + rows.in_day("at"));
    for (const std::string& select : {raw.select_begun(), raw.select_gone()})
        connection.execute("INSERT INTO dispatcher_event (" +
                           std::string(RolledRows::destination_event_columns) + ") " + select);
    connection.insert("INSERT INTO dispatcher_roll_up (" + std::string(RolledRows::destination_columns) +
                          ", hours) VALUES",
                      rows.destinations());
}

UtcSeconds rolled_to(Connection& connection, unsigned node_id) {
    return from_datetime(
        connection.value("SELECT rolled_to FROM node WHERE node_id = " + std::to_string(node_id))
            .value_or("1970-01-01 00:00:00"));
}

/// A day that is being imported, or that a capture belongs to which is not whole yet, waits.
UtcSeconds settled_before(Connection& connection, unsigned node_id, UtcSeconds before) {
    auto row =
        connection.few("SELECT CASE WHEN importing >= DATE(rolled_to) THEN CAST(importing AS DATETIME) END, "
                       "pending_at FROM node WHERE node_id = " +
                       std::to_string(node_id));
    if (!row.next()) return before;
    if (!row.null(0)) before = std::min(before, from_datetime(row.string(0)));
    if (!row.null(1)) before = std::min(before, midnight(from_datetime(row.string(1)) - Seconds{1}));
    return before;
}

/// Makes a new day one that is rolled up, and due: from now on writers say what they change of it. Returns
/// how often somebody has.
std::optional<std::string> begin_day(RetentionSession& session, unsigned node_id, UtcSeconds day) {
    Connection& connection = session.connection();
    if (rolled_to(connection, node_id) <= day) {
        session.lock(node_id);
        make_due(connection, node_id, {day + Seconds{1}});
        connection.execute("UPDATE node SET rolled_to = " + at(day + days{1}) +
                           " WHERE node_id = " + std::to_string(node_id) + " AND rolled_to <= " + at(day));
        connection.execute("COMMIT");
    }
    return connection.value("SELECT turn FROM roll_up_due WHERE node_id = " + std::to_string(node_id) +
                            " AND day = " + on(day));
}

/// Whether a day is rolled up that has not changed since.
bool is_rolled_up(Connection& connection, unsigned node_id, UtcSeconds day) {
    return day < rolled_to(connection, node_id) &&
           !connection.value("SELECT 1 FROM roll_up_due WHERE node_id = " + std::to_string(node_id) +
                             " AND day = " + on(day));
}

/// Days that are not rolled up yet: those with captures or call records, and those that a capture at midnight
/// ends.
std::set<UtcSeconds> new_days(Connection& connection, unsigned node_id, UtcSeconds before) {
    std::set<UtcSeconds> found;
    const UtcSeconds from = rolled_to(connection, node_id);
    const std::string of_node = " FROM capture WHERE node_id = " + std::to_string(node_id);
    auto row =
        connection.query("SELECT DISTINCT CAST(DATE(captured_at) AS DATETIME)" + of_node +
                         " AND captured_at >= " + at(from) + " AND captured_at <= " + at(before) +
                         " UNION SELECT DISTINCT CAST(DATE(captured_at - INTERVAL "
                         "1 SECOND) AS DATETIME)" +
                         of_node + " AND captured_at > " + at(from) + " AND captured_at <= " + at(before));
    while (row.next())
        if (const UtcSeconds day = from_datetime(row.string(0)); day >= from && day < before)
            found.insert(day);
    for (auto record = first_record(connection, node_id, from); record && *record < before;
         record = first_record(connection, node_id, midnight(*record) + days{1}))
        found.insert(midnight(*record));
    return found;
}

} // namespace

std::vector<UtcSeconds> RollUps::days_to_roll_up(const RetainedNode& node, UtcSeconds wanted) {
    return session_.guarded([&] {
        Connection& connection = session_.connection();
        const UtcSeconds before = settled_before(connection, node.id, wanted);
        std::set<UtcSeconds> found = new_days(connection, node.id, before);
        const UtcSeconds rolled = rolled_to(connection, node.id);
        auto row = connection.few("SELECT CAST(day AS DATETIME) FROM roll_up_due WHERE node_id = " +
                                  std::to_string(node.id) + " AND day < " + on(std::min(rolled, before)));
        while (row.next()) found.insert(from_datetime(row.string(0)));
        return std::vector<UtcSeconds>(found.begin(), found.end());
    });
}

RolledUp RollUps::roll_up(const RetainedNode& node, UtcSeconds day) {
    return session_.retried([&] {
        Connection& connection = session_.connection();
        const std::string of_node = " WHERE node_id = " + std::to_string(node.id);
        const auto turn = begin_day(session_, node.id, day);
        // Records may have come of a day that nobody looked at: it has no other rows.
        const bool looked = DayEdges(connection, node.id, day).told();
        const bool samples = looked && still_told(connection, RetentionClass::samples, day);
        const bool registrations = looked && day >= dropped_to(connection, RetentionClass::location);
        const bool refreshes = looked && day >= dropped_to(connection, RetentionClass::refresh);
        const bool calls = looked && day >= dropped_to(connection, RetentionClass::dialog);
        const bool records = still_told(connection, RetentionClass::records, day);
        const bool captures = looked && still_told(connection, RetentionClass::ledger, day);
        const bool destinations = captures && still_told(connection, RetentionClass::dispatcher, day);
        RawDay raw(session_.reader(), node.id, day);
        RawLedger ledger(session_.reader(), node.id, day);
        RolledRows rows(node.id, day, RolledRows::Hours::compressed);
        if (samples) rows.add_statistics(raw);
        if (registrations) rows.add_registrations(raw);
        if (captures) rows.add_captures(ledger);
        if (destinations) rows.add_destinations(ledger);
        connection.execute("START TRANSACTION");
        if (samples) replace_statistics(connection, rows);
        if (registrations) replace_registrations(connection, rows, raw);
        if (refreshes) replace_long_refreshes(connection, rows, raw);
        if (calls) replace_gateways(connection, node.id, day, rows);
        if (calls && records) replace_calls_without_record(connection, node.id, day, rows);
        replace_records_never_live(connection, node.id, day, rows);
        // The next day's read this day's calls.
        if (const UtcSeconds next = day + days{1}; is_rolled_up(connection, node.id, next))
            replace_records_never_live(connection, node.id, next,
                                       RolledRows(node.id, next, RolledRows::Hours::compressed));
        if (captures) replace_captures(connection, rows);
        if (destinations) replace_destinations(connection, rows, ledger);
        // Changed meanwhile, it stays due.
        if (turn)
            connection.execute("DELETE FROM roll_up_due" + of_node + " AND day = " + on(day) +
                               " AND turn = " + *turn);
        connection.execute("COMMIT");
        return RolledUp{rows.statistics().size(), rows.registrations().size()};
    });
}

bool RollUps::finish(const RetainedNode& node, UtcSeconds wanted) {
    return session_.retried([&] {
        Connection& connection = session_.connection();
        const UtcSeconds before = settled_before(connection, node.id, wanted);
        session_.lock(node.id); // a writer that comes later sees where rolling up stands
        const bool done = new_days(connection, node.id, before).empty();
        if (done)
            connection.execute("UPDATE node SET rolled_to = " + at(before) + " WHERE node_id = " +
                               std::to_string(node.id) + " AND rolled_to < " + at(before));
        connection.execute("COMMIT");
        return done;
    });
}

std::uint64_t RollUps::make_due(const RetainedNode& node, UtcSeconds from, UtcSeconds to) {
    return session_.retried([&] {
        Connection& connection = session_.connection();
        std::set<UtcSeconds> found;
        {
            auto row = connection.query(
                "SELECT DISTINCT CAST(DATE(captured_at) AS DATETIME) FROM capture WHERE node_id = " +
                std::to_string(node.id) + " AND captured_at >= " + at(from) + " AND captured_at < " + at(to));
            while (row.next()) found.insert(from_datetime(row.string(0)));
        }
        session_.lock(node.id);
        for (const UtcSeconds day : found) sipkeep::make_due(connection, node.id, {day + Seconds{1}});
        connection.execute("COMMIT");
        return found.size();
    });
}

} // namespace sipkeep
