// What the commands that ask reports have in common.
#pragma once

#include "sipkeep/db/reports.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sipkeep {

/// Many reports on one page of HTML: taken by `sipkeep report` like the name of a report.
inline constexpr std::string_view page_name = "page";

/// Throws UsageError, with the nearest name there is.
[[nodiscard]] const Report& report_named(const std::string& name);

/// Of --node: NAME or NAME,NAME. Throws UsageError for an empty name.
[[nodiscard]] std::vector<std::string> names_in(const std::string& list);

} // namespace sipkeep
