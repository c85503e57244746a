#include "sipkeep/core/error.hpp"
#include "sipkeep/core/table.hpp"

#include "support/catch.hpp"
#include "support/table_rows.hpp"

#include <set>

using namespace sipkeep;
using namespace sipkeep::test;

TEST_CASE("the tables have the columns of OpenSIPS's schemas, and their keys first") {
    CHECK(dialog_table().columns.size() == 31);
    CHECK(location_table().columns.size() == 21);
    CHECK(dispatcher_table().columns.size() == 9);
    CHECK(dialog_table().with_role(ColumnRole::key) == std::vector<std::size_t>{0});
    CHECK(location_table().with_role(ColumnRole::key) == std::vector<std::size_t>{0});
    CHECK(dispatcher_table().with_role(ColumnRole::key) == std::vector<std::size_t>{0, 1, 2, 3});
    CHECK(location_table().with_role(ColumnRole::refresh) ==
          std::vector<std::size_t>{location_table().at("expires"), location_table().at("cseq"),
                                   location_table().at("last_modified")});
    CHECK(dialog_table().with_role(ColumnRole::refresh).empty());
    for (const TableSpec* table : {&dialog_table(), &location_table(), &dispatcher_table()}) {
        std::set<std::string_view> names;
        for (const Column& column : table->columns) names.insert(column.name);
        CHECK(names.size() == table->columns.size());
    }
}

TEST_CASE("a column that a table does not have is named in the error") {
    CHECK_THROWS_AS(dialog_table().at("contact"), Error);
    CHECK_THROWS_WITH(dialog_table().at("contact"), "dialog has no column contact");
}

TEST_CASE("two rows are the same by the columns of one role") {
    const TableSpec& table = location_table();
    const Rows rows = rows_with(table, {{{"contact_id", "1"}, {"contact", "sip:a"}, {"expires", "10"}},
                                        {{"contact_id", "2"}, {"contact", "sip:a"}, {"expires", "11"}}});
    CHECK(same(table, ColumnRole::identity, rows[0], rows[1]));
    CHECK_FALSE(same(table, ColumnRole::refresh, rows[0], rows[1]));
    CHECK_FALSE(same(table, ColumnRole::key, rows[0], rows[1]));
    CHECK(same(table, ColumnRole::extra, rows[0], rows[1]));
}

TEST_CASE("NULL differs from '' in every column but the key") {
    for (const TableSpec* table : {&dialog_table(), &location_table(), &dispatcher_table()})
        for (const Column& column : table->columns) {
            if (column.role == ColumnRole::key) continue;
            const std::string name(column.name);
            const Rows rows = rows_with(*table, {{{name, std::nullopt}}, {{name, ""}}});
            CHECK_FALSE(same(*table, column.role, rows[0], rows[1]));
        }
}

TEST_CASE("keys of several columns can't be mistaken for one another") {
    const TableSpec& table = dispatcher_table();
    const Rows rows = rows_with(
        table, {{{"partition_name", "ab"}, {"set_id", "1"}, {"uri", "c"}, {"occurrence", "0"}},
                {{"partition_name", "a"}, {"set_id", "1"}, {"uri", "bc"}, {"occurrence", "0"}},
                {{"partition_name", "ab"}, {"set_id", "11"}, {"uri", "c"}, {"occurrence", "0"}},
                {{"partition_name", "ab"}, {"set_id", "1"}, {"uri", "c"}, {"occurrence", "1"}},
                {{"partition_name", "2:ab1:1"}, {"set_id", "1"}, {"uri", "c"}, {"occurrence", "0"}}});
    std::set<std::string> keys;
    for (std::size_t i = 0; i < rows.size(); ++i) keys.insert(key_of(table, rows[i]));
    CHECK(keys.size() == rows.size());
}

TEST_CASE("a key does not depend on the other columns") {
    const Rows rows = rows_with(dialog_table(), {{{"dlg_id", "7"}, {"callid", "a"}}, {{"dlg_id", "7"}}});
    CHECK(key_of(dialog_table(), rows[0]) == key_of(dialog_table(), rows[1]));
}

TEST_CASE("the parties of a dialog are derived from its URIs, absent where they have none") {
    const auto parties = [](const Cells& cells) {
        const Rows rows = rows_with(dialog_table(), {cells});
        return dialog_table().derive(rows[0]);
    };
    using Parties = std::vector<std::optional<std::string>>;
    CHECK(parties({{"from_uri", "sip:alice@a.example"}, {"to_uri", "sip:bob@b.example:5061;user=phone"}}) ==
          Parties{"alice", "a.example", "bob", "b.example"});
    CHECK(parties({}).size() == dialog_table().derived.size());
    CHECK(parties({{"to_uri", "sip:b.example"}}).at(2) == std::nullopt);
    CHECK(parties({{"to_uri", "sip:b.example"}}).at(3) == "b.example");
}
