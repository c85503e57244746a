#include "report_question.hpp"

#include "sipkeep/core/error.hpp"

#include "text.hpp"

#include <algorithm>

namespace sipkeep {

const Report& report_named(const std::string& name) {
    std::vector<std::string_view> names{page_name};
    for (const Report& report : embedded_reports()) {
        if (report.name == name) return report;
        names.push_back(report.name);
    }
    const auto suggestion = nearest(name, names);
    throw UsageError(
        "unknown report '" + name + "'; " +
        (suggestion.empty() ? "sipkeep report lists them" : "did you mean " + std::string(suggestion) + "?"));
}

TimeRange range_asked(const std::string& name, const ReportOptions& options, Seconds interval,
                      UtcMilliseconds now, const std::function<UtcSeconds(UtcSeconds)>& default_from) {
    const auto start = [&](UtcMilliseconds time) { return interval_start(time, interval); };
    const UtcSeconds to = options.to ? std::min(start(*options.to), start(now)) : start(now);
    UtcSeconds from = options.from ? start(*options.from) : default_from(to);
    // Of long times whole hours are asked, as they are what is rolled up.
    if (to - from > std::chrono::days{3}) from -= from.time_since_epoch() % std::chrono::hours{1};
    if (from >= to)
        throw UsageError("report " + name + ": nothing lies between --from and --to" +
                         (options.to ? "" : ", which is now"));
    return {from, to};
}

std::vector<std::string> names_in(const std::string& list) {
    std::vector<std::string> names;
    for (std::size_t at = 0; at <= list.size();) {
        const auto comma = std::min(list.find(',', at), list.size());
        if (comma == at) throw UsageError("--node: expected NAME or NAME,NAME, not '" + list + "'");
        names.push_back(list.substr(at, comma - at));
        at = comma + 1;
    }
    return names;
}

} // namespace sipkeep
