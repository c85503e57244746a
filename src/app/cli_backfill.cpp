#include "sipkeep/app/backfill.hpp"

#include "cli_options.hpp"

namespace sipkeep {

namespace {

using Kind = BackfillOptions::Kind;

/// An option means something to some kinds only.
void require_kind(const cxxopts::ParseResult& parsed, const std::string& option, bool fits,
                  const std::string& kinds) {
    if (parsed.count(option) != 0 && !fits) throw UsageError("backfill: --" + option + " goes with " + kinds);
}

OnError on_error_of(const cxxopts::ParseResult& parsed) {
    const auto how = parsed["on-error"].as<std::string>();
    if (how == "skip") return OnError::skip;
    if (how == "stop") return OnError::stop;
    throw UsageError("backfill: --on-error: expected skip or stop, not '" + how + "'");
}

void check_paths(const BackfillOptions& options) {
    const bool takes_files = options.kind == Kind::dump;
    const bool takes_folder = options.kind == Kind::spool;
    if (takes_files && options.paths.empty())
        throw UsageError("backfill dump: which FILE? give at least one");
    if (takes_folder && options.paths.size() != 1)
        throw UsageError("backfill spool: give one DIR, the spool folder to read");
    if (!takes_files && !takes_folder && !options.paths.empty())
        throw UsageError("backfill: unexpected '" + options.paths.front() + "'; see sipkeep backfill --help");
}

} // namespace

void add_backfill_options(cxxopts::Options& options) {
    options.add_options("hidden")("action", "", cxxopts::value<std::string>())(
        "paths", "", cxxopts::value<std::vector<std::string>>());
    options.parse_positional(std::vector<std::string>{"action", "paths"});
    options.add_options()("from", "acc, ocp: first time of the range (default: all), as in snapshot --at",
                          cxxopts::value<std::string>(), "TIME")(
        "to", "acc, ocp: end of the range, not in it", cxxopts::value<std::string>(), "TIME")(
        "captured-at", "dump: when the dump was taken (default: what its last line says)",
        cxxopts::value<std::string>(), "TIME")("tz", "Time zone of local dates in these, an IANA name",
                                               cxxopts::value<std::string>()->default_value("UTC"), "ZONE")(
        "no-records", "acc: only add the calls up, leave the rows themselves where they are")(
        "resume", "acc: go on where an interrupted backfill ended")(
        "table", "ocp: where the samples are",
        cxxopts::value<std::string>()->default_value("ocp_monitoring_stats"), "[DATABASE.]TABLE")(
        "box", "ocp: the number of this node's box in the control panel (default: the only one)",
        cxxopts::value<std::uint64_t>(), "ID")("on-error", "A bad record: skip it, or stop there",
                                               cxxopts::value<std::string>()->default_value("skip"),
                                               "skip|stop");
}

ExitCode run_backfill(const cxxopts::ParseResult& parsed, const GlobalOptions& global,
                      const Environment& env) {
    const Actions<Kind> kinds{
        {"acc", Kind::acc}, {"dump", Kind::dump}, {"spool", Kind::spool}, {"ocp", Kind::ocp}};
    BackfillOptions options;
    options.kind = action_of(parsed, "backfill", kinds, "kind");
    if (parsed.count("paths") != 0) options.paths = parsed["paths"].as<std::vector<std::string>>();
    check_paths(options);
    const bool is_ocp = options.kind == Kind::ocp;
    for (const char* option : {"from", "to"})
        require_kind(parsed, option, options.kind == Kind::acc || is_ocp, "acc and ocp");
    for (const char* option : {"resume", "no-records"})
        require_kind(parsed, option, options.kind == Kind::acc, "acc");
    for (const char* option : {"table", "box"}) require_kind(parsed, option, is_ocp, "ocp");
    require_kind(parsed, "captured-at", options.kind == Kind::dump, "dump");
    if (parsed.count("tz") != 0 &&
        parsed.count("from") + parsed.count("to") + parsed.count("captured-at") == 0)
        throw UsageError("backfill: --tz means nothing without --from, --to or --captured-at");
    if (options.kind == Kind::dump && parsed.count("captured-at") != 0 && options.paths.size() > 1)
        throw UsageError("backfill dump: --captured-at goes with one FILE; two captures never have one time");
    options.from = time_of(parsed, "backfill", "from", env);
    options.to = time_of(parsed, "backfill", "to", env);
    options.captured_at = time_of(parsed, "backfill", "captured-at", env);
    options.table = parsed["table"].as<std::string>();
    if (parsed.count("box") != 0) options.box = parsed["box"].as<std::uint64_t>();
    options.records = parsed.count("no-records") == 0;
    options.resume = parsed.count("resume") != 0;
    options.on_error = on_error_of(parsed);
    if (options.from && options.to && *options.to <= *options.from)
        throw UsageError("backfill: --to is not after --from");
    return backfill_command(global, options, env);
}

} // namespace sipkeep
