#include "sipkeep/db/history_dropper.hpp"

#include "dropped.hpp"
#include "partitions.hpp"
#include "registration_event.hpp"
#include "statistic_names.hpp"
#include "time_literal.hpp"
#include "timed_rows.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace sipkeep {

namespace {

using std::chrono::days;

constexpr std::uint64_t deleted_a_transaction = 5000;

struct KeptTable {
    std::string_view name;
    std::string_view open_table; ///< lists the open versions
    bool rolled_up;
};

constexpr std::array<KeptTable, 10> kept_tables{{{"sample_day", "", true},
                                                 {"dialog_version", "dialog_open", false},
                                                 {"location_version", "location_open", true},
                                                 {"location_refresh_closed", "location_open", false},
                                                 {"dispatcher_version", "dispatcher_open", true},
                                                 {"mi_row_version", "mi_row_open", false},
                                                 {"cdr_minute", "", false},
                                                 {"cdr_endpoint_hour", "", false},
                                                 {"acc_history", "", false},
                                                 {"missed_calls_history", "", false}}};

constexpr std::array roll_ups{"statistic_roll_up", "registration_roll_up", "capture_roll_up",
                              "dispatcher_roll_up"};

/// What is read with the captures that saw it.
constexpr std::array explained{RetentionClass::samples, RetentionClass::dialog, RetentionClass::location,
                               RetentionClass::refresh, RetentionClass::dispatcher};

const KeptTable& kept_table(const std::string& name) {
    return *std::ranges::find(kept_tables, name, &KeptTable::name);
}

/// Why rows of the days before `end` can't go; empty: they may.
std::string why_it_stays(Connection& connection, const KeptTable& table, UtcSeconds end, UtcSeconds today) {
    const auto imported = connection.value(
        "SELECT CONCAT(k.day, ' of node ', n.node, ' until ', k.keep_until) FROM "
        "kept_day k JOIN node n ON n.node_id = k.node_id WHERE k.day < " +
        on(end) + " AND k.keep_until >= " + on(today) + " ORDER BY k.keep_until DESC LIMIT 1");
    if (imported) return "it holds what was imported: " + *imported;
    if (!table.open_table.empty()) {
        const auto node =
            connection.value("SELECT n.node FROM node n JOIN " + std::string(table.open_table) +
                             " o ON o.node_id = n.node_id WHERE o.valid_from < " + at(end) + " LIMIT 1");
        if (node)
            return "node " + *node + " has open ones that began before its end: it has not looked since";
        const auto pending =
            connection.value("SELECT node FROM node WHERE pending_at < " + at(end) + " LIMIT 1");
        if (pending) return "a capture of node " + *pending + " in it is not whole yet";
    }
    if (table.rolled_up) {
        // After a pause, the next day that somebody looked tells what became of what was in force before.
        const std::string of_node =
            "EXISTS (SELECT 1 FROM capture c WHERE c.node_id = n.node_id AND c.captured_at ";
        const auto node = connection.value(
            "SELECT node FROM node n WHERE (" + of_node + "< " + at(end) + ") AND (rolled_to < " + at(end) +
            " OR NOT " + of_node + ">= " + at(end) + " AND c.captured_at < " + at(end + days{1}) +
            ") AND rolled_to <= (SELECT c.captured_at FROM capture c WHERE c.node_id = n.node_id AND "
            "c.captured_at >= " +
            at(end) +
            " ORDER BY c.captured_at LIMIT 1))) OR EXISTS (SELECT 1 FROM roll_up_due d WHERE d.node_id = "
            "n.node_id AND d.day < " +
            on(end) + ") LIMIT 1");
        if (node) return "it is not rolled up yet of node " + *node;
    }
    return {};
}

/// " AND ..": captures of a node but those that stay: of days that were imported, while somebody wants to
/// look at them, and the first that read each source. What these saw had been there before, nobody knows for
/// how long, and what later ones saw came.
std::string may_go(Connection& connection, const RetainedNode& node, UtcSeconds today) {
    std::string condition =
        " AND NOT EXISTS (SELECT 1 FROM kept_day k WHERE k.node_id = capture.node_id AND k.day = "
        "DATE(capture.captured_at) AND k.keep_until >= " +
        on(today) + ")";
    for (const std::string source : {"mi", "dispatcher", "dialog", "location", "mi_row"})
        if (const auto first = connection.value(
                "SELECT captured_at FROM capture WHERE node_id = " + std::to_string(node.id) + " AND " +
                source + "_status = 'ok' ORDER BY captured_at LIMIT 1"))
            condition += " AND captured_at <> " + at(from_datetime(*first));
    return condition;
}

/// Days that may be rolled up, oldest first: those with captures in [from, to), by the ledger or what is left
/// of it, and those that a capture at midnight ends. Node by node, as that is a range of their keys.
std::set<UtcSeconds> days_with_captures(Connection& connection, const std::vector<RetainedNode>& nodes,
                                        UtcSeconds from, UtcSeconds to) {
    std::set<UtcSeconds> found;
    for (const RetainedNode& node : nodes) {
        const std::string captures = " AS DATETIME) FROM capture WHERE node_id = " + std::to_string(node.id) +
                                     " AND captured_at >= " + at(from - days{1}) +
                                     " AND captured_at <= " + at(to);
        auto row = connection.query(
            "SELECT DISTINCT CAST(DATE(captured_at)" + captures +
            " UNION SELECT DISTINCT CAST(DATE(captured_at - INTERVAL 1 SECOND)" + captures +
            " UNION SELECT DISTINCT CAST(day - INTERVAL k.early DAY AS DATETIME) FROM "
            "capture_roll_up CROSS JOIN (SELECT 0 AS early UNION ALL SELECT 1) k WHERE node_id = " +
            std::to_string(node.id) + " AND day >= " + on(from) + " AND day <= " + on(to));
        while (row.next())
            if (const UtcSeconds day = from_datetime(row.string(0)); day < to) found.insert(day);
    }
    return found;
}

} // namespace

std::optional<UtcSeconds> HistoryDropper::limit(RetentionClass one) const {
    const KeptFor& kept = policy_[one];
    if (!kept) return std::nullopt;
    return today_ - *kept;
}

std::vector<OldPartition> HistoryDropper::old_partitions() {
    return session_.guarded([&] {
        std::vector<OldPartition> found;
        for (const KeptTable& table : kept_tables) {
            const auto until = limit(class_of(table.name));
            if (!until) continue;
            const auto shape = std::ranges::find(partitioned_tables(), table.name, &PartitionedTable::name);
            std::string stays;
            const PartitionList list = list_partitions(session_.connection(), *shape);
            for (const DailyPartition& partition : list.daily) {
                const UtcSeconds end = partition.day + days{1};
                if (end > *until || &partition == &list.daily.back())
                    break; // one is needed to add others behind it
                if (stays.empty()) stays = why_it_stays(session_.connection(), table, end, today_);
                found.push_back(
                    {std::string(table.name), partition.name, partition.day, class_of(table.name), stays});
            }
        }
        return found;
    });
}

std::optional<UtcSeconds> HistoryDropper::horizon() {
    return session_.guarded([&] { return partition_horizon(session_.connection()); });
}

bool HistoryDropper::drop(const OldPartition& partition) {
    const KeptTable& table = kept_table(partition.table);
    const UtcSeconds end = partition.day + days{1};
    const bool dropped = session_.drop_partition(partition.table, partition.name, [&](Connection& locks) {
        if (!why_it_stays(locks, table, end, today_).empty()) return false;
        // First, as reports would show days without rows as days in which nothing was.
        note_dropped(session_.connection(), partition.of, end);
        return true;
    });
    if (!dropped) return false;
    for (const TimedTable& derived : timed_tables())
        if (derived.of == partition.of)
            for (const RetainedNode& node : session_.nodes()) delete_older(node, derived, end);
    // From now on snapshots show registrations of such days without refreshes, as of all others.
    if (partition.table == "location_refresh_closed")
        session_.guarded(
            [&] { session_.connection().execute("DELETE FROM kept_day WHERE day < " + on(end)); });
    return true;
}

void HistoryDropper::delete_older(const RetainedNode& node, const TimedTable& table, UtcSeconds end) {
    end -= table.length() - days{1}; // a week goes with its Sunday
    const bool keeps_midnight = table.time_column == "day" || table.midnight == DayOf::begin;
    const UtcSeconds before = keeps_midnight ? end : end + Seconds{1};
    const auto delete_of = [&](const std::string& range) {
        static_cast<void>(
            delete_older(node, std::string(table.name), std::string(table.time_column), before, range));
    };
    if (table.before_time.empty()) return delete_of("");
    for (const std::string_view kind : registration_event_kinds)
        delete_of(" AND " + std::string(table.before_time) + " = '" + std::string(kind) + "'");
}

std::uint64_t HistoryDropper::delete_older(const RetainedNode& node, const std::string& table,
                                           const std::string& column, UtcSeconds before,
                                           const std::string& but) {
    return session_.retried([&] {
        std::uint64_t deleted = 0;
        for (std::uint64_t some = deleted_a_transaction; some == deleted_a_transaction; deleted += some)
            some = session_.connection().update("DELETE FROM " + table +
                                                " WHERE node_id = " + std::to_string(node.id) + " AND " +
                                                column + " < " + at(before) + but + " ORDER BY " + column +
                                                " LIMIT " + std::to_string(deleted_a_transaction));
        return deleted;
    });
}

std::uint64_t HistoryDropper::old_roll_ups(RetentionClass one) {
    return session_.guarded([&]() -> std::uint64_t {
        const auto until = limit(one);
        if (!until) return 0;
        const std::string condition =
            " WHERE day >= " + on(dropped_to(session_.connection(), one)) + " AND day < " + on(*until);
        std::string days_of_each;
        for (const std::string table : roll_ups)
            days_of_each +=
                (days_of_each.empty() ? "SELECT day FROM " : " UNION SELECT day FROM ") + table + condition;
        const auto count = session_.connection().value("SELECT COUNT(*) FROM (" + days_of_each + ") found");
        return std::stoull(count.value_or("0"));
    });
}

std::uint64_t HistoryDropper::drop_roll_ups(RetentionClass one) {
    return session_.retried([&]() -> std::uint64_t {
        const auto until = limit(one);
        if (!until) return 0;
        Connection& connection = session_.connection();
        const UtcSeconds since = dropped_to(connection, one);
        if (since >= *until) return 0;
        const bool hours = one == RetentionClass::rollup_hour;
        const auto change = [&](const std::string& table, const std::string& condition) {
            return hours
                       ? "UPDATE " + table + " SET hours = NULL WHERE " + condition + " AND hours IS NOT NULL"
                       : "DELETE FROM " + table + " WHERE " + condition;
        };
        const std::string ids = statistic_id_list(connection);
        const std::vector<RetainedNode> nodes = session_.nodes();
        std::uint64_t dropped = 0;
        for (const UtcSeconds day : days_with_captures(connection, nodes, since, *until)) {
            connection.execute("START TRANSACTION");
            std::uint64_t changed = 0;
            for (const RetainedNode& node : nodes) {
                const std::string of = "node_id = " + std::to_string(node.id) + " AND day = " + on(day);
                for (const std::string table : roll_ups)
                    changed += connection.update(change(
                        table,
                        of + (table == "statistic_roll_up" ? " AND statistic_id IN (" + ids + ")" : "")));
                if (hours) continue;
                const std::string of_node = " WHERE node_id = " + std::to_string(node.id);
                connection.execute("DELETE FROM dispatcher_event" + of_node +
                                   " AND at <= " + at(day + days{1}));
                connection.execute("DELETE FROM epoch" + of_node + " AND first_seen < " + at(day + days{1}));
            }
            // With the day itself: cut off behind it, nobody would come back to a day that is said to be
            // gone.
            note_dropped(connection, one, day + days{1});
            connection.execute("COMMIT");
            dropped += changed > 0 ? 1 : 0;
        }
        note_dropped(connection, one, *until);
        return dropped;
    });
}

std::optional<UtcSeconds> HistoryDropper::ledger_limit(bool planned) {
    auto until = limit(RetentionClass::ledger);
    if (!until) return until;
    const std::vector<OldPartition> old = planned ? old_partitions() : std::vector<OldPartition>{};
    for (const RetentionClass one : explained) {
        UtcSeconds gone = dropped_to(session_.connection(), one);
        for (const OldPartition& partition : old)
            if (partition.of == one && partition.stays.empty())
                gone = std::max(gone, partition.day + days{1});
        until = std::min(*until, gone);
    }
    // Something may have come into such a day since what it explained went.
    for (const char* select : {"SELECT CAST(MIN(day) AS DATETIME) FROM roll_up_due",
                               "SELECT MIN(n.rolled_to) FROM node n WHERE EXISTS (SELECT 1 FROM capture c "
                               "WHERE c.node_id = n.node_id)"})
        if (const auto waits = session_.connection().value(select))
            until = std::min(*until, from_datetime(*waits));
    return until;
}

std::uint64_t HistoryDropper::old_captures() {
    return session_.guarded([&]() -> std::uint64_t {
        const auto until = ledger_limit(true);
        if (!until) return 0;
        std::uint64_t old = 0;
        for (const RetainedNode& node : session_.nodes())
            old += std::stoull(
                session_.connection()
                    .value("SELECT COUNT(*) FROM capture WHERE node_id = " + std::to_string(node.id) +
                           " AND captured_at < " + at(*until) + may_go(session_.connection(), node, today_))
                    .value_or("0"));
        return old;
    });
}

std::uint64_t HistoryDropper::drop_captures() {
    return session_.guarded([&]() -> std::uint64_t {
        const auto until = ledger_limit(false);
        if (!until || *until == UtcSeconds{}) return 0;
        note_dropped(session_.connection(), RetentionClass::ledger, *until);
        std::uint64_t dropped = 0;
        for (const RetainedNode& node : session_.nodes())
            dropped += delete_older(node, "capture", "captured_at", *until,
                                    may_go(session_.connection(), node, today_));
        return dropped;
    });
}

} // namespace sipkeep
