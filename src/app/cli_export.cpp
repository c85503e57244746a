#include "cli_options.hpp"

#include <charconv>

namespace sipkeep {

namespace {

void add_clock(cxxopts::Options& options) {
    options.add_options()("at", "Take TIME for the clock (default: now), as in snapshot --at",
                          cxxopts::value<std::string>(),
                          "TIME")("tz", "Time zone of a local date in --at, an IANA name",
                                  cxxopts::value<std::string>()->default_value("UTC"), "ZONE");
}

/// "30d", or "30".
std::chrono::days days_of(const std::string& text) {
    constexpr int most = 36500;
    int number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
    if (error != std::errc{} || number < 0 || number > most || (!unit.empty() && unit != "d"))
        throw UsageError("import: --keep: expected days, 0d to 36500d, not '" + text + "'");
    return std::chrono::days{number};
}

} // namespace

void add_export_options(cxxopts::Options& options) {
    options.add_options()("day", "The day, in UTC: 2026-01-31, yesterday, or any time in it",
                          cxxopts::value<std::string>(),
                          "DAY")("openmetrics", "Instead of a day: samples of --from to --to, as `promtool "
                                                "tsdb create-blocks-from openmetrics` loads them")(
        "from", "Beginning of the samples wanted, as in snapshot --at", cxxopts::value<std::string>(),
        "TIME")("to", "Their end, not in it (default: now)", cxxopts::value<std::string>(), "TIME")(
        "out", "The file to write (default: NODE-DAY.sipkeep in this folder; of samples: standard output)",
        cxxopts::value<std::string>(), "FILE")(
        "at", "Take TIME for the clock (default: now), as in snapshot --at", cxxopts::value<std::string>(),
        "TIME")("tz", "Time zone of local dates in --at, --from and --to, an IANA name",
                cxxopts::value<std::string>()->default_value("UTC"), "ZONE");
}

namespace {

ExitCode run_openmetrics(const cxxopts::ParseResult& parsed, const GlobalOptions& global,
                         const Environment& env) {
    const auto now = time_of(parsed, "export", "at", env).value_or(env.clock.now());
    const auto from = time_of(parsed, "export", "from", env);
    if (parsed.count("day") != 0) throw UsageError("export: --openmetrics takes --from and --to, not --day");
    if (!from) throw UsageError("export: --openmetrics: from when? give --from, such as --from -7d");
    OpenMetricsOptions options{std::chrono::ceil<Seconds>(*from),
                               std::chrono::ceil<Seconds>(time_of(parsed, "export", "to", env).value_or(now)),
                               {}};
    if (options.to <= options.from) throw UsageError("export: --to is not after --from");
    if (parsed.count("out") != 0) options.file = parsed["out"].as<std::string>();
    return openmetrics_command(global, options, env);
}

} // namespace

ExitCode run_export(const cxxopts::ParseResult& parsed, const GlobalOptions& global, const Environment& env) {
    if (parsed.count("openmetrics") != 0) return run_openmetrics(parsed, global, env);
    if (parsed.count("from") != 0 || parsed.count("to") != 0)
        throw UsageError("export: --from and --to go with --openmetrics; a file has one --day");
    if (parsed.count("day") == 0) throw UsageError("export: which day? give --day, such as --day yesterday");
    ExportOptions options;
    options.at = time_of(parsed, "export", "at", env);
    try {
        options.day = midnight(std::chrono::floor<Seconds>(
            parse_time(parsed["day"].as<std::string>(), options.at.value_or(env.clock.now()), "UTC")));
    } catch (const Error& error) {
        throw UsageError(std::string("export: --day: ") + error.what());
    }
    if (parsed.count("out") != 0) options.file = parsed["out"].as<std::string>();
    return export_command(global, options, env);
}

void add_import_options(cxxopts::Options& options) {
    options.add_options("hidden")("files", "", cxxopts::value<std::vector<std::string>>());
    options.parse_positional(std::vector<std::string>{"files"});
    options.add_options()("keep", "How many days retention leaves them alone",
                          cxxopts::value<std::string>()->default_value("30d"), "DAYS");
    add_clock(options);
}

ExitCode run_import(const cxxopts::ParseResult& parsed, const GlobalOptions& global, const Environment& env) {
    if (parsed.count("files") == 0) throw UsageError("import: which FILE? give at least one");
    ImportOptions options;
    options.files = parsed["files"].as<std::vector<std::string>>();
    options.keep = days_of(parsed["keep"].as<std::string>());
    options.at = time_of(parsed, "import", "at", env);
    return import_command(global, options, env);
}

} // namespace sipkeep
