#include "cli_options.hpp"

namespace sipkeep {

void add_spool_options(cxxopts::Options& options) {
    options.add_options("hidden")("action", "", cxxopts::value<std::string>())(
        "files", "", cxxopts::value<std::vector<std::string>>());
    options.parse_positional(std::vector<std::string>{"action", "files"});
    options.add_options()("all", "With drop: every capture that waits");
}

ExitCode run_spool(const cxxopts::ParseResult& parsed, const GlobalOptions& global, const Environment& env) {
    using Action = SpoolOptions::Action;
    const Actions<Action> actions{{"list", Action::list},
                                  {"verify", Action::verify},
                                  {"replay", Action::replay},
                                  {"drop", Action::drop}};
    SpoolOptions options;
    options.action = action_of(parsed, "spool", actions);
    if (parsed.count("files") != 0) options.names = parsed["files"].as<std::vector<std::string>>();
    options.all = parsed.count("all") != 0;
    const bool takes_files = options.action == Action::verify || options.action == Action::drop;
    if (!options.names.empty() && !takes_files)
        throw UsageError("spool: unexpected '" + options.names.front() + "'; see sipkeep spool --help");
    if (options.all && options.action != Action::drop) throw UsageError("spool: --all goes with drop");
    return spool_command(global, options, env);
}

} // namespace sipkeep
