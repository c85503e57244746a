#include "sipkeep/core/diff.hpp"
#include "sipkeep/core/error.hpp"

#include "support/catch.hpp"
#include "support/table_rows.hpp"

#include <algorithm>
#include <tuple>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

Cells call(int id, const std::string& state = "4", const std::string& callid = "c") {
    return {{"dlg_id", std::to_string(id)}, {"callid", callid}, {"state", state}};
}

/// What a diff of a table that is read in full says, as text.
struct Said {
    std::string opened, closed;
};

Said compare(const TableSpec& table, const Rows& seen, const Rows& open) {
    FullDiff diff(table, seen);
    for (std::size_t i = 0; i < open.size(); ++i) diff.show_open(open[i]);
    const VersionChanges changes = diff.finish();
    return {table.name == "dialog" ? text_of(changes.opened, table, {"dlg_id", "callid", "state"})
                                   : text_of(changes.opened, table, {"uri", "occurrence", "state"}),
            text_of(changes.closed)};
}

std::string sorted_lines(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        lines.push_back(text.substr(at, end + 1 - at));
        at = end + 1;
    }
    std::sort(lines.begin(), lines.end());
    std::string joined;
    for (const std::string& line : lines) joined += line;
    return joined;
}

} // namespace

TEST_CASE("nothing seen and nothing open: nothing to do") {
    const Said said = compare(dialog_table(), rows_with(dialog_table(), {}), rows_with(dialog_table(), {}));
    CHECK(said.opened.empty());
    CHECK(said.closed.empty());
}

TEST_CASE("everything new, everything gone, everything kept") {
    const Rows none = rows_with(dialog_table(), {});
    const Rows some = rows_with(dialog_table(), {call(1), call(2)});
    CHECK(compare(dialog_table(), some, none).opened == "1|c|4\n2|c|4\n");
    CHECK(compare(dialog_table(), some, none).closed.empty());
    CHECK(compare(dialog_table(), none, some).opened.empty());
    CHECK(compare(dialog_table(), none, some).closed == "1\n2\n");
    CHECK(compare(dialog_table(), some, some).opened.empty());
    CHECK(compare(dialog_table(), some, some).closed.empty());
}

TEST_CASE("create, update, delete and keep come out the same in every order of both sides") {
    const std::vector<Cells> before{call(1), call(2), call(3)};
    std::vector<Cells> after{call(2, "5"), call(3), call(4)};
    std::vector<std::size_t> order{0, 1, 2};
    int orders = 0;
    do {
        std::vector<std::size_t> other{0, 1, 2};
        do {
            const Said said =
                compare(dialog_table(),
                        rows_with(dialog_table(), {after[order[0]], after[order[1]], after[order[2]]}),
                        rows_with(dialog_table(), {before[other[0]], before[other[1]], before[other[2]]}));
            CHECK(sorted_lines(said.opened) == "2|c|5\n4|c|4\n");
            CHECK(sorted_lines(said.closed) == "1\n2\n");
            ++orders;
        } while (std::next_permutation(other.begin(), other.end()));
    } while (std::next_permutation(order.begin(), order.end()));
    CHECK(orders == 36);
}

TEST_CASE("a reused dlg_id is another call: one version ends, another begins") {
    const Said said = compare(dialog_table(), rows_with(dialog_table(), {call(7, "4", "new")}),
                              rows_with(dialog_table(), {call(7, "4", "old")}));
    CHECK(said.closed == "7\n");
    CHECK(said.opened == "7|new|4\n");
}

TEST_CASE("each identity column, and extra, makes a new version; NULL to '' as well") {
    for (const TableSpec* table : {&dialog_table(), &dispatcher_table()})
        for (const Column& column : table->columns) {
            if (column.role == ColumnRole::key) continue;
            const std::string name(column.name);
            Cells null{{std::string(table->columns[0].name), "1"}};
            Cells empty = null;
            empty[name] = "";
            for (const auto& [seen, open] : {std::pair(null, empty), std::pair(empty, null)}) {
                INFO(name);
                const Said said = compare(*table, rows_with(*table, {seen}), rows_with(*table, {open}));
                CHECK_FALSE(said.opened.empty());
                CHECK_FALSE(said.closed.empty());
            }
        }
}

TEST_CASE("two rows seen that share a key are refused, and the key is named") {
    const Rows twice = rows_with(dialog_table(), {call(1), call(22), call(22, "5")});
    CHECK_THROWS_AS(FullDiff(dialog_table(), twice), SourceError);
    CHECK_THROWS_WITH(FullDiff(dialog_table(), twice), ContainsSubstring("dialog") &&
                                                           ContainsSubstring("22") &&
                                                           ContainsSubstring("primary key"));
}

TEST_CASE("destinations are told apart by all four key columns") {
    const auto at = [](const char* uri, const char* occurrence, const char* state) {
        return Cells{{"partition_name", "default"},
                     {"set_id", "1"},
                     {"uri", uri},
                     {"occurrence", occurrence},
                     {"state", state}};
    };
    const TableSpec& table = dispatcher_table();
    const Said said =
        compare(table, rows_with(table, {at("sip:a", "0", "Active"), at("sip:a", "1", "Inactive")}),
                rows_with(table, {at("sip:a", "1", "Active"), at("sip:b", "0", "Active")}));
    CHECK(said.opened == "sip:a|0|Active\nsip:a|1|Inactive\n");
    CHECK(said.closed == "default|1|sip:a|1\ndefault|1|sip:b|0\n");
}

TEST_CASE("the timeout of a call that MI told twice may wander by two seconds, nothing else and no further") {
    const auto told = [](const std::string& timeout, const std::optional<std::string>& source = "mi") {
        Cells cells = call(1);
        cells["timeout"] = timeout;
        cells["source"] = source;
        return rows_with(dialog_table(), {cells});
    };
    const auto changes = [&](const Rows& seen, const Rows& open) {
        const Said said = compare(dialog_table(), seen, open);
        CHECK(said.opened.empty() == said.closed.empty());
        return !said.opened.empty();
    };
    CHECK_FALSE(changes(told("1002"), told("1000")));
    CHECK_FALSE(changes(told("998"), told("1000")));
    CHECK(changes(told("1003"), told("1000")));
    CHECK(changes(told("0"), told("1000")));                                // it is over
    CHECK(changes(told("1001", std::nullopt), told("1000", std::nullopt))); // the table's is kept as it is
    CHECK(changes(told("1000", std::nullopt), told("1000")));               // the table shows it now
    CHECK(changes(told(""), told("1000")));
    Cells ended = call(1, "5");
    ended["timeout"] = "1000";
    ended["source"] = "mi";
    CHECK(changes(rows_with(dialog_table(), {ended}), told("1000")));
}

TEST_CASE("calls as OpenSIPS's table has them: answered, and not over") {
    for (const auto& [state, source, answered] : {std::tuple{"1", "mi", false},
                                                  {"2", "mi", false},
                                                  {"3", "mi", true},
                                                  {"4", "mi", true},
                                                  {"5", "mi", false}}) {
        Cells cells = call(1, state);
        cells["source"] = source;
        CHECK(is_answered_call(rows_with(dialog_table(), {cells})[0]) == answered);
    }
    CHECK(is_answered_call(rows_with(dialog_table(), {call(1, "5")})[0])); // what the table has, it has
}
