// What the views say of a life with gaps, restarts and midnights; and how much of history they read for it.
#include "history_rig.hpp"
#include "support/catch.hpp"

#include <set>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::days;

const UtcSeconds first_look = from_datetime("2026-11-22 12:00:00");

std::string core(int uptime, const std::string& requests) {
    return R"({"core:timestamp":)" + std::to_string(uptime) + R"(,"core:rcv_requests":)" + requests +
           R"(,"tm:inuse":7})";
}

/// Growth of the one counter, capture by capture.
std::string rates(HistoryRig& rig) {
    return rig.rows(
        "SELECT TIME(captured_at), ROUND(seconds), increase, ROUND(per_second, 3), restarted FROM "
        "statistic_rate WHERE name = 'rcv_requests' ORDER BY captured_at");
}

/// The partitions of one table that a query reads, as the server plans it.
std::set<std::string> partitions_read(HistoryRig& rig, const std::string& query, const std::string& alias) {
    auto plan = rig.database.sql().query("EXPLAIN PARTITIONS " + query);
    std::set<std::string> read;
    while (plan.next())
        if (plan.string(2) == alias && !plan.null(3)) read.insert(plan.string(3));
    return read;
}

} // namespace

TEST_CASE("statistic_rate: growth over the time between two captures, gauges left out") {
    HistoryRig rig(first_look);
    static_cast<void>(rig.run(first_look, core(100, "10")));
    static_cast<void>(rig.run(first_look + 60s, core(160, "40")));
    static_cast<void>(rig.run(first_look + 120s, core(220, "40")));
    CHECK(rates(rig) == "12:01:00|60|30|0.500|0\n12:02:00|60|0|0.000|0\n");
    CHECK(rig.rows("SELECT COUNT(*) FROM statistic_rate WHERE name = 'inuse'") == "0\n");
    CHECK(rig.rows("SELECT COUNT(*) FROM statistic_sample WHERE name = 'inuse' AND kind = 'gauge'") == "3\n");
}

TEST_CASE("statistic_rate: across a gap, the growth and the seconds of the gap") {
    HistoryRig rig(first_look);
    static_cast<void>(rig.run(first_look, core(100, "10")));
    static_cast<void>(rig.run(first_look + 60s)); // MI was not asked
    static_cast<void>(rig.run(first_look + 600s, core(700, "310")));
    CHECK(rates(rig) == "12:10:00|600|300|0.500|0\n");
}

TEST_CASE("statistic_rate: a restart has no growth, even where the counter is higher than before") {
    HistoryRig rig(first_look);
    static_cast<void>(rig.run(first_look, core(100, "10")));
    static_cast<void>(rig.run(first_look + 60s, core(30, "500")));
    static_cast<void>(rig.run(first_look + 120s, core(90, "560")));
    CHECK(rates(rig) == "12:01:00|60|<null>|<null>|1\n12:02:00|60|60|1.000|0\n");
}

TEST_CASE("statistic_rate: a reset counter has no growth, and is no restart") {
    HistoryRig rig(first_look);
    static_cast<void>(rig.run(first_look, core(100, "10")));
    static_cast<void>(rig.run(first_look + 60s, core(160, "3")));
    static_cast<void>(rig.run(first_look + 120s, core(220, "9")));
    CHECK(rates(rig) == "12:01:00|60|<null>|<null>|0\n12:02:00|60|6|0.100|0\n");
}

TEST_CASE("statistic_rate: none beside a value that OpenSIPS rounded, or one that was not there") {
    HistoryRig rig(first_look);
    static_cast<void>(rig.run(first_look, core(100, "1.844674e+19")));
    static_cast<void>(rig.run(first_look + 60s, core(160, "10")));
    static_cast<void>(rig.run(first_look + 120s, R"({"core:timestamp":220})"));
    static_cast<void>(rig.run(first_look + 180s, core(280, "20")));
    CHECK(rates(rig) == "12:01:00|60|<null>|<null>|0\n");
}

TEST_CASE("location_refresh gives each refresh once, across midnights too") {
    HistoryRig rig(first_look);
    rig.put_phone(1);
    rig.put_phone(2);
    static_cast<void>(rig.run(first_look));
    rig.put_phone(1, "160");
    static_cast<void>(rig.run(first_look + 60s));
    for (int day = 1; day <= 3; ++day) static_cast<void>(rig.run(first_look + days{day}));
    rig.put_phone(1, "220");                                          // refreshed after three midnights
    static_cast<void>(rig.run(from_datetime("2026-11-26 00:00:00"))); // at one
    rig.put_phone(2, "100", "other");                                 // a new version
    static_cast<void>(rig.run(from_datetime("2026-11-26 00:01:00")));
    rig.tables.location.clear();
    static_cast<void>(rig.run(from_datetime("2026-11-27 00:00:00")));
    CHECK(rig.rows("SELECT contact_id, captured_at, expires FROM location_refresh ORDER BY 1, 2") ==
          "1|2026-11-22 12:00:00|100\n1|2026-11-22 12:01:00|160\n1|2026-11-26 00:00:00|220\n"
          "2|2026-11-22 12:00:00|100\n2|2026-11-26 00:01:00|100\n");
}

TEST_CASE("first_seen is the true beginning in every version of a chain, whatever midnight did") {
    HistoryRig rig(first_look);
    rig.put_phone(1);
    static_cast<void>(rig.run(first_look));
    rig.put_phone(1, "160", "second");
    static_cast<void>(rig.run(first_look + days{1}));
    rig.put_phone(1, "220", "third");
    static_cast<void>(rig.run(first_look + days{3}));
    CHECK(rig.rows("SELECT DISTINCT first_seen FROM location_history") == "2026-11-22 12:00:00\n");
    rig.tables.location.clear();
    rig.tables.put_contact(1, {{"contact", "sip:somebody.else"}, {"expires", "5"}, {"cseq", "1"}});
    static_cast<void>(rig.run(first_look + days{3} + 60s));
    CHECK(rig.rows("SELECT DISTINCT first_seen FROM location_history ORDER BY 1") ==
          "2026-11-22 12:00:00\n2026-11-25 12:01:00\n");
}

TEST_CASE("a change behind the narrow columns' back is found within 60 captures, and counted") {
    HistoryRig rig(first_look);
    rig.plan.full_compare_every = 60;
    for (std::uint64_t id = 1; id <= 90; ++id) rig.put_phone(id);
    static_cast<void>(rig.run(first_look));
    static_cast<void>(rig.run(first_look + 60s));
    rig.tables.location.at(2)["user_agent"] = "changed"; // just compared: it waits longest
    rig.tables.location.at(80)["user_agent"] = "changed";
    for (int i = 2; i <= 61; ++i) static_cast<void>(rig.run(first_look + 60s * i));
    CHECK(rig.rows("SELECT contact_id, user_agent FROM location_history WHERE user_agent = 'changed' AND "
                   "valid_to > '9999-01-01' ORDER BY 1") == "2|changed\n80|changed\n");
    CHECK(rig.rows("SELECT SUM(found_by_compare), SUM(opened) FROM capture WHERE captured_at > "
                   "'2026-11-22 12:00:00'") == "2|2\n");
    // All once in 60 captures; the two that it found are not equal then, and counted all the same.
    CHECK(rig.rows("SELECT SUM(compared) FROM capture WHERE captured_at > '2026-11-22 12:01:00'") == "90\n");
}

TEST_CASE("an error of any bytes and length is kept in the ledger") {
    HistoryRig rig(first_look);
    FakeLiveReader live(rig.tables);
    std::string reason = "\xff\n";
    while (reason.size() < 5000) reason += "\xf0\x9f\x93\x9e";
    live.fail_from(0, reason);
    const auto store = make_history_store(rig.database.settings());
    CHECK(archive_capture(rig.plan, {.mi = nullptr, .live = &live}, *store, first_look).stored);
    CHECK(rig.rows("SELECT dialog_status, location_status, CHAR_LENGTH(error) > 400 FROM capture") ==
          "failed|failed|1\n");
}

namespace {

/// Two captures a day at noon; the first ends with the split at midnight, so the second begins no earlier
/// than its day.
void run_five_days(HistoryRig& rig) {
    for (int day = 0; day < 5; ++day)
        for (const auto later : {0s, 60s}) {
            for (std::uint64_t id = 1; id <= 20; ++id) {
                rig.put_call(id, std::to_string(day));
                rig.put_phone(id, std::to_string(day), "agent " + std::to_string(day));
            }
            static_cast<void>(rig.run(first_look + days{day} + later));
        }
}

} // namespace

TEST_CASE("a snapshot reads the partition of its day alone") {
    HistoryRig rig(first_look);
    run_five_days(rig);
    CHECK(rig.rows("SELECT versions_from FROM capture WHERE captured_at = '2026-11-24 12:01:00'") ==
          "2026-11-24 00:00:00\n");
    const std::set<std::string> its_day{"p20261124"};
    for (const std::string node : {"", " AND node = 'sbc1'"}) {
        const std::string at = " WHERE captured_at = '2026-11-24 12:01:00'" + node;
        CHECK(partitions_read(rig, "SELECT * FROM location_snapshot" + at, "r") == its_day);
        CHECK(rig.rows("SELECT COUNT(*), MIN(state), MAX(state) FROM dialog_snapshot" + at) == "20|2|2\n");
        CHECK(rig.rows("SELECT COUNT(*), MIN(user_agent), MAX(user_agent) FROM location_snapshot" + at) ==
              "20|agent 2|agent 2\n");
    }
}

TEST_CASE("a snapshot of calls touches little more than what it shows") {
    HistoryRig rig(first_look);
    run_five_days(rig);
    const std::string count =
        "SELECT SUM(variable_value) FROM information_schema.session_status WHERE variable_name "
        "IN ('Handler_read_next', 'Handler_read_key', 'Handler_read_rnd_next')";
    const auto reads = [&](const std::string& query) {
        rig.database.sql().execute("FLUSH STATUS");
        static_cast<void>(rig.rows(query));
        return std::stoul(rig.rows(count));
    };
    REQUIRE(rig.rows("SELECT COUNT(*) FROM dialog_version") ==
            "180\n"); // of each day 20, and 20 that midnight cut
    const std::size_t nothing = reads("SELECT 1");
    CHECK(reads("SELECT * FROM dialog_snapshot WHERE captured_at = '2026-11-24 12:01:00' AND node = 'sbc1'") <
          nothing + 60);
}

TEST_CASE("a history as of a capture reads one partition when it is told where the versions in force begin") {
    HistoryRig rig(first_look);
    run_five_days(rig);
    for (const std::string table : {"dialog", "location"}) {
        const std::string as_of = "SELECT * FROM " + table +
                                  "_history WHERE node_id = 1 AND valid_from <= '2026-11-24 12:01:00' AND "
                                  "valid_to > '2026-11-24 12:01:00'";
        const std::string told = as_of + " AND valid_from >= '2026-11-24 00:00:00'";
        CHECK(rig.rows(as_of + " ORDER BY 4, 5") == rig.rows(told + " ORDER BY 4, 5"));
        CHECK(partitions_read(rig, told, "v") == std::set<std::string>{"p20261124"});
    }
}

TEST_CASE("versions_from: no version in force at a capture begins before it, before and after the split") {
    HistoryRig rig(first_look);
    rig.rows_a_transaction = 4;
    for (std::uint64_t id = 1; id <= 20; ++id) {
        rig.put_call(id);
        rig.put_phone(id);
    }
    for (const auto at : {first_look, first_look + 60s, first_look + 12h, first_look + 12h + 60s,
                          first_look + 13h, first_look + 14h, first_look + 3 * 24h})
        static_cast<void>(rig.run(at));
    for (const std::string table : {"dialog", "location", "dispatcher"})
        CHECK(
            rig.rows("SELECT COUNT(*) FROM capture c JOIN " + table +
                     "_history h ON h.node_id = c.node_id AND h.valid_from <= c.captured_at AND h.valid_to > "
                     "c.captured_at AND h.valid_from < c.versions_from") == "0\n");
    CHECK(rig.rows("SELECT COUNT(*) FROM capture WHERE versions_from < DATE(captured_at)") != "0\n");
    CHECK(rig.rows("SELECT COUNT(*) FROM capture WHERE versions_from = DATE(captured_at)") != "0\n");
}

TEST_CASE("many that go among few that are refreshed are all ended, and booked in the order of their key") {
    HistoryRig rig(first_look);
    for (std::uint64_t id = 1; id <= 1300; ++id) rig.put_phone(id);
    static_cast<void>(rig.run(first_look));
    for (std::uint64_t id = 1; id <= 1300; ++id)
        if (id % 26 == 0)
            rig.put_phone(id, "160");
        else if (id <= 700 || id > 1290)
            rig.tables.location.erase(id);
    static_cast<void>(rig.run(first_look + 60s));
    CHECK(rig.rows("SELECT contacts, opened, closed, refreshed FROM capture WHERE captured_at = "
                   "'2026-11-22 12:01:00'") == "617|0|683|50\n");
    CHECK(rig.rows("SELECT COUNT(*) FROM location_refresh_closed WHERE valid_to = '2026-11-22 12:01:00'") ==
          "733\n");
    CHECK(rig.rows("SELECT COUNT(*), SUM(expires = 160) FROM location_snapshot WHERE captured_at = "
                   "'2026-11-22 12:01:00'") == "617|50\n");
    CHECK(rig.rows("SELECT COUNT(*), SUM(expires = 160) FROM location_snapshot WHERE captured_at = "
                   "'2026-11-22 12:00:00'") == "1300|0\n");
}
