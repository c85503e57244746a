// Results that the server gives up while it sends them.
#include "sipkeep/db/connection.hpp"

#include "support/catch.hpp"
#include "support/mariadb_server.hpp"

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

/// Sends its first rows, and then meets a row that makes the statement fail.
const std::string broken = "SELECT IF(seq < 10000, seq, (SELECT seq FROM seq_1_to_2)) FROM seq_1_to_10000";

std::size_t rows_of(Result result) {
    std::size_t rows = 0;
    while (result.next()) ++rows;
    return rows;
}

} // namespace

TEST_CASE("a result that breaks off never looks like a short one, whether streamed or fetched") {
    TestDatabase database("connection");
    Connection connection(database.settings(), "test database");
    auto streamed = connection.query(broken);
    REQUIRE(streamed.next());
    CHECK_THROWS_AS(rows_of(std::move(streamed)), DatabaseError);
    CHECK_THROWS_AS(rows_of(connection.few(broken)), DatabaseError);
    CHECK_THROWS_AS(connection.value(broken), DatabaseError);
}

TEST_CASE("what is fetched leaves its connection to the next statement") {
    TestDatabase database("connection");
    Connection connection(database.settings(), "test database");
    auto first = connection.few("SELECT seq FROM seq_1_to_500");
    REQUIRE(first.next());
    CHECK(connection.value("SELECT 7") == "7");
    CHECK(rows_of(std::move(first)) == 499);
}
