// docs/reports.md shows each report as it answers.
#include "sipkeep/app/commands.hpp"

#include "report_memory_scene.hpp"
#include "report_night.hpp"
#include "report_output.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

const std::string path = SIPKEEP_SOURCE_DIR "/docs/reports.md";
const std::string marker = "<!-- What follows is written by the test of this document; see its head. -->\n";

std::string text_of_file() {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The options that the example is asked with.
std::string options_of(const Report& report) {
    std::string options;
    if (report.span == ReportSpan::at) options = " --at 2026-11-23T00:02:00Z";
    if (report.span == ReportSpan::range) options = " --from 2026-11-22T23:56:00Z --to 2026-11-23T00:07:00Z";
    if (report.name == "busy-hour") options = " --from 2026-11-22 --to 2026-11-24";
    if (report.needs_aor) options += " --aor 1002@a.org";
    return options;
}

/// What no table shows is not in the usual scene.
const std::set<std::string> of_memory{"below-zero", "call-course", "cross-check", "ghosts", "unseen"};

std::vector<ReportRow> rows_of(Night& scene, const Report& report) {
    if (of_memory.contains(report.name)) {
        ReportScene memory(memory_start, Seconds{60}, "report_memory");
        play_memory(memory);
        return memory.rows(report.name, night);
    }
    if (report.name == "growth") // the server's estimates differ from run to run
        return {{"location_version", "288000", "117440512", "2026-11-16 00:00:00", "16777216", "620756992",
                 "6241124352"},
                {"sample", "4032000", "196083712", "2026-11-16 00:00:00", "28311552", "1045430272",
                 "10529800192"}};
    Asked asked = report.span == ReportSpan::at ? Asked{.at = "2026-11-23 00:02:00"} : night;
    if (report.name == "busy-hour") asked = {.from = "2026-11-22 00:00:00", .to = "2026-11-24 00:00:00"};
    if (report.needs_aor) {
        asked.user = "1002";
        asked.domain = "a.org";
    }
    return scene.rows(report.name, asked);
}

std::string example(Night& scene, const Report& report) {
    ReportQuestion question;
    question.nodes = {"sbc1"};
    question.at = utc("00:02:00");
    if (report.span == ReportSpan::range)
        question.steps = report.name == "busy-hour"
                             ? divide(utc("00:00:00") - std::chrono::days{1},
                                      utc("00:00:00") + std::chrono::days{1}, StepUnit::day, "UTC")
                             : divide(utc("23:56:00"), utc("00:07:00"), *report.by, "UTC");
    std::ostringstream out;
    const ReportHeading heading{report, question, "UTC", report.by.value_or(StepUnit::all), false};
    const auto table = report_table(out, heading, Screen{.columns = 128, .colours = false, .pager = ""});
    for (const ReportRow& row : rows_of(scene, report)) table->row(row);
    table->end();
    return "```\n$ sipkeep report " + report.name + options_of(report) + "\n" + out.str() + "```\n";
}

std::string section(Night& scene, const Report& report) {
    std::string text = "### " + report.name + "\n\n" + report.question;
    for (const std::string& note : report.notes) text += (note.empty() ? "" : " ") + note;
    text += "\n\n" + example(scene, report) + "\n";
    const std::set<std::string> usual{"node",         "time",          "captured_at",
                                      "minutes_seen", "minutes_asked", "restarts"};
    for (const ReportColumn& column : report.columns)
        if (!usual.contains(column.name)) text += "- `" + column.name + "`: " + column.meaning + "\n";
    return text + "\n";
}

std::string written_by_test() {
    Night scene;
    scene.rig.database.sql().execute("UPDATE capture SET elapsed_ms = 90 + MINUTE(captured_at)");
    std::string text, group;
    for (const Report& report : embedded_reports()) {
        if (report.group != group) text += "## " + report.group + "\n\n";
        group = report.group;
        text += section(scene, report);
    }
    text.pop_back();
    return text;
}

} // namespace

TEST_CASE("docs/reports.md shows each report as it answers") {
    const std::string text = text_of_file();
    const auto end_of_head = text.find(marker);
    REQUIRE(end_of_head != std::string::npos);
    const std::string whole = text.substr(0, end_of_head) + marker + "\n" + written_by_test();
    if (std::getenv("SIPKEEP_WRITE_DOCS") != nullptr) std::ofstream(path) << whole;
    CHECK(difference(text_of_file(), whole) == "");
}
