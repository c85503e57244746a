// One command for all nodes of a configuration at once.
#pragma once

#include "sipkeep/app/commands.hpp"
#include "sipkeep/app/config.hpp"

#include <functional>
#include <string>
#include <vector>

namespace sipkeep {

struct NodeOutcome {
    std::string node;
    ExitCode code = ExitCode::done;
    std::string out;
};

/// Runs `command` with --node of each, in a process of its own each, so that none waits for another; at most
/// 100 at once. One that takes longer than 5/6 of the interval is ended. What they say is said with the
/// node's name in front; what they answer is returned, in the order of the configuration.
[[nodiscard]] std::vector<NodeOutcome>
on_every_node(const std::vector<Config>& nodes, const GlobalOptions& options, const Environment& env,
              const std::function<ExitCode(const GlobalOptions&, const Environment&)>& command);

/// That of all when they agree; partial when they don't.
[[nodiscard]] ExitCode together(const std::vector<NodeOutcome>& outcomes);

} // namespace sipkeep
