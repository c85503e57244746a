#include "sipkeep/app/cli.hpp"

#include "sipkeep/core/version.hpp"

#include "cli_options.hpp"

#include <algorithm>
#include <array>

namespace sipkeep {

namespace {

struct CodeMeaning {
    ExitCode code;
    std::string_view meaning;
};

constexpr std::array<CodeMeaning, 8> code_meanings{{
    {ExitCode::done, "done"},
    {ExitCode::failed, "failed; the message says why"},
    {ExitCode::usage, "command line, configuration or credentials are wrong; nothing was touched"},
    {ExitCode::partial,
     "partial: a source could not be read, bad records were skipped, or what was forgotten is still there in "
     "OpenSIPS; the rest is done"},
    {ExitCode::spooled, "history database away; the capture waits in the spool"},
    {ExitCode::violations, "verify found violations, one line each"},
    {ExitCode::schema, "history schema missing, too old or too new; the message names the command to run"},
    {ExitCode::locked, "another run holds the lock"},
}};

struct Command {
    std::string_view name;
    std::string_view usage;
    std::string_view summary;
    std::string_view description;
    std::string_view example;
    std::vector<ExitCode> codes;
    void (*add_options)(cxxopts::Options&);
    ExitCode (*run)(const cxxopts::ParseResult&, const GlobalOptions&, const Environment&);
};

// ---- snapshot

ExitCode run_snapshot(const cxxopts::ParseResult& parsed, const GlobalOptions& global,
                      const Environment& env) {
    return snapshot_command(global, {.at = clock_of(parsed, "snapshot", env)}, env);
}

// ---- actions, for commands of the form `COMMAND ACTION`

void add_action(cxxopts::Options& options) {
    options.add_options("hidden")("action", "", cxxopts::value<std::string>());
    options.parse_positional(std::vector<std::string>{"action"});
}

// ---- schema

void add_schema_options(cxxopts::Options& options) {
    add_action(options);
    options.add_options()("grants",
                          "With init: print the GRANT statements for the four users, and do nothing else")(
        "passwords", "With --grants: with the passwords of the option files, to be piped to the server")(
        "option-file", "User and password of the schema's owner, over those of history",
        cxxopts::value<std::string>(), "FILE");
}

ExitCode run_schema(const cxxopts::ParseResult& parsed, const GlobalOptions& global, const Environment& env) {
    using Action = SchemaOptions::Action;
    const Actions<Action> actions{{"init", Action::init},
                                  {"upgrade", Action::upgrade},
                                  {"show", Action::show},
                                  {"check", Action::check}};
    SchemaOptions options{action_of(parsed, "schema", actions),
                          parsed.count("grants") != 0,
                          parsed.count("passwords") != 0,
                          {}};
    if (parsed.count("option-file") != 0) options.option_file = parsed["option-file"].as<std::string>();
    if (options.grants && options.action != Action::init)
        throw UsageError("schema: --grants goes with init: sipkeep schema init --grants");
    if (options.passwords && !options.grants) throw UsageError("schema: --passwords goes with --grants");
    return schema_command(global, options, env);
}

// ---- verify

void add_verify_options(cxxopts::Options& options) {
    options.add_options()(
        "from", "First time to look at, in any form that snapshot --at takes; its UTC day counts whole",
        cxxopts::value<std::string>(),
        "TIME")("to", "Last time to look at; its UTC day counts whole", cxxopts::value<std::string>(),
                "TIME")("tz", "Time zone of local dates in --from and --to, an IANA name",
                        cxxopts::value<std::string>()->default_value("UTC"), "ZONE");
}

ExitCode run_verify(const cxxopts::ParseResult& parsed, const GlobalOptions& global, const Environment& env) {
    VerifyOptions options;
    if (parsed.count("tz") != 0 && parsed.count("from") == 0 && parsed.count("to") == 0)
        throw UsageError("verify: --tz means nothing without --from or --to");
    options.from = time_of(parsed, "verify", "from", env);
    options.to = time_of(parsed, "verify", "to", env);
    if (options.from && options.to && *options.to < *options.from)
        throw UsageError("verify: --to is before --from");
    return verify_command(global, options, env);
}

// ---- config

ExitCode run_config(const cxxopts::ParseResult& parsed, const GlobalOptions& global, const Environment& env) {
    const Actions<ConfigAction> actions{{"check", ConfigAction::check}, {"show", ConfigAction::show}};
    return config_command(global, action_of(parsed, "config", actions), env);
}

const std::vector<Command>& commands() {
    using enum ExitCode;
    static const std::vector<Command> all{
        {"snapshot",
         "sipkeep snapshot [OPTIONS]",
         "store what OpenSIPS shows this minute",
         "Reads statistics, dispatcher, dialogs and registrations once and stores what changed.\n"
         "Running it twice within one interval changes nothing. Prints nothing on success;\n"
         "-v prints a summary line, --json an object.",
         "sipkeep snapshot -v",
         {done, failed, usage, partial, spooled, schema, locked},
         add_clock_options,
         run_snapshot},
        {"verify",
         "sipkeep verify [OPTIONS]",
         "check that the history holds what its tables promise each other",
         "Reads the history of all nodes (with --node: of one) in one snapshot; changes nothing and\n"
         "makes no run wait. Versions of one key never overlap, what is open is what the newest\n"
         "capture saw, all that began, ended or was sampled belongs to a capture, the ledger's counts\n"
         "are the tables', no daily partition is missing. Prints a line for each violation; -v a\n"
         "summary, --json an object.",
         "sipkeep verify --from -7d",
         {done, failed, usage, violations, schema},
         add_verify_options,
         run_verify},
        {"check",
         "sipkeep check [OPTIONS]",
         "say whether the archive of this node is doing well, as monitoring asks",
         "Looks at the newest captures, gaps of a day, failing sources, the spool, clocks, the timer, daily\n"
         "partitions, the disk budget and `sipkeep retain`; changes nothing. The first line is the worst,\n"
         "then one line for each condition that is not as it should be (-v: for all), with what to do.\n"
         "Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN, as Nagios and Icinga plugins have them.",
         "sipkeep check",
         {},
         add_clock_options,
         run_check},
        {"report",
         "sipkeep report [NAME] [OPTIONS]",
         "answer operators' questions from the history",
         "Lists the reports, or asks the history database one of them, of all nodes (with --node: of\n"
         "NAME,NAME). A step in which nobody looked is shown as one, a rate never crosses a restart.\n"
         "A table for people; csv, json and markdown for programs. On a terminal it goes through\n"
         "$PAGER; NO_COLOR turns colours off.\n"
         "sipkeep report page --out FILE.html writes the main ones, drawn, as one page that opens from\n"
         "disk: by minute up to 6 hours, by hour up to 15 days, then by day or more.",
         "sipkeep report concurrent-calls --from yesterday --to today --tz Europe/Berlin",
         {done, failed, usage, schema},
         add_report_options,
         run_report},
        {"backfill",
         "sipkeep backfill acc|dump|spool|ocp [FILE..|DIR] [OPTIONS]",
         "fill the history with what can still be known",
         "acc      call statistics and records from OpenSIPS's tables acc and missed_calls\n"
         "dump     calls and registrations from the mysqldump or mariadb-dump FILEs\n"
         "spool    captures in DIR, the spool of another host or of a disk that was saved\n"
         "ocp      samples that OpenSIPS Control Panel's statistics monitor kept\n"
         "What is there already is left as it is; running one again changes nothing. All of it is\n"
         "marked with where it came from. A bar or lines of progress go to stderr (-q: none), a\n"
         "summary to stdout (--json: an object).",
         "sipkeep backfill acc --from 2026-01-01 --resume",
         {done, failed, usage, partial, schema},
         add_backfill_options,
         run_backfill},
        {"retain",
         "sipkeep retain [OPTIONS]",
         "pack, roll up and drop what is old",
         "Once a day, for all nodes (with --node: one; what is dropped is dropped of all). Days older\n"
         "than retention.pack_after: their samples are packed (a sixtieth of the space, read as\n"
         "before), hours and days are added up. What is older than its class is kept for goes, never\n"
         "what is open or not rolled up yet. Safe beside snapshots, reports and backfills, and whenever\n"
         "it is cut off. --dry-run with -v says what would be done and why, --forecast how large the\n"
         "archive will become, and when retention.disk_budget will be full.",
         "sipkeep retain -v",
         {done, failed, usage, schema, locked},
         add_retain_options,
         run_retain},
        {"export",
         "sipkeep export --day DAY | --openmetrics --from TIME [OPTIONS]",
         "write one day of a node into a file, or its samples for Prometheus",
         "All rows of a UTC day that is over: versions, refreshes, samples, calls, and its part of the\n"
         "ledger, compressed and with a checksum. The same day makes the same file. Deletes nothing;\n"
         "export a day before retention drops any of it.\n"
         "With --openmetrics: the samples of any range, and the calls and registrations that captures saw,\n"
         "under the names that metrics_file has.",
         "sipkeep export --day 2026-01-31 --out /archive/sbc1-2026-01-31.sipkeep",
         {done, failed, usage, schema},
         add_export_options,
         run_export},
        {"import",
         "sipkeep import FILE.. [OPTIONS]",
         "put exported days back",
         "Into the history they came from, or into another one, which learns the node. Each FILE is\n"
         "checked whole first. What is there already is left as it is, anything that differs refuses\n"
         "the file. A day is shown when it is whole; one that was cut off is simply imported again.\n"
         "retention leaves the days alone for --keep. --dry-run only compares.",
         "sipkeep import --keep 90d /archive/sbc1-2026-01-*.sipkeep",
         {done, failed, usage, schema, locked},
         add_import_options,
         run_import},
        {"forget",
         "sipkeep forget USER@DOMAIN|DOMAIN [OPTIONS]",
         "take somebody out of the history, and leave what is counted",
         "Rows and times stay; names, addresses, Call-IDs and all that tells whose they are go, from\n"
         "every node (with --node: one). --dry-run counts the rows by table. What OpenSIPS still shows\n"
         "comes back with the next capture: exit code 3.",
         "sipkeep forget alice@example.com --dry-run",
         {done, failed, usage, partial, schema, locked},
         add_forget_options,
         run_forget},
        {"spool",
         "sipkeep spool list|verify|replay|drop [FILE..] [OPTIONS]",
         "captures that wait for the history database",
         "list     what waits, oldest first, and what was lost\n"
         "verify   read the files (default: all) and say which are damaged\n"
         "replay   store all of it now, where `snapshot` takes half an interval at a time\n"
         "drop     give up FILEs, or --all; the ledger will name them as lost",
         "sipkeep spool list",
         {done, failed, usage, partial, violations, schema, locked},
         add_spool_options,
         run_spool},
        {"schema",
         "sipkeep schema init|upgrade|show|check [OPTIONS]",
         "create, upgrade or inspect the history tables",
         "init     create the tables and views in the history database; completes one that was cut off\n"
         "upgrade  bring older tables to this version\n"
         "show     print the SQL that init runs, and with -v the versions found\n"
         "check    compare the tables with this version",
         "sipkeep schema init --grants",
         {done, failed, usage, schema},
         add_schema_options,
         run_schema},
        {"config",
         "sipkeep config check|show [OPTIONS]",
         "check the configuration or show it in full",
         "check    read configuration and credentials, connect to nothing\n"
         "show     print the configuration in effect, defaults filled in, secrets as ***",
         "sipkeep config check -c ./sipkeep.yaml",
         {done, failed, usage},
         add_action,
         run_config},
    };
    return all;
}

void add_common_options(cxxopts::Options& options) {
    options.add_options("Common")("c,config", "Configuration file",
                                  cxxopts::value<std::string>()->default_value("/etc/sipkeep/sipkeep.yaml"),
                                  "FILE")("node", "Name of the OpenSIPS server (default: node of the file)",
                                          cxxopts::value<std::string>(),
                                          "NAME")("n,dry-run", "Say what would be done, change nothing")(
        "q,quiet", "Errors only")("v,verbose", "Say more")("json", "Results as JSON")(
        "version", "Print the version")("h,help", "Print this help");
}

constexpr std::string_view units =
    "\nUnits: durations 500ms, 60s, 2m, 1h; sizes 500MB, 10GiB; times are UTC unless they say otherwise.\n";

void write_codes(std::ostream& out, const std::vector<ExitCode>& wanted) {
    if (wanted.empty()) return; // it has codes of its own
    out << "\nExit codes:\n";
    for (const auto& known : code_meanings) {
        if (std::find(wanted.begin(), wanted.end(), known.code) == wanted.end()) continue;
        const auto number = std::to_string(static_cast<int>(known.code));
        out << std::string(4 - number.size(), ' ') << number << "  " << known.meaning << '\n';
    }
}

void write_help(std::ostream& out, const Command& command, const cxxopts::Options& options) {
    out << "Usage: " << command.usage << "\n\n"
        << command.description << "\n\nExample: " << command.example << '\n';
    // The first line of cxxopts' text is the program's name, which the usage has already given.
    const auto listing = options.help(command.name == "config" ? std::vector<std::string>{"Common"}
                                                               : std::vector<std::string>{"", "Common"},
                                      false);
    out << listing.substr(listing.find('\n') + 1) << units;
    write_codes(out, command.codes);
}

void write_overview(std::ostream& out) {
    out << "Usage: sipkeep COMMAND [OPTIONS]\n\nKeeps what OpenSIPS showed, so that any past minute can be "
           "seen again.\n\n"
           "Commands:\n";
    for (const auto& command : commands())
        out << "  " << command.name << std::string(12 - command.name.size(), ' ') << command.summary << '\n';
    out << "\nsipkeep COMMAND --help shows the options of each.\nExample: sipkeep config check\n" << units;
    std::vector<ExitCode> every;
    for (const auto& known : code_meanings) every.push_back(known.code);
    write_codes(out, every);
}

void write_version(std::ostream& out) {
    out << "sipkeep " << program_version() << '\n';
}

const Command& command_named(const std::string& name) {
    std::vector<std::string_view> names;
    for (const auto& command : commands()) {
        if (command.name == name) return command;
        names.push_back(command.name);
    }
    if (!name.empty() && name.front() == '-')
        throw UsageError("the command comes first: sipkeep COMMAND " + name + " ...; see sipkeep --help");
    const auto suggestion = nearest(name, names);
    throw UsageError(
        "unknown command '" + name + "'; " +
        (suggestion.empty() ? "see sipkeep --help" : "did you mean " + std::string(suggestion) + "?"));
}

cxxopts::ParseResult parse(const Command& command, cxxopts::Options& options,
                           const std::vector<std::string>& args) {
    std::vector<const char*> pointers;
    for (const auto& argument : args) pointers.push_back(argument.c_str());
    const auto advice = "; see sipkeep " + std::string(command.name) + " --help";
    try {
        // args[0] is the command, where a program's name would stand.
        auto parsed = options.parse(static_cast<int>(pointers.size()), pointers.data());
        if (!parsed.unmatched().empty())
            throw UsageError(std::string(command.name) + ": unexpected '" + parsed.unmatched().front() + "'" +
                             advice);
        return parsed;
    } catch (const cxxopts::exceptions::exception& error) {
        throw UsageError(std::string(command.name) + ": " + error.what() + advice);
    }
}

GlobalOptions global_options(const cxxopts::ParseResult& parsed) {
    GlobalOptions global;
    global.config_file = parsed["config"].as<std::string>();
    if (parsed.count("node") != 0) global.node = parsed["node"].as<std::string>();
    global.dry_run = parsed["dry-run"].as<bool>();
    global.quiet = parsed["quiet"].as<bool>();
    global.verbose = parsed["verbose"].as<bool>();
    global.json = parsed["json"].as<bool>();
    if (global.quiet && global.verbose)
        throw UsageError("--quiet and --verbose contradict each other; give one of them");
    return global;
}

ExitCode run(const Command& command, const std::vector<std::string>& args, const Environment& env) {
    cxxopts::Options options("");
    options.set_width(110);
    command.add_options(options);
    add_common_options(options);
    const auto parsed = parse(command, options, args);
    if (parsed["help"].as<bool>()) {
        write_help(env.out, command, options);
        return ExitCode::done;
    }
    if (!parsed["version"].as<bool>()) return command.run(parsed, global_options(parsed), env);
    write_version(env.out);
    return ExitCode::done;
}

} // namespace

ExitCode run_command_line(const std::vector<std::string>& args, const Environment& env) {
    if (args.empty()) throw UsageError("no command given; see sipkeep --help");
    if (args.front() == "--help" || args.front() == "-h") {
        write_overview(env.out);
        return ExitCode::done;
    }
    if (args.front() == "--version") {
        write_version(env.out);
        return ExitCode::done;
    }
    const Command& command = command_named(args.front());
    try {
        return run(command, args, env);
    } catch (const UsageError& error) {
        if (command.name != "check") throw;
        return check_unknown(error.what(), env); // 2 would be CRITICAL
    }
}

} // namespace sipkeep
