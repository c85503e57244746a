// What a run leaves for node_exporter's textfile collector.
#include "sipkeep/core/time_text.hpp"

#include "site.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

Site& metrics_site(const std::string& node) {
    static Site site("metrics");
    site.start_over(node);
    site.mi.answer_as_captured();
    site.settings.history_user = "writer";
    return site;
}

std::string metrics_in(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

} // namespace

TEST_CASE("a run leaves metrics, with OpenSIPS's own where they are wanted, for anybody to read") {
    Site& site = metrics_site("metrics_well");
    const std::string path = site.folder.path("well.prom");
    site.settings.more = "metrics_file: " + path + "\nmetrics_statistics: [core, pkmem, net]\n";
    site.add_contact(1);
    site.add_dialog(1);
    REQUIRE(site.snapshot(0).exit_code == 0);
    const std::string text = metrics_in(path);
    for (const char* line : {"# TYPE sipkeep_exit_code gauge\nsipkeep_exit_code{node=\"metrics_well\"} 0\n",
                             "sipkeep_source_up{node=\"metrics_well\",source=\"mi\"} 1\n",
                             "sipkeep_source_up{node=\"metrics_well\",source=\"dialog\"} 1\n",
                             "sipkeep_capture_rows{node=\"metrics_well\",table=\"location\"} 1\n",
                             "sipkeep_capture_changes{node=\"metrics_well\",change=\"opened\"} ",
                             "# TYPE opensips_core_rcv_requests_total "
                             "counter\nopensips_core_rcv_requests_total{node=\"metrics_well\"} ",
                             "# TYPE opensips_net_waiting_udp gauge\n",
                             "opensips_pkmem_used_size{node=\"metrics_well\",process=\"1\"} "})
        CHECK_THAT(text, ContainsSubstring(line));
    CHECK_THAT(text, !ContainsSubstring("opensips_tm_"));
    CHECK_THAT(text, !ContainsSubstring("source=\"acc\"")); // it is off
    const auto status = std::filesystem::status(path);
    CHECK((status.permissions() & std::filesystem::perms::others_read) != std::filesystem::perms::none);

    // A minute that is stored already is as good.
    REQUIRE(site.snapshot(0).exit_code == 0);
    CHECK_THAT(metrics_in(path), ContainsSubstring("sipkeep_captured_at_seconds{node=\"metrics_well\"} "));
    CHECK_THAT(metrics_in(path), !ContainsSubstring("sipkeep_capture_rows"));
}

TEST_CASE("metrics tell of a source that failed, and of a history that is away") {
    Site& site = metrics_site("metrics_ill");
    const std::string path = site.folder.path("ill.prom");
    site.settings.more = "metrics_file: " + path + "\n";
    site.mi.error("get_statistics", 500, "no");
    CHECK(site.snapshot(0).exit_code == 3);
    CHECK_THAT(metrics_in(path), ContainsSubstring("sipkeep_exit_code{node=\"metrics_ill\"} 3\n"));
    CHECK_THAT(metrics_in(path),
               ContainsSubstring("sipkeep_source_up{node=\"metrics_ill\",source=\"mi\"} 0\n"));
    CHECK_THAT(metrics_in(path), !ContainsSubstring("table=\"statistics\"")); // missing is not zero
    site.mi.answer_as_captured();

    site.take_history_away();
    CHECK(site.snapshot(1).exit_code == 1);
    CHECK_THAT(metrics_in(path), ContainsSubstring("sipkeep_exit_code{node=\"metrics_ill\"} 1\n"));
    CHECK_THAT(metrics_in(path), !ContainsSubstring("sipkeep_captured_at_seconds"));

    site.settings.more += "spool: { dir: " + site.folder.path("metrics-spool") + " }\n";
    CHECK(site.snapshot(2).exit_code == 4);
    CHECK_THAT(metrics_in(path), ContainsSubstring("sipkeep_exit_code{node=\"metrics_ill\"} 4\n"));
    CHECK_THAT(metrics_in(path), ContainsSubstring("sipkeep_spool_captures{node=\"metrics_ill\"} 1\n"));
    CHECK_THAT(metrics_in(path),
               ContainsSubstring("sipkeep_source_up{node=\"metrics_ill\",source=\"mi\"} 1\n"));
    CHECK_THAT(metrics_in(path), !ContainsSubstring("sipkeep_captured_at_seconds"));
}

TEST_CASE("export --openmetrics writes a range of samples, and of what captures saw") {
    Site& site = metrics_site("om");
    site.settings.more.clear();
    site.add_contact(1);
    const auto minute = [&](int m, long requests) {
        site.mi.counters(1000 + 60 * m, {{"core:rcv_requests", std::to_string(requests)}});
        REQUIRE(site.snapshot(m).exit_code == 0);
    };
    minute(0, 10);
    minute(1, 30);
    site.add_dialog(1);
    minute(3, 5); // minute 2 is a gap, and is left one
    site.mi.error("get_statistics", 500, "no");
    REQUIRE(site.snapshot(4).exit_code == 3);

    const auto seconds = [&](int m) {
        return std::to_string(parse_time(site.at(m), {}, "UTC").time_since_epoch().count() / 1000 / 60 * 60);
    };
    const ProgramResult all =
        site.sipkeep({"export", "--openmetrics", "--from", site.at(-1), "--to", site.at(10)});
    CHECK(all.err == "");
    CHECK(all.exit_code == 0);
    const std::string rows = "sipkeep_capture_rows{node=\"om\",table=\"";
    const std::string requests = "opensips_core_rcv_requests_total{node=\"om\"} ";
    std::string expected =
        "# HELP sipkeep_capture_rows What the capture saw.\n# TYPE sipkeep_capture_rows gauge\n";
    for (const auto& [m, calls] : std::map<int, std::string>{{0, "0"}, {1, "0"}, {3, "1"}, {4, "1"}})
        expected += rows + "dialog\"} " + calls + " " + seconds(m) + "\n";
    for (const int m : {0, 1, 3, 4}) expected += rows + "location\"} 1 " + seconds(m) + "\n";
    CHECK(all.out.substr(0, expected.size()) == expected);
    CHECK_THAT(all.out, ContainsSubstring("# TYPE opensips_core_rcv_requests counter\n" + requests + "10 " +
                                          seconds(0) + "\n" + requests + "30 " + seconds(1) + "\n" +
                                          requests + "5 " + seconds(3) + "\n#"));
    CHECK_THAT(all.out, ContainsSubstring("# TYPE opensips_core_load_now gauge\n"));
    CHECK(all.out.ends_with("\n# EOF\n"));

    const ProgramResult one = site.sipkeep({"export", "--openmetrics", "--from", site.at(1), "--to",
                                            site.at(4), "--out", site.folder.path("om.txt")});
    CHECK(one.out == "");
    const std::string text = metrics_in(site.folder.path("om.txt"));
    CHECK(text.find(seconds(0)) == std::string::npos);
    CHECK_THAT(text, ContainsSubstring(requests + "5 " + seconds(3)));

    const ProgramResult nobody =
        site.sipkeep({"export", "--openmetrics", "--from", "-1h", "--node", "nobody"});
    CHECK(nobody.exit_code == 1);
    CHECK_THAT(nobody.err, ContainsSubstring("export: node nobody has no history here"));
}

TEST_CASE("metrics that can't be written are a warning; the capture is what counts") {
    Site& site = metrics_site("metrics_nowhere");
    site.settings.more = "metrics_file: " + site.folder.path("not-there/x.prom") + "\n";
    const ProgramResult run = site.snapshot(0);
    CHECK(run.exit_code == 0);
    CHECK_THAT(run.err, ContainsSubstring("sipkeep: warning: metrics_file: "));
    CHECK_THAT(run.err, ContainsSubstring("No such file or directory"));
    CHECK(site.ledger("mi_status") == "ok\n");
}
