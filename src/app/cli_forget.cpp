#include "cli_options.hpp"

namespace sipkeep {

void add_forget_options(cxxopts::Options& options) {
    options.add_options("hidden")("subject", "", cxxopts::value<std::string>());
    options.parse_positional(std::vector<std::string>{"subject"});
}

ExitCode run_forget(const cxxopts::ParseResult& parsed, const GlobalOptions& global, const Environment& env) {
    if (parsed.count("subject") == 0)
        throw UsageError("forget: whom? give alice@example.com, or example.com for all of a domain");
    return forget_command(global, {.subject = parsed["subject"].as<std::string>()}, env);
}

} // namespace sipkeep
