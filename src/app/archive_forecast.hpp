// What the history will come to, by class and by node, as it grows now and is kept for.
#pragma once

#include "sipkeep/app/config.hpp"
#include "sipkeep/core/forecast.hpp"
#include "sipkeep/db/archive_size.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

struct ClassForecast {
    std::optional<RetentionClass> of; ///< absent: what is open, and all else that is not kept by the day
    KeptFor kept;
    Forecast size;
    bool growth_known = true; ///< false: there is no whole day yet of some of it, which is taken not to grow
};

struct ArchiveForecast {
    UtcSeconds today{};
    std::vector<ClassForecast> classes;    ///< all, in their order; none of an empty archive
    std::map<std::string, Forecast> nodes; ///< by the rows of the newest whole days
    Forecast shared;                       ///< of no node, or nobody knows yet of which
    Forecast total;
    std::optional<std::uint64_t> budget; ///< bytes
};

[[nodiscard]] ArchiveForecast forecast(const std::vector<ArchivePart>& parts,
                                       const RetentionSettings& retention, UtcSeconds today);

/// One line when the budget is exceeded, or will be full within 30 days.
[[nodiscard]] std::optional<std::string> budget_warning(const ArchiveForecast& forecast);

/// "disk_budget 200.0 GiB: full on 2027-03-01"; empty without a budget.
[[nodiscard]] std::string budget_line(const ArchiveForecast& forecast);

/// Tables for people.
void print_forecast(const ArchiveForecast& forecast, std::ostream& out);
/// One object; sizes in bytes, days as "2027-03-01", null where there is none.
void print_forecast_json(const ArchiveForecast& forecast, std::ostream& out);

} // namespace sipkeep
