// sipkeep report, from the command line to a real archive.
#include "sipkeep/app/cli.hpp"

#include "report_scene.hpp"
#include "support/stopped_clock.hpp"
#include "support/temp_dir.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

struct Said {
    std::string out, err;
};

/// Two nodes on the night on which Berlin's clocks went back; sbc1 has captures from 00:00 to 02:58.
class TwoNodes : public ReportScene {
public:
    TwoNodes() : ReportScene(from_datetime("2026-10-24 23:00:00")) {
        started_at = from_datetime("2026-10-24 12:00:00");
        destinations = {{"sip:gw", "Active"}};
        for (int minute = 0; minute < 179; minute += 1) {
            if (minute == 90) rig.put_call(1);
            if (minute % 20 == 0 || minute == 178)
                capture(from_datetime("2026-10-25 00:00:00") + minute * 60s);
        }
        rig.plan.node = "sbc2";
        capture(from_datetime("2026-10-25 02:00:00"));
        const auto settings = rig.database.settings();
        std::ofstream(folder.path() + "/history.cnf")
            << "[client]\nsocket=" << settings.socket << "\nuser=" << settings.user << "\n";
        std::filesystem::permissions(folder.path() + "/history.cnf", std::filesystem::perms::owner_read);
        std::ofstream(config()) << "node: sbc1\nlock_file: " << folder.path()
                                << "/lock\nmi: { url: \"http://127.0.0.1:1/mi\" }\n"
                                << "history: { option_file: " << folder.path()
                                << "/history.cnf, database: " << settings.database << " }\n";
    }

    [[nodiscard]] std::string config() const { return folder.path() + "/sipkeep.yaml"; }

    Said report(std::vector<std::string> args) const {
        std::ostringstream out, err;
        StoppedClock clock(from_datetime("2026-10-25 03:00:30") + 500ms);
        RealFileSystem files;
        const Environment env{out, err, clock, files, false, false, ""};
        args.insert(args.begin(), "report");
        args.insert(args.end(), {"-c", config()});
        const ExitCode code = run_command_line(args, env); // CHECK would take what it throws
        CHECK(code == ExitCode::done);
        return {out.str(), err.str()};
    }
    std::string refused(const std::vector<std::string>& args) const {
        try {
            static_cast<void>(report(args));
        } catch (const UsageError& error) {
            return error.what();
        }
        return "";
    }

    TempDir folder;
};

} // namespace

TEST_CASE("report on the command line: the time asked for, its steps, its zone, its nodes") {
    const TwoNodes site;
    // The 25 hours of that day in Berlin up to now, which is 04:00:30 there: hours in which nobody looked are
    // there as well.
    const std::string csv = site.report({"concurrent-calls", "--from", "today", "--tz", "Europe/Berlin",
                                         "--format", "csv", "--node", "sbc1"})
                                .out;
    CHECK(csv == "node,time,minutes_seen,minutes_asked,restarts,mean,most,most_at\r\n"
                 "sbc1,2026-10-25T00:00:00+02:00,0,60,0,,,\r\n"
                 "sbc1,2026-10-25T01:00:00+02:00,0,60,0,,,\r\n"
                 "sbc1,2026-10-25T02:00:00+02:00,3,60,0,0.00,0,2026-10-25T02:00:00+02:00\r\n"
                 "sbc1,2026-10-25T02:00:00+01:00,3,60,0,0.33,1,2026-10-25T02:40:00+01:00\r\n"
                 "sbc1,2026-10-25T03:00:00+01:00,4,60,0,1.00,1,2026-10-25T03:00:00+01:00\r\n");
    const std::string table = site.report({"concurrent-calls", "--from", "-3h", "--by", "day"}).out;
    CHECK(table == "How many calls were up at once, and when most?\n"
                   "sbc1, sbc2; 2026-10-25 00:00 to 2026-10-25 03:00; UTC, by day\n\n"
                   "node  time                seen  mean  most  most_at\n"
                   "sbc1  2026-10-25 00:00  10/180  0.50     1  2026-10-25 01:40\n"
                   "sbc2  2026-10-25 00:00   1/180  1.00     1  2026-10-25 02:00\n");
    CHECK(
        nlohmann::json::parse(site.report({"concurrent-calls", "--json", "--node", "sbc2,sbc1"}).out)["rows"]
            .size() == 48);
    // The default: a day back, from the beginning of that hour on.
    CHECK_THAT(site.report({"concurrent-calls"}).out,
               ContainsSubstring("2026-10-24 03:00 to 2026-10-25 03:00; UTC, by hour"));
    CHECK_THAT(
        site.report({"busy-hour", "--tz", "Europe/Berlin"}).out,
        ContainsSubstring("2026-10-11 00:00 +02:00 to 2026-10-25 04:00 +01:00; Europe/Berlin, by day"));
}

TEST_CASE("report on the command line: one moment") {
    const TwoNodes site;
    CHECK_THAT(site.report({"online-by-domain", "--node", "sbc1"}).out,
               ContainsSubstring("sbc1; 2026-10-25 02:58; UTC"));
    const Said then = site.report({"calls-up", "--at", "2026-10-25T01:40:59Z", "--node", "sbc1"});
    CHECK_THAT(then.out, ContainsSubstring("sbc1; 2026-10-25 01:40; UTC"));
    CHECK_THAT(then.out, ContainsSubstring("  c1\n"));
    CHECK(then.err.empty());
    const Said gap = site.report({"calls-up", "--at", "2026-10-25 01:45:30"});
    CHECK_THAT(gap.out, ContainsSubstring("(nothing)"));
    CHECK(gap.err == "sipkeep: warning: no capture saw 2026-10-25 01:45:30; the archive has captures from "
                     "2026-10-25 00:00 to "
                     "2026-10-25 02:58, see sipkeep report gaps\n");
}

TEST_CASE("report on the command line: nothing found, and whether anybody looked") {
    const TwoNodes site;
    CHECK_THAT(site.report({"moves", "--from", "-2h", "--node", "sbc1"}).out,
               ContainsSubstring("(nothing)\nsbc1: 7 of 120 minutes seen\n"));
}

TEST_CASE("report on the command line: lists, and prints statements that run as they stand") {
    TwoNodes site;
    const std::string list = site.report({}).out;
    for (const char* line :
         {"calls\n  busy-hour ", "\nregistrations\n", "\nserver\n", "\narchive\n", "  gaps  "})
        CHECK_THAT(list, ContainsSubstring(line));
    CHECK(nlohmann::json::parse(site.report({"--json"}).out).size() == embedded_reports().size());

    const std::string sql = site.report({"--sql", "concurrent-calls", "--from", "-3h", "--node", "sbc1"}).out;
    REQUIRE(sql.ends_with(";\n"));
    CHECK(site.rig.rows(sql.substr(0, sql.size() - 2))
              .starts_with("sbc1|2026-10-25 00:00:00|3|60|0|0.00|0|2026-10-25 00:00:00\n"));
    // Without --node it asks for all that there are.
    for (const Report& report : embedded_reports()) {
        INFO(report.name);
        std::vector<std::string> args{report.name, "--sql"};
        if (report.needs_aor) args.insert(args.end(), {"--aor", "1@a.org"});
        const std::string pasted = site.report(args).out;
        CHECK_NOTHROW(site.rig.rows(pasted.substr(0, pasted.size() - 2)));
    }
    CHECK(site.rig.rows(site.report({"--sql", "coverage", "--from", "-3h"}).out.substr(0, 20'000))
              .find("sbc2|") != std::string::npos);
}

TEST_CASE("report on the command line: texts from outside stay texts") {
    TwoNodes site;
    for (const std::string text :
         {"a' OR '1'='1", "\\", "x\\' OR 1=1 -- ", "it''s", "ü", "\xff", ":from", "a\n;DROP TABLE node"})
        CHECK_THAT(site.report({"online", "--domain", text, "--node", "sbc1"}).out,
                   ContainsSubstring("(nothing)"));
    CHECK(site.refused({"online", "--sql", "--node", "nobody"}) ==
          "--node: the archive knows no node 'nobody'");
    CHECK(site.refused({"online", "--node", "sbc1' OR '1'='1"}) ==
          "--node: the archive knows no node 'sbc1' OR '1'='1'");
}

TEST_CASE("report on the command line: what means nothing is refused") {
    const TwoNodes site;
    CHECK(site.refused({"concurent-calls"}) ==
          "unknown report 'concurent-calls'; did you mean concurrent-calls?");
    CHECK(site.refused({"pge"}) == "unknown report 'pge'; did you mean page?");
    CHECK(site.refused({"coverage", "--out", "x.html"}) ==
          "report coverage: --out goes with report page; send this one where you want it with >");
    CHECK(site.refused({"zzz"}) == "unknown report 'zzz'; sipkeep report lists them");
    CHECK(site.refused({"calls-up", "--from", "-1h"}) ==
          "report calls-up: is asked of one moment: give --at, not --from or --to");
    CHECK(site.refused({"growth", "--from", "-1h"}) ==
          "report growth: is not asked of a time: --from and --to mean nothing");
    CHECK(site.refused({"coverage", "--at", "-1h"}) ==
          "report coverage: is not asked of one moment: --at means nothing");
    CHECK(site.refused({"moves", "--by", "day"}) == "report moves: has no steps: --by means nothing");
    CHECK(site.refused({"coverage", "--by", "all"}) ==
          "report coverage: --by: expected minute, hour, day, week or month, not 'all'");
    CHECK(site.refused({"coverage", "--domain", "a"}) == "report coverage: --domain means nothing");
    CHECK(site.refused({"coverage", "--aor", "1@a"}) == "report coverage: --aor means nothing");
    CHECK(site.refused({"coverage", "--top", "3"}) == "report coverage: --top means nothing");
    CHECK(site.refused({"moves", "--top", "0"}) == "report: --top: give 1 or more");
    CHECK(site.refused({"moves", "--aor", "1@a", "--domain", "a"}) ==
          "report moves: give --domain or --aor, not both");
    CHECK(site.refused({"sessions"}) == "report sessions: of whom? give --aor USER@DOMAIN, or USER");
    for (const std::string aor : {"", "@a.org", "1001@"})
        CHECK(site.refused({"sessions", "--aor", aor}) ==
              "report sessions: --aor: expected USER@DOMAIN, or USER where OpenSIPS keeps no domain, not '" +
                  aor + "'");
    CHECK_THAT(site.report({"sessions", "--aor", "1001"}).out, ContainsSubstring("(nothing)"));
    CHECK(site.refused({"coverage", "--tz", "Mars/Base"}) ==
          "report coverage: --tz: unknown time zone 'Mars/Base'");
    CHECK(site.refused({"coverage", "--from", "2027-01-01"}) ==
          "report coverage: nothing lies between --from and --to, which is now");
    CHECK(site.refused({"coverage", "--from", "-1h", "--to", "-2h"}) ==
          "report coverage: nothing lies between --from and --to");
    CHECK(site.refused({"coverage", "--from", "2020-01-01", "--by", "minute"}) ==
          "report coverage: more than 100000 steps; give a longer --by or a shorter time");
    CHECK(site.refused({"coverage", "--node", "sbc9"}) == "--node: the archive knows no node 'sbc9'");
    CHECK(site.refused({"coverage", "--node", "sbc1,"}) == "--node: expected NAME or NAME,NAME, not 'sbc1,'");
}
