#include "cli_options.hpp"

namespace sipkeep {

void add_retain_options(cxxopts::Options& options) {
    add_clock_options(options);
    options.add_options("hidden")("rebuild-to", "", cxxopts::value<std::string>());
    options.parse_positional(std::vector<std::string>{"rebuild-to"});
    options.add_options()(
        "rebuild",
        "Roll up the UTC days from FROM to TO (default: that day) again, of what is still kept by minute",
        cxxopts::value<std::string>(),
        "FROM [TO]")("forecast", "Change nothing, beside another retain too: say how large the archive will "
                                 "become, by class and node");
}

ExitCode run_retain(const cxxopts::ParseResult& parsed, const GlobalOptions& global, const Environment& env) {
    RetainOptions options;
    if (parsed.count("tz") != 0 && parsed.count("at") == 0 && parsed.count("rebuild") == 0)
        throw UsageError("retain: --tz means nothing without --at or --rebuild");
    options.at = time_of(parsed, "retain", "at", env);
    options.rebuild_from = time_of(parsed, "retain", "rebuild", env);
    if (parsed.count("rebuild-to") != 0 && !options.rebuild_from)
        throw UsageError("retain: unexpected '" + parsed["rebuild-to"].as<std::string>() +
                         "'; see sipkeep retain --help");
    options.rebuild_to =
        parsed.count("rebuild-to") != 0 ? time_of(parsed, "retain", "rebuild-to", env) : options.rebuild_from;
    if (options.rebuild_from && *options.rebuild_to < *options.rebuild_from)
        throw UsageError("retain: --rebuild: TO is before FROM");
    options.forecast = parsed.count("forecast") != 0;
    if (options.forecast && options.rebuild_from)
        throw UsageError("retain: --forecast changes nothing: without --rebuild");
    if (options.forecast && global.node)
        throw UsageError("retain: --forecast is of all nodes, and lists each: without --node");
    return retain_command(global, options, env);
}

} // namespace sipkeep
