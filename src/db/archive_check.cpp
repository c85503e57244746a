#include "sipkeep/db/archive_check.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/db/connection.hpp"
#include "sipkeep/db/schema.hpp"

#include "call_check.hpp"
#include "large_groups.hpp"
#include "node_check.hpp"
#include "partition_check.hpp"

#include <algorithm>

namespace sipkeep {

namespace {

using std::chrono::days;

struct ArchivedNode {
    unsigned id;
    std::string name;
    std::optional<UtcSeconds> pending, importing;
};

std::vector<ArchivedNode> nodes_of(Connection& connection, const ArchiveScope& scope) {
    std::vector<ArchivedNode> nodes;
    auto rows = connection.query("SELECT node_id, node, pending_at, CAST(importing AS DATETIME) FROM node" +
                                 (scope.node ? " WHERE node = " + literal(*scope.node) : std::string()) +
                                 " ORDER BY node");
    while (rows.next()) {
        nodes.push_back({static_cast<unsigned>(rows.number(0)), rows.string(1), {}, {}});
        if (!rows.null(2)) nodes.back().pending = from_datetime(rows.string(2));
        if (!rows.null(3)) nodes.back().importing = from_datetime(rows.string(3));
    }
    if (scope.node && nodes.empty())
        throw Error(connection.where() + ": node " + *scope.node +
                    " has no history here; is it the name in `node:` of its configuration?");
    return nodes;
}

std::set<std::uint64_t> statistic_ids(Connection& connection) {
    std::set<std::uint64_t> ids;
    auto rows = connection.query("SELECT statistic_id FROM statistic");
    while (rows.next()) ids.insert(rows.number(0));
    return ids;
}

/// The days of the scope; without bounds all up to the last partition, so that nothing is too young to be
/// looked at.
NodeCheck::Days days_of(const ArchiveScope& scope, UtcSeconds end) {
    NodeCheck::Days wanted{.from = std::nullopt, .before = end, .all = true};
    if (scope.from) wanted.from = midnight(*scope.from);
    if (scope.before && *scope.before < end) {
        wanted.before = midnight(*scope.before - Seconds{1}) + days{1};
        wanted.all = wanted.before >= end;
    }
    return wanted;
}

/// Each by itself: nobody knows what was before and after it.
void check_imported(CheckedNode& node, const std::set<std::uint64_t>& statistics,
                    const NodeCheck::Days& wanted, std::optional<UtcSeconds> importing) {
    for (const UtcSeconds day : node.ledger.kept_days()) {
        if ((wanted.from && day < *wanted.from) || day >= wanted.before) continue;
        if (day == importing) {
            node.findings.notes.push_back("node " + node.name + ": " + to_date(day) +
                                          " is being imported, or that was cut off; it is left out here, and "
                                          "hidden until it is imported again");
            continue;
        }
        if (!node.ledger.any(day, day + days{1})) continue; // they went when its time was over
        let_go_of_tables(node.connection);
        NodeCheck(node, statistics, {.from = day, .before = day + days{1}, .all = false, .imported = true})
            .run_imported();
    }
}

void check_unknown_nodes(Connection& connection, ArchiveFindings& findings) {
    auto rows = connection.query("SELECT DISTINCT c.node_id FROM capture c LEFT JOIN node n ON n.node_id = "
                                 "c.node_id WHERE n.node_id IS NULL");
    while (rows.next())
        findings.add(Invariant::ledger, "capture, node_id " + rows.string(0) +
                                            ": table node has no such id, so no view shows it");
}

} // namespace

const char* to_string(Invariant invariant) {
    static constexpr std::array<const char*, invariants> names{
        "intervals", "open",       "ledger",  "counts", "refreshes",
        "samples",   "partitions", "pending", "calls",  "roll_ups"};
    return names.at(static_cast<std::size_t>(invariant));
}

void ArchiveFindings::add(Invariant invariant, std::string what) {
    if (++found.at(static_cast<std::size_t>(invariant)) <= lines_an_invariant)
        violations.push_back({invariant, std::move(what)});
}

std::uint64_t ArchiveFindings::more(Invariant invariant) const {
    const std::uint64_t count = found.at(static_cast<std::size_t>(invariant));
    return count - std::min<std::uint64_t>(count, lines_an_invariant);
}

ArchiveFindings check_archive(const DatabaseSettings& settings, const ArchiveScope& scope) {
    try {
        Connection connection(settings.patient(), "history database");
        connection.execute("SET SESSION time_zone='+00:00', sql_mode='ALLOW_INVALID_DATES'");
        connection.execute(large_groups);
        require_schema(connection, embedded_schema());
        connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        connection.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
        mark_snapshot(connection);

        ArchiveFindings findings;
        const auto end = check_partitions(connection, findings);
        if (!scope.node) check_unknown_nodes(connection, findings);
        const auto statistics = statistic_ids(connection);
        for (const ArchivedNode& row : nodes_of(connection, scope)) {
            CheckedNode node{connection, row.id,
                             row.name,   LedgerTimes(connection, row.id, row.pending),
                             findings,   scope.versions_in_memory};
            const NodeCheck::Days days = days_of(scope, end.value_or(UtcSeconds{}));
            // First, as these look into all partitions: see NodeCheck::run().
            check_call_minutes(node, days.from, days.before);
            check_call_sums(node, days.from, days.before, row.importing);
            check_call_records(node);
            let_go_of_tables(connection);
            NodeCheck(node, statistics, days).run();
            check_imported(node, statistics, days, row.importing);
            findings.nodes.push_back(row.name);
        }
        return findings;
    } catch (const DatabaseError& error) {
        throw HistoryUnavailable(error.what());
    }
}

} // namespace sipkeep
