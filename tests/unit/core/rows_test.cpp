#include "sipkeep/core/rows.hpp"

#include "support/catch.hpp"

#include <string>

using namespace sipkeep;

TEST_CASE("rows give back what was added, NULL apart from the empty string") {
    Rows rows(3);
    CHECK(rows.empty());
    for (const Field field : {Field("a"), Field(), Field(""), Field(), Field(""), Field("bc")})
        rows.add(field);
    REQUIRE(rows.size() == 2);
    CHECK(rows.width() == 3);
    CHECK(rows.bytes() == 3);
    CHECK(rows[0][0] == Field("a"));
    CHECK(rows[0][1] == Field());
    CHECK(rows[0][2] == Field(""));
    CHECK(rows[1][0] == Field());
    CHECK(rows[1][1] == Field(""));
    CHECK(rows[1][2] == Field("bc"));
    CHECK(rows[1].width() == 3);
}

TEST_CASE("a row exists once all its fields were added") {
    Rows rows(2);
    rows.add("a");
    CHECK(rows.empty());
    rows.add(std::nullopt);
    CHECK(rows.size() == 1);
}

TEST_CASE("a NULL between texts moves neither of them") {
    Rows rows(1);
    for (int i = 0; i < 50; ++i) {
        rows.add(std::nullopt);
        rows.add(std::to_string(i));
        rows.add(std::nullopt);
    }
    REQUIRE(rows.size() == 150);
    for (std::size_t i = 0; i < 50; ++i) {
        CHECK(rows.field(3 * i, 0) == Field());
        CHECK(rows.field(3 * i + 1, 0) == Field(std::to_string(i)));
        CHECK(rows.field(3 * i + 2, 0) == Field());
    }
}

TEST_CASE("rows hold any bytes, NULs and a first field of NULL included") {
    Rows rows(2);
    const std::string bytes("\0\xff\n\0", 4);
    rows.add(std::nullopt);
    rows.add(bytes);
    CHECK(rows[0][0] == Field());
    CHECK(rows[0][1] == Field(bytes));
}

TEST_CASE("a row is copied with its NULLs") {
    Rows from(2);
    from.add("x");
    from.add(std::nullopt);
    Rows to(2);
    to.add(from[0]);
    to.add(from[0]);
    REQUIRE(to.size() == 2);
    CHECK(to[1][0] == Field("x"));
    CHECK(to[1][1] == Field());
}

TEST_CASE("cleared rows start again at their first field") {
    Rows rows(2);
    rows.add("left over");
    rows.clear();
    CHECK(rows.empty());
    CHECK(rows.bytes() == 0);
    rows.add("a");
    rows.add("b");
    REQUIRE(rows.size() == 1);
    CHECK(rows[0][0] == Field("a"));
    CHECK(rows[0][1] == Field("b"));
}
