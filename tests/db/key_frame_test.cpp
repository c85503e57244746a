// The key frame: at each midnight what is open is split, in slices, and nobody who asks can tell.
#include "history_rig.hpp"
#include "support/catch.hpp"

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::days;

const std::string none_crosses = "0\n0\n0\n";

/// An evening with ten calls and ten registrations, some of them refreshed or changed.
void an_evening(HistoryRig& rig) {
    for (std::uint64_t id = 1; id <= 10; ++id) {
        rig.put_call(id);
        rig.put_phone(id);
    }
    static_cast<void>(rig.run(ten_to_midnight));
    rig.put_phone(2, "160");
    rig.put_phone(3, "160", "other");
    rig.put_call(4, "5");
    static_cast<void>(rig.run(ten_to_midnight + 60s));
}

std::size_t still_before(HistoryRig& rig, const std::string& table, UtcSeconds at) {
    return std::stoul(
        rig.rows("SELECT COUNT(*) FROM " + table + "_open WHERE valid_from < " + literal(to_datetime(at))));
}

} // namespace

TEST_CASE("a split in slices changes no answer, slice by slice, and comes to an end") {
    HistoryRig rig(ten_to_midnight);
    rig.rows_a_transaction = 3;
    an_evening(rig);
    const UtcSeconds morning = midnight_after + 60s;
    {
        const auto store = rig.store();
        store->begin(morning);
        LedgerRow row;
        row.captured_at = morning;
        row.started_at = morning;
        row.dialog = row.location = SourceStatus::ok;
        store->commit(row);
    }
    const std::string before = rig.all_answers();
    CHECK(still_before(rig, "dialog", midnight_after) == 10);
    std::size_t slices = 0;
    for (; still_before(rig, "dialog", midnight_after) + still_before(rig, "location", midnight_after) > 0;
         ++slices) {
        REQUIRE(slices < 20);
        // Each slice by a process of its own: whatever dies between two slices, the next goes on.
        CHECK(rig.store()->split_at_midnight(morning + 60s * slices, 60s) > 0);
        CHECK(difference(rig.all_answers(), before) == "");
        CHECK(rig.crossing() == none_crosses);
    }
    CHECK(slices == 4);
    const auto store = rig.store();
    static_cast<void>(store->split_at_midnight(morning + 1h, 60s));
    CHECK(store->split_at_midnight(morning + 1h, 60s) == 0);
}

TEST_CASE("captures go on while the split is under way: what they end or refresh is split on its way") {
    HistoryRig rig(ten_to_midnight);
    rig.rows_a_transaction = 2;
    an_evening(rig);
    rig.put_phone(9, "200");
    rig.put_phone(10, "100", "other");
    rig.tables.location.erase(8);
    rig.tables.dialog.erase(9);
    rig.put_call(10, "5");
    const std::string evening_before = rig.rows("SELECT * FROM location_snapshot ORDER BY 2, 3") +
                                       rig.rows("SELECT * FROM dialog_snapshot ORDER BY 2, 3");
    static_cast<void>(rig.run(midnight_after + 60s)); // its split reaches the first two rows only
    CHECK(still_before(rig, "location", midnight_after) > 0);
    CHECK(rig.crossing() == none_crosses);
    const std::string until = " WHERE captured_at < '2026-11-23 00:00:00' ORDER BY 2, 3";
    CHECK(rig.rows("SELECT * FROM location_snapshot" + until) +
              rig.rows("SELECT * FROM dialog_snapshot" + until) ==
          evening_before);
    CHECK(rig.rows("SELECT contact_id, expires, user_agent FROM location_snapshot WHERE captured_at = "
                   "'2026-11-23 00:01:00' AND contact_id > 7 ORDER BY 1") == "9|200|phone\n10|100|other\n");
    CHECK(rig.rows("SELECT valid_from, valid_to FROM location_history WHERE contact_id = 8 ORDER BY 1") ==
          "2026-11-22 23:50:00|2026-11-23 00:00:00\n2026-11-23 00:00:00|2026-11-23 00:01:00\n");
    CHECK(rig.rows("SELECT captured_at, expires FROM location_refresh WHERE contact_id = 9 ORDER BY 1") ==
          "2026-11-22 23:50:00|100\n2026-11-23 00:01:00|200\n");
}

TEST_CASE("a pause of several days leaves a hole: nobody claims to know what was") {
    HistoryRig rig(ten_to_midnight);
    an_evening(rig);
    const UtcSeconds back = midnight_after + days{4} + 10h;
    static_cast<void>(rig.run(back));
    CHECK(rig.crossing() == none_crosses);
    CHECK(rig.rows("SELECT valid_from, valid_to, began FROM dialog_history WHERE dlg_id = 1 ORDER BY 1") ==
          "2026-11-22 23:50:00|2026-11-23 00:00:00|2026-11-22 23:50:00\n"
          "2026-11-27 00:00:00|9999-12-31 00:00:00|2026-11-22 23:50:00\n");
    CHECK(rig.rows("SELECT COUNT(*) FROM location_history WHERE valid_from <= '2026-11-25 12:00:00' AND "
                   "valid_to > '2026-11-25 12:00:00'") == "0\n");
    CHECK(rig.rows("SELECT COUNT(*) FROM location_snapshot WHERE captured_at = " +
                   literal(to_datetime(back))) == "10\n");
    CHECK(rig.rows("SELECT DISTINCT first_seen FROM location_history WHERE contact_id = 3") ==
          "2026-11-22 23:50:00\n");
}

TEST_CASE("a second pause before the first split came to its end leaves two holes") {
    HistoryRig rig(ten_to_midnight);
    rig.rows_a_transaction = 1;
    an_evening(rig);
    static_cast<void>(rig.run(midnight_after + days{2} + 10h)); // splits one row
    static_cast<void>(rig.run(midnight_after + days{5} + 10h));
    const auto store = rig.store();
    for (int i = 0; i < 12; ++i)
        static_cast<void>(store->split_at_midnight(midnight_after + days{5} + 10h + 60s * i, 60s));
    CHECK(rig.crossing() == none_crosses);
    for (const std::string id : {"1", "10"})
        CHECK(rig.rows("SELECT valid_from, valid_to FROM dialog_history WHERE dlg_id = " + id +
                       " ORDER BY 1") == "2026-11-22 23:50:00|2026-11-23 00:00:00\n"
                                         "2026-11-25 00:00:00|2026-11-26 00:00:00\n"
                                         "2026-11-28 00:00:00|9999-12-31 00:00:00\n");
}

TEST_CASE("a capture exactly at midnight begins the new day, and what it ends belongs to the old one") {
    HistoryRig rig(ten_to_midnight);
    an_evening(rig);
    rig.tables.dialog.erase(1);
    rig.tables.location.erase(1);
    rig.put_phone(5, "300");
    rig.put_phone(6, "100", "other");
    static_cast<void>(rig.run(midnight_after));
    static_cast<void>(rig.run(midnight_after + 60s));
    CHECK(rig.crossing() == none_crosses);
    CHECK(rig.rows("SELECT valid_from, valid_to FROM dialog_history WHERE dlg_id = 1") ==
          "2026-11-22 23:50:00|2026-11-23 00:00:00\n");
    CHECK(rig.rows("SELECT valid_from, valid_to, user_agent FROM location_history WHERE contact_id = 6 ORDER "
                   "BY 1") ==
          "2026-11-22 23:50:00|2026-11-23 00:00:00|phone\n2026-11-23 00:00:00|9999-12-31 00:00:00|other\n");
    CHECK(rig.rows("SELECT captured_at, expires FROM location_refresh WHERE contact_id = 5 ORDER BY 1") ==
          "2026-11-22 23:50:00|100\n2026-11-23 00:00:00|300\n");
    CHECK(rig.rows("SELECT captured_at, COUNT(*), MAX(expires) FROM location_snapshot GROUP BY captured_at "
                   "ORDER BY 1") == "2026-11-22 23:50:00|10|100\n2026-11-22 23:51:00|10|160\n"
                                    "2026-11-23 00:00:00|9|300\n2026-11-23 00:01:00|9|300\n");
}

TEST_CASE("a dlg_id and a contact_id of 0 are split like any other") {
    HistoryRig rig(ten_to_midnight);
    rig.put_call(0);
    rig.put_phone(0);
    static_cast<void>(rig.run(ten_to_midnight));
    static_cast<void>(rig.run(midnight_after + 60s));
    CHECK(still_before(rig, "dialog", midnight_after) == 0);
    CHECK(still_before(rig, "location", midnight_after) == 0);
    rig.tables = {};
    static_cast<void>(rig.run(midnight_after + days{1} + 60s));
    CHECK(rig.crossing() == none_crosses);
    CHECK(rig.rows("SELECT captured_at, COUNT(*) FROM dialog_snapshot GROUP BY captured_at ORDER BY 1") ==
          "2026-11-22 23:50:00|1\n2026-11-23 00:01:00|1\n");
}

TEST_CASE("a month of one capture a day splits every version once a day") {
    HistoryRig rig(ten_to_midnight);
    rig.put_call(1);
    rig.put_phone(1);
    for (int day = 0; day < 30; ++day) static_cast<void>(rig.run(ten_to_midnight + days{day}));
    CHECK(rig.crossing() == none_crosses);
    CHECK(
        rig.rows("SELECT COUNT(*), COUNT(DISTINCT valid_from), COUNT(DISTINCT began) FROM dialog_history") ==
        "30|30|1\n");
    CHECK(rig.rows("SELECT COUNT(*), COUNT(DISTINCT first_seen) FROM location_history") == "30|1\n");
    CHECK(rig.rows("SELECT COUNT(*) FROM location_refresh") == "1\n");
}
