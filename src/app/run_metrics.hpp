// What a run leaves for node_exporter's textfile collector (metrics_file of the configuration).
#pragma once

#include "sipkeep/app/archive_run.hpp"
#include "sipkeep/app/config.hpp"
#include "sipkeep/core/error.hpp"
#include "sipkeep/core/metrics.hpp"
#include "sipkeep/sys/file_system.hpp"

#include <string>

namespace sipkeep {

/// Gathers while the run goes on, and is written at its end, whatever that is. What the run did not find out
/// is not in the file: missing is not zero.
class RunMetrics {
public:
    RunMetrics(const Config& config, UtcMilliseconds now);

    /// What the sources showed, whether or not history takes it.
    void saw(const Capture& capture);
    void ended(const ArchiveResult& result);

    /// Puts the file in place of the last one; anybody may read it. Throws Error.
    void write(FileSystem& files, ExitCode code);

private:
    void gauge(const std::string& name, const std::string& help, std::int64_t value,
               const MetricLabels& more = {});
    void source(const std::string& name, SourceStatus status);
    void statistic(const Statistic& statistic);

    const Config& config_;
    UtcMilliseconds now_;
    Stopwatch stopwatch_;
    Capture seen_; ///< statuses and statistics alone
    bool looked_ = false;
    ArchiveResult result_;
    MetricPage page_;
};

} // namespace sipkeep
