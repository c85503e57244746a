#include "cli_options.hpp"

namespace sipkeep {

namespace {

ReportFormat format_of(const cxxopts::ParseResult& parsed, bool json) {
    if (parsed.count("format") == 0) return json ? ReportFormat::json : ReportFormat::table;
    const auto name = parsed["format"].as<std::string>();
    if (name == "table") return ReportFormat::table;
    if (name == "csv") return ReportFormat::csv;
    if (name == "json") return ReportFormat::json;
    if (name == "markdown") return ReportFormat::markdown;
    throw UsageError("report: --format: expected table, csv, json or markdown, not '" + name + "'");
}

std::optional<std::string> text_of(const cxxopts::ParseResult& parsed, const std::string& option) {
    if (parsed.count(option) == 0) return std::nullopt;
    return parsed[option].as<std::string>();
}

} // namespace

void add_report_options(cxxopts::Options& options) {
    options.add_options("hidden")("report", "", cxxopts::value<std::string>());
    options.parse_positional(std::vector<std::string>{"report"});
    options.add_options()("from",
                          "Beginning of the time asked for, as in snapshot --at (default: the report's)",
                          cxxopts::value<std::string>(), "TIME")("to", "Its end, not in it (default: now)",
                                                                 cxxopts::value<std::string>(), "TIME")(
        "at", "The moment asked for (default: the newest capture)", cxxopts::value<std::string>(),
        "TIME")("by", "Step: minute, hour, day, week or month", cxxopts::value<std::string>(),
                "STEP")("domain", "Only of this domain", cxxopts::value<std::string>(), "NAME")(
        "aor", "Only of this address of record", cxxopts::value<std::string>(),
        "USER[@DOMAIN]")("top", "How many of the most (default: 10)", cxxopts::value<std::uint64_t>(), "N")(
        "tz", "Time zone of local dates here, and of times and days in the answer, an IANA name",
        cxxopts::value<std::string>()->default_value("UTC"),
        "ZONE")("format", "How to print it (default: table)", cxxopts::value<std::string>(),
                "table|csv|json|markdown")("sql", "Print the statement that answers it, ready to paste")(
        "out", "The file that report page writes", cxxopts::value<std::string>(), "FILE.html");
}

ExitCode run_report(const cxxopts::ParseResult& parsed, const GlobalOptions& global, const Environment& env) {
    ReportOptions options;
    options.name = text_of(parsed, "report").value_or("");
    options.sql = parsed.count("sql") != 0;
    if (options.name.empty() && options.sql)
        throw UsageError("report: --sql of which report? sipkeep report lists them");
    options.format = format_of(parsed, global.json);
    options.from = time_of(parsed, "report", "from", env);
    options.to = time_of(parsed, "report", "to", env);
    options.at = time_of(parsed, "report", "at", env);
    options.tz = parsed["tz"].as<std::string>();
    options.by = text_of(parsed, "by");
    options.domain = text_of(parsed, "domain");
    options.aor = text_of(parsed, "aor");
    options.out = text_of(parsed, "out");
    if (parsed.count("top") != 0) options.top = parsed["top"].as<std::uint64_t>();
    return report_command(global, options, env);
}

} // namespace sipkeep
