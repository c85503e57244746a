#include "every_node.hpp"

#include "sipkeep/sys/apart.hpp"
#include "sipkeep/sys/log.hpp"

#include <algorithm>
#include <sstream>

namespace sipkeep {

namespace {

/// Below the 151 connections that MariaDB and MySQL allow unless told otherwise.
constexpr std::size_t most_at_once = 100;

/// "sipkeep: error: .." and "<3>..", with the node's name where the message begins.
std::string named(const std::string& line, const std::string& node) {
    constexpr std::string_view program = "sipkeep: ";
    const std::size_t at = line.starts_with(program)                             ? program.size()
                           : line.size() > 2 && line[0] == '<' && line[2] == '>' ? 3
                                                                                 : 0;
    return line.substr(0, at) + node + ": " + line.substr(at);
}

} // namespace

std::vector<NodeOutcome>
on_every_node(const std::vector<Config>& nodes, const GlobalOptions& options, const Environment& env,
              const std::function<ExitCode(const GlobalOptions&, const Environment&)>& command) {
    std::vector<NodeOutcome> outcomes(nodes.size());
    Log log(env.err, log_threshold(options.quiet, options.verbose), env.journald);
    const ApartLimits limits{.at_once = most_at_once,
                             .patience =
                                 std::max(Milliseconds{nodes.front().interval} * 5 / 6, Milliseconds{1000})};
    const auto work = [&](std::size_t i, std::ostream& out, std::ostream& err) {
        const Environment own{out, err, env.clock, env.files, env.journald, false, env.credentials_directory,
                              {}};
        GlobalOptions of_node = options;
        of_node.node = nodes[i].node;
        auto code = ExitCode::failed;
        try {
            code = command(of_node, own);
        } catch (const std::exception& error) {
            if (const auto* const known = dynamic_cast<const Error*>(&error)) code = known->exit_code();
            Log(err, Level::error, env.journald).error(error.what());
        }
        return static_cast<int>(code);
    };
    run_apart(nodes.size(), limits, work, [&](std::size_t i, const Apart& piece) {
        const std::string& node = nodes[i].node;
        outcomes[i] = {node, piece.exit_code < 0 ? ExitCode::failed : ExitCode{piece.exit_code}, piece.out};
        std::istringstream said(piece.err);
        for (std::string line; std::getline(said, line);) env.err << named(line, node) << '\n';
        if (!piece.in_time)
            log.error(node + ": took longer than " + std::to_string(limits.patience.count() / 1000) +
                      " s and was ended; the next run does its work again");
        else if (piece.exit_code < 0)
            log.error(node + ": ended by signal " + std::to_string(-piece.exit_code));
    });
    return outcomes;
}

ExitCode together(const std::vector<NodeOutcome>& outcomes) {
    const ExitCode first = outcomes.front().code;
    return std::ranges::all_of(outcomes, [&](const NodeOutcome& one) { return one.code == first; })
               ? first
               : ExitCode::partial;
}

} // namespace sipkeep
