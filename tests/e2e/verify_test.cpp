// sipkeep verify, as an operator runs it.
#include "site.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

using namespace sipkeep;
using namespace sipkeep::test;

TEST_CASE("verify: silent and 0 while the history holds, a line and 5 when it does not") {
    Site site("verify");
    const ProgramResult empty = site.sipkeep({"verify"});
    CHECK(empty.exit_code == 0);
    for (int id = 1; id <= 3; ++id) {
        site.add_dialog(id);
        site.add_contact(id);
    }
    REQUIRE(site.snapshot(1).exit_code == 0);
    site.remove_contact(2);
    site.add_dialog(4);
    REQUIRE(site.snapshot(2).exit_code == 0);

    const ProgramResult clean = site.sipkeep({"verify"});
    CHECK(clean.err == "");
    CHECK(clean.out == "");
    CHECK(clean.exit_code == 0);
    const ProgramResult told = site.sipkeep({"verify", "-v"});
    CHECK(told.out == "");
    CHECK_THAT(told.err, ContainsSubstring("verified sbc1: 2 captures, "));
    CHECK_THAT(told.err, ContainsSubstring("; 0 violations"));

    site.history.sql().execute("UPDATE capture SET dialogs = 7 WHERE captured_at = '" + site.datetime(2) +
                               "'");
    const ProgramResult broken = site.sipkeep({"verify"});
    CHECK(broken.exit_code == 5);
    CHECK(broken.out ==
          "open: dialog_open, node sbc1: it lists 4 versions, but the newest capture that read dialog saw 7\n"
          "counts: capture, node sbc1, " +
              site.datetime(2) + ": dialogs is 7, but the tables hold 4\n");
    CHECK(broken.err == "");

    const ProgramResult json = site.sipkeep({"verify", "--json"});
    CHECK(json.exit_code == 5);
    const auto object = nlohmann::json::parse(json.out);
    CHECK(object["clean"] == false);
    CHECK(object["captures"] == 2);
    CHECK(object["nodes"] == nlohmann::json::array({"sbc1"}));
    CHECK(object["found"]["counts"] == 1);
    CHECK(object["found"]["intervals"] == 0);
    REQUIRE(object["violations"].size() == 2);
    CHECK(object["violations"][1]["invariant"] == "counts");
    CHECK(object["violations"][1]["what"] ==
          "capture, node sbc1, " + site.datetime(2) + ": dialogs is 7, but the tables hold 4");

    const ProgramResult before = site.sipkeep({"verify", "--to", "2026-01-01"});
    CHECK(before.exit_code == 5); // what is open is compared with the newest capture whenever one looks
    CHECK(lines_of(before.out) == 1);
}

TEST_CASE("verify: a node of that name only, and what is in the way is said") {
    Site site("verify_odd");
    REQUIRE(site.snapshot(1).exit_code == 0);
    CHECK(site.sipkeep({"verify", "--node", "sbc1"}).exit_code == 0);
    const ProgramResult unknown = site.sipkeep({"verify", "--node", "sbc9"});
    CHECK(unknown.exit_code == 1);
    CHECK_THAT(unknown.err, ContainsSubstring("node sbc9 has no history here"));
    CHECK(site.sipkeep({"verify", "--from", "soon"}).exit_code == 2);
    site.history.sql().execute("UPDATE schema_version SET table_version = 99 WHERE table_name = 'capture'");
    const ProgramResult newer = site.sipkeep({"verify"});
    CHECK(newer.exit_code == 10);
    CHECK(newer.out == "");
}

TEST_CASE("verify: URIs can't write lines of their own") {
    Site site("verify_text");
    REQUIRE(site.snapshot(1).exit_code == 0);
    site.history.sql().execute("UPDATE dispatcher_open SET uri = 'sip:x\nclean' LIMIT 1");
    const ProgramResult broken = site.sipkeep({"verify"});
    CHECK(broken.exit_code == 5);
    CHECK(broken.out.find("\nclean") == std::string::npos);
    CHECK_THAT(broken.out, ContainsSubstring("sip:x\\nclean"));
}
