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
                          "DAY")("out", "The file to write (default: NODE-DAY.sipkeep in this folder)",
                                 cxxopts::value<std::string>(), "FILE");
    add_clock(options);
}

ExitCode run_export(const cxxopts::ParseResult& parsed, const GlobalOptions& global, const Environment& env) {
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
