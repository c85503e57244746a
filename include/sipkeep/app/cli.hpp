// The command line.
#pragma once

#include "sipkeep/app/commands.hpp"

#include <string>
#include <vector>

namespace sipkeep {

/// Runs the command that `args` ask for (without the program's name): `COMMAND [OPTIONS]`, `--help` or
/// `--version`. Throws UsageError when they can't be understood, and whatever the command throws.
[[nodiscard]] ExitCode run_command_line(const std::vector<std::string>& args, const Environment& env);

} // namespace sipkeep
