#include "sipkeep/app/commands.hpp"
#include "sipkeep/app/spooled_run.hpp"
#include "sipkeep/sys/lock_file.hpp"
#include "sipkeep/sys/log.hpp"

#include "configured.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace sipkeep {

namespace {

using Json = nlohmann::ordered_json;

std::string sizes(std::uint64_t bytes) {
    constexpr std::uint64_t mib = 1024U * 1024U;
    return bytes < mib ? std::to_string(bytes / 1024) + " KiB" : std::to_string(bytes / mib) + " MiB";
}

class SpoolCommand {
public:
    SpoolCommand(const GlobalOptions& options, const SpoolOptions& spool, const Environment& env,
                 const Config& config, SpoolAccess access)
        : options_(options), names_(spool.names), all_(spool.all), env_(env), config_(config),
          log_(env.err, log_threshold(options.quiet, options.verbose), env.journald),
          spool_(open_spool(config, env.files, access)) {}

    ExitCode list() {
        std::uint64_t bytes = 0;
        Json captures = Json::array();
        for (const WaitingCapture& capture : spool_.waiting()) {
            bytes += capture.bytes;
            captures.push_back({{"file", capture.name},
                                {"captured_at", to_rfc3339(capture.captured_at)},
                                {"bytes", capture.bytes}});
            if (!options_.json)
                env_.out << to_rfc3339(capture.captured_at) << "  " << capture.name << "  "
                         << sizes(capture.bytes) << '\n';
        }
        if (options_.json) {
            Json object{{"node", config_.node}, {"captures", captures}, {"bytes", bytes}};
            object["lost"] = Json::array();
            for (const LostSpan& span : spool_.lost())
                object["lost"].push_back({{"first", to_rfc3339(span.first)},
                                          {"last", to_rfc3339(span.last)},
                                          {"captures", span.captures},
                                          {"why", span.why}});
            env_.out << object.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
            return ExitCode::done;
        }
        env_.out << spool_.waiting().size() << " captures of " << config_.node << " wait, " << sizes(bytes)
                 << " of " << sizes(config_.spool->max_bytes) << '\n';
        if (!spool_.lost().empty()) env_.out << "lost: " << to_text(spool_.lost()) << '\n';
        return ExitCode::done;
    }

    ExitCode verify() {
        bool whole = true;
        for (const WaitingCapture& capture : chosen(spool_.waiting())) {
            try {
                CaptureFile file(env_.files, spool_.path(capture));
                if (!options_.quiet)
                    env_.out << capture.name << ": ok, " << file.capture().statistics.statistics.size()
                             << " statistics, " << file.capture().destinations.size() << " destinations, "
                             << file.capture().dialogs.size() << " dialogs, " << file.contact_count()
                             << " contacts\n";
            } catch (const UnreadableCapture& error) {
                whole = false;
                env_.out << error.what() << '\n';
            }
        }
        return whole ? ExitCode::done : ExitCode::violations;
    }

    ExitCode replay() {
        if (spool_.waiting().empty()) {
            log_.info("no capture waits; nothing to do");
            return ExitCode::done;
        }
        if (options_.dry_run) {
            env_.out << "dry run: " << spool_.waiting().size() << " captures would be stored\n";
            return ExitCode::done;
        }
        const auto store = make_history_store(config_.history.database);
        const std::size_t all = spool_.waiting().size();
        std::size_t number = 0;
        const ReplayResult result = replay_spool(
            plan_of(config_), spool_, *store, Deadline(std::chrono::hours{24 * 365}),
            [&](const WaitingCapture& capture) {
                log_.info(std::to_string(++number) + " of " + std::to_string(all) + ": " + capture.name);
            });
        for (const std::string& error : result.errors) log_.error(error);
        if (!options_.quiet)
            env_.out << result.replayed << " captures stored, " << spool_.waiting().size() << " wait\n";
        return result.errors.empty() ? ExitCode::done : ExitCode::partial;
    }

    ExitCode drop() {
        if (names_.empty() != all_)
            throw UsageError("spool drop: name the files, or give --all to drop every capture that waits");
        for (const WaitingCapture& capture : chosen(spool_.waiting())) {
            if (!options_.dry_run) spool_.drop(capture);
            env_.out << (options_.dry_run ? "would drop " : "dropped ") << capture.name << '\n';
        }
        return ExitCode::done;
    }

private:
    /// Those named on the command line, or all.
    [[nodiscard]] std::vector<WaitingCapture> chosen(const std::vector<WaitingCapture>& waiting) const {
        if (names_.empty()) return waiting;
        std::vector<WaitingCapture> found;
        for (const std::string& name : names_) {
            const auto capture = std::ranges::find(waiting, name, &WaitingCapture::name);
            if (capture == waiting.end())
                throw UsageError("spool: no capture " + name + " of node " + config_.node + " waits in " +
                                 config_.spool->dir + "; see sipkeep spool list");
            found.push_back(*capture);
        }
        return found;
    }

    const GlobalOptions& options_;
    const std::vector<std::string>& names_;
    bool all_;
    const Environment& env_;
    const Config& config_;
    Log log_;
    Spool spool_;
};

} // namespace

ExitCode spool_command(const GlobalOptions& options, const SpoolOptions& spool, const Environment& env) {
    using Action = SpoolOptions::Action;
    const Config config = load_config(options.config_file, {options.node, env.credentials_directory});
    if (!config.spool)
        throw UsageError(config.file + ": spool: missing; without it no capture ever waits on disk");
    const bool only_looks = spool.action == Action::list || spool.action == Action::verify;
    std::optional<LockFile> lock;
    if (!only_looks) lock.emplace(env.files, config.lock_file);
    SpoolCommand command(options, spool, env, config, only_looks ? SpoolAccess::read : SpoolAccess::write);
    switch (spool.action) {
    case Action::list:
        return command.list();
    case Action::verify:
        return command.verify();
    case Action::replay:
        return command.replay();
    case Action::drop:
        break;
    }
    return command.drop();
}

} // namespace sipkeep
