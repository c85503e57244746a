#include "sipkeep/app/commands.hpp"
#include "sipkeep/app/config.hpp"
#include "sipkeep/core/metrics.hpp"
#include "sipkeep/db/sample_reader.hpp"
#include "sipkeep/sys/durable_file.hpp"
#include "sipkeep/sys/log.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

namespace sipkeep {

namespace {

/// One series: its family's name decides where it stands, since those of one family must be together.
struct Series {
    std::uint64_t id;
    StatisticMetric metric;
};

class OpenMetricsExport {
public:
    OpenMetricsExport(const GlobalOptions& options, const OpenMetricsOptions& wanted, const Environment& env)
        : env_(env), config_(load_config(options.config_file, {options.node, env.credentials_directory})),
          reader_(config_.history.database, {.node = config_.node, .from = wanted.from, .to = wanted.to}) {
        if (!wanted.file || options.dry_run) return;
        const std::filesystem::path path(*wanted.file);
        file_.emplace(env.files, path.has_parent_path() ? path.parent_path().string() : ".",
                      path.filename().string());
    }

    /// Returns how many samples were written.
    std::uint64_t run(bool dry_run) {
        dry_run_ = dry_run;
        captures();
        std::vector<Series> all;
        for (const SampleReader::Named& named : reader_.statistics())
            all.push_back(
                {named.id, metric_of(named.statistic.group, named.statistic.name, named.statistic.kind)});
        std::ranges::sort(all, {},
                          [](const Series& one) { return std::tie(one.metric.family.name, one.id); });
        for (const Series& one : all) series(one);
        put("# EOF\n");
        flush();
        if (file_) file_->keep();
        return samples_;
    }

private:
    void captures() {
        // The names that metrics_file has.
        const MetricFamily family{"sipkeep_capture_rows", MetricType::gauge, "What the capture saw."};
        std::string dialogs, contacts;
        const std::string of_dialogs = metric_labels({{"node", config_.node}, {"table", "dialog"}});
        const std::string of_contacts = metric_labels({{"node", config_.node}, {"table", "location"}});
        for (const bool calls : {true, false})
            reader_.each_capture(
                [&](UtcSeconds at, std::optional<std::int64_t> dialog, std::optional<std::int64_t> contact) {
                    const auto& count = calls ? dialog : contact;
                    if (count) sample(family, calls ? of_dialogs : of_contacts, *count, at);
                });
    }

    void series(const Series& one) {
        MetricLabels names{{"node", config_.node}};
        names.insert(names.end(), one.metric.labels.begin(), one.metric.labels.end());
        const std::string labels = metric_labels(names);
        reader_.each_sample(one.id, [&](UtcSeconds at, std::int64_t value) {
            // A counter can't be below zero; what OpenSIPS said there is no count.
            if (value < 0 && one.metric.family.type == MetricType::counter) return;
            sample(one.metric.family, labels, value, at);
        });
    }

    void sample(const MetricFamily& family, const std::string& labels, std::int64_t value, UtcSeconds at) {
        if (family.name != headed_) put(metric_head(family, MetricFormat::openmetrics));
        headed_ = family.name;
        put(metric_sample(family, labels, std::to_string(value), at));
        ++samples_;
    }

    void put(const std::string& text) {
        if (dry_run_) return;
        constexpr std::size_t enough = 1U << 16U;
        buffer_ += text;
        if (buffer_.size() >= enough) flush();
    }

    void flush() {
        if (file_)
            file_->write(buffer_);
        else
            env_.out << buffer_;
        buffer_.clear();
        if (!env_.out) throw Error("export: the samples can't be written to standard output");
    }

    const Environment& env_;
    Config config_;
    SampleReader reader_;
    std::optional<NewFile> file_;
    std::string headed_; ///< the family whose head was written last
    std::string buffer_;
    bool dry_run_ = false;
    std::uint64_t samples_ = 0;
};

} // namespace

ExitCode openmetrics_command(const GlobalOptions& options, const OpenMetricsOptions& wanted,
                             const Environment& env) {
    OpenMetricsExport output(options, wanted, env);
    const std::uint64_t samples = output.run(options.dry_run);
    if (options.dry_run)
        env.out << "dry run, nothing written: " << samples << " samples\n";
    else
        Log(env.err, log_threshold(options.quiet, options.verbose), env.journald)
            .info(std::to_string(samples) + " samples written");
    return ExitCode::done;
}

} // namespace sipkeep
