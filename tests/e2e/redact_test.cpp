// `redact` of the configuration at work: whichever way rows come, only what it lets through is kept.
#include "private_life.hpp"
#include "support/real_dump.hpp"

#include <filesystem>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

const std::set<std::string> people{"alice",   "Alice",    "al%69ce", "bob",       "carol",
                                   "dave",    "nobody",   "+4930",   "call-",     "tag-",
                                   "cell-of", "agent-of", "reg1",    "192.0.2.1", "192.0.2.7"};

} // namespace

TEST_CASE(
    "nobody can be told from a history that is kept redacted, and all that counts answers as it would") {
    Life plain("redact_plain");
    Life life("redact", Life::Kept::redacted);
    REQUIRE(plain.told(people) == people);
    CHECK(life.told(people) == std::set<std::string>{});
    CHECK(life.told({"x.test", "gw.test", "192.0.2.0"}).size() == 3);
    CHECK(life.counts() == plain.counts());
    CHECK(life.site.sipkeep({"verify"}).out == "");

    // Users are the same in calls, registrations, records and sums.
    const std::string alice =
        life.site.history.rows("SELECT DISTINCT username FROM location_version WHERE contact_id = 17");
    REQUIRE(alice.size() == 25);
    CHECK(life.site.history.rows(
              "SELECT DISTINCT from_user FROM dialog_version WHERE dlg_id = 9007199254740993") == alice);
    CHECK(life.site.history.rows(
              "SELECT DISTINCT to_user FROM dialog_version WHERE dlg_id = 9007199254740994") == alice);
    CHECK(
        life.site.history.rows("SELECT calls_out, calls_in FROM cdr_endpoint_hour WHERE endpoint = CONCAT('" +
                               alice.substr(0, 24) + "', '@x.test')") == "3|1\n");
    CHECK(life.site.history.rows("SELECT COUNT(*) FROM acc_history WHERE extra LIKE '%" +
                                 alice.substr(0, 24) + "%'") == "4\n");
    CHECK(life.site.history.rows("SELECT contact FROM location_version WHERE contact_id = 17 LIMIT 1") ==
          "sip:" + alice.substr(0, 24) + "@192.0.2.0\n");
    for (Life* one : {&plain, &life}) one->snap(3);
    CHECK(life.site.ledger("opened, closed").ends_with("0|0\n"));

    CHECK(life.forget("alice@x.test").out == plain.forget("alice@x.test").out);
    CHECK(life.told({alice.substr(0, 24) + "@x.test"}).empty());
    CHECK(life.counts() == plain.counts());
    CHECK(life.site.sipkeep({"verify"}).out == "");
}

TEST_CASE("dumps, spools and accounts of before are redacted as they are put in") {
    Life plain("redact_before");
    const std::string dump = plain.site.folder.write("old.sql", real_dump(plain.site.live));
    const std::string folder = plain.site.folder.path("old-spool");
    (void)plain.site.folder.write("away.cnf",
                                  "[client]\nsocket=" + plain.site.folder.path("none") + "\nuser=x\n", 0600);
    plain.site.settings.history_user = "away";
    plain.site.settings.more += "spool: { dir: " + folder + " }\n";
    REQUIRE(plain.site.snapshot(noon + 20).exit_code == 4);

    Life life("redact_backfill", Life::Kept::redacted);
    const std::string spool = life.site.folder.path("spool");
    std::filesystem::create_directory(spool);
    life.site.settings.more += "spool: { dir: " + spool + " }\n";
    const ProgramResult dumped =
        life.site.sipkeep({"backfill", "dump", dump, "--captured-at", life.site.at(noon + 1)});
    INFO(dumped.err);
    CHECK(dumped.exit_code == 0);
    const ProgramResult another =
        life.site.sipkeep({"backfill", "dump", dump, "--captured-at", life.site.at(noon - 30)});
    CHECK_THAT(another.out, ContainsSubstring("1 captures stored"));
    const ProgramResult spooled = life.site.sipkeep({"backfill", "spool", folder});
    CHECK_THAT(spooled.out, ContainsSubstring("1 captures stored"));
    life.record("acc", "call-a7", "200", "sip:alice@x.test", "sip:bob@y.test");
    CHECK_THAT(life.site.sipkeep({"backfill", "acc"}).out, ContainsSubstring("1 records kept"));
    CHECK(life.told(people) == std::set<std::string>{});
    CHECK(life.site.sipkeep({"verify"}).out == "");
    // One version of who is in all of them.
    CHECK(life.site.history.rows(
              "SELECT COUNT(DISTINCT began), COUNT(DISTINCT username) FROM location_version WHERE "
              "contact_id = 19") == "1|1\n");
}

TEST_CASE("a rule that is new makes one new version of each row, once") {
    Life life("redact_later");
    life.site.settings.more += life.redaction();
    life.site.settings.live_more += ", full_compare_every: 1";
    life.snap(3);
    CHECK(life.site.ledger("opened, closed").ends_with("3|3\n"));
    life.snap(4);
    CHECK(life.site.ledger("opened, closed").ends_with("0|0\n"));
    CHECK(life.site.sipkeep({"verify"}).out == "");
}
