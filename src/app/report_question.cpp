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
