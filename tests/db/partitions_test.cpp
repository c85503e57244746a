// Daily partitions: there before they are needed, made rarely, and never in the way.
#include "history_rig.hpp"
#include "partitions.hpp"
#include "support/catch.hpp"

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::days;

const UtcSeconds today = from_datetime("2026-11-22 12:00:00");
const std::vector<std::string> partitioned{"sample",
                                           "sample_day",
                                           "dialog_version",
                                           "location_version",
                                           "location_refresh_closed",
                                           "dispatcher_version",
                                           "mi_row_version",
                                           "cdr_minute",
                                           "cdr_endpoint_hour",
                                           "acc_history",
                                           "missed_calls_history"};

std::string partitions_of(HistoryRig& rig, const std::string& table) {
    return rig.rows("SELECT partition_name, partition_description FROM information_schema.partitions WHERE "
                    "table_schema = '" +
                    rig.database.name() + "' AND table_name = '" + table +
                    "' ORDER BY partition_ordinal_position");
}

std::size_t alters() {
    Connection admin(shared_server().settings(""), "test server");
    auto result = admin.query("SHOW GLOBAL STATUS LIKE 'Com_alter_table'");
    result.next();
    return result.number(1);
}

std::string horizon(HistoryRig& rig) {
    return rig.rows("SELECT DISTINCT until FROM partition_horizon");
}

/// The partition that holds a refresh of this end, or a call of this beginning, as the server sees it.
std::string partition_of(HistoryRig& rig, const std::string& table, const std::string& column,
                         const std::string& time) {
    auto plan = rig.database.sql().query("EXPLAIN PARTITIONS SELECT * FROM " + table + " WHERE " + column +
                                         " = '" + time + "'");
    std::string found;
    while (plan.next()) found += plan.string(3);
    return found;
}

/// The day behind the horizon, which that run has not yet moved.
void let_another_run_add_one(HistoryRig& rig) {
    for (const std::string& table : partitioned) {
        const std::string end = table == "location_refresh_closed" ? " 00:00:01"
                                : table == "sample_day"            ? ""
                                                                   : " 00:00:00";
        rig.database.sql().execute("ALTER TABLE " + table +
                                   " ADD PARTITION (PARTITION p20261206 VALUES LESS THAN ('2026-12-07" + end +
                                   "'))");
    }
}

} // namespace

TEST_CASE("a new schema has daily partitions from today to two weeks ahead") {
    HistoryRig rig(today);
    const std::string samples = partitions_of(rig, "sample");
    CHECK_THAT(samples,
               ContainsSubstring("p_begin|'2000-01-01 00:00:00'\np20261122|'2026-11-23 00:00:00'\n"));
    CHECK_THAT(samples, ContainsSubstring("p20261205|'2026-12-06 00:00:00'\n"));
    CHECK(samples.find("p20261206") == std::string::npos);
    CHECK(horizon(rig) == "2026-12-06 00:00:00\n");
    CHECK(partition_horizon(rig.database.sql()) == from_datetime("2026-12-06 00:00:00"));
}

TEST_CASE("a refresh that midnight ends lies in the partition of the day before") {
    HistoryRig rig(today);
    const auto partition_of_refresh = [&](const std::string& valid_to) {
        return partition_of(rig, "location_refresh_closed", "valid_to", valid_to);
    };
    CHECK(partition_of_refresh("2026-11-24 00:00:00") == "p20261123");
    CHECK(partition_of_refresh("2026-11-24 00:00:01") == "p20261124");
    CHECK(partition_of_refresh("2026-11-24 23:59:59") == "p20261124");
    CHECK(partition_of_refresh("2026-11-25 00:00:00") == "p20261124");
}

TEST_CASE("a version lies in the partition of the day on which it begins") {
    HistoryRig rig(today);
    for (const std::string table : {"dialog_version", "location_version", "dispatcher_version"}) {
        CHECK(partition_of(rig, table, "valid_from", "2026-11-24 00:00:00") == "p20261124");
        CHECK(partition_of(rig, table, "valid_from", "2026-11-24 23:59:59") == "p20261124");
    }
}

TEST_CASE("a run alters tables only when the partitions come to an end") {
    HistoryRig rig(today);
    const std::size_t before = alters();
    for (int day = 0; day <= 10; ++day) static_cast<void>(rig.run(today + days{day}));
    CHECK(alters() == before);
    static_cast<void>(rig.run(today + days{11})); // three days ahead are no longer there
    CHECK(alters() == before + partitioned.size());
    CHECK(horizon(rig) == "2026-12-17 00:00:00\n");
    static_cast<void>(rig.run(today + days{11} + 60s));
    CHECK(alters() == before + partitioned.size());
}

TEST_CASE("adding partitions twice adds nothing the second time") {
    HistoryRig rig(today);
    const std::string before = partitions_of(rig, "dialog_version");
    add_partitions(rig.database.sql(), today);
    CHECK(partitions_of(rig, "dialog_version") == before);
}

TEST_CASE("a pause of a year is bridged by one partition, and the last sixty days are daily") {
    HistoryRig rig(today);
    rig.put_call(1);
    static_cast<void>(rig.run(today));
    const UtcSeconds back = today + days{365};
    rig.tables = {};
    static_cast<void>(rig.run(back));
    CHECK_FALSE(rig.run(back + 60s).partial());
    CHECK(
        rig.rows("SELECT COUNT(*) FROM information_schema.partitions WHERE table_name = 'dialog_version' AND "
                 "table_schema = '" +
                 rig.database.name() + "'") == "75\n"); // p_begin, 14 of then, 60 of now
    CHECK_THAT(partitions_of(rig, "dialog_version"), ContainsSubstring("p20271122|'2027-11-23 00:00:00'\n"));
    CHECK(horizon(rig) == "2027-12-06 00:00:00\n");
    CHECK(rig.rows("SELECT COUNT(*) FROM dialog_version") == "2\n"); // the piece of a year ago, and today's
}

TEST_CASE("two runs that add partitions at once both go on") {
    HistoryRig rig(today);
    // The other run was here first, and has not yet said so.
    let_another_run_add_one(rig);
    add_partitions(rig.database.sql(), today + days{12});
    CHECK(horizon(rig) == "2026-12-18 00:00:00\n");
}

TEST_CASE("where another run added some of the partitions, the rest is still added") {
    HistoryRig rig(today);
    let_another_run_add_one(rig);
    add_partitions(rig.database.sql(), today + days{12});
    for (const std::string& table : partitioned)
        CHECK_THAT(partitions_of(rig, table), ContainsSubstring("p20261217|'2026-12-18"));
    rig.put_call(1);
    static_cast<void>(rig.run(today + days{20}));
    rig.tables = {};
    CHECK_FALSE(rig.run(today + days{20} + 60s).partial());
}

TEST_CASE("a slower clock elsewhere never takes the horizon back") {
    HistoryRig rig(today);
    add_partitions(rig.database.sql(), today + days{5});
    add_partitions(rig.database.sql(), today);
    CHECK(horizon(rig) == "2026-12-11 00:00:00\n");
}
