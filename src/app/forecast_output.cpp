#include "archive_forecast.hpp"
#include "config_values.hpp"
#include "report_output.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace sipkeep {

namespace {

using Json = nlohmann::ordered_json;
using std::chrono::days;

constexpr days month{30};
constexpr days year{365};
constexpr std::string_view other = "open and other";

using Line = std::vector<std::string>;

std::string size_text(std::uint64_t bytes) {
    return shown_value(std::to_string(bytes), ReportUnit::bytes, "UTC");
}

/// now, a day, in 30 days, in a year, levels off at, on.
void append_sizes(Line& line, const Forecast& size, UtcSeconds today, bool growth_known = true) {
    line.push_back(size_text(size.now()));
    if (!growth_known) {
        line.insert(line.end(), 5, "-");
        return;
    }
    line.push_back(size_text(size.a_day()));
    line.push_back(size_text(size.in(month)));
    line.push_back(size_text(size.in(year)));
    const auto level = size.level();
    line.push_back(level ? size_text(*level) : "never");
    if (!level)
        line.emplace_back("-");
    else if (*size.level_in() == days{0})
        line.emplace_back("now");
    else
        line.push_back(to_date(today + *size.level_in()));
}

/// The first `texts` columns begin below each other, the others end so.
void print_lines(const std::vector<Line>& lines, std::size_t texts, std::ostream& out) {
    std::vector<std::size_t> widths(lines.front().size());
    for (const Line& line : lines)
        for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
    for (const Line& line : lines) {
        std::string text;
        for (std::size_t i = 0; i < line.size(); ++i) {
            const std::string blanks(widths[i] - line[i].size(), ' ');
            text += (i == 0 ? "" : "  ") + (i < texts ? line[i] + blanks : blanks + line[i]);
        }
        out << text << '\n';
    }
}

Line head(std::initializer_list<std::string> first) {
    Line line(first);
    line.insert(line.end(), {"now", "a day", "in 30 days", "in a year", "levels off at", "on"});
    return line;
}

std::string name_of(const ClassForecast& one) {
    return std::string(one.of ? to_string(*one.of) : other);
}

void print_classes(const ArchiveForecast& forecast, std::ostream& out) {
    std::vector<Line> lines{head({"class", "kept for"})};
    for (const ClassForecast& one : forecast.classes) {
        Line line{name_of(one), one.of ? shown(one.kept).get<std::string>() : "-"};
        append_sizes(line, one.size, forecast.today, one.growth_known);
        lines.push_back(std::move(line));
    }
    Line total{"total", ""};
    append_sizes(total, forecast.total, forecast.today);
    lines.push_back(std::move(total));
    print_lines(lines, 2, out);
    std::string unknown;
    for (const ClassForecast& one : forecast.classes)
        if (!one.growth_known) unknown += (unknown.empty() ? "" : ", ") + name_of(one);
    if (!unknown.empty())
        out << "There is no whole day yet of " << unknown
            << ": what that grows by is left out of the total.\n";
}

void print_nodes(const ArchiveForecast& forecast, std::ostream& out) {
    std::vector<Line> lines{head({"node"})};
    const auto add = [&](const std::string& name, const Forecast& size) {
        Line line{name};
        append_sizes(line, size, forecast.today);
        lines.push_back(std::move(line));
    };
    for (const auto& [node, size] : forecast.nodes) add(node, size);
    if (forecast.shared.now() > 0) add("(not by node)", forecast.shared);
    print_lines(lines, 1, out);
}

Json day_or_null(UtcSeconds today, std::optional<days> later) {
    return later ? Json(to_date(today + *later)) : Json();
}

void put_sizes(Json& object, const Forecast& size, UtcSeconds today, bool growth_known = true) {
    const auto known = [&](std::optional<std::uint64_t> bytes) {
        return growth_known && bytes ? Json(*bytes) : Json();
    };
    object["bytes"] = size.now();
    object["bytes_a_day"] = known(size.a_day());
    object["in_30_days"] = known(size.in(month));
    object["in_a_year"] = known(size.in(year));
    object["level"] = known(size.level());
    object["level_on"] = growth_known ? day_or_null(today, size.level_in()) : Json();
}

} // namespace

void print_forecast(const ArchiveForecast& forecast, std::ostream& out) {
    if (forecast.classes.empty()) {
        out << "The archive is empty: there is nothing to tell from how it will grow.\n";
    } else {
        print_classes(forecast, out);
        out << '\n';
        print_nodes(forecast, out);
    }
    if (const std::string line = budget_line(forecast); !line.empty() && !forecast.classes.empty())
        out << '\n' << line << '\n';
}

void print_forecast_json(const ArchiveForecast& forecast, std::ostream& out) {
    Json classes = Json::array();
    for (const ClassForecast& one : forecast.classes) {
        Json object{{"class", name_of(one)}};
        object["kept_days"] = one.kept ? Json(one.kept->count()) : Json();
        put_sizes(object, one.size, forecast.today, one.growth_known);
        classes.push_back(std::move(object));
    }
    Json nodes = Json::array();
    for (const auto& [node, size] : forecast.nodes) {
        Json object{{"node", node}};
        put_sizes(object, size, forecast.today);
        nodes.push_back(std::move(object));
    }
    Json all{{"today", to_date(forecast.today)}, {"classes", classes}};
    put_sizes(all["total"], forecast.total, forecast.today);
    all["nodes"] = nodes;
    put_sizes(all["not_by_node"], forecast.shared, forecast.today);
    all["disk_budget"] = nullptr;
    if (forecast.budget)
        all["disk_budget"] = {
            {"bytes", *forecast.budget},
            {"full_on", day_or_null(forecast.today, forecast.total.full_in(*forecast.budget))}};
    out << all.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
}

} // namespace sipkeep
