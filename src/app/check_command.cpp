#include "sipkeep/app/commands.hpp"
#include "sipkeep/app/config.hpp"
#include "sipkeep/core/health.hpp"
#include "sipkeep/core/time_text.hpp"
#include "sipkeep/db/archive_size.hpp"
#include "sipkeep/db/node_course.hpp"
#include "sipkeep/db/rights.hpp"
#include "sipkeep/mi/mi_client.hpp"
#include "sipkeep/sys/log.hpp"

#include "archive_forecast.hpp"
#include "configured.hpp"
#include "every_node.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sipkeep {

namespace {

using Json = nlohmann::ordered_json;

class Check {
public:
    /// Where `at` stands for the clock, those of servers are not compared with it.
    Check(const Config& config, const Environment& env, std::optional<UtcMilliseconds> at)
        : config_(config), env_(env), clocks_(!at), now_(at.value_or(env.clock.now())),
          second_(std::chrono::floor<Seconds>(now_)) {}

    std::vector<HealthFinding> run() {
        look_into_spool();
        look_into_history();
        look_at_live_database();
        ask_opensips();
        return std::move(findings_);
    }

private:
    void look_into_spool() {
        if (!config_.spool) return;
        try {
            const Spool spool = open_spool(config_, env_.files, SpoolAccess::read);
            SpoolCourse course;
            course.waiting = spool.waiting().size();
            if (!spool.waiting().empty()) course.oldest = spool.waiting().front().captured_at;
            for (const WaitingCapture& one : spool.waiting()) course.bytes += one.bytes;
            course.most_bytes = config_.spool->max_bytes;
            course.most_files = static_cast<std::uint64_t>(config_.spool->max_files);
            if (!spool.lost().empty()) course.lost = to_text(spool.lost());
            findings_.push_back(judge(course, config_.interval, second_));
        } catch (const Error& error) {
            findings_.push_back({"spool", HealthLevel::unknown, error.what(), {}});
        }
    }

    void look_into_history() {
        try {
            meet(config_.history.database, "history database", "the history user", needed_by("history"),
                 allowed_in_history());
            const CourseOfHistory course =
                read_course(config_.history.database, config_.node, config_.interval);
            add(judge(course.node, config_.interval, second_));
            add(judge(course.history, second_));
            look_at_disk();
        } catch (const Error& error) {
            findings_.push_back({"history", HealthLevel::critical, error.what(), {}});
        }
    }

    void meet(const DatabaseSettings& settings, const std::string& database, const std::string& user,
              const Rights& needed, const Rights& allowed) {
        const MetServer met = meet_server(settings, database);
        if (clocks_) findings_.push_back(judge_clock("the " + database, met.clock - now_, config_.interval));
        Rights held;
        for (const std::string& grant : met.grants) held.add(grant);
        findings_.push_back(judge_rights(
            user, held.by_role() ? std::vector<std::string>{} : held.lacking(needed), held.beyond(allowed)));
    }

    /// Of the users that `sipkeep schema init --grants` prints: live, history, sipkeep_retain.
    [[nodiscard]] Rights needed_by(const std::string& user) const {
        GrantNames names = grant_names(config_);
        names.live_user = "live";
        names.history_user = "history";
        Rights needed;
        for (const std::string& statement : statements_of(grant_statements(names)))
            if (statement.find(" TO '" + user + "'@") != std::string::npos) needed.add(statement);
        return needed;
    }

    /// Without a user of its own, `sipkeep retain` may be that one, too.
    [[nodiscard]] Rights allowed_in_history() const {
        Rights allowed = needed_by("history");
        if (config_.retention.option_file.empty()) allowed.add(needed_by("sipkeep_retain"));
        return allowed;
    }

    void look_at_disk() {
        if (!config_.retention.disk_budget) return;
        const UtcSeconds today = midnight(second_);
        ArchiveSize size(config_.history.database, today);
        const auto warning =
            budget_warning(forecast(size.parts(ArchiveSize::NodeRows::left_out), config_.retention, today));
        findings_.push_back({"disk budget",
                             warning ? HealthLevel::warning : HealthLevel::ok,
                             warning.value_or("not full within 30 days"),
                             {}});
    }

    void look_at_live_database() {
        if (!config_.live) return;
        try {
            meet(config_.live->database, "live database", "the live user", needed_by("live"),
                 needed_by("live"));
        } catch (const Error& error) {
            findings_.push_back({"live database", HealthLevel::critical, error.what(), {}});
        }
    }

    /// Its times are local ones: of the zone that live.timezone names.
    void ask_opensips() {
        if (!config_.mi || !config_.live || !clocks_) return;
        const std::string& zone = config_.live->timezone;
        try {
            const auto transport = make_transport(transport_of(*config_.mi));
            MiClient mi(*transport, config_.mi->url);
            const std::string shown = mi.local_time(Deadline(config_.mi->timeout));
            const auto reading = LocalZone(zone).read(shown);
            if (!reading)
                throw SourceError("MI at " + config_.mi->url + ": 'Now' of uptime is no time: " + shown);
            const Milliseconds one = reading->earlier - now_, other = reading->later - now_;
            findings_.push_back(
                judge_opensips_clock(std::chrono::abs(one) < std::chrono::abs(other) ? one : other,
                                     config_.interval, zone.empty() ? "UTC" : zone));
        } catch (const Error& error) {
            findings_.push_back({"clock of OpenSIPS", HealthLevel::unknown, error.what(), {}});
        }
    }

    void add(std::vector<HealthFinding> more) {
        findings_.insert(findings_.end(), std::make_move_iterator(more.begin()),
                         std::make_move_iterator(more.end()));
    }

    const Config& config_;
    const Environment& env_;
    bool clocks_;
    UtcMilliseconds now_;
    UtcSeconds second_;
    std::vector<HealthFinding> findings_;
};

std::string line_of(const HealthFinding& finding) {
    return std::string(to_string(finding.level)) + " " + finding.condition + ": " + finding.what +
           (finding.todo.empty() ? "" : "; " + finding.todo);
}

/// The first line is what monitoring shows: the worst, or that all is well.
void print(const std::string& node, std::vector<HealthFinding> findings, bool all, std::ostream& out) {
    const HealthLevel level = worst(findings);
    const auto bad = static_cast<std::size_t>(
        std::ranges::count_if(findings, [](const auto& one) { return one.level != HealthLevel::ok; }));
    std::ranges::stable_sort(findings, {}, [](const auto& one) { return one.level == HealthLevel::ok; });
    std::ranges::stable_sort(findings, {}, [&](const auto& one) { return one.level != level; });
    out << "SIPKEEP " << to_string(level) << " - " << node << ": "
        << (bad == 0 ? std::to_string(findings.size()) + " conditions are as they should be"
                     : printable(findings.front().condition + ": " + findings.front().what) +
                           (bad > 1 ? " (and " + std::to_string(bad - 1) + " more)" : ""))
        << '\n';
    for (const HealthFinding& finding : findings)
        if (all || finding.level != HealthLevel::ok) out << printable(line_of(finding)) << '\n';
}

Json as_json(const std::string& node, const std::vector<HealthFinding>& findings) {
    Json list = Json::array();
    for (const HealthFinding& one : findings)
        list.push_back({{"condition", one.condition},
                        {"level", to_string(one.level)},
                        {"what", one.what},
                        {"todo", one.todo}});
    return {{"node", node}, {"level", to_string(worst(findings))}, {"findings", list}};
}

} // namespace

ExitCode check_unknown(const std::string& why, const Environment& env) {
    env.out << "SIPKEEP " << to_string(HealthLevel::unknown) << " - " << printable(why) << '\n';
    return ExitCode{static_cast<int>(HealthLevel::unknown)};
}

namespace {

/// The worst node first, as the first line counts.
ExitCode check_each(const std::vector<Config>& nodes, const GlobalOptions& options, const CheckOptions& check,
                    const Environment& env) {
    auto outcomes =
        on_every_node(nodes, options, env, [&](const GlobalOptions& of_node, const Environment& own) {
            return check_command(of_node, check, own);
        });
    for (NodeOutcome& one : outcomes) {
        if (!one.out.empty()) continue; // it was ended
        one.code = ExitCode{static_cast<int>(HealthLevel::unknown)};
        one.out =
            std::string("SIPKEEP ") + to_string(HealthLevel::unknown) + " - " + one.node + ": no answer\n";
    }
    const auto badness = [](const NodeOutcome& one) {
        const auto level = static_cast<HealthLevel>(one.code);
        return level == HealthLevel::critical  ? 3
               : level == HealthLevel::unknown ? 2
                                               : static_cast<int>(level);
    };
    std::ranges::stable_sort(outcomes, std::ranges::greater{}, badness);
    for (const NodeOutcome& one : outcomes) env.out << one.out;
    return outcomes.front().code;
}

} // namespace

ExitCode check_command(const GlobalOptions& options, const CheckOptions& check, const Environment& env) {
    try {
        if (!options.node)
            if (const auto nodes = load_nodes(options.config_file, {options.node, env.credentials_directory});
                !nodes.empty())
                return check_each(nodes, options, check, env);
    } catch (const UsageError& error) {
        return check_unknown(error.what(), env);
    }
    std::string node = options.node.value_or("");
    std::vector<HealthFinding> findings;
    try {
        const Config config = load_config(options.config_file, {options.node, env.credentials_directory});
        node = config.node;
        findings = Check(config, env, check.at).run();
    } catch (const Error& error) {
        findings.push_back({"configuration", HealthLevel::unknown, error.what(), {}});
    }
    if (options.json)
        env.out << as_json(node, findings).dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
    else
        print(node.empty() ? "?" : node, findings, options.verbose, env.out);
    return ExitCode{static_cast<int>(worst(findings))};
}

} // namespace sipkeep
