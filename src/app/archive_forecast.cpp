#include "archive_forecast.hpp"

#include "report_output.hpp"

#include <algorithm>

namespace sipkeep {

namespace {

using std::chrono::days;

constexpr days soon{30};

std::string size_text(std::uint64_t bytes) {
    return shown_value(std::to_string(bytes), ReportUnit::bytes, "UTC");
}

KeptFor kept_for(const ArchivePart& part, const RetentionSettings& retention) {
    if (!part.of) return std::nullopt;
    KeptFor kept = retention.policy[*part.of];
    if (part.table == "sample")
        kept = std::min(kept.value_or(days::max()), retention.pack_after); // packed then
    return kept;
}

GrowingSize growing(const ArchivePart& part, const RetentionSettings& retention, UtcSeconds today) {
    const days age = part.oldest ? std::chrono::floor<days>(today - *part.oldest) : days{0};
    return {part.bytes, part.bytes_a_day.value_or(0), age, kept_for(part, retention)};
}

GrowingSize share(const GrowingSize& whole, std::uint64_t rows, std::uint64_t of_rows) {
    const double part = static_cast<double>(rows) / static_cast<double>(of_rows);
    const auto times = [&](std::uint64_t bytes) {
        return static_cast<std::uint64_t>(static_cast<double>(bytes) * part);
    };
    return {times(whole.now), times(whole.a_day), whole.age, whole.kept};
}

void divide(const ArchivePart& part, const GrowingSize& size, ArchiveForecast& forecast) {
    std::uint64_t all = 0;
    for (const auto& [node, rows] : part.rows) all += rows;
    if (all == 0) {
        forecast.shared.add(size);
        return;
    }
    for (const auto& [node, rows] : part.rows) forecast.nodes[node].add(share(size, rows, all));
}

} // namespace

ArchiveForecast forecast(const std::vector<ArchivePart>& parts, const RetentionSettings& retention,
                         UtcSeconds today) {
    ArchiveForecast forecast;
    forecast.today = today;
    forecast.budget = retention.disk_budget;
    if (parts.empty()) return forecast;
    for (std::size_t i = 0; i < retention_class_names.size(); ++i) {
        const auto one = static_cast<RetentionClass>(i);
        forecast.classes.push_back({one, retention.policy[one], {}});
    }
    forecast.classes.push_back({std::nullopt, std::nullopt, {}});
    for (const ArchivePart& part : parts) {
        const GrowingSize size = growing(part, retention, today);
        ClassForecast& its = *std::ranges::find(forecast.classes, part.of, &ClassForecast::of);
        its.size.add(size);
        its.growth_known = its.growth_known && part.bytes_a_day;
        forecast.total.add(size);
        divide(part, size, forecast);
    }
    return forecast;
}

std::optional<std::string> budget_warning(const ArchiveForecast& forecast) {
    if (!forecast.budget) return std::nullopt;
    const auto full = forecast.total.full_in(*forecast.budget);
    if (!full || *full > soon) return std::nullopt;
    const std::string budget = "retention.disk_budget (" + size_text(*forecast.budget) + ")";
    return (*full == days{0} ? budget + " is exceeded, the history takes " + size_text(forecast.total.now())
                             : budget + " will be full on " + to_date(forecast.today + *full)) +
           ": keep less for less long (retention), or raise it; `sipkeep retain --forecast` says what takes "
           "the space";
}

std::string budget_line(const ArchiveForecast& forecast) {
    if (!forecast.budget) return {};
    const std::string line = "disk_budget " + size_text(*forecast.budget) + ": ";
    const auto full = forecast.total.full_in(*forecast.budget);
    if (full == days{0}) return line + "full now";
    if (full) return line + "full on " + to_date(forecast.today + *full);
    if (const auto level = forecast.total.level())
        return line + "never full, it levels off at " + size_text(*level) + " on " +
               to_date(forecast.today + *forecast.total.level_in());
    return line + "not full within 100 years";
}

} // namespace sipkeep
