#include "partitions.hpp"

#include "sipkeep/db/connection.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace sipkeep {

namespace {

using std::chrono::days;

constexpr std::array<PartitionedTable, 11> partitioned{
    {{"sample", "captured_at", "samples"},
     {"sample_day", "day", "", Seconds{0}, true},
     {"dialog_version", "valid_from", "dialogs"},
     {"location_version", "valid_from", "contacts"},
     {"dispatcher_version", "valid_from", "destinations"},
     {"mi_row_version", "valid_from", "mi_rows"},
     {"location_refresh_closed", "valid_to", "contacts", Seconds{1}},
     {"cdr_minute", "minute", ""},
     {"cdr_endpoint_hour", "hour", ""},
     {"acc_history", "ended_at", ""},
     {"missed_calls_history", "ended_at", ""}}};
constexpr days ahead{14};

std::string name_of(UtcSeconds day) {
    std::string date = to_date(day);
    std::erase(date, '-');
    return "p" + date;
}

std::string list_of(UtcSeconds from, UtcSeconds to, const PartitionedTable& table) {
    std::string list;
    for (UtcSeconds day = from; day < to; day += days{1}) {
        list += list.empty() ? "" : ", ";
        const std::string end = to_datetime(day + days{1} + table.past_midnight);
        list += "PARTITION " + name_of(day) + " VALUES LESS THAN (" +
                literal(table.by_date ? end.substr(0, 10) : end) + ")";
    }
    return list;
}

/// False: another node's run has just added some of them, or all; none of the rest was added.
bool added(Connection& connection, std::string_view table, const std::string& partitions) {
    try {
        connection.execute("ALTER TABLE " + std::string(table) + " ADD PARTITION (" + partitions + ")");
        return true;
    } catch (const DatabaseError& error) {
        if (error.code() != database_error::partition_not_above_last &&
            error.code() != database_error::partition_exists)
            throw;
        return false;
    }
}

std::map<std::string, UtcSeconds> horizons(Connection& connection) {
    std::map<std::string, UtcSeconds> ends;
    auto rows = connection.few("SELECT table_name, until FROM partition_horizon");
    while (rows.next()) ends.emplace(rows.string(0), from_datetime(rows.string(1)));
    return ends;
}

} // namespace

std::span<const PartitionedTable> partitioned_tables() {
    return partitioned;
}

bool is_partitioned(const std::string& table) {
    return std::any_of(partitioned.begin(), partitioned.end(),
                       [&](const auto& t) { return t.name == table; });
}

PartitionList list_partitions(Connection& connection, const PartitionedTable& table) {
    PartitionList list;
    auto rows = connection.query(
        "SELECT partition_name, partition_description FROM information_schema.partitions WHERE "
        "table_schema = DATABASE() AND table_name = " +
        literal(table.name) + " AND partition_name IS NOT NULL ORDER BY partition_ordinal_position");
    while (rows.next()) {
        const std::string name = rows.string(0);
        std::string bound = rows.string(1);
        std::erase(bound, '\'');
        if (table.by_date) bound += " 00:00:00";
        if (name == lowest_partition) {
            list.has_lowest = true;
            continue;
        }
        try {
            const UtcSeconds end = from_datetime(bound) - table.past_midnight;
            if (end != midnight(end)) throw Error("no midnight");
            list.daily.push_back({name, end - days{1}});
        } catch (const Error&) {
            list.strange.push_back(name + " (less than " + bound + ")");
        }
    }
    return list;
}

std::optional<UtcSeconds> partition_horizon(Connection& connection) {
    const auto ends = horizons(connection);
    if (ends.size() < partitioned.size()) return std::nullopt;
    return std::min_element(ends.begin(), ends.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->second;
}

void add_partitions(Connection& connection, UtcSeconds today) {
    const auto ends = horizons(connection);
    const UtcSeconds to = midnight(today) + ahead;
    for (const PartitionedTable& table : partitioned) {
        const auto known = ends.find(std::string(table.name));
        UtcSeconds from = known == ends.end() ? midnight(today) : known->second;
        from = std::max(from, to - most_partitions_at_once);
        if (from >= to) continue;
        if (!added(connection, table.name, list_of(from, to, table)))
            for (UtcSeconds day = from; day < to; day += days{1})
                added(connection, table.name, list_of(day, day + days{1}, table));
        const std::string until = literal(to_datetime(to));
        if (known == ends.end())
            connection.execute("INSERT INTO partition_horizon (table_name, until) VALUES (" +
                               literal(table.name) + ", " + until + ")");
        else
            connection.execute("UPDATE partition_horizon SET until = " + until +
                               " WHERE table_name = " + literal(table.name) + " AND until < " + until);
    }
}

} // namespace sipkeep
