#include "sipkeep/app/commands.hpp"
#include "sipkeep/app/config.hpp"
#include "sipkeep/db/archive_check.hpp"
#include "sipkeep/sys/log.hpp"

#include <nlohmann/json.hpp>

namespace sipkeep {

namespace {

using Json = nlohmann::ordered_json;

std::string summary(const ArchiveFindings& findings) {
    std::string nodes;
    for (const std::string& node : findings.nodes) nodes += (nodes.empty() ? "" : ", ") + node;
    std::uint64_t violations = 0;
    for (const std::uint64_t found : findings.found) violations += found;
    return "verified " + (nodes.empty() ? "no node" : nodes) + ": " + std::to_string(findings.captures) +
           " captures, " + std::to_string(findings.versions) + " versions, " +
           std::to_string(findings.refreshes) + " superseded refreshes, " + std::to_string(findings.samples) +
           " samples; " + std::to_string(violations) + " violations";
}

void print_lines(const ArchiveFindings& findings, std::ostream& out) {
    for (const Violation& violation : findings.violations)
        out << to_string(violation.invariant) << ": " << printable(violation.what) << '\n';
    for (std::size_t i = 0; i < invariants; ++i)
        if (const auto more = findings.more(Invariant(i)); more > 0)
            out << to_string(Invariant(i)) << ": and " << more << " more\n";
}

Json as_json(const ArchiveFindings& findings) {
    Json violations = Json::array();
    for (const Violation& violation : findings.violations)
        violations.push_back({{"invariant", to_string(violation.invariant)}, {"what", violation.what}});
    Json found = Json::object();
    for (std::size_t i = 0; i < invariants; ++i) found[to_string(Invariant(i))] = findings.found.at(i);
    return {{"clean", findings.clean()},
            {"nodes", findings.nodes},
            {"captures", findings.captures},
            {"versions", findings.versions},
            {"refreshes", findings.refreshes},
            {"samples", findings.samples},
            {"found", found},
            {"violations", violations},
            {"notes", findings.notes}};
}

} // namespace

ExitCode verify_command(const GlobalOptions& options, const VerifyOptions& verify, const Environment& env) {
    Log log(env.err, log_threshold(options.quiet, options.verbose), env.journald);
    const Config config =
        load_config(options.config_file, {options.node, env.credentials_directory, ConfigPurpose::history});
    ArchiveScope scope;
    scope.node = options.node;
    if (verify.from) scope.from = std::chrono::floor<Seconds>(*verify.from);
    // One second more: a time given is one of the times that are looked at.
    if (verify.to) scope.before = std::chrono::floor<Seconds>(*verify.to) + Seconds{1};

    const ArchiveFindings findings = check_archive(config.history.database, scope);
    for (const std::string& note : findings.notes) log.info(note);
    if (options.json)
        env.out << as_json(findings).dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
    else
        print_lines(findings, env.out);
    log.info(summary(findings));
    return findings.clean() ? ExitCode::done : ExitCode::violations;
}

} // namespace sipkeep
