// The schema's states and upgrades, with catalogues made for the purpose.
#include "sipkeep/core/error.hpp"
#include "sipkeep/db/schema.hpp"

#include "support/catch.hpp"
#include "support/mariadb_server.hpp"

#include <set>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

const UtcSeconds today = from_datetime("2026-11-22 12:00:00");

/// The real schema, with these upgrades after it.
SchemaSource with_upgrades(std::vector<SchemaUpgrade> upgrades) {
    return {embedded_schema().sql, std::move(upgrades)};
}

SchemaUpgrade adding(unsigned number, const std::string& column) {
    return {number, "add " + column, "-- why\nALTER TABLE node ADD COLUMN " + column + " INT NULL;\n"};
}

std::string columns_added(TestDatabase& database) {
    return database.rows(
        "SELECT GROUP_CONCAT(column_name ORDER BY ordinal_position) FROM information_schema.columns "
        "WHERE table_schema = DATABASE() AND table_name = 'node' AND column_name LIKE 'x%'");
}

SchemaReport inspect(TestDatabase& database, const SchemaSource& source) {
    return inspect_schema(database.sql(), source);
}

} // namespace

TEST_CASE("missing, older, newer and gap have a message each, on one line, naming the command") {
    TestDatabase database("states");
    const SchemaSource none = with_upgrades({});
    const SchemaSource three = with_upgrades({adding(1, "x1"), adding(2, "x2"), adding(3, "x3")});
    std::set<std::string> messages;
    const auto check = [&](const SchemaSource& source, SchemaState state, const std::string& says) {
        const SchemaReport report = inspect(database, source);
        INFO(report.message);
        CHECK(report.state == state);
        CHECK_THAT(report.message, ContainsSubstring(says));
        CHECK(report.message.find('\n') == std::string::npos);
        CHECK_THROWS_AS(require_schema(database.sql(), source), SchemaError);
        messages.insert(report.message);
    };
    check(three, SchemaState::missing, "run `sipkeep schema init`");
    init_schema(database.sql(), none, today);
    CHECK(inspect(database, none).state == SchemaState::current);
    CHECK(inspect(database, none).message.empty());
    check(three, SchemaState::older, "upgrade 1 (add x1) was not run yet; run `sipkeep schema upgrade`");
    database.sql().execute("INSERT INTO schema_upgrade VALUES (1, 'add x1'), (3, 'add x3')");
    check(three, SchemaState::gap, "upgrade 2 (add x2) was skipped; run `sipkeep schema upgrade`");
    check(none, SchemaState::newer, "upgrade 3 is newer than this sipkeep knows");
    CHECK(messages.size() == 4);
}

TEST_CASE("upgrade runs what is lacking, in order, once") {
    TestDatabase database("upgrade");
    init_schema(database.sql(), with_upgrades({}), today);
    const SchemaSource two = with_upgrades({adding(1, "x1"), adding(2, "x2")});
    CHECK(upgrade_schema(database.sql(), two) == std::vector<std::string>{"1 add x1", "2 add x2"});
    CHECK(inspect(database, two).state == SchemaState::current);
    CHECK(upgrade_schema(database.sql(), two).empty());
    CHECK(columns_added(database) == "x1,x2\n");
}

TEST_CASE("upgrade fills a gap and leaves what ran alone") {
    TestDatabase database("gap");
    init_schema(database.sql(), with_upgrades({}), today);
    upgrade_schema(database.sql(), with_upgrades({adding(1, "x1"), adding(3, "x3")}));
    const SchemaSource three = with_upgrades({adding(1, "x1"), adding(2, "x2"), adding(3, "x3")});
    CHECK(inspect(database, three).state == SchemaState::gap);
    CHECK(upgrade_schema(database.sql(), three) == std::vector<std::string>{"2 add x2"});
    CHECK(columns_added(database) == "x1,x3,x2\n");
}

TEST_CASE("an upgrade that fails is not noted, and the next try goes on from it") {
    TestDatabase database("failing_upgrade");
    init_schema(database.sql(), with_upgrades({}), today);
    const SchemaUpgrade broken{2, "break", "ALTER TABLE no_such_table ADD COLUMN x2 INT;\n"};
    CHECK_THROWS_AS(upgrade_schema(database.sql(), with_upgrades({adding(1, "x1"), broken})), DatabaseError);
    CHECK(database.rows("SELECT number FROM schema_upgrade") == "1\n");
    CHECK(upgrade_schema(database.sql(), with_upgrades({adding(1, "x1"), adding(2, "x2")})) ==
          std::vector<std::string>{"2 add x2"});
}

TEST_CASE("upgrade refuses a missing and a newer schema") {
    TestDatabase database("refuse");
    CHECK_THROWS_AS(upgrade_schema(database.sql(), with_upgrades({})), SchemaError);
    init_schema(database.sql(), with_upgrades({adding(1, "x1")}), today);
    CHECK_THROWS_AS(upgrade_schema(database.sql(), with_upgrades({})), SchemaError);
    CHECK_THROWS_AS(init_schema(database.sql(), with_upgrades({}), today), SchemaError);
}

TEST_CASE("a schema that upgrades leave older than wanted is said, not passed over") {
    TestDatabase database("still_older");
    init_schema(database.sql(), with_upgrades({}), today);
    database.sql().execute("UPDATE schema_version SET table_version = 0 WHERE table_name = 'capture'");
    CHECK_THROWS_AS(upgrade_schema(database.sql(), with_upgrades({})), SchemaError);
    CHECK_THROWS_AS(upgrade_schema(database.sql(), with_upgrades({adding(1, "x1")})), SchemaError);
    CHECK(columns_added(database) == "x1\n");
}

TEST_CASE("a fresh schema is born with all upgrades") {
    TestDatabase database("fresh");
    const SchemaSource two = with_upgrades({adding(1, "x1"), adding(2, "x2")});
    init_schema(database.sql(), two, today);
    CHECK(inspect(database, two).state == SchemaState::current);
    CHECK(upgrade_schema(database.sql(), two).empty());
    CHECK(columns_added(database) == "<null>\n");
    init_schema(database.sql(), two, today);
    CHECK(inspect(database, two).state == SchemaState::current);
}

TEST_CASE("an init that was cut off behind any statement is completed by the next") {
    const SchemaSource whole = with_upgrades({adding(1, "x1"), adding(2, "x2")});
    const auto statements = statements_of(whole.sql);
    TestDatabase wanted("whole");
    init_schema(wanted.sql(), whole, today);
    const std::string everything =
        "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = "
        "DATABASE() ORDER BY 1";
    const std::string partitions =
        "SELECT table_name, COUNT(*) FROM information_schema.partitions WHERE table_schema "
        "= DATABASE() GROUP BY 1 ORDER BY 1";
    // Behind the first, some table, the last table, the first view, and the last view but one.
    for (const std::size_t cut : {std::size_t{1}, std::size_t{2}, statements.size() - 9,
                                  statements.size() - 8, statements.size() - 1}) {
        INFO("behind statement " << cut);
        TestDatabase database("cut");
        SchemaSource torn = whole;
        const auto at = torn.sql.find(statements.at(cut));
        REQUIRE(at != std::string::npos);
        torn.sql.insert(at, "THIS IS NO SQL;\n");
        CHECK_THROWS_AS(init_schema(database.sql(), torn, today), DatabaseError);
        CHECK(inspect(database, whole).state != SchemaState::current);
        CHECK_NOTHROW(init_schema(database.sql(), whole, today));
        CHECK(inspect(database, whole).state == SchemaState::current);
        CHECK(database.rows(everything) == wanted.rows(everything));
        CHECK(database.rows(partitions) == wanted.rows(partitions));
    }
}
