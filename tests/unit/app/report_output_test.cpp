// Rows of a report as people and programs get them.
#include "report_output.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <sstream>

using namespace sipkeep;

namespace {

const Report& steps_report() {
    static const Report report = parse_report(
        "some",
        "-- group: calls\n-- question: How many?\n-- range: -24h\n-- by: hour\n-- note: Of calls.\n"
        "-- column node text: the node\n-- column time time: the step\n-- column minutes_seen count: seen\n"
        "-- column minutes_asked count: asked\n-- column restarts count: starts\n-- column name text: a "
        "name\n"
        "-- column talked seconds: talked\n-- column used bytes: used\n-- column asr percent: share\n"
        "SELECT :from, :to, :step(a)",
        {});
    return report;
}

ReportQuestion question(std::vector<std::string> nodes = {"sbc1"}) {
    ReportQuestion asked;
    asked.nodes = std::move(nodes);
    asked.steps = divide(from_datetime("2026-10-25 00:00:00"), from_datetime("2026-10-25 02:00:00"),
                         StepUnit::hour, "Europe/Berlin");
    return asked;
}

const std::vector<ReportRow>& some_rows() {
    static const std::vector<ReportRow> rows{
        {"sbc1", "2026-10-25 00:00:00", "60", "60", "0", "a, \"b\"\n|\x1b[31m", "3723", "1610612736",
         "98.50"},
        {"sbc1", "2026-10-25 01:00:00", "58", "60", "0", std::nullopt, "12.500", "100", std::nullopt}};
    return rows;
}

template <class Make>
std::string written(const ReportQuestion& asked, const std::vector<ReportRow>& rows, Make make,
                    bool verbose = false) {
    std::ostringstream out;
    const ReportHeading heading{steps_report(), asked, "Europe/Berlin", StepUnit::hour, verbose};
    const auto output = make(out, heading);
    for (const ReportRow& row : rows) output->row(row);
    output->end();
    return out.str();
}

std::string table(const ReportQuestion& asked, const std::vector<ReportRow>& rows,
                  std::optional<Screen> screen = {}, bool verbose = false) {
    return written(
        asked, rows,
        [&](std::ostream& out, const ReportHeading& heading) { return report_table(out, heading, screen); },
        verbose);
}

} // namespace

TEST_CASE("a table shows times in the zone, durations and sizes as people read them, and nothing that steers "
          "a terminal") {
    CHECK(table(question(), some_rows()) ==
          "How many?\n"
          "sbc1; 2026-10-25 02:00 +02:00 to 2026-10-25 03:00 +01:00; Europe/Berlin, by hour\n"
          "\n"
          "time                      seen  name                talked     used      asr\n"
          "2026-10-25 02:00 +02:00  60/60  a, \"b\"\\n|\\x1b[31m  1:02:03  1.5 GiB  98.50 %\n"
          "2026-10-25 02:00 +01:00  58/60  -                   12.5 s    100 B        -\n");
}

TEST_CASE("a table keeps the columns that say something") {
    auto rows = some_rows();
    rows[1][0] = "sbc2";
    rows[1][4] = "1";
    const std::string text = table(question({"sbc1", "sbc2"}), rows);
    CHECK_THAT(text, ContainsSubstring("sbc1, sbc2; 2026"));
    CHECK_THAT(text, ContainsSubstring("node  time                      seen  restarts  name"));
    CHECK_THAT(text, ContainsSubstring("sbc2  2026-10-25 02:00 +01:00  58/60         1  -"));
    CHECK(table(question(), {}) ==
          "How many?\nsbc1; 2026-10-25 02:00 +02:00 to 2026-10-25 03:00 +01:00; Europe/Berlin, by hour\n"
          "\n(nothing)\n");
    CHECK_THAT(table(question(), some_rows(), {}, true),
               ContainsSubstring("by hour\nOf calls.\n  node: the node\n  time: the step\n"));
}

TEST_CASE("a table fits the screen: text gives way, numbers never; gaps have a colour, but for NO_COLOR") {
    auto rows = some_rows();
    rows[0][5] = "Grüße an alle, die hier anrufen";
    const std::string plain = table(question(), rows, Screen{.columns = 80, .colours = false, .pager = ""});
    CHECK_THAT(plain, ContainsSubstring("  Grüße an alle, die h…  1:02:03"));
    std::istringstream lines(plain);
    std::string line;
    for (int i = 0; std::getline(lines, line); ++i)
        if (i >= 3) CHECK(line.size() <= 80 + 4); // ü, ß and … take more bytes than places
    const std::string coloured =
        table(question(), rows, Screen{.columns = 200, .colours = true, .pager = ""});
    CHECK_THAT(coloured, ContainsSubstring("\x1b[1mHow many?\x1b[0m\n"));
    CHECK_THAT(coloured, ContainsSubstring("\n\x1b[33m2026-10-25 02:00 +01:00  58/60"));
    CHECK_THAT(coloured, ContainsSubstring("\n2026-10-25 02:00 +02:00  60/60"));
    CHECK(plain.find('\x1b') == std::string::npos);
    CHECK_THAT(table(question(), rows, Screen{.columns = 20, .colours = false, .pager = ""}),
               ContainsSubstring("  Grüße an al…  1:02:03"));
}

TEST_CASE("a long table is laid out by its first rows, and loses nothing of the others") {
    std::vector<ReportRow> rows(600, some_rows()[1]);
    rows[10][5] = "short";
    rows[550][5] = "much longer than all of the first five hundred";
    const std::string text = table(question(), rows);
    CHECK(std::count(text.begin(), text.end(), '\n') == 604);
    CHECK_THAT(text, ContainsSubstring("much longer than all of the first five hundred"));
}

TEST_CASE("csv quotes what needs it, and tells the offset of each time") {
    CHECK(written(question(), some_rows(), report_csv) ==
          "node,time,minutes_seen,minutes_asked,restarts,name,talked,used,asr\r\n"
          "sbc1,2026-10-25T02:00:00+02:00,60,60,0,\"a, \"\"b\"\"\n|\x1b[31m\",3723,1610612736,98.50\r\n"
          "sbc1,2026-10-25T02:00:00+01:00,58,60,0,,12.500,100,\r\n");
}

TEST_CASE("an empty text is not an unknown one in csv") {
    auto rows = some_rows();
    rows.resize(1);
    rows[0][5] = "";
    CHECK_THAT(written(question(), rows, report_csv), ContainsSubstring(",0,\"\",3723"));
}

TEST_CASE("json is one object, numbers are numbers and what is not known is null") {
    const auto object = nlohmann::json::parse(written(question(), some_rows(), report_json));
    CHECK(object["report"] == "some");
    CHECK(object["from"] == "2026-10-25T02:00:00+02:00");
    CHECK(object["to"] == "2026-10-25T03:00:00+01:00");
    CHECK(object["by"] == "hour");
    REQUIRE(object["rows"].size() == 2);
    CHECK(object["rows"][0]["time"] == "2026-10-25T02:00:00+02:00");
    CHECK(object["rows"][0]["used"] == 1610612736);
    CHECK(object["rows"][0]["asr"] == 98.5);
    CHECK(object["rows"][0]["name"] == "a, \"b\"\n|\x1b[31m");
    CHECK(object["rows"][1]["name"].is_null());
    CHECK(nlohmann::json::parse(written(question(), {}, report_json))["rows"].empty());
}

TEST_CASE("markdown keeps its columns whatever a text holds") {
    CHECK(written(question(), some_rows(), report_markdown) ==
          "| node | time | minutes_seen | minutes_asked | restarts | name | talked | used | asr |\n"
          "| --- | --- | ---: | ---: | ---: | --- | ---: | ---: | ---: |\n"
          "| sbc1 | 2026-10-25 02:00 +02:00 | 60 | 60 | 0 | a, \"b\"\\n\\|\\x1b[31m | 1:02:03 | 1.5 GiB | "
          "98.50 % |\n"
          "| sbc1 | 2026-10-25 02:00 +01:00 | 58 | 60 | 0 | - | 12.5 s | 100 B | - |\n");
}
