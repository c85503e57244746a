// What the commands that ask reports have in common.
#pragma once

#include "sipkeep/app/commands.hpp"
#include "sipkeep/db/reports.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sipkeep {

/// Many reports on one page of HTML: taken by `sipkeep report` like the name of a report.
inline constexpr std::string_view page_name = "page";

/// Throws UsageError, with the nearest name there is.
[[nodiscard]] const Report& report_named(const std::string& name);

struct TimeRange {
    UtcSeconds from, to;
};
/// What --from and --to ask for; `default_from` tells where a range to this end begins without --from.
/// Captures stand at the beginning of an interval, so the range does; and what is still to come is not asked
/// for: it would count as not seen. Throws UsageError "report NAME: ..." when nothing is left.
[[nodiscard]] TimeRange range_asked(const std::string& name, const ReportOptions& options, Seconds interval,
                                    UtcMilliseconds now,
                                    const std::function<UtcSeconds(UtcSeconds)>& default_from);

/// Of --node: NAME or NAME,NAME. Throws UsageError for an empty name.
[[nodiscard]] std::vector<std::string> names_in(const std::string& list);

} // namespace sipkeep
