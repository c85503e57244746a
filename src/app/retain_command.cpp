#include "sipkeep/app/backfill.hpp"
#include "sipkeep/app/config.hpp"
#include "sipkeep/db/archive_size.hpp"
#include "sipkeep/db/history_dropper.hpp"
#include "sipkeep/db/roll_ups.hpp"
#include "sipkeep/db/sample_packer.hpp"
#include "sipkeep/sys/log.hpp"

#include "archive_forecast.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

namespace sipkeep {

namespace {

using Json = nlohmann::ordered_json;
using std::chrono::days;

/// A day of many nodes is read at once, and old partitions take their time to go.
constexpr Milliseconds longest_statement = std::chrono::minutes{10};
constexpr int most_rounds = 3;

class Retain {
public:
    Retain(const GlobalOptions& options, const RetainOptions& retain, const Environment& env)
        : options_(options), retain_(retain), env_(env),
          log_(env.err, log_threshold(options.quiet, options.verbose), env.journald),
          config_(load_config(options.config_file,
                              {options.node, env.credentials_directory, ConfigPurpose::retention})),
          now_(std::chrono::floor<Seconds>(retain.at.value_or(env.clock.now()))) {}

    ExitCode run() {
        DatabaseSettings settings = config_.retention.database;
        settings.read_timeout = std::max(settings.read_timeout, longest_statement);
        settings.idle_limit = std::chrono::hours{1}; // while one session packs a day, the others wait
        RetentionSession session(settings);
        nodes_ = chosen(session.nodes());
        const UtcSeconds before = midnight(now_) - config_.retention.pack_after;
        SamplePacker packer(session);
        RollUps roll_ups(session);
        make_due(roll_ups);
        pack(packer, before);
        if (!options_.dry_run) add_late(packer);
        roll_up(roll_ups, midnight(now_));
        drop_packed(packer);
        drop_old(session);
        if (!options_.dry_run) session.note_finished(now_);
        warn_of_budget();
        tell();
        return ExitCode::done;
    }

    ExitCode run_forecast() {
        ArchiveSize size(config_.retention.database, midnight(now_));
        const auto parts =
            size.empty() ? std::vector<ArchivePart>{} : size.parts(ArchiveSize::NodeRows::counted);
        const ArchiveForecast forecast = sipkeep::forecast(parts, config_.retention, midnight(now_));
        if (options_.json)
            print_forecast_json(forecast, env_.out);
        else
            print_forecast(forecast, env_.out);
        return ExitCode::done;
    }

private:
    /// All of the database, or that of --node.
    [[nodiscard]] std::vector<RetainedNode> chosen(std::vector<RetainedNode> nodes) const {
        if (!options_.node) return nodes;
        std::erase_if(nodes, [&](const auto& node) { return node.name != *options_.node; });
        if (nodes.empty())
            throw Error("retain: node " + *options_.node +
                        " has no history here; is it the name in `node:` of its configuration?");
        return nodes;
    }

    void pack(SamplePacker& packer, UtcSeconds before) {
        std::vector<std::pair<RetainedNode, std::vector<UtcSeconds>>> work;
        std::uint64_t all = 0;
        for (const auto& node : nodes_) {
            work.emplace_back(node, packer.days_to_pack(node, before));
            all += work.back().second.size();
        }
        Progress progress(env_.err, progress_style(options_, env_), "retain: packing samples", "days");
        progress.expect(all);
        for (const auto& [node, waiting] : work) {
            if (!options_.dry_run) packer.close(node, before);
            for (const UtcSeconds day : waiting) {
                PackedSamples packed;
                if (!options_.dry_run) packed = packer.pack(node, day);
                packed_.samples += packed.samples;
                packed_.rows += packed.rows;
                packed_.bytes += packed.bytes;
                progress.at(++days_);
                progress.clear();
                log_.info(options_.dry_run
                              ? "node " + node.name + ": would pack the samples of " + to_date(day) +
                                    ", which is older than retention.pack_after"
                              : "node " + node.name + ": packed " + std::to_string(packed.samples) +
                                    " samples of " + to_date(day) + " into " + std::to_string(packed.rows) +
                                    " rows, " + std::to_string(packed.bytes) + " bytes");
            }
            if (!options_.dry_run) packer.finish(node, before);
        }
        progress.clear();
    }

    void add_late(SamplePacker& packer) {
        for (const auto& node : nodes_)
            while (const std::uint64_t added = packer.add_late(node).samples) late_ += added;
    }

    void make_due(RollUps& roll_ups) {
        if (!retain_.rebuild_from) return;
        const UtcSeconds from = midnight(std::chrono::floor<Seconds>(*retain_.rebuild_from));
        const UtcSeconds to = midnight(std::chrono::floor<Seconds>(*retain_.rebuild_to)) + days{1};
        for (const auto& node : nodes_) {
            if (options_.dry_run)
                log_.info("node " + node.name + ": would roll up the days from " + to_date(from) + " to " +
                          to_date(to - days{1}) + " again");
            else
                log_.info("node " + node.name + ": rolling up " +
                          std::to_string(roll_ups.make_due(node, from, to)) + " days again");
        }
    }

    void roll_up(RollUps& roll_ups, UtcSeconds before) {
        Progress progress(env_.err, progress_style(options_, env_), "retain: rolling up", "days");
        for (const auto& node : nodes_) {
            // A writer that puts something into such a day meanwhile makes another round.
            for (int round = 0; round < most_rounds; ++round) {
                const auto waiting = roll_ups.days_to_roll_up(node, before);
                for (const UtcSeconds day : waiting) {
                    ++days_rolled_;
                    if (options_.dry_run) continue;
                    const RolledUp rolled = roll_ups.roll_up(node, day);
                    progress.at(days_rolled_);
                    log_.info("node " + node.name + ": rolled up " + to_date(day) + ": " +
                              std::to_string(rolled.statistics) + " statistics, registrations of " +
                              std::to_string(rolled.domains) + " domains");
                }
                if (options_.dry_run || roll_ups.finish(node, before)) break;
            }
        }
        progress.clear();
    }

    void drop_packed(SamplePacker& packer) {
        for (const auto& partition : packer.packed_partitions()) {
            const std::string which = "partition " + partition.name + " of sample, whose rows are all packed";
            if (options_.dry_run) {
                log_.info("would drop " + which);
                ++dropped_;
            } else if (packer.drop(partition)) {
                log_.info("dropped " + which);
                ++dropped_;
            } else {
                leave(which);
                return;
            }
        }
    }

    void drop_old(RetentionSession& session) {
        HistoryDropper dropper(session, config_.retention.policy, midnight(now_));
        if (const auto horizon = dropper.horizon(); horizon && *horizon < midnight(now_) + days{3})
            log_.warning("daily partitions end at " + to_date(*horizon) +
                         ": captures of later days can't be stored; sipkeep snapshot adds them, is it "
                         "running, and may it "
                         "(ALTER, CREATE)?");
        std::string busy; // the rest of a table that somebody uses waits, too
        for (const OldPartition& partition : dropper.old_partitions()) {
            const std::string which = "partition " + partition.name + " of " + partition.table +
                                      ", older than retention." + std::string(to_string(partition.of));
            if (!partition.stays.empty()) {
                log_.info((options_.dry_run ? "would keep " : "kept ") + which + ": " + partition.stays);
                ++kept_;
            } else if (options_.dry_run) {
                log_.info("would drop " + which);
                ++dropped_;
            } else if (partition.table == busy) {
                continue;
            } else if (dropper.drop(partition)) {
                log_.info("dropped " + which);
                ++dropped_;
            } else {
                busy = partition.table;
                leave(which);
            }
        }
        for (const RetentionClass one : {RetentionClass::rollup_hour, RetentionClass::rollup_day}) {
            const std::uint64_t count =
                options_.dry_run ? dropper.old_roll_ups(one) : dropper.drop_roll_ups(one);
            roll_ups_dropped_ += count;
            if (count > 0)
                log_.info((options_.dry_run ? "would drop " : "dropped ") + std::to_string(count) +
                          (one == RetentionClass::rollup_hour ? " days by hour" : " days") +
                          ", older than retention." + std::string(to_string(one)));
        }
        captures_dropped_ = options_.dry_run ? dropper.old_captures() : dropper.drop_captures();
    }

    void warn_of_budget() {
        if (!config_.retention.disk_budget) return;
        ArchiveSize size(config_.retention.database, midnight(now_));
        const auto parts = size.parts(ArchiveSize::NodeRows::left_out);
        if (const auto warning = budget_warning(forecast(parts, config_.retention, midnight(now_))))
            log_.warning(*warning);
    }

    void leave(const std::string& which) {
        log_.warning("somebody has been at work in that table for long: left " + which +
                     " for the next time");
    }

    void tell() {
        if (options_.json)
            env_.out << Json{{"dry_run", options_.dry_run},
                             {"days_packed", days_},
                             {"samples", packed_.samples},
                             {"rows", packed_.rows},
                             {"bytes", packed_.bytes},
                             {"late_samples", late_},
                             {"days_rolled_up", days_rolled_},
                             {"partitions_dropped", dropped_},
                             {"partitions_kept", kept_},
                             {"roll_ups_dropped", roll_ups_dropped_},
                             {"captures_dropped", captures_dropped_}}
                            .dump()
                     << '\n';
        else if (options_.dry_run)
            env_.out << "dry run, nothing changed: " << days_ << " days of samples to pack, " << days_rolled_
                     << " to roll up, " << dropped_ << " partitions to drop now, " << kept_
                     << " that have to stay longer than they are kept for\n";
        else if (options_.verbose)
            env_.out << "packed " << packed_.samples << " samples of " << days_ << " days, added " << late_
                     << " late ones, rolled up " << days_rolled_ << " days, dropped " << dropped_
                     << " partitions\n";
    }

    const GlobalOptions& options_;
    const RetainOptions& retain_;
    const Environment& env_;
    Log log_;
    Config config_;
    UtcSeconds now_;
    std::vector<RetainedNode> nodes_;
    PackedSamples packed_;
    std::uint64_t days_ = 0, late_ = 0, days_rolled_ = 0, dropped_ = 0, kept_ = 0, roll_ups_dropped_ = 0,
                  captures_dropped_ = 0;
};

} // namespace

ExitCode retain_command(const GlobalOptions& options, const RetainOptions& retain, const Environment& env) {
    Retain command(options, retain, env);
    return retain.forecast ? command.run_forecast() : command.run();
}

} // namespace sipkeep
