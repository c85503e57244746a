// Heads and placeholders of report files.
#include "sipkeep/core/error.hpp"
#include "sipkeep/core/report.hpp"

#include "support/catch.hpp"

using namespace sipkeep;

namespace {

const std::string head =
    "-- group: calls\n-- question: How many?\n-- range: -24h\n-- by: hour\n"
    "-- note: Of calls.\n-- column time time: the step\n-- column calls count: how many: all\n";

Report parsed(const std::string& text, const ReportParts& parts = {}) {
    return parse_report("some", text, parts);
}

std::string refusal(const std::string& text, const ReportParts& parts = {}) {
    try {
        static_cast<void>(parsed(text, parts));
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("a head says what a report is, the rest is its statement") {
    const Report report = parsed(head + "SELECT 1 FROM x\nWHERE a >= :from AND b = :step(a)\n");
    CHECK(report.name == "some");
    CHECK(report.group == "calls");
    CHECK(report.question == "How many?");
    CHECK(report.span == ReportSpan::range);
    CHECK(report.default_from == "-24h");
    CHECK(report.by == StepUnit::hour);
    CHECK(report.divided());
    CHECK(report.notes == std::vector<std::string>{"Of calls."});
    REQUIRE(report.columns.size() == 2);
    CHECK(report.columns[1].name == "calls");
    CHECK(report.columns[1].unit == ReportUnit::count);
    CHECK(report.columns[1].meaning == "how many: all");
    CHECK(report.statement == "SELECT 1 FROM x\nWHERE a >= :from AND b = :step(a)");
    CHECK(report.asks_for == std::set<std::string>{"from", "step"});
}

TEST_CASE("parts are put in, with what they are given, also one within another") {
    const ReportParts parts{{"twice", "-- what it is\n-- in two lines\n(:argument + :argument)\n"},
                            {"quoted", "name = ':argument'"},
                            {"both", ":twice(:argument) AND :quoted(:argument)"}};
    CHECK(parsed(head + "SELECT :twice(f(x, ')')) , :step(:twice(y)), :both(2xx)", parts).statement ==
          "SELECT (f(x, ')') + f(x, ')')) , :step((y + y)), (2xx + 2xx) AND name = '2xx'");
    CHECK_THAT(refusal(head + "SELECT :me()", {{"me", ":me()"}}),
               ContainsSubstring("parts are in each other"));
}

TEST_CASE("quoted text and comments hold no placeholders") {
    const std::string text = "SELECT ':from', \"it''s :to\", `a:by`, 'a\\':at' -- :nodes\n, :from";
    std::string names;
    CHECK(fill_in(text, [&](const Placeholder& found) {
              names += found.name + " ";
              return std::string("X");
          }) == "SELECT ':from', \"it''s :to\", `a:by`, 'a\\':at' -- :nodes\n, X");
    CHECK(names == "from ");
    CHECK(fill_in("a::b : c", [](const Placeholder& found) { return "<" + found.name + ">"; }) ==
          "a:<b> : c");
}

TEST_CASE("a report file that is wrong says where and why") {
    const std::string file = "schema/reports/some.sql: ";
    CHECK(refusal(head + "SELECT :unknown") == file + "':unknown' is neither a value nor a part");
    CHECK(refusal(head + "SELECT :step(a") == file + "a bracket is not closed");
    CHECK(refusal(head + "SELECT 'a") == file + "a quote is not closed");
    CHECK(refusal(head) == file + "has no statement");
    CHECK(refusal("-- group: calls\nSELECT 1") == file + "head: needs group, question and columns");
    CHECK(refusal(head + "-- colour: red\nSELECT 1") == file + "head: 'colour: red' means nothing");
    CHECK(refusal(head + "-- nothing\nSELECT 1") == file + "head: 'nothing' has no ': '");
    CHECK(refusal(head + "-- column calls: x\nSELECT 1") ==
          file + "head: column 'calls' needs a name and a unit");
    CHECK(refusal(head + "-- by: fortnight\nSELECT 1") == file + "head: 'fortnight' is no step");
    CHECK(refusal(head + "-- needs: aor\nSELECT 1") == file + "needs aor, but asks for no :user");
    CHECK(refusal(head + "SELECT :at") == file + ":at goes with range: at");
    const std::string momentary = "-- group: calls\n-- question: Who?\n-- range: at\n-- column a text: x\n";
    CHECK(refusal(momentary + "SELECT :at, :from") == file + ":from without a range");
    CHECK(refusal(
              "-- group: calls\n-- question: Who?\n-- range: none\n-- column a text: x\nSELECT :rolled_to") ==
          file + ":rolled_to without a range or a minute");
    CHECK(refusal(momentary + "-- by: hour\nSELECT :at") ==
          file + "head: 'by' goes with a range, and a range with 'by'");
    CHECK(refusal(momentary + "SELECT 1") == file + ":at goes with range: at");
}
