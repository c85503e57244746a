// Live tables that are not quite what OpenSIPS's scripts make.
#include "site.hpp"
#include "support/catch.hpp"

using namespace sipkeep;
using namespace sipkeep::test;

TEST_CASE("a value longer than history holds: that source fails with a clear line, the others are stored") {
    Site& site = shared_site("wide");
    site.add_dialog(1);
    site.add_contact(1);
    site.live.sql().execute("ALTER TABLE dialog MODIFY callid VARCHAR(400) NOT NULL");
    REQUIRE(site.snapshot(0).exit_code == 0);
    site.add_dialog(2);
    site.live.sql().execute("UPDATE dialog SET callid = REPEAT('c', 400) WHERE dlg_id = 2");
    site.add_contact(2);
    site.live.sql().execute(
        "UPDATE location SET cseq = 8, last_modified = '2026-11-22 11:00:00' WHERE contact_id = 1");
    const ProgramResult result = site.snapshot(1);
    CHECK(result.exit_code == 3);
    CHECK(lines_of(result.err) == 1);
    CHECK_THAT(result.err, ContainsSubstring("'callid'"));
    CHECK_THAT(result.err, ContainsSubstring("too long"));
    CHECK_THAT(result.err, ContainsSubstring("error: dialog: history database"));
    CHECK(site.ledger(status_columns) == "ok|ok|ok|ok\nok|ok|failed|ok\n");
    CHECK(site.ledger("opened, closed, refreshed, dialogs") == "6|0|0|1\n1|0|1|<null>\n");
    CHECK(site.open_set("dialog") == "1|" + site.datetime(0) + "\n");
    CHECK(site.open_set("location") == "1|" + site.datetime(0) + "\n2|" + site.datetime(1) + "\n");

    site.remove_dialog(2);
    const ProgramResult healthy = site.snapshot(2);
    CHECK(healthy.exit_code == 0);
    CHECK(site.open_set("dialog") == "1|" + site.datetime(0) + "\n");
}

TEST_CASE("a contact longer than history holds leaves dialogs, destinations and samples stored") {
    Site& site = shared_site("wide_contact");
    site.add_dialog(1);
    site.add_contact(1);
    site.live.sql().execute("ALTER TABLE location MODIFY user_agent VARCHAR(400) NOT NULL DEFAULT ''");
    site.live.sql().execute("UPDATE location SET user_agent = REPEAT('u', 400)");
    const ProgramResult result = site.snapshot(0);
    CHECK(result.exit_code == 3);
    CHECK(lines_of(result.err) == 1);
    CHECK_THAT(result.err, ContainsSubstring("user_agent"));
    CHECK(site.ledger(status_columns) == "ok|ok|ok|failed\n");
    CHECK(site.ledger("opened, samples > 100, contacts") == "5|1|<null>\n");
    CHECK(site.open_set("location").empty());
}

TEST_CASE("two sources that can't be stored both fail, and the rest is stored") {
    Site& site = shared_site("two_wide");
    site.add_dialog(1);
    site.add_contact(1);
    site.live.sql().execute("ALTER TABLE dialog MODIFY callid VARCHAR(400) NOT NULL");
    site.live.sql().execute("UPDATE dialog SET callid = REPEAT('c', 400)");
    site.mi.result("ds_list",
                   R"({"PARTITIONS":[{"name":")" + std::string(100, 'p') +
                       R"(","SETS":[{"id":1,"Destinations":[{"URI":"sip:a","state":"Active"}]}]}]})");
    const ProgramResult result = site.snapshot(0);
    site.mi.result("ds_list", result_of(fixture("http/ds_list-full.reply")));
    CHECK(result.exit_code == 3);
    CHECK(lines_of(result.err) == 2);
    CHECK(site.ledger(status_columns) == "ok|failed|failed|ok\n");
    CHECK(site.open_set("location") == "1|" + site.datetime(0) + "\n");
    CHECK(site.ledger("opened, closed") == "1|0\n");
}

TEST_CASE("an emptied table is stored as empty and flagged") {
    Site& site = shared_site("emptied");
    for (int id = 1; id <= 25; ++id) {
        site.add_dialog(id);
        site.add_contact(id);
    }
    REQUIRE(site.snapshot(0).exit_code == 0);
    site.live.sql().execute("DELETE FROM dialog");
    site.live.sql().execute("DELETE FROM location WHERE contact_id > 1");
    const ProgramResult result = site.snapshot(1);
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.err, ContainsSubstring("warning: flagged: dialog_emptied"));
    CHECK_THAT(result.err, ContainsSubstring("warning: flagged: location_emptied"));
    CHECK(lines_of(result.err) == 2);
    CHECK(site.ledger("flags, dialogs, contacts, closed") ==
          "|25|25|0\ndialog_emptied,location_emptied|0|1|49\n");
    CHECK(site.open_set("dialog").empty());
    CHECK(site.open_set("location") == "1|" + site.datetime(0) + "\n");
    const ProgramResult after = site.snapshot(2);
    CHECK(after.err.empty());
    CHECK(
        site.history.rows("SELECT COUNT(*) FROM dialog_snapshot WHERE node = 'emptied' AND captured_at = '" +
                          site.datetime(1) + "'") == "0\n");
    CHECK(
        site.history.rows("SELECT COUNT(*) FROM dialog_snapshot WHERE node = 'emptied' AND captured_at = '" +
                          site.datetime(0) + "'") == "25\n");
}

TEST_CASE("the tables of OpenSIPS 3.2 and an operator's own columns are kept") {
    Site site("old", Site::Schema::made, "3.2");
    site.live.sql().execute(
        "ALTER TABLE dialog ADD `our ``tag` VARCHAR(20), ADD token VARBINARY(4), DROP COLUMN rt_on_hangup");
    site.add_dialog(1);
    site.live.sql().execute(
        "UPDATE dialog SET `our ``tag` = 'it''s \\\\ \"us\"', token = x'00FF', script_flags = 6");
    site.add_contact(1);
    for (const int minute : {0, 1}) {
        const ProgramResult result = site.snapshot(minute);
        CHECK(result.err.empty());
        CHECK(result.exit_code == 0);
    }
    CHECK(site.ledger("opened, closed") == "6|0\n0|0\n");
    CHECK(site.history.rows(
              "SELECT script_flags, rt_on_hangup, JSON_UNQUOTE(JSON_EXTRACT(extra, '$.\"our `tag\"')), "
              "JSON_UNQUOTE(JSON_EXTRACT(extra, '$.token.hex')) FROM dialog_snapshot WHERE captured_at = '" +
              site.datetime(1) + "'") == "6|<null>|it's \\ \"us\"|00FF\n");
    CHECK(site.history.rows("SELECT q, user_agent, first_seen = valid_from FROM location_history") ==
          "-1.00||1\n");
}
