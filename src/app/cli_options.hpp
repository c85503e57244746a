// What several commands ask of their arguments.
#pragma once

#include "sipkeep/app/commands.hpp"
#include "sipkeep/core/error.hpp"
#include "sipkeep/core/time_text.hpp"

#include "text.hpp"

// std::regex recurses once per character; a long argument must not end in a stack overflow.
#define CXXOPTS_NO_REGEX
#include <cxxopts.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sipkeep {

/// A time that an option gives, local dates in the zone of --tz.
inline std::optional<UtcMilliseconds> time_of(const cxxopts::ParseResult& parsed, const std::string& command,
                                              const std::string& option, const Environment& env) {
    if (parsed.count(option) == 0) return std::nullopt;
    try {
        return parse_time(parsed[option].as<std::string>(), env.clock.now(), parsed["tz"].as<std::string>());
    } catch (const Error& error) {
        throw UsageError(command + ": --" + option + ": " + error.what());
    }
}

/// --at and --tz.
inline void add_clock_options(cxxopts::Options& options) {
    options.add_options()(
        "at",
        "Take TIME for the clock (default: now): RFC 3339, epoch seconds, -24h, yesterday, or a local date",
        cxxopts::value<std::string>(), "TIME")("tz", "Time zone of a local date in --at, an IANA name",
                                               cxxopts::value<std::string>()->default_value("UTC"), "ZONE");
}

/// Of --at.
inline std::optional<UtcMilliseconds> clock_of(const cxxopts::ParseResult& parsed, const std::string& command,
                                               const Environment& env) {
    if (parsed.count("tz") != 0 && parsed.count("at") == 0)
        throw UsageError(command + ": --tz means nothing without --at");
    return time_of(parsed, command, "at", env);
}

// Commands of the form `COMMAND ACTION`.
template <typename Action>
using Actions = std::vector<std::pair<std::string_view, Action>>;

template <typename Action>
Action action_of(const cxxopts::ParseResult& parsed, const std::string& command,
                 const Actions<Action>& actions, const std::string& noun = "action") {
    std::vector<std::string_view> names;
    std::string list;
    for (const auto& [name, action] : actions) {
        names.push_back(name);
        list += (list.empty() ? "" : ", ") + std::string(name);
    }
    if (parsed.count("action") == 0) throw UsageError(command + ": which " + noun + "? one of " + list);
    const auto wanted = parsed["action"].as<std::string>();
    for (const auto& [name, action] : actions)
        if (name == wanted) return action;
    const auto suggestion = nearest(wanted, names);
    throw UsageError(
        command + ": unknown " + noun + " '" + wanted + "'; " +
        (suggestion.empty() ? "one of " + list : "did you mean " + std::string(suggestion) + "?"));
}

// backfill, check, export, forget, import, report, retain and spool, in files of their own.
void add_backfill_options(cxxopts::Options& options);
[[nodiscard]] ExitCode run_backfill(const cxxopts::ParseResult& parsed, const GlobalOptions& global,
                                    const Environment& env);
[[nodiscard]] ExitCode run_check(const cxxopts::ParseResult& parsed, const GlobalOptions& global,
                                 const Environment& env);
void add_forget_options(cxxopts::Options& options);
[[nodiscard]] ExitCode run_forget(const cxxopts::ParseResult& parsed, const GlobalOptions& global,
                                  const Environment& env);
void add_report_options(cxxopts::Options& options);
[[nodiscard]] ExitCode run_report(const cxxopts::ParseResult& parsed, const GlobalOptions& global,
                                  const Environment& env);
void add_export_options(cxxopts::Options& options);
[[nodiscard]] ExitCode run_export(const cxxopts::ParseResult& parsed, const GlobalOptions& global,
                                  const Environment& env);
void add_import_options(cxxopts::Options& options);
[[nodiscard]] ExitCode run_import(const cxxopts::ParseResult& parsed, const GlobalOptions& global,
                                  const Environment& env);
void add_spool_options(cxxopts::Options& options);
[[nodiscard]] ExitCode run_spool(const cxxopts::ParseResult& parsed, const GlobalOptions& global,
                                 const Environment& env);
void add_retain_options(cxxopts::Options& options);
[[nodiscard]] ExitCode run_retain(const cxxopts::ParseResult& parsed, const GlobalOptions& global,
                                  const Environment& env);

} // namespace sipkeep
