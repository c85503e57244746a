// The check of the archive: each thing that must hold, broken by hand, and the lines that say so.
#include "archive_life.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

/// A history that hands reach into, and that is whole again afterwards.
class TouchedHistory {
public:
    TouchedHistory() {
        live_through_midnight(rig_);
        for (const std::string& table : tables) {
            execute("CREATE TABLE kept_" + table + " AS SELECT * FROM " + table);
        }
        REQUIRE(violations_of(check(rig_)) == "");
    }

    /// What a check says, in brief, after statements that must each have changed something; {23:57} is that
    /// minute. Brief: the 22nd's minutes begin with 23, the 23rd's with 00, and there is one node.
    std::string after(const std::vector<std::string>& statements) {
        for (const std::string& statement : statements) {
            INFO(statement);
            CHECK(rig_.database.sql().update(with_times(statement)) > 0);
        }
        std::string said = violations_of(check(rig_));
        for (const std::string& table : tables) {
            const std::string columns = rig_.written_columns(table);
            execute("DELETE FROM " + table);
            execute("INSERT INTO " + table + " (" + columns + ") SELECT " + columns + " FROM kept_" + table);
        }
        for (const char* left_out : {", node sbc1", "2026-11-22 ", "2026-11-23 "})
            said = replaced(said, left_out, "");
        return said;
    }
    void execute(const std::string& statement) { rig_.database.sql().execute(statement); }

private:
    static std::string with_times(const std::string& statement) {
        const std::string ended = replaced(statement, "}", ":00'");
        return replaced(replaced(ended, "{23", "'2026-11-22 23"), "{00", "'2026-11-23 00");
    }

    inline static const std::vector<std::string> tables{"capture",
                                                        "sample",
                                                        "statistic",
                                                        "node",
                                                        "dialog_version",
                                                        "dialog_open",
                                                        "dialog_ended",
                                                        "location_version",
                                                        "location_open",
                                                        "location_refresh_closed",
                                                        "dispatcher_version",
                                                        "dispatcher_open"};
    HistoryRig rig_{evening};
};

} // namespace

TEST_CASE(
    "archive check: a version is not empty, overlaps none of its key, and ends at midnight at the latest") {
    TouchedHistory history;
    CHECK(history.after({"UPDATE location_version SET valid_to = {23:59} WHERE contact_id = 2 AND valid_from "
                         "= {23:57}"}) ==
          "intervals: location_version, contact_id 2 [23:57:00, 23:59:00): it overlaps the version "
          "[23:58:00, 00:00:00)\n"
          "refreshes: location_version, contact_id 2 [23:57:00, 23:59:00): its refreshes end at 23:58:00\n"
          "counts: capture, 23:58:00: closed is 4, but 3 versions end there\n"
          "counts: capture, 23:58:00: contacts is 6, but the tables hold 7\n"
          "counts: capture, 23:59:00: closed is 1, but 2 versions end there\n");
    CHECK(
        history.after(
            {"UPDATE dialog_version SET valid_to = valid_from WHERE dlg_id = 2 AND valid_from = {23:57}"}) ==
        "intervals: dialog_version, dlg_id 2 [23:57:00, 23:57:00): it does not end after it begins\n"
        "counts: capture, 23:57:00: closed is 0, but 1 versions end there\n"
        "counts: capture, 23:57:00: dialogs is 6, but the tables hold 5\n"
        "counts: capture, 23:58:00: closed is 4, but 3 versions end there\n");
    CHECK(
        history.after(
            {"UPDATE dialog_version SET valid_to = {00:02} WHERE dlg_id = 4 AND valid_from = {23:57}"}) ==
        "intervals: dialog_version, dlg_id 4 [23:57:00, 00:02:00): it goes on beyond a midnight that should "
        "have split it\n"
        "intervals: dialog_version, dlg_id 4 [23:57:00, 00:02:00): it overlaps the open version of 00:00:00\n"
        "ledger: dialog_version, dlg_id 4 [00:00:00, open): it goes on from before midnight, but no version "
        "that began 23:57:00 ends there\n"
        "counts: capture, 00:00:00: dialogs is 4, but the tables hold 5\n"
        "counts: capture, 00:01:00: dialogs is 4, but the tables hold 5\n"
        "counts: capture, 00:02:00: closed is 1, but 2 versions end there\n");
    CHECK(history.after({"UPDATE dispatcher_open SET valid_from = {23:57} WHERE uri='sip:a'"}) ==
          "open: dispatcher_open, p 1 sip:a 0: it lists a version of 23:57:00, but no open one begins there\n"
          "open: dispatcher_open, p 1 sip:a 0: its version of 23:57:00 begins before 00:00:00, where "
          "midnight has split all: snapshots lack it\n"
          "intervals: dispatcher_version, p 1 sip:a 0 [23:57:00, 00:00:00): it overlaps the open version of "
          "23:57:00\n"
          "open: dispatcher_version, p 1 sip:a 0 [00:00:00, open): it is open, but dispatcher_open has that "
          "of 23:57:00 of this key\n");
    CHECK(
        history.after(
            {"UPDATE dispatcher_version SET valid_to = {00:02} WHERE uri='sip:b' AND valid_from={23:58}"}) ==
        "intervals: dispatcher_version, p 1 sip:b 0 [23:58:00, 00:02:00): it goes on beyond a midnight that "
        "should have split it\n"
        "intervals: dispatcher_version, p 1 sip:b 0 [23:58:00, 00:02:00): it overlaps the open version of "
        "00:00:00\n"
        "counts: capture, 00:00:00: closed is 2, but 1 versions end there\n"
        "counts: capture, 00:00:00: destinations is 2, but the tables hold 3\n"
        "counts: capture, 00:01:00: destinations is 2, but the tables hold 3\n"
        "counts: capture, 00:02:00: closed is 1, but 2 versions end there\n");
}

TEST_CASE("archive check: what is open is listed, and what is listed is open") {
    TouchedHistory history;
    CHECK(history.after({"DELETE FROM dialog_open WHERE dlg_id = 1"}) ==
          "open: dialog_open: it lists 3 versions, but the newest capture that read dialog saw 4\n"
          "open: dialog_version, dlg_id 1 [00:00:00, open): it is open, but dialog_open has none of this "
          "key\n");
    CHECK(history.after({"UPDATE location_open SET valid_from = {00:01} WHERE contact_id = 4"}) ==
          "open: location_open, contact_id 4: it lists a version of 00:01:00, but no open one begins there\n"
          "open: location_version, contact_id 4 [00:00:00, open): it is open, but location_open has that of "
          "00:01:00 of this key\n");
    CHECK(history.after({"INSERT INTO dialog_open (node_id, dlg_id, valid_from) SELECT node_id, 99, {00:00} "
                         "FROM node"}) ==
          "open: dialog_open, dlg_id 99: it lists a version of 00:00:00, but no open one begins there\n"
          "open: dialog_open: it lists 5 versions, but the newest capture that read dialog saw 4\n");
    CHECK(history.after({"DELETE FROM dispatcher_open WHERE uri = 'sip:a'"}) ==
          "open: dispatcher_open: it lists 1 versions, but the newest capture that read dispatcher saw 2\n"
          "open: dispatcher_version, p 1 sip:a 0 [00:00:00, open): it is open, but dispatcher_open has none "
          "of this key\n");
    CHECK(history.after({"UPDATE capture SET versions_from={00:01} WHERE captured_at={00:03}"}) ==
          "open: dialog_open, dlg_id 1: its version of 00:00:00 begins before 00:01:00, where midnight has "
          "split all: snapshots lack it\n"
          "open: dialog_open, dlg_id 2: its version of 00:00:00 begins before 00:01:00, where midnight has "
          "split all: snapshots lack it\n"
          "open: dialog_open, dlg_id 4: its version of 00:00:00 begins before 00:01:00, where midnight has "
          "split all: snapshots lack it\n"
          "open: location_open, contact_id 1: its version of 00:00:00 begins before 00:01:00, where midnight "
          "has split all: snapshots lack it\n"
          "open: location_open, contact_id 2: its version of 00:00:00 begins before 00:01:00, where midnight "
          "has split all: snapshots lack it\n"
          "open: location_open, contact_id 3: its version of 00:00:00 begins before 00:01:00, where midnight "
          "has split all: snapshots lack it\n"
          "open: location_open, contact_id 4: its version of 00:00:00 begins before 00:01:00, where midnight "
          "has split all: snapshots lack it\n"
          "open: location_open, contact_id 5: its version of 00:00:00 begins before 00:01:00, where midnight "
          "has split all: snapshots lack it\n"
          "open: dispatcher_open, p 1 sip:a 0: its version of 00:00:00 begins before 00:01:00, where "
          "midnight has split all: snapshots lack it\n"
          "open: dispatcher_open, p 1 sip:b 0: its version of 00:00:00 begins before 00:01:00, where "
          "midnight has split all: snapshots lack it\n"
          "counts: capture, 00:03:00: versions_from is 00:01:00, after the midnight before it: snapshots of "
          "it lack versions\n");
    CHECK(
        history.after(
            {"UPDATE location_version SET valid_to={00:03} WHERE contact_id=4 AND valid_to='9999-12-31'"}) ==
        "open: location_open, contact_id 4: it lists a version of 00:00:00, but no open one begins there\n"
        "intervals: location_version, contact_id 4 [00:00:00, 00:03:00): it overlaps the open version of "
        "00:00:00\n"
        "refreshes: location_version, contact_id 4 [00:00:00, 00:03:00): its refreshes end at 00:00:00\n"
        "counts: capture, 00:03:00: closed is 0, but 1 versions end there\n"
        "counts: capture, 00:03:00: contacts is 6, but the tables hold 5\n");
}

TEST_CASE("archive check: what begins and ends is a capture's doing, or midnight's") {
    TouchedHistory history;
    CHECK(history.after({"DELETE FROM capture WHERE captured_at={00:01}"}) ==
          "ledger: dialog_version, dlg_id 3 [00:00:00, 00:01:00): it ends at no capture that read dialog\n"
          "ledger: dialog_version, dlg_id 3 [00:01:00, open): it begins at no capture that read dialog\n"
          "refreshes: location_open, contact_id 1: the refresh of 00:01:00 until open was seen by no capture "
          "that read location\n"
          "samples: sample, 00:01:00: 3 samples of no capture that read mi\n"
          "ledger: capture, 00:02:00: mi_before is 00:01:00, but the capture of 00:00:00 read MI before it: "
          "statistic_rate is wrong here\n");
    CHECK(history.after({"DELETE FROM capture WHERE captured_at={23:57}"}) ==
          "ledger: dialog_version, dlg_id 1 [23:57:00, 00:00:00): it begins at no capture that read dialog\n"
          "ledger: dialog_version, dlg_id 2 [23:57:00, 23:58:00): it begins at no capture that read dialog\n"
          "ledger: dialog_version, dlg_id 3 [23:57:00, 00:00:00): it begins at no capture that read dialog\n"
          "ledger: dialog_version, dlg_id 4 [23:57:00, 00:00:00): it begins at no capture that read dialog\n"
          "ledger: dialog_version, dlg_id 5 [23:57:00, 00:00:00): it begins at no capture that read dialog\n"
          "ledger: dialog_version, dlg_id 6 [23:57:00, 23:58:00): it begins at no capture that read dialog\n"
          "ledger: dispatcher_version, p 1 sip:a 0 [23:57:00, 00:00:00): it begins at no capture that read "
          "dispatcher\n"
          "ledger: dispatcher_version, p 1 sip:b 0 [23:57:00, 23:58:00): it begins at no capture that read "
          "dispatcher\n"
          "ledger: location_version, contact_id 1 [23:57:00, 00:00:00): it begins at no capture that read "
          "location\n"
          "ledger: location_version, contact_id 2 [23:57:00, 23:58:00): it begins at no capture that read "
          "location\n"
          "ledger: location_version, contact_id 3 [23:57:00, 00:00:00): it begins at no capture that read "
          "location\n"
          "ledger: location_version, contact_id 4 [23:57:00, 00:00:00): it begins at no capture that read "
          "location\n"
          "ledger: location_version, contact_id 5 [23:57:00, 00:00:00): it begins at no capture that read "
          "location\n"
          "ledger: location_version, contact_id 6 [23:57:00, 23:59:00): it begins at no capture that read "
          "location\n"
          "samples: sample, 23:57:00: 3 samples of no capture that read mi\n"
          "ledger: capture, 23:58:00: mi_before is 23:57:00, when no capture read MI\n");
    CHECK(history.after({"UPDATE dialog_version SET began='2026-11-22 23:57:30' WHERE dlg_id=1 AND "
                         "valid_from={00:00}"}) ==
          "ledger: dialog_version, dlg_id 1 [00:00:00, open): began 23:57:30 is no capture that read dialog\n"
          "counts: capture, 00:00:00: closed is 2, but 3 versions end there\n");
    CHECK(history.after({"UPDATE dialog_version SET valid_to='2026-11-23 00:00:30' WHERE dlg_id=3 AND "
                         "valid_to={00:01}"}) ==
          "ledger: dialog_version, dlg_id 3 [00:00:00, 00:00:30): it ends at no capture that read dialog\n"
          "counts: capture, 00:01:00: closed is 1, but 0 versions end there\n");
    CHECK(history.after({"DELETE FROM dialog_version WHERE dlg_id=3 AND valid_from={00:00}"}) ==
          "counts: capture, 00:00:00: closed is 2, but 3 versions end there\n"
          "counts: capture, 00:00:00: dialogs is 4, but the tables hold 3\n"
          "counts: capture, 00:01:00: closed is 1, but 0 versions end there\n");
    CHECK(history.after({"DELETE FROM dialog_version WHERE dlg_id=4 AND valid_from={23:57}"}) ==
          "counts: capture, 23:57:00: opened is 14, but 13 versions begin there\n"
          "counts: capture, 23:57:00: dialogs is 6, but the tables hold 5\n"
          "counts: capture, 23:58:00: dialogs is 5, but the tables hold 4\n"
          "counts: capture, 23:59:00: dialogs is 5, but the tables hold 4\n"
          "ledger: dialog_version, dlg_id 4 [00:00:00, open): it goes on from before midnight, but no "
          "version that began 23:57:00 ends there\n");
    CHECK(history.after({"UPDATE location_version SET first_seen='2026-11-22 23:57:30' WHERE contact_id=2 "
                         "AND valid_from={23:58}"}) ==
          "ledger: location_version, contact_id 2 [23:58:00, 00:00:00): first_seen 23:57:30 is no capture at "
          "or before its beginning that read location\n");
    CHECK(history.after(
              {"UPDATE dispatcher_version SET began={00:00} WHERE uri='sip:a' AND valid_from={00:00}"}) ==
          "counts: capture, 00:00:00: opened is 1, but 2 versions begin there\n"
          "counts: capture, 00:00:00: closed is 2, but 3 versions end there\n");
    CHECK(history.after({"UPDATE capture SET node_id = 77 WHERE captured_at={00:03}"}) ==
          "ledger: capture, node_id 77: table node has no such id, so no view shows it\n"
          "open: location_open: it lists 6 versions, but the newest capture that read location saw 5\n"
          "ledger: location_version, contact_id 7 [00:03:00, open): it begins at no capture that read "
          "location\n"
          "refreshes: location_open, contact_id 7: the refresh of 00:03:00 until open was seen by no capture "
          "that read location\n"
          "samples: sample, 00:03:00: 3 samples of no capture that read mi\n");
}

TEST_CASE("archive check: the ledger counts what the tables hold") {
    TouchedHistory history;
    CHECK(history.after({"UPDATE capture SET opened=opened+1 WHERE captured_at={00:01}"}) ==
          "counts: capture, 00:01:00: opened is 2, but 1 versions begin there\n");
    CHECK(history.after({"UPDATE capture SET closed=closed+1 WHERE captured_at={00:01}"}) ==
          "counts: capture, 00:01:00: closed is 2, but 1 versions end there\n");
    CHECK(history.after({"UPDATE capture SET refreshed=refreshed+1 WHERE captured_at={00:01}"}) ==
          "counts: capture, 00:01:00: refreshed is 2, but 1 registrations were refreshed there\n");
    CHECK(history.after({"UPDATE capture SET samples=samples+1 WHERE captured_at={00:01}"}) ==
          "counts: capture, 00:01:00: samples is 4, but the tables hold 3\n");
    CHECK(history.after({"UPDATE capture SET destinations=destinations+1 WHERE captured_at={00:01}"}) ==
          "counts: capture, 00:01:00: destinations is 3, but the tables hold 2\n");
    CHECK(history.after({"UPDATE capture SET dialogs=dialogs+1 WHERE captured_at={00:01}"}) ==
          "counts: capture, 00:01:00: dialogs is 5, but the tables hold 4\n");
    CHECK(history.after({"UPDATE capture SET contacts=contacts+1 WHERE captured_at={00:01}"}) ==
          "counts: capture, 00:01:00: contacts is 7, but the tables hold 6\n");
    CHECK(history.after({"UPDATE capture SET dialogs=NULL WHERE captured_at={00:01}"}) ==
          "counts: capture, 00:01:00: dialogs is NULL, though their source was read\n");
    CHECK(history.after({"UPDATE capture SET destinations=2 WHERE captured_at={23:59}"}) ==
          "counts: capture, 23:59:00: destinations is 2, though their source was not read\n");
}

TEST_CASE("archive check: the refreshes of a version fill it") {
    TouchedHistory history;
    CHECK(history.after({"DELETE FROM location_refresh_closed WHERE contact_id=1 AND valid_to={23:58}"}) ==
          "refreshes: location_refresh_closed, contact_id 1: the refresh of 23:58:00 until 00:00:00 leaves a "
          "hole from 23:57:00 on\n");
    CHECK(history.after({"DELETE FROM location_refresh_closed WHERE contact_id=1 AND valid_to={00:01}"}) ==
          "refreshes: location_open, contact_id 1: the refresh of 00:01:00 until open leaves a hole from "
          "00:00:00 on\n");
    CHECK(history.after({"UPDATE location_refresh_closed SET captured_at={23:57} WHERE contact_id=1 AND "
                         "valid_to={00:00}"}) ==
          "refreshes: location_refresh_closed, contact_id 1: the refresh of 23:57:00 until 00:00:00 overlaps "
          "the one until 23:58:00\n"
          "counts: capture, 23:58:00: refreshed is 1, but 0 registrations were refreshed there\n");
    CHECK(history.after({"UPDATE location_refresh_closed SET version_from={23:58} WHERE contact_id=1 AND "
                         "valid_to={23:58}"}) ==
          "refreshes: location_refresh_closed, contact_id 1: the refresh of 23:57:00 until 23:58:00 belongs "
          "to a version of 23:58:00 that does not begin on its day\n"
          "refreshes: location_refresh_closed, contact_id 1: the refresh of 23:58:00 until 00:00:00 leaves a "
          "hole from 23:57:00 on\n");
    CHECK(history.after({"UPDATE location_refresh_closed SET captured_at='2026-11-22 23:57:30' WHERE "
                         "contact_id=1 AND valid_to={00:00}"}) ==
          "refreshes: location_refresh_closed, contact_id 1: the refresh of 23:57:30 until 00:00:00 was seen "
          "by no capture that read location\n"
          "refreshes: location_refresh_closed, contact_id 1: the refresh of 23:57:30 until 00:00:00 overlaps "
          "the one until 23:58:00\n"
          "counts: capture, 23:58:00: refreshed is 1, but 0 registrations were refreshed there\n");
    CHECK(history.after({"UPDATE location_open SET captured_at={00:02} WHERE contact_id=1"}) ==
          "refreshes: location_open, contact_id 1: the refresh of 00:02:00 until open leaves a hole from "
          "00:01:00 on\n"
          "counts: capture, 00:01:00: refreshed is 1, but 0 registrations were refreshed there\n"
          "counts: capture, 00:02:00: refreshed is 0, but 1 registrations were refreshed there\n");
    CHECK(history.after({"UPDATE location_refresh_closed SET valid_to={00:03} WHERE contact_id=7 AND "
                         "valid_to={00:02}"}) ==
          "refreshes: location_refresh_closed, contact_id 7: the refresh of 23:59:00 until 00:03:00 outlasts "
          "its version [00:00:00, 00:02:00)\n");
    CHECK(history.after({"INSERT INTO location_refresh_closed (node_id, valid_to, contact_id, captured_at, "
                         "version_from) SELECT node_id, {00:02}, 55, {00:01},{00:01} FROM node"}) ==
          "refreshes: location_refresh_closed, contact_id 55: the refresh of 00:01:00 until 00:02:00 belongs "
          "to a version of 00:01:00 that does not begin on its day\n");
}

TEST_CASE("archive check: a sample belongs to a capture and to a statistic") {
    TouchedHistory history;
    CHECK(history.after({"DELETE FROM sample WHERE captured_at={00:01} LIMIT 1"}) ==
          "counts: capture, 00:01:00: samples is 3, but the tables hold 2\n");
    CHECK(history.after({"UPDATE sample SET captured_at='2026-11-23 00:01:30' WHERE captured_at={00:01}"}) ==
          "samples: sample, 00:01:30: 3 samples of no capture that read mi\n"
          "counts: capture, 00:01:00: samples is 3, but the tables hold 0\n");
    CHECK(history.after({"UPDATE sample SET captured_at={23:59} WHERE captured_at={23:58}"}) ==
          "samples: sample, 23:59:00: 3 samples of no capture that read mi\n"
          "counts: capture, 23:58:00: samples is 3, but the tables hold 0\n");
    CHECK(history.after({"DELETE FROM statistic LIMIT 1"}) ==
          "samples: sample, statistic_id 1: 2 samples from 23:57:00 on, but statistic has no such id\n"
          "samples: sample, statistic_id 1: 4 samples from 00:00:00 on, but statistic has no such id\n");
}

TEST_CASE("archive check: nothing is left of a capture that was cut off") {
    TouchedHistory history;
    CHECK(history.after({"INSERT INTO dialog_ended SELECT node_id, {00:01}, 1, valid_from FROM dialog_open "
                         "WHERE dlg_id=1"}) ==
          "pending: dialog_ended: 1 calls of the capture of 00:01:00, which is not being written\n");
    CHECK(history.after({"UPDATE node SET pending_at={00:03}"}) ==
          "pending: node: pending_at is 00:03:00, but a capture of 00:03:00 is stored: its changes are "
          "hidden from the views\n");
    CHECK(history.after({"UPDATE node SET pending_at={00:04}"}) == "");
}

TEST_CASE("archive check: p_begin is empty") {
    TouchedHistory history;
    CHECK(history.after({"INSERT INTO dialog_version (node_id,valid_from,dlg_id,valid_to,began) SELECT "
                         "node_id,'1999-01-01',1,'1999-01-02','1999-01-01' FROM node"}) ==
          "partitions: dialog_version: p_begin holds 1 rows, of times that no capture can have\n");
}

TEST_CASE("archive check: a day's partition is there, up to the horizon") {
    const auto dropped = [](const std::string& table, const std::string& partition) {
        HistoryRig rig(evening);
        live_through_midnight(rig);
        static_cast<void>(look(rig, midnight_after + days{1}));
        rig.database.sql().execute("ALTER TABLE " + table + " DROP PARTITION " + partition);
        return violations_of(check(rig));
    };
    CHECK(dropped("dispatcher_version", "p20261126") ==
          "partitions: dispatcher_version: no partition for the days from 2026-11-26 up to 2026-11-27, which "
          "p20261127 begins at; were they dropped?\n");
    CHECK(dropped("sample", "p20261205") ==
          "partitions: sample: its partitions end at 2026-12-05 00:00:00, before "
          "partition_horizon (2026-12-06 00:00:00): captures of those days can't be stored; add them\n");
    const std::string day_lost = dropped("location_refresh_closed", "p20261123");
    CHECK_THAT(day_lost,
               ContainsSubstring("partitions: location_refresh_closed: no partition for the days from "
                                 "2026-11-23 up to 2026-11-24"));
    CHECK_THAT(day_lost, ContainsSubstring("refreshes: "));
}

TEST_CASE("archive check: the horizon of each table is known") {
    TouchedHistory history;
    history.execute("DELETE FROM partition_horizon WHERE table_name = 'dialog_version'");
    CHECK(history.after({}) ==
          "partitions: dialog_version: it has no row in partition_horizon; the next run adds it\n");
}

TEST_CASE("archive check: of many violations the first are listed, the others counted") {
    HistoryRig rig(evening);
    for (std::uint64_t id = 1; id <= 30; ++id) rig.put_call(id);
    static_cast<void>(rig.run(evening));
    rig.database.sql().execute("UPDATE dialog_version SET began = '2026-11-22 23:56:00'");
    const std::string said = violations_of(check(rig));
    CHECK(std::count(said.begin(), said.end(), '\n') == 22);
    CHECK_THAT(said, ContainsSubstring("ledger: and 10 more\n"));
}

TEST_CASE("archive check: what midnight has split goes on, also after days in which nobody looked") {
    HistoryRig rig(evening);
    rig.put_call(1);
    rig.put_call(2);
    static_cast<void>(rig.run(evening));
    static_cast<void>(rig.run(midnight_after + days{2} + minutes{1}));
    REQUIRE(violations_of(check(rig)) == "");
    const std::string first_day = "DELETE FROM dialog_version WHERE dlg_id = 1 AND valid_from < '2026-11-23'";
    const std::string last_day = "DELETE FROM dialog_version WHERE dlg_id = 1 AND valid_from >= '2026-11-25'";
    SECTION("its end is gone") {
        rig.database.sql().execute(last_day);
        rig.database.sql().execute("DELETE FROM dialog_open WHERE dlg_id = 1");
        CHECK_THAT(
            violations_of(check(rig)),
            ContainsSubstring("ledger: dialog_version, node sbc1, dlg_id 1 (began 2026-11-22 23:57:00): it "
                              "ends at the midnight of 2026-11-23 00:00:00, but neither goes on nor was "
                              "ended by a capture\n"));
    }
    SECTION("its beginning is gone") {
        rig.database.sql().execute(first_day);
        CHECK_THAT(
            violations_of(check(rig)),
            ContainsSubstring("ledger: dialog_version, node sbc1, dlg_id 1 [2026-11-25 00:00:00, open): it "
                              "goes on from before midnight, but no version that began 2026-11-22 "
                              "23:57:00 ends there\n"));
    }
    SECTION("a day is gone in which somebody looked") {
        static_cast<void>(rig.run(midnight_after + days{3} + minutes{1}));
        REQUIRE(violations_of(check(rig)) == "");
        rig.database.sql().execute(
            "DELETE FROM dialog_version WHERE dlg_id = 1 AND valid_from = '2026-11-25 00:00:00'");
        const std::string said = violations_of(check(rig));
        CHECK_THAT(said, ContainsSubstring("dlg_id 1 (began 2026-11-22 23:57:00): it ends at the midnight of "
                                           "2026-11-23 00:00:00, but neither goes on"));
        CHECK_THAT(said, ContainsSubstring("dlg_id 1 [2026-11-26 00:00:00, open): it goes on from before "
                                           "midnight, but no version"));
    }
}
