#include "sipkeep/app/backfill.hpp"
#include "sipkeep/app/config.hpp"
#include "sipkeep/db/sample_packer.hpp"
#include "sipkeep/sys/log.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

namespace sipkeep {

namespace {

using Json = nlohmann::ordered_json;
using std::chrono::days;

/// A day of many nodes is read at once, and old partitions take their time to go.
constexpr Milliseconds patience = std::chrono::minutes{10};

std::string day_text(UtcSeconds day) {
    return to_datetime(day).substr(0, 10);
}

class Retain {
public:
    Retain(const GlobalOptions& options, const RetainOptions& retain, const Environment& env)
        : options_(options), env_(env),
          log_(env.err, log_threshold(options.quiet, options.verbose), env.journald),
          config_(load_config(options.config_file, {options.node, env.credentials_directory})),
          now_(std::chrono::floor<Seconds>(retain.at.value_or(env.clock.now()))) {}

    ExitCode run() {
        DatabaseSettings settings = config_.retention.database;
        settings.read_timeout = std::max(settings.read_timeout, patience);
        settings.idle_limit = std::chrono::hours{1}; // while one session packs a day, the others wait
        SamplePacker packer(settings);
        const UtcSeconds before = midnight(now_) - config_.retention.pack_after;
        pack(packer, before);
        if (!options_.dry_run) add_late(packer);
        drop(packer);
        if (!options_.dry_run) packer.note_finished(now_);
        tell();
        return ExitCode::done;
    }

private:
    /// All of the database, or that of --node.
    std::vector<SamplePacker::Node> nodes(SamplePacker& packer) const {
        auto nodes = packer.nodes();
        if (!options_.node) return nodes;
        std::erase_if(nodes, [&](const auto& node) { return node.name != *options_.node; });
        if (nodes.empty())
            throw Error("retain: node " + *options_.node +
                        " has no history here; is it the name in `node:` of its configuration?");
        return nodes;
    }

    void pack(SamplePacker& packer, UtcSeconds before) {
        std::vector<std::pair<SamplePacker::Node, std::vector<UtcSeconds>>> work;
        std::uint64_t all = 0;
        for (const auto& node : nodes(packer)) {
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
                              ? "node " + node.name + ": would pack the samples of " + day_text(day) +
                                    ", which is older than retention.pack_after"
                              : "node " + node.name + ": packed " + std::to_string(packed.samples) +
                                    " samples of " + day_text(day) + " into " + std::to_string(packed.rows) +
                                    " rows, " + std::to_string(packed.bytes) + " bytes");
            }
            if (!options_.dry_run) packer.finish(node, before);
        }
        progress.clear();
    }

    void add_late(SamplePacker& packer) {
        for (const auto& node : nodes(packer))
            while (const std::uint64_t added = packer.add_late(node).samples) late_ += added;
    }

    void drop(SamplePacker& packer) {
        for (const auto& partition : packer.packed_partitions()) {
            const std::string which = "partition " + partition.name + " of sample, whose rows are all packed";
            if (options_.dry_run) {
                log_.info("would drop " + which);
                ++dropped_;
            } else if (packer.drop(partition)) {
                log_.info("dropped " + which);
                ++dropped_;
            } else {
                log_.warning("somebody has been reading samples for long: left " + which +
                             " for the next time");
                return;
            }
        }
    }

    void tell() {
        if (options_.json)
            env_.out << Json{{"dry_run", options_.dry_run},   {"days_packed", days_},
                             {"samples", packed_.samples},    {"rows", packed_.rows},
                             {"bytes", packed_.bytes},        {"late_samples", late_},
                             {"partitions_dropped", dropped_}}
                            .dump()
                     << '\n';
        else if (options_.dry_run)
            env_.out << "dry run, nothing changed: " << days_ << " days of samples to pack, " << dropped_
                     << " partitions to drop now\n";
        else if (options_.verbose)
            env_.out << "packed " << packed_.samples << " samples of " << days_ << " days, added " << late_
                     << " late ones, dropped " << dropped_ << " partitions\n";
    }

    const GlobalOptions& options_;
    const Environment& env_;
    Log log_;
    Config config_;
    UtcSeconds now_;
    PackedSamples packed_;
    std::uint64_t days_ = 0, late_ = 0, dropped_ = 0;
};

} // namespace

ExitCode retain_command(const GlobalOptions& options, const RetainOptions& retain, const Environment& env) {
    return Retain(options, retain, env).run();
}

} // namespace sipkeep
