// sipkeep report page: the time asked for at a glance, as one file of HTML that needs no network.
#pragma once

#include "sipkeep/app/commands.hpp"
#include "sipkeep/app/config.hpp"

namespace sipkeep {

/// Asks the main reports, of steps that give at most 360 points a chart, and writes the page to options.out:
/// whole, or not at all. Throws UsageError for options that the page does not take, Error for a file that
/// can't be written, and what ReportReader throws.
[[nodiscard]] ExitCode report_page(const GlobalOptions& global, const ReportOptions& options,
                                   const Config& config, const Environment& env);

} // namespace sipkeep
