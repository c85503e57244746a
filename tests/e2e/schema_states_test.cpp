// A schema that is not this program's: four states, four messages, each names what to run.
#include "site.hpp"
#include "support/catch.hpp"

#include <set>

using namespace sipkeep;
using namespace sipkeep::test;

TEST_CASE("schema missing, older, newer or with a gap: exit 10 and the command to run") {
    struct State {
        std::string name, broken, mended, says;
    };
    Site site("states");
    std::set<std::string> messages;
    for (const State& state : {
             State{"older", "UPDATE schema_version SET table_version = 0 WHERE table_name = 'capture'",
                   "UPDATE schema_version SET table_version = 1 WHERE table_name = 'capture'",
                   "run `sipkeep schema upgrade`"},
             State{"newer", "UPDATE schema_version SET table_version = 99 WHERE table_name = 'sample'",
                   "UPDATE schema_version SET table_version = 1 WHERE table_name = 'sample'",
                   "`sipkeep --version`"},
             State{"newer upgrade", "INSERT INTO schema_upgrade VALUES (9999, 'of the future')",
                   "DELETE FROM schema_upgrade WHERE number = 9999", "`sipkeep --version`"},
             State{"newer table", "INSERT INTO schema_version VALUES ('of_the_future', 1)",
                   "DELETE FROM schema_version WHERE table_name = 'of_the_future'", "`sipkeep --version`"},
             State{"gap", "DELETE FROM schema_version WHERE table_name = 'dialog_version'",
                   "INSERT INTO schema_version VALUES ('dialog_version', 1)", "run `sipkeep schema init`"},
             State{"missing", "RENAME TABLE schema_version TO away", "RENAME TABLE away TO schema_version",
                   "run `sipkeep schema init`"},
         }) {
        INFO(state.name);
        site.history.sql().execute(state.broken);
        for (const std::vector<std::string>& command :
             {std::vector<std::string>{"snapshot"}, {"snapshot", "-n"}, {"schema", "check"}}) {
            const ProgramResult result = site.sipkeep(command);
            CHECK(result.exit_code == 10);
            CHECK(result.out.empty());
            CHECK(lines_of(result.err) == 1);
            CHECK_THAT(result.err, ContainsSubstring(state.says));
            CHECK_THAT(result.err, ContainsSubstring(site.history.name()));
            messages.insert(result.err);
        }
        site.history.sql().execute(state.mended);
    }
    CHECK(messages.size() == 6);
    CHECK(site.history.rows("SELECT COUNT(*) FROM capture") == "0\n");
    CHECK(site.snapshot(0).exit_code == 0);
}

TEST_CASE("a table left out is completed by init, and nothing else is touched") {
    Site site("completed");
    site.mi.error("ds_list", -32601, "Method not found"); // so that the table is empty
    REQUIRE(site.snapshot(0).exit_code == 0);
    site.history.sql().execute("DROP TABLE dispatcher_version");
    site.history.sql().execute("DELETE FROM schema_version WHERE table_name = 'dispatcher_version'");
    site.history.sql().execute("DELETE FROM partition_horizon WHERE table_name = 'dispatcher_version'");
    CHECK(site.snapshot(1).exit_code == 10);
    site.settings.history_user = "owner";
    CHECK(site.sipkeep({"schema", "init"}).exit_code == 0);
    site.settings.history_user = "writer";
    site.mi.result("ds_list", result_of(fixture("http/ds_list-full.reply")));
    CHECK(site.snapshot(1).exit_code == 0);
    CHECK(site.history.rows("SELECT COUNT(*) FROM dispatcher_version") == "4\n");
    CHECK(site.ledger("destinations") == "<null>\n4\n");
}

TEST_CASE("init is quiet, can be run again, and upgrade has nothing to do") {
    Site site("again");
    site.settings.history_user = "owner";
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"schema", "init"}, {"schema", "upgrade"}, {"schema", "check"}}) {
        const ProgramResult result = site.sipkeep(command);
        INFO(command[1]);
        CHECK(result.exit_code == 0);
        CHECK(result.out.empty());
        CHECK(result.err.empty());
    }
    CHECK_THAT(site.sipkeep({"schema", "init", "-v"}).err, ContainsSubstring("nothing to do"));
}

TEST_CASE("an upgrade that can't help says so instead of exiting 0") {
    Site site("helpless");
    site.settings.history_user = "owner";
    site.history.sql().execute("UPDATE schema_version SET table_version = 0 WHERE table_name = 'capture'");
    const ProgramResult result = site.sipkeep({"schema", "upgrade"});
    CHECK(result.exit_code == 10);
    CHECK(lines_of(result.err) == 1);
}

TEST_CASE("without its database or tables, snapshot says which command makes them") {
    Site site("absent", Site::Schema::absent);
    const ProgramResult empty = site.snapshot(0);
    CHECK(empty.exit_code == 10);
    CHECK_THAT(empty.err, ContainsSubstring("run `sipkeep schema init`"));
}
