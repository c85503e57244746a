#include "partition_check.hpp"

#include "sipkeep/db/connection.hpp"

#include "dropped.hpp"
#include "partitions.hpp"

#include <algorithm>
#include <vector>

namespace sipkeep {

namespace {

using std::chrono::days;

std::string captures_between(const std::string& what, UtcSeconds from, UtcSeconds to) {
    return "SELECT " + what + " FROM capture c WHERE captured_at >= " + literal(to_datetime(from)) +
           " AND captured_at < " + literal(to_datetime(to));
}

/// A capture whose day was not imported.
bool own_captures(Connection& connection, UtcSeconds from, UtcSeconds to) {
    return connection
        .value(captures_between("1", from, to) +
               " AND NOT EXISTS (SELECT 1 FROM kept_day k WHERE k.node_id = c.node_id AND k.day = "
               "DATE(c.captured_at)) LIMIT 1")
        .has_value();
}

class PartitionCheck {
public:
    PartitionCheck(Connection& connection, ArchiveFindings& findings, const PartitionedTable& table)
        : connection_(connection), findings_(findings), table_(table),
          list_(list_partitions(connection, table)) {}

    std::optional<UtcSeconds> run() {
        for (const std::string& name : list_.strange) add("partition " + name + " is not one for a day");
        judge_lowest();
        const auto until = connection_.value("SELECT until FROM partition_horizon WHERE table_name = " +
                                             literal(table_.name));
        if (!until) add("it has no row in partition_horizon; the next run adds it");
        if (list_.daily.empty()) {
            add("it has no daily partition; no capture can be stored in it");
            return std::nullopt;
        }
        const UtcSeconds end = list_.daily.back().day + days{1};
        const UtcSeconds horizon = until ? from_datetime(*until) : end;
        if (end < horizon)
            add("its partitions end at " + to_datetime(end) + ", before partition_horizon (" +
                to_datetime(horizon) + "): captures of those days can't be stored; add them");
        for (std::size_t i = 1; i < list_.daily.size(); ++i)
            judge_days_between(list_.daily[i - 1].day + days{1}, list_.daily[i], horizon);
        return end;
    }

private:
    void add(const std::string& what) {
        findings_.add(Invariant::partitions, std::string(table_.name) + ": " + what);
    }

    void judge_lowest() {
        if (!list_.has_lowest) return;
        const auto rows = connection_.value("SELECT COUNT(*) FROM " + std::string(table_.name) +
                                            " PARTITION (" + std::string(lowest_partition) + ")");
        if (rows != "0")
            add(std::string(lowest_partition) + " holds " + rows.value_or("?") +
                " rows, of times that no capture can have");
    }

    /// Days missing before a partition share it. Only those of a long pause may, in which nothing was
    /// captured: add_partitions() goes back no further than that.
    void judge_days_between(UtcSeconds from, const DailyPartition& next, UtcSeconds horizon) {
        if (from >= next.day) return;
        const auto captures = connection_.value(captures_between("COUNT(*)", from, next.day));
        if (captures != "0" && !own_captures(connection_, from, next.day)) return; // dropped, and imported
        if (next.day <= horizon - most_partitions_at_once &&
            (captures == "0" || holds_those_before(from, next)))
            return;
        add("no partition for the days from " + to_date(from) + " up to " + to_date(next.day) + ", which " +
            next.name + " begins at; were they dropped?");
    }

    /// A capture of such a day, put in afterwards, has its rows there. Of calls only this can be told: a run
    /// that looked on such a day made a partition for it.
    [[nodiscard]] bool holds_those_before(UtcSeconds from, const DailyPartition& partition) const {
        const std::string day = literal(to_datetime(partition.day));
        const std::string looked =
            table_.ledger_count.empty() ? "provenance = 'live'" : std::string(table_.ledger_count) + " > 0";
        const auto seen =
            connection_.value(captures_between("1", from, partition.day) + " AND " + looked + " LIMIT 1");
        if (!seen || table_.ledger_count.empty()) return !seen;
        const std::string before = table_.past_midnight > Seconds{0} ? " <= " : " < ";
        const auto there =
            connection_.value("SELECT 1 FROM " + std::string(table_.name) + " PARTITION (" + partition.name +
                              ") WHERE " + std::string(table_.time_column) + before + day + " LIMIT 1");
        return there.has_value();
    }

    Connection& connection_;
    ArchiveFindings& findings_;
    const PartitionedTable& table_;
    PartitionList list_;
};

} // namespace

std::optional<UtcSeconds> check_partitions(Connection& connection, ArchiveFindings& findings) {
    std::optional<UtcSeconds> end;
    for (const PartitionedTable& table : partitioned_tables()) {
        const auto ends = PartitionCheck(connection, findings, table).run();
        if (ends && (!end || *ends > *end)) end = ends;
    }
    return end;
}

std::optional<UtcSeconds> kept_from(Connection& connection, unsigned node_id, const std::string& table,
                                    const std::string& column) {
    const auto of = std::ranges::find(partitioned_tables(), table, &PartitionedTable::name);
    if (const UtcSeconds since = dropped_to(connection, class_of(table)); since > UtcSeconds{}) return since;
    const PartitionList list = list_partitions(connection, *of);
    if (list.daily.empty()) return std::nullopt;
    const DailyPartition& first = list.daily.front();
    // It takes all that is older, too: rows older than its day show that none was dropped, but for days that
    // were imported.
    const std::string past = " - INTERVAL " + std::to_string(of->past_midnight.count()) + " SECOND";
    const auto oldest = connection.value(
        "SELECT CAST(MIN(" + column + ") AS DATETIME) FROM " + table + " PARTITION (" + first.name +
        ") t WHERE node_id = " + std::to_string(node_id) + " AND " + column + past + " < " +
        literal(to_datetime(first.day)) +
        " AND NOT EXISTS (SELECT 1 FROM kept_day k WHERE k.node_id = t.node_id AND k.day = DATE(t." + column +
        past + "))");
    if (!oldest) return first.day;
    return std::min(first.day, midnight(from_datetime(*oldest) - of->past_midnight));
}

} // namespace sipkeep
