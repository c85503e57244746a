#include "sipkeep/app/commands.hpp"
#include "sipkeep/app/config.hpp"
#include "sipkeep/app/redactor.hpp"
#include "sipkeep/core/subject.hpp"
#include "sipkeep/db/subject_eraser.hpp"
#include "sipkeep/spool/spool.hpp"
#include "sipkeep/sys/log.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sipkeep {

namespace {

using Json = nlohmann::ordered_json;

/// Long tables are read a day at a time.
constexpr Milliseconds longest_erasure = std::chrono::minutes{10};

class Forget {
public:
    Forget(const GlobalOptions& options, const ForgetOptions& forget, const Environment& env)
        : options_(options), env_(env),
          log_(env.err, log_threshold(options.quiet, options.verbose), env.journald),
          config_(load_config(options.config_file,
                              {options.node, env.credentials_directory, ConfigPurpose::retention})),
          subject_(parse_subject(forget.subject)) {
        // History may know the user by that name, and from before by the other.
        const auto redactor = make_redactor(config_);
        if (redactor && !config_.redact->key.empty() && !subject_.is_domain())
            subject_.users.push_back(redactor->pseudonym(subject_.users.front()));
    }

    ExitCode run() {
        DatabaseSettings settings = config_.retention.database;
        settings.read_timeout = std::max(settings.read_timeout, longest_erasure);
        settings.idle_limit = std::chrono::hours{1};
        SubjectEraser eraser(settings, subject_, options_.node,
                             options_.dry_run ? EraseHow::count : EraseHow::erase);
        require_empty_spool(eraser.nodes());
        const auto now = [&] { return std::chrono::floor<Seconds>(env_.clock.now()); };
        if (subject_.users.size() > 1)
            log_.info(subject_.users.front() + " is kept under the pseudonym " + subject_.users.back());
        if (!options_.dry_run) eraser.begin(now());
        for (const std::string& node : eraser.nodes()) {
            log_.info("looking through the history of node " + node);
            rows_.add(eraser.erase(node));
        }
        if (!options_.dry_run) eraser.finish(now());
        tell();
        return rows_.open_dialogs + rows_.open_contacts > 0 ? ExitCode::partial : ExitCode::done;
    }

private:
    /// What waits there would bring the subject back.
    void require_empty_spool(const std::vector<std::string>& nodes) const {
        if (!config_.spool) return;
        std::vector<std::string> names;
        if (const int result = env_.files.names(config_.spool->dir, names); result < 0 && result != -ENOENT)
            throw Error("forget: " + config_.spool->dir + ": can't be read: " + std::strerror(-result) +
                        "; captures may wait there");
        std::uint64_t waiting = 0;
        for (const std::string& name : names)
            if (const auto capture = parse_capture_name(name))
                waiting += static_cast<std::uint64_t>(std::ranges::count(nodes, capture->first));
        if (waiting > 0 && !options_.dry_run)
            throw Error("forget: " + std::to_string(waiting) + " captures wait in " + config_.spool->dir +
                        ", and would bring back what is forgotten now; run `sipkeep spool replay` first");
    }

    void tell() {
        if (options_.json) {
            Json tables = Json::object();
            for (const auto& [table, rows] : rows_.by_table) tables[table] = rows;
            env_.out << Json{{"kind", subject_.is_domain() ? "domain" : "aor"},
                             {"dry_run", options_.dry_run},
                             {"rows", tables},
                             {"open_dialogs", rows_.open_dialogs},
                             {"open_contacts", rows_.open_contacts}}
                            .dump()
                     << '\n';
        } else if (!options_.quiet) {
            if (options_.dry_run) env_.out << "dry run, nothing changed\n";
            for (const auto& [table, rows] : rows_.by_table) env_.out << table << ": " << rows << " rows\n";
        }
        if (rows_.open_dialogs + rows_.open_contacts > 0)
            log_.warning(
                subject_.text() + " is still there: " + std::to_string(rows_.open_dialogs) + " calls, " +
                std::to_string(rows_.open_contacts) +
                " registrations in the newest capture; the next one brings back what OpenSIPS still has: "
                "remove it there, or set `redact`, and run this again");
    }

    const GlobalOptions& options_;
    const Environment& env_;
    Log log_;
    Config config_;
    Subject subject_;
    SubjectRows rows_;
};

} // namespace

ExitCode forget_command(const GlobalOptions& options, const ForgetOptions& forget, const Environment& env) {
    return Forget(options, forget, env).run();
}

} // namespace sipkeep
