#include "sipkeep/db/rights.hpp"

#include "support/catch.hpp"

using namespace sipkeep;

namespace {

Rights rights(const std::vector<std::string>& statements) {
    Rights found;
    for (const std::string& one : statements) found.add(one);
    return found;
}

using List = std::vector<std::string>;

const Rights needed = rights({"GRANT SELECT ON `h`.* TO 'u'@'localhost'",
                              "GRANT INSERT, UPDATE (a, b), ALTER ON `h`.`t` TO 'u'@'localhost';"});

} // namespace

TEST_CASE("what SHOW GRANTS prints covers what is needed, by table, database or all") {
    CHECK(rights({"GRANT USAGE ON *.* TO `u`@`localhost` IDENTIFIED BY PASSWORD '*0'",
                  "GRANT SELECT ON `h`.* TO `u`@`localhost`",
                  "GRANT INSERT, UPDATE (`b`, `a`), ALTER ON `h`.`t` TO `u`@`localhost`"})
              .lacking(needed)
              .empty());
    CHECK(rights({"GRANT ALL PRIVILEGES ON `h`.* TO `u`@`%`"}).lacking(needed).empty());
    CHECK(rights({"GRANT ALL PRIVILEGES ON *.* TO `u`@`%` WITH GRANT OPTION"}).lacking(needed).empty());
    CHECK(rights({"GRANT SELECT, INSERT, UPDATE, ALTER ON `h`.* TO `u`@`%`"}).lacking(needed).empty());
    CHECK(
        rights({"GRANT SELECT ON `h`.* TO `u`@`%`", "GRANT INSERT ON `h`.`t` TO `u`@`%`"}).lacking(needed) ==
        List{"ALTER on h.t", "UPDATE of columns on h.t"});
    CHECK(rights({}).lacking(needed).size() == 4);
    CHECK(rights({"GRANT PROXY ON ''@'%' TO 'root'@'localhost'"}).lacking(needed).size() == 4);
}

TEST_CASE("what is more than needed is named: another kind, another database, or all of them") {
    CHECK(needed.beyond(needed).empty());
    CHECK(rights({"GRANT SELECT, INSERT, UPDATE, ALTER ON `h`.* TO `u`@`%`"}).beyond(needed) ==
          List{"UPDATE on h.*"});
    CHECK(rights({"GRANT SELECT, DROP ON `h`.* TO `u`@`%` WITH GRANT OPTION"}).beyond(needed) ==
          List{"DROP on h.*", "GRANT OPTION on h.*"});
    CHECK(rights({"GRANT SELECT ON `other`.`t` TO `u`@`%`"}).beyond(needed) == List{"SELECT on other.t"});
    CHECK(rights({"GRANT SELECT ON *.* TO `u`@`%`"}).beyond(needed) == List{"SELECT on *.*"});
}

TEST_CASE("a database's name in SHOW GRANTS is a pattern, and a role is no right") {
    CHECK(rights({"GRANT SELECT, INSERT, ALTER, UPDATE ON `h\\_1`.* TO `u`@`%`"})
              .lacking(rights({"GRANT SELECT ON `h_1`.`t` TO 'u'@'localhost'"}))
              .empty());
    const Rights by_role = rights({"GRANT `operator` TO `u`@`%`", "GRANT USAGE ON *.* TO `u`@`%`"});
    CHECK(by_role.by_role());
    CHECK(by_role.beyond(needed).empty());
}
