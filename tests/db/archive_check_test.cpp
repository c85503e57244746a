// The check of the archive: silent about whatever runs write, also where they were cut off.
#include "archive_life.hpp"
#include "node_check.hpp"
#include "support/catch.hpp"

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

TEST_CASE("archive check: what runs write is clean, and all of it is looked at") {
    HistoryRig rig(evening);
    rig.rows_a_transaction = GENERATE(std::size_t{5000}, std::size_t{2});
    live_through_midnight(rig);
    const ArchiveFindings findings = check(rig);
    CHECK(violations_of(findings) == "");
    CHECK(findings.clean());
    CHECK(findings.notes.empty());
    CHECK(findings.nodes == std::vector<std::string>{"sbc1"});
    CHECK(findings.captures == 7);
    CHECK(findings.samples == std::stoul(rig.rows("SELECT COUNT(*) FROM sample")));
    CHECK(findings.refreshes == std::stoul(rig.rows("SELECT COUNT(*) FROM location_refresh_closed")));
    CHECK(findings.versions ==
          std::stoul(rig.rows("SELECT (SELECT COUNT(*) FROM dialog_version) + (SELECT COUNT(*) FROM "
                              "location_version) + (SELECT COUNT(*) FROM dispatcher_version)")));
}

TEST_CASE("archive check: an empty history is clean, and so is one whose first run died") {
    HistoryRig rig(evening);
    CHECK(violations_of(check(rig)) == "");
    rig.put_phone(1);
    rig.store()->begin(evening);
    CHECK(violations_of(check(rig)) == "");
}

TEST_CASE("archive check: captures that were early by the clock of who made the tables are looked at, too") {
    HistoryRig rig(evening + days{3});
    live_through_midnight(rig);
    CHECK(check(rig).captures == 7);
    CHECK(violations_of(check(rig)) == "");
    rig.database.sql().execute("UPDATE capture SET contacts = 1 WHERE captured_at = '2026-11-22 23:57:00'");
    CHECK(violations_of(check(rig)) ==
          "counts: capture, node sbc1, 2026-11-22 23:57:00: contacts is 1, but the tables hold 6\n");
}

TEST_CASE("archive check: pauses of days, and a split that is under way, are clean") {
    HistoryRig rig(evening);
    live_through_midnight(rig);
    rig.rows_a_transaction = 1;
    for (const auto pause : {days{2}, days{5}, days{6}}) {
        static_cast<void>(look(rig, midnight_after + pause + 10h));
        CHECK(violations_of(check(rig)) == "");
    }
}

TEST_CASE("archive check: a pause of years leaves days without a partition, and is clean") {
    HistoryRig rig(evening);
    live_through_midnight(rig);
    static_cast<void>(look(rig, midnight_after + days{800} + 10h));
    CHECK(violations_of(check(rig)) == "");
}

TEST_CASE("archive check: a source that fails closes nothing, and is clean") {
    HistoryRig rig(evening);
    live_through_midnight(rig);
    const auto store = make_history_store(rig.database.settings());
    FakeLiveReader live(rig.tables);
    live.fail_at(0, "dialog: gone");
    CHECK(archive_capture(rig.plan, {.mi = nullptr, .live = &live}, *store, midnight_after + 240s).partial());
    CHECK(violations_of(check(rig)) == "");
}

TEST_CASE("archive check: days that retention has dropped are not missed") {
    HistoryRig rig(evening);
    live_through_midnight(rig);
    for (const std::string table :
         {"sample", "dialog_version", "location_version", "dispatcher_version", "location_refresh_closed"})
        rig.database.sql().execute("ALTER TABLE " + table + " DROP PARTITION p20261122");
    CHECK(violations_of(check(rig)) == "");
}

TEST_CASE("archive check: days that retention has dropped of one table alone are not missed") {
    HistoryRig rig(evening);
    live_through_midnight(rig);
    for (const std::string table : {"location_refresh_closed", "dialog_version", "sample"}) {
        rig.database.sql().execute("ALTER TABLE " + table + " DROP PARTITION p20261122");
        CHECK(violations_of(check(rig)) == "");
    }
}

TEST_CASE("archive check: times bound what is looked at") {
    HistoryRig rig(evening);
    live_through_midnight(rig);
    rig.database.sql().execute("UPDATE capture SET contacts = 1 WHERE captured_at = '2026-11-22 23:57:00'");
    rig.database.sql().execute("UPDATE capture SET dialogs = 1 WHERE captured_at = '2026-11-23 00:03:00'");
    const std::string first =
        "counts: capture, node sbc1, 2026-11-22 23:57:00: contacts is 1, but the tables hold 6\n";
    const std::string last =
        "open: dialog_open, node sbc1: it lists 4 versions, but the newest capture that read dialog saw 1\n"
        "counts: capture, node sbc1, 2026-11-23 00:03:00: dialogs is 1, but the tables hold 4\n";
    const std::string open = last.substr(0, last.find('\n') + 1);
    CHECK(violations_of(check(rig, {{}, midnight_after + 1s, {}, 100})) == last);
    CHECK(violations_of(check(rig, {{}, {}, midnight_after, 100})) == open + first);
    CHECK(violations_of(check(rig, {{}, evening, midnight_after + 1s, 100})) ==
          open + first + last.substr(open.size()));
    CHECK(check(rig, {{}, midnight_after + days{1}, {}, 100}).captures == 0);
}

TEST_CASE("archive check: a day too large for memory is read in several passes, and nothing is missed") {
    HistoryRig rig(evening);
    live_through_midnight(rig);
    ArchiveScope narrow;
    narrow.versions_in_memory = 2;
    const ArchiveFindings findings = check(rig, narrow);
    CHECK(violations_of(findings) == "");
    CHECK(findings.versions == check(rig).versions);
    CHECK(findings.refreshes == check(rig).refreshes);
    rig.database.sql().execute("DELETE FROM location_refresh_closed WHERE contact_id IN (1, 2, 4, 5)");
    rig.database.sql().execute(
        "UPDATE dialog_version SET valid_to = '2026-11-22 23:59:00' WHERE dlg_id = 2 AND "
        "valid_to = '2026-11-22 23:58:00'");
    CHECK(check(rig).found[std::size_t(Invariant::refreshes)] >= 4);
    CHECK(check(rig, narrow).found == check(rig).found);
}

TEST_CASE("archive check: one node or all, and a name that is none") {
    HistoryRig rig(evening);
    live_through_midnight(rig);
    rig.plan.node = "sbc2";
    static_cast<void>(look(rig, midnight_after + 60s));
    rig.database.sql().execute("UPDATE capture SET opened = 9 WHERE node_id = (SELECT node_id FROM node "
                               "WHERE node = 'sbc2')");
    CHECK(violations_of(check(rig)) ==
          "counts: capture, node sbc2, 2026-11-23 00:01:00: opened is 9, but 12 versions begin there\n");
    CHECK(check(rig).nodes == std::vector<std::string>{"sbc1", "sbc2"});
    CHECK(violations_of(check(rig, {"sbc1", {}, {}, 100})) == "");
    CHECK_THROWS_WITH(check(rig, {"sbc3", {}, {}, 100}), ContainsSubstring("node sbc3 has no history here"));
}

TEST_CASE("archive check: a capture being written, or cut off, is left out and said") {
    HistoryRig rig(evening);
    live_through_midnight(rig);
    rig.rows_a_transaction = 1;
    const UtcSeconds next = midnight_after + 240s;
    {
        const auto store = rig.store();
        store->begin(next);
        ContactChanges contacts;
        contacts.closed = {2, 4};
        contacts.refreshed.add("1");
        for (const char* field : {"420", "2", "2026-11-22 11:06:00"}) contacts.refreshed.add(field);
        store->apply(contacts);
        VersionChanges calls(dialog_table());
        for (const char* key : {"1", "2"}) calls.closed.add(key);
        add_row(calls.opened, dialog_table(), {{"dlg_id", "1"}, {"callid", "new"}});
        add_row(calls.opened, dialog_table(), {{"dlg_id", "9"}, {"callid", "nine"}});
        store->apply(dialog_table(), calls);
    }
    REQUIRE(rig.rows("SELECT COUNT(*) FROM dialog_ended") == "2\n");
    REQUIRE(rig.rows("SELECT COUNT(*) FROM location_open WHERE contact_id IN (2, 4)") == "0\n");
    const ArchiveFindings findings = check(rig);
    CHECK(violations_of(findings) == "");
    REQUIRE(findings.notes.size() == 1);
    CHECK_THAT(findings.notes[0], ContainsSubstring("node sbc1: the capture of 2026-11-23 00:04:00 is being "
                                                    "written, or was cut off"));
    CHECK(violations_of(check(rig, {{}, midnight_after, {}, 100})) == "");
    static_cast<void>(look(rig, next + 60s));
    CHECK(violations_of(check(rig)) == "");
    CHECK(check(rig).notes.empty());
}

TEST_CASE("archive check: a run that adds partitions does not wait for it, and its snapshot stays") {
    HistoryRig rig(evening);
    live_through_midnight(rig);
    const std::string dialogs = "SELECT COUNT(*) FROM dialog_version WHERE valid_from < '2026-11-24'";
    Connection reader(rig.database.settings(), "history database");
    reader.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
    mark_snapshot(reader);
    const auto before = reader.value(dialogs);
    const std::string add = "ALTER TABLE dialog_version ADD PARTITION (PARTITION p20270101 VALUES LESS THAN "
                            "('2027-01-02 00:00:00'))";
    rig.database.sql().execute("SET lock_wait_timeout = 1");
    CHECK_THROWS_AS(rig.database.sql().execute(add), DatabaseError);
    let_go_of_tables(reader);
    CHECK_NOTHROW(rig.database.sql().execute(add));
    rig.database.sql().execute("DELETE FROM dialog_version");
    CHECK(reader.value(dialogs) == before);
}
