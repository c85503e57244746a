#include "cli_options.hpp"

namespace sipkeep {

ExitCode run_check(const cxxopts::ParseResult& parsed, const GlobalOptions& global, const Environment& env) {
    return check_command(global, {.at = clock_of(parsed, "check", env)}, env);
}

} // namespace sipkeep
