#include "run_metrics.hpp"

#include "sipkeep/core/version.hpp"
#include "sipkeep/sys/durable_file.hpp"

#include <algorithm>
#include <filesystem>
#include <iomanip>
#include <sstream>

namespace sipkeep {

namespace {

/// With three digits behind the point.
std::string seconds(Milliseconds time) {
    std::ostringstream text;
    text << time.count() / 1000 << '.' << std::setw(3) << std::setfill('0') << time.count() % 1000;
    return text.str();
}

} // namespace

RunMetrics::RunMetrics(const Config& config, UtcMilliseconds now) : config_(config), now_(now) {}

void RunMetrics::saw(const Capture& capture) {
    looked_ = true;
    seen_.mi = capture.mi;
    seen_.dispatcher = capture.dispatcher;
    seen_.dialog = capture.dialog;
    seen_.location = capture.location;
    seen_.statistics = capture.statistics;
}

void RunMetrics::ended(const ArchiveResult& result) {
    result_ = result;
}

void RunMetrics::gauge(const std::string& name, const std::string& help, std::int64_t value,
                       const MetricLabels& more) {
    MetricLabels labels{{"node", config_.node}};
    labels.insert(labels.end(), more.begin(), more.end());
    page_.add({"sipkeep_" + name, MetricType::gauge, help}, labels, std::to_string(value));
}

void RunMetrics::source(const std::string& name, SourceStatus status) {
    if (status == SourceStatus::off) return;
    gauge("source_up", "Whether the last run could read a source.", status == SourceStatus::ok ? 1 : 0,
          {{"source", name}});
}

void RunMetrics::statistic(const Statistic& statistic) {
    const StatisticsChoice& wanted = config_.metrics_statistics;
    if (!wanted.all &&
        std::find(wanted.groups.begin(), wanted.groups.end(), statistic.group) == wanted.groups.end())
        return;
    const StatisticMetric metric = metric_of(statistic.group, statistic.name, statistic.kind);
    MetricLabels labels{{"node", config_.node}};
    labels.insert(labels.end(), metric.labels.begin(), metric.labels.end());
    page_.add(metric.family, labels, std::to_string(statistic.value));
}

void RunMetrics::write(FileSystem& files, ExitCode code) {
    page_.add({"sipkeep_build_info", MetricType::gauge, "Always 1."},
              {{"version", std::string(program_version())}}, "1");
    gauge("run_timestamp_seconds", "When the last run began.",
          std::chrono::floor<Seconds>(now_).time_since_epoch().count());
    page_.add({"sipkeep_run_duration_seconds", MetricType::gauge, "How long the last run took."},
              {{"node", config_.node}}, seconds(stopwatch_.elapsed()));
    gauge("exit_code", "How the last run ended; 0 is well.", static_cast<int>(code));

    const LedgerRow& row = result_.row;
    if (looked_) {
        // A source may also break while it is stored.
        source("mi", result_.stored ? row.mi : seen_.mi);
        source("dispatcher", result_.stored ? row.dispatcher : seen_.dispatcher);
        source("dialog", result_.stored ? row.dialog : seen_.dialog);
        source("location", result_.stored ? row.location : seen_.location);
        if (result_.stored) source("acc", row.acc);
        for (const Statistic& one : seen_.statistics.statistics) statistic(one);
    }
    if (config_.spool)
        gauge("spool_captures", "Captures that wait in the spool for the history database.",
              static_cast<std::int64_t>(result_.waiting));
    if (result_.stored || (code == ExitCode::done && !result_.spooled))
        gauge("captured_at_seconds", "The minute that history holds since the last run.",
              row.captured_at.time_since_epoch().count());
    if (result_.stored) {
        const auto rows = [&](const std::string& table, const std::optional<std::uint64_t>& count) {
            if (count)
                gauge("capture_rows", "What the capture saw.", static_cast<std::int64_t>(*count),
                      {{"table", table}});
        };
        rows("statistics", row.samples);
        rows("dispatcher", row.destinations);
        rows("dialog", row.dialogs);
        rows("location", row.contacts);
        const auto changed = [&](const std::string& how, std::uint64_t count) {
            gauge("capture_changes", "Versions that the capture opened, closed or refreshed.",
                  static_cast<std::int64_t>(count), {{"change", how}});
        };
        changed("opened", row.opened);
        changed("closed", row.closed);
        changed("refreshed", row.refreshed);
    }

    const std::filesystem::path path(config_.metrics_file);
    NewFile file(files, path.parent_path().string(), path.filename().string());
    file.write(page_.text(MetricFormat::text));
    file.let_all_read();
    file.keep();
}

} // namespace sipkeep
