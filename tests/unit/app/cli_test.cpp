#include "sipkeep/app/backfill.hpp"
#include "sipkeep/app/cli.hpp"
#include "sipkeep/core/time_text.hpp"
#include "sipkeep/core/version.hpp"

#include "support/catch.hpp"
#include "support/stopped_clock.hpp"

#include <sstream>

using namespace sipkeep;
using namespace std::chrono_literals;

namespace {

constexpr UtcMilliseconds noon{1795348800123ms};

/// What the fake commands below write into `out`, so that no global has to remember it.
std::string told(const GlobalOptions& options) {
    return options.config_file + '|' + options.node.value_or("-") + '|' + (options.dry_run ? "n" : "") +
           (options.quiet ? "q" : "") + (options.verbose ? "v" : "") + (options.json ? "j" : "");
}

std::string run(const std::vector<std::string>& args, ExitCode expected = ExitCode::done) {
    std::ostringstream out;
    std::ostringstream err;
    test::StoppedClock clock(noon);
    RealFileSystem files;
    const Environment env{out, err, clock, files, false, false, ""};
    CHECK(run_command_line(args, env) == expected);
    CHECK(err.str().empty());
    return out.str();
}

std::string complaint(const std::vector<std::string>& args) {
    std::ostringstream out;
    test::StoppedClock clock(noon);
    RealFileSystem files;
    const Environment env{out, out, clock, files, false, false, ""};
    try {
        static_cast<void>(run_command_line(args, env));
    } catch (const UsageError& error) {
        CHECK(out.str().empty());
        return error.what();
    }
    return "no error";
}

const std::string defaults = "/etc/sipkeep/sipkeep.yaml|-|";

} // namespace

namespace sipkeep {

ExitCode snapshot_command(const GlobalOptions& global, const SnapshotOptions& options,
                          const Environment& env) {
    env.out << "snapshot " << told(global);
    if (options.at) env.out << " at " << to_datetime(*options.at);
    return ExitCode::partial;
}

ExitCode schema_command(const GlobalOptions& global, const SchemaOptions& options, const Environment& env) {
    env.out << "schema " << told(global) << ' ' << static_cast<int>(options.action)
            << (options.grants ? " grants" : "") << (options.passwords ? " passwords" : "")
            << (options.option_file ? " " + *options.option_file : "");
    return ExitCode::schema;
}

ExitCode spool_command(const GlobalOptions& global, const SpoolOptions& options, const Environment& env) {
    env.out << "spool " << told(global) << ' ' << static_cast<int>(options.action)
            << (options.all ? " all" : "");
    for (const std::string& name : options.names) env.out << ' ' << name;
    return ExitCode::violations;
}

ExitCode verify_command(const GlobalOptions& global, const VerifyOptions& options, const Environment& env) {
    env.out << "verify " << told(global);
    if (options.from) env.out << " from " << to_datetime(*options.from);
    if (options.to) env.out << " to " << to_datetime(*options.to);
    return ExitCode::violations;
}

ExitCode check_command(const GlobalOptions& global, const CheckOptions& options, const Environment& env) {
    env.out << "check " << told(global);
    if (options.at) env.out << " at " << to_datetime(*options.at);
    return ExitCode::failed;
}

ExitCode check_unknown(const std::string& why, const Environment& env) {
    env.out << "unknown: " << why;
    return ExitCode::partial;
}

ExitCode retain_command(const GlobalOptions& global, const RetainOptions& options, const Environment& env) {
    env.out << "retain " << told(global);
    if (options.at) env.out << " at " << to_datetime(*options.at);
    if (options.rebuild_from)
        env.out << " rebuild " << to_datetime(*options.rebuild_from) << " to "
                << to_datetime(*options.rebuild_to);
    if (options.forecast) env.out << " forecast";
    return ExitCode::done;
}

ExitCode export_command(const GlobalOptions& global, const ExportOptions& options, const Environment& env) {
    env.out << "export " << told(global) << ' ' << to_datetime(options.day) << ' '
            << options.file.value_or("-");
    if (options.at) env.out << " at " << to_datetime(*options.at);
    return ExitCode::done;
}

ExitCode openmetrics_command(const GlobalOptions& global, const OpenMetricsOptions& options,
                             const Environment& env) {
    env.out << "openmetrics " << told(global) << ' ' << to_datetime(options.from) << ' '
            << to_datetime(options.to) << ' ' << options.file.value_or("-");
    return ExitCode::done;
}

ExitCode import_command(const GlobalOptions& global, const ImportOptions& options, const Environment& env) {
    env.out << "import " << told(global) << ' ' << options.keep.count();
    for (const std::string& file : options.files) env.out << ' ' << file;
    if (options.at) env.out << " at " << to_datetime(*options.at);
    return ExitCode::locked;
}

ExitCode backfill_command(const GlobalOptions& global, const BackfillOptions& options,
                          const Environment& env) {
    env.out << "backfill " << told(global) << ' ' << static_cast<int>(options.kind)
            << (options.resume ? " resume" : "") << (options.records ? "" : " sums")
            << (options.on_error == OnError::stop ? " stop" : "");
    if (options.from) env.out << " from " << to_datetime(*options.from);
    if (options.to) env.out << " to " << to_datetime(*options.to);
    if (options.kind == BackfillOptions::Kind::ocp) env.out << ' ' << options.table;
    if (options.box) env.out << " box " << *options.box;
    if (options.captured_at) env.out << " at " << to_datetime(*options.captured_at);
    for (const std::string& path : options.paths) env.out << ' ' << path;
    return ExitCode::partial;
}

ExitCode report_command(const GlobalOptions& global, const ReportOptions& options, const Environment& env) {
    env.out << "report " << told(global) << ' ' << options.name << ' ' << static_cast<int>(options.format)
            << (options.sql ? " sql" : "") << ' ' << options.tz;
    if (options.from) env.out << " from " << to_datetime(*options.from);
    if (options.to) env.out << " to " << to_datetime(*options.to);
    if (options.at) env.out << " at " << to_datetime(*options.at);
    for (const auto& text : {options.by, options.domain, options.aor})
        if (text) env.out << ' ' << *text;
    if (options.top) env.out << ' ' << *options.top;
    if (options.out) env.out << " out " << *options.out;
    return ExitCode::done;
}

UtcMilliseconds parse_time(std::string_view text, UtcMilliseconds now, const std::string& tz) {
    if (text == "-24h") return now - 24h;
    if (text == "today") return now;
    if (text == "local" && tz == "Europe/Berlin") return now - 1h;
    throw Error("not a time: '" + std::string(text) + "' in " + tz);
}

} // namespace sipkeep

TEST_CASE("a command gets its options and answers with the exit code") {
    CHECK(run({"snapshot"}, ExitCode::partial) == "snapshot " + defaults);
    CHECK(run({"snapshot", "-c", "/a b.yaml", "--node", "sbc2", "-n", "-v", "--json"}, ExitCode::partial) ==
          "snapshot /a b.yaml|sbc2|nvj");
    CHECK(run({"snapshot", "--config=/x.yaml", "--node=n", "--dry-run", "--quiet"}, ExitCode::partial) ==
          "snapshot /x.yaml|n|nq");
    CHECK(run({"snapshot", "-nq"}, ExitCode::partial) == "snapshot " + defaults + "nq");
}

TEST_CASE("--at takes a time, also one that looks like an option") {
    CHECK(run({"snapshot", "--at", "-24h"}, ExitCode::partial) ==
          "snapshot " + defaults + " at 2026-11-21 12:00:00.123");
    CHECK(run({"snapshot", "--at=-24h"}, ExitCode::partial) ==
          "snapshot " + defaults + " at 2026-11-21 12:00:00.123");
    CHECK(run({"snapshot", "--tz", "Europe/Berlin", "--at", "local"}, ExitCode::partial) ==
          "snapshot " + defaults + " at 2026-11-22 11:00:00.123");
    CHECK(complaint({"snapshot", "--at", "soon"}) == "snapshot: --at: not a time: 'soon' in UTC");
    CHECK_THAT(complaint({"snapshot", "--tz", "UTC"}), ContainsSubstring("--tz means nothing without --at"));
    CHECK_THAT(complaint({"snapshot", "--at"}), ContainsSubstring("see sipkeep snapshot --help"));
}

TEST_CASE("retain takes a time for the clock") {
    CHECK(run({"retain"}, ExitCode::done) == "retain " + defaults);
    CHECK(run({"retain", "--at", "-24h"}, ExitCode::done) ==
          "retain " + defaults + " at 2026-11-21 12:00:00.123");
    CHECK(complaint({"retain", "--at", "soon"}) == "retain: --at: not a time: 'soon' in UTC");
    CHECK(complaint({"retain", "--tz", "UTC"}) == "retain: --tz means nothing without --at or --rebuild");
}

TEST_CASE("retain takes days to roll up again") {
    CHECK(run({"retain", "--rebuild", "-24h"}, ExitCode::done) ==
          "retain " + defaults + " rebuild 2026-11-21 12:00:00.123 to 2026-11-21 12:00:00.123");
    CHECK(run({"retain", "--rebuild", "-24h", "today"}, ExitCode::done) ==
          "retain " + defaults + " rebuild 2026-11-21 12:00:00.123 to 2026-11-22 12:00:00.123");
    CHECK(complaint({"retain", "--rebuild", "today", "local", "--tz", "Europe/Berlin"}) ==
          "retain: --rebuild: TO is before FROM");
    CHECK(complaint({"retain", "today"}) == "retain: unexpected 'today'; see sipkeep retain --help");
}

TEST_CASE("retain tells a forecast, of all nodes") {
    CHECK(run({"retain", "--forecast"}, ExitCode::done) == "retain " + defaults + " forecast");
    CHECK(complaint({"retain", "--forecast", "--rebuild", "today"}) ==
          "retain: --forecast changes nothing: without --rebuild");
    CHECK(complaint({"retain", "--forecast", "--node", "sbc2"}) ==
          "retain: --forecast is of all nodes, and lists each: without --node");
}

TEST_CASE("export --openmetrics takes a range, and a file") {
    CHECK(run({"export", "--openmetrics", "--from", "-24h"}) ==
          "openmetrics " + defaults + " 2026-11-21 12:00:01 2026-11-22 12:00:01 -");
    CHECK(run({"export", "--openmetrics", "--from", "-24h", "--to", "local", "--tz", "Europe/Berlin", "--out",
               "x"}) == "openmetrics " + defaults + " 2026-11-21 12:00:01 2026-11-22 11:00:01 x");
    CHECK_THAT(complaint({"export", "--openmetrics"}),
               ContainsSubstring("export: --openmetrics: from when?"));
    CHECK_THAT(complaint({"export", "--openmetrics", "--from", "-24h", "--day", "today"}),
               ContainsSubstring("takes --from and --to, not --day"));
    CHECK(complaint({"export", "--openmetrics", "--from", "today", "--to", "-24h"}) ==
          "export: --to is not after --from");
}

TEST_CASE("export takes a day, and a file") {
    CHECK(run({"export", "--day", "-24h"}) == "export " + defaults + " 2026-11-21 00:00:00 -");
    CHECK(run({"export", "--day", "-24h", "--out", "/a/b", "--node", "sbc2", "--at", "-24h", "-n"}) ==
          "export /etc/sipkeep/sipkeep.yaml|sbc2|n 2026-11-20 00:00:00 /a/b at 2026-11-21 12:00:00.123");
    CHECK_THAT(complaint({"export"}), ContainsSubstring("export: which day?"));
    CHECK_THAT(complaint({"export", "--day", "-24h", "--from", "-24h"}),
               ContainsSubstring("--from and --to go with --openmetrics"));
    CHECK(complaint({"export", "--day", "soon"}) == "export: --day: not a time: 'soon' in UTC");
    CHECK_THAT(complaint({"export", "--day", "-24h", "a"}), ContainsSubstring("export: unexpected 'a'"));
}

TEST_CASE("import takes files, and for how long they are kept") {
    CHECK(run({"import", "a", "b"}, ExitCode::locked) == "import " + defaults + " 30 a b");
    CHECK(run({"import", "--keep", "90d", "a"}, ExitCode::locked) == "import " + defaults + " 90 a");
    CHECK(run({"import", "--keep=0", "a", "--at", "-24h"}, ExitCode::locked) ==
          "import " + defaults + " 0 a at 2026-11-21 12:00:00.123");
    CHECK_THAT(complaint({"import"}), ContainsSubstring("import: which FILE?"));
    for (const char* keep : {"", "d", "-1d", "30h", "1.5d", "40000d", "99999999999d"})
        CHECK(complaint({"import", "a", std::string("--keep=") + keep}) ==
              std::string("import: --keep: expected days, 0d to 36500d, not '") + keep + "'");
}

TEST_CASE("check answers by codes of its own, wrong options included") {
    CHECK(run({"check", "--json"}, ExitCode::failed) == "check " + defaults + "j");
    CHECK(run({"check", "--at", "-24h"}, ExitCode::failed) ==
          "check " + defaults + " at 2026-11-21 12:00:00.123");
    CHECK_THAT(run({"check", "--nonsense"}, ExitCode::partial), ContainsSubstring("unknown: check: "));
    CHECK_THAT(run({"check", "--at", "soon"}, ExitCode::partial), ContainsSubstring("not a time: 'soon'"));
    const std::string help = run({"check", "--help"});
    CHECK_THAT(help, ContainsSubstring("Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN"));
    CHECK_THAT(help, !ContainsSubstring("verify found"));
}

TEST_CASE("verify takes the times between which it looks") {
    CHECK(run({"verify", "--node", "sbc2"}, ExitCode::violations) ==
          "verify /etc/sipkeep/sipkeep.yaml|sbc2|");
    CHECK(run({"verify", "--from", "-24h", "--to=local", "--tz", "Europe/Berlin"}, ExitCode::violations) ==
          "verify " + defaults + " from 2026-11-21 12:00:00.123 to 2026-11-22 11:00:00.123");
    CHECK(complaint({"verify", "--to", "soon"}) == "verify: --to: not a time: 'soon' in UTC");
    CHECK(complaint({"verify", "--tz", "UTC"}) == "verify: --tz means nothing without --from or --to");
    CHECK(complaint({"verify", "--to", "-24h", "--from", "local", "--tz", "Europe/Berlin"}) ==
          "verify: --to is before --from");
}

TEST_CASE("report takes a name, and what it is asked") {
    CHECK(run({"report"}) == "report " + defaults + "  0 UTC");
    CHECK(run({"report", "some", "--from", "-24h", "--to=local", "--tz", "Europe/Berlin", "--by", "day",
               "--domain", "a.org", "--top", "3", "--format", "csv", "--node", "a,b"}) ==
          "report /etc/sipkeep/sipkeep.yaml|a,b| some 1 Europe/Berlin from 2026-11-21 12:00:00.123 to "
          "2026-11-22 11:00:00.123 day a.org 3");
    CHECK(run({"report", "--sql", "some", "--at", "-24h", "--aor", "1@a.org"}) ==
          "report " + defaults + " some 0 sql UTC at 2026-11-21 12:00:00.123 1@a.org");
    CHECK(run({"report", "some", "--json"}) == "report " + defaults + "j some 2 UTC");
    CHECK(run({"report", "some", "--json", "--format=markdown"}) == "report " + defaults + "j some 3 UTC");
    CHECK(run({"report", "page", "--out", "/tmp/page.html"}) ==
          "report " + defaults + " page 0 UTC out /tmp/page.html");
    const std::string help = run({"report", "--help"});
    CHECK_THAT(help, ContainsSubstring("report page --out FILE.html"));
    CHECK_THAT(help, ContainsSubstring("--out FILE.html "));
    CHECK(complaint({"report", "some", "--format", "pdf"}) ==
          "report: --format: expected table, csv, json or markdown, not 'pdf'");
    CHECK(complaint({"report", "--sql"}) == "report: --sql of which report? sipkeep report lists them");
    CHECK(complaint({"report", "some", "--from", "soon"}) == "report: --from: not a time: 'soon' in UTC");
    CHECK_THAT(complaint({"report", "some", "--top", "many"}),
               ContainsSubstring("see sipkeep report --help"));
}

TEST_CASE("backfill takes a kind, and what goes with it") {
    CHECK(run({"backfill", "acc"}, ExitCode::partial) == "backfill " + defaults + " 0");
    CHECK(run({"backfill", "acc", "--resume", "-n", "--from", "-24h", "--to=local", "--tz", "Europe/Berlin",
               "--on-error", "stop"},
              ExitCode::partial) == "backfill " + defaults +
                                        "n 0 resume stop from 2026-11-21 12:00:00.123 to 2026-11-22 "
                                        "11:00:00.123");
    CHECK(run({"backfill", "dump", "a.sql", "b.sql.gz"}, ExitCode::partial) ==
          "backfill " + defaults + " 1 a.sql b.sql.gz");
    CHECK(run({"backfill", "dump", "--captured-at", "-24h", "a.sql"}, ExitCode::partial) ==
          "backfill " + defaults + " 1 at 2026-11-21 12:00:00.123 a.sql");
    CHECK(run({"backfill", "acc", "--no-records"}, ExitCode::partial) == "backfill " + defaults + " 0 sums");
    CHECK(run({"backfill", "spool", "/saved"}, ExitCode::partial) == "backfill " + defaults + " 2 /saved");
}

TEST_CASE("backfill ocp takes a table and a box") {
    CHECK(run({"backfill", "ocp"}, ExitCode::partial) == "backfill " + defaults + " 3 ocp_monitoring_stats");
    CHECK(
        run({"backfill", "ocp", "--table", "ocp.stats", "--box", "2", "--from", "-24h"}, ExitCode::partial) ==
        "backfill " + defaults + " 3 from 2026-11-21 12:00:00.123 ocp.stats box 2");
    CHECK(complaint({"backfill", "acc", "--box", "2"}) == "backfill: --box goes with ocp");
    CHECK_THAT(complaint({"backfill", "ocp", "--box", "two"}), ContainsSubstring("two"));
    CHECK_THAT(complaint({"backfill", "ocp", "a"}), ContainsSubstring("backfill: unexpected 'a'"));
}

TEST_CASE("backfill refuses what its kind has no use for") {
    CHECK(complaint({"backfill"}) == "backfill: which kind? one of acc, dump, spool, ocp");
    CHECK(complaint({"backfill", "dmp"}) == "backfill: unknown kind 'dmp'; did you mean dump?");
    CHECK_THAT(complaint({"backfill", "dump"}), ContainsSubstring("backfill dump: which FILE?"));
    CHECK_THAT(complaint({"backfill", "spool"}), ContainsSubstring("backfill spool: give one DIR"));
    CHECK_THAT(complaint({"backfill", "spool", "a", "b"}), ContainsSubstring("give one DIR"));
    CHECK_THAT(complaint({"backfill", "acc", "a"}), ContainsSubstring("backfill: unexpected 'a'"));
    CHECK(complaint({"backfill", "dump", "a", "--resume"}) == "backfill: --resume goes with acc");
    CHECK(complaint({"backfill", "spool", "a", "--from", "-24h"}) ==
          "backfill: --from goes with acc and ocp");
    CHECK(complaint({"backfill", "acc", "--captured-at", "-24h"}) ==
          "backfill: --captured-at goes with dump");
    CHECK_THAT(complaint({"backfill", "dump", "a", "b", "--captured-at", "-24h"}),
               ContainsSubstring("--captured-at goes with one FILE"));
    CHECK(complaint({"backfill", "acc", "--on-error", "panic"}) ==
          "backfill: --on-error: expected skip or stop, not 'panic'");
    CHECK(complaint({"backfill", "acc", "--from", "-24h", "--to", "-24h"}) ==
          "backfill: --to is not after --from");
    CHECK_THAT(complaint({"backfill", "acc", "--tz", "UTC"}),
               ContainsSubstring("--tz means nothing without"));
    CHECK(complaint({"backfill", "acc", "--from", "soon"}) == "backfill: --from: not a time: 'soon' in UTC");
}

TEST_CASE("schema takes one of its actions") {
    CHECK(run({"schema", "init"}, ExitCode::schema) == "schema " + defaults + " 0");
    CHECK(run({"schema", "upgrade", "-n"}, ExitCode::schema) == "schema " + defaults + "n 1");
    CHECK(run({"schema", "--grants", "init"}, ExitCode::schema) == "schema " + defaults + " 0 grants");
    CHECK(run({"schema", "init", "--grants", "--passwords", "--option-file", "/o"}, ExitCode::schema) ==
          "schema " + defaults + " 0 grants passwords /o");
    CHECK(complaint({"schema", "init", "--passwords"}) == "schema: --passwords goes with --grants");
    CHECK(run({"schema", "check"}, ExitCode::schema) == "schema " + defaults + " 3");
    CHECK(complaint({"schema"}) == "schema: which action? one of init, upgrade, show, check");
    CHECK(complaint({"schema", "upgrad"}) == "schema: unknown action 'upgrad'; did you mean upgrade?");
    CHECK(complaint({"schema", "dance"}) ==
          "schema: unknown action 'dance'; one of init, upgrade, show, check");
    CHECK_THAT(complaint({"schema", "init", "now"}), ContainsSubstring("schema: unexpected 'now'"));
    CHECK_THAT(complaint({"schema", "show", "--grants"}), ContainsSubstring("--grants goes with init"));
    CHECK_THAT(complaint({"config"}), ContainsSubstring("config: which action? one of check, show"));
}

TEST_CASE("spool takes one of its actions, and files where these mean something") {
    CHECK(run({"spool", "list"}, ExitCode::violations) == "spool " + defaults + " 0");
    CHECK(run({"spool", "verify", "a", "b"}, ExitCode::violations) == "spool " + defaults + " 1 a b");
    CHECK(run({"spool", "replay", "-v"}, ExitCode::violations) == "spool " + defaults + "v 2");
    CHECK(run({"spool", "drop", "a"}, ExitCode::violations) == "spool " + defaults + " 3 a");
    CHECK(run({"spool", "drop", "--all"}, ExitCode::violations) == "spool " + defaults + " 3 all");
    CHECK_THAT(complaint({"spool", "list", "a"}), ContainsSubstring("spool: unexpected 'a'"));
    CHECK_THAT(complaint({"spool", "replay", "--all"}), ContainsSubstring("--all goes with drop"));
    CHECK(complaint({"spool", "repaly"}) == "spool: unknown action 'repaly'; did you mean replay?");
}

TEST_CASE("what is not understood is a usage error that helps") {
    CHECK(complaint({}) == "no command given; see sipkeep --help");
    CHECK(complaint({"snapshoot"}) == "unknown command 'snapshoot'; did you mean snapshot?");
    CHECK(complaint({"frobnicate"}) == "unknown command 'frobnicate'; see sipkeep --help");
    CHECK(complaint({""}) == "unknown command ''; see sipkeep --help");
    CHECK_THAT(complaint({"-v", "snapshot"}),
               ContainsSubstring("the command comes first: sipkeep COMMAND -v"));
    CHECK_THAT(complaint({"snapshot", "--nod"}), ContainsSubstring("nod"));
    CHECK_THAT(complaint({"snapshot", "--nod"}), ContainsSubstring("see sipkeep snapshot --help"));
    CHECK_THAT(complaint({"snapshot", "stray"}), ContainsSubstring("snapshot: unexpected 'stray'"));
    CHECK_THAT(complaint({"snapshot", "--", "stray"}), ContainsSubstring("snapshot: unexpected 'stray'"));
    CHECK_THAT(complaint({"snapshot", "-q", "-v"}), ContainsSubstring("--quiet and --verbose contradict"));
    CHECK_THAT(complaint({"snapshot", "--json=perhaps"}), ContainsSubstring("snapshot: "));
    CHECK_THAT(complaint({"snapshot", "-c"}), ContainsSubstring("snapshot: "));
}

TEST_CASE("odd and endless arguments end in a message") {
    const std::string longest(200'000, 'a');
    for (const auto& argument :
         std::vector<std::string>{longest, "--" + longest, "-" + longest, "--node=" + longest + "=", "-",
                                  "---", "--=", "-=", "\xff\xfe", "--\n", "-c-"}) {
        CHECK_NOTHROW(complaint({argument}));
        CHECK_NOTHROW(complaint({"snapshot", argument}));
        CHECK_NOTHROW(complaint({"schema", "show", argument}));
    }
}

TEST_CASE("help of each command shows usage, example, defaults, units and exit codes") {
    for (const std::string command :
         {"snapshot", "backfill", "export", "import", "verify", "schema", "config"}) {
        for (const std::string flag : {"--help", "-h"}) {
            const auto help = run({command, flag});
            INFO(help);
            CHECK_THAT(help, ContainsSubstring("Usage: sipkeep " + command));
            CHECK_THAT(help, ContainsSubstring("Example: sipkeep " + command));
            CHECK_THAT(help, ContainsSubstring("--config FILE"));
            CHECK_THAT(help, ContainsSubstring("default: /etc/sipkeep/sipkeep.yaml"));
            CHECK_THAT(help, ContainsSubstring("Units: durations 500ms"));
            CHECK_THAT(help, ContainsSubstring("   2  command line, configuration"));
            CHECK(help.find("hidden") == std::string::npos);
            CHECK(help.find("--action") == std::string::npos);
        }
    }
    CHECK_THAT(run({"snapshot", "--help"}), ContainsSubstring("  11  another run holds the lock"));
    CHECK_THAT(run({"snapshot", "--help"}), ContainsSubstring("--at TIME"));
    CHECK_THAT(run({"verify", "--help"}), ContainsSubstring("   5  verify found violations"));
    CHECK_THAT(run({"schema", "--help"}), ContainsSubstring("--grants"));
    CHECK_THAT(run({"--help"}), ContainsSubstring("  snapshot    store what OpenSIPS shows this minute"));
}

TEST_CASE("the version can be asked for alone and of a command") {
    CHECK(run({"--version"}) == "sipkeep " + std::string(program_version()) + "\n");
    CHECK(run({"config", "--version"}) == run({"--version"}));
    CHECK_FALSE(program_version().empty());
}
