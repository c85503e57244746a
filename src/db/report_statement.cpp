#include "sipkeep/core/error.hpp"
#include "sipkeep/core/text.hpp"
#include "sipkeep/db/reports.hpp"

#include <algorithm>
#include <array>

namespace sipkeep {

namespace {

constexpr std::array<std::string_view, 4> groups{"calls", "registrations", "server", "archive"};

struct RolledView {
    std::string_view name, view;
    bool of_ledger;
};
constexpr std::array<RolledView, 4> rolled_views{{{"statistics", "statistic", false},
                                                  {"registrations", "registration", false},
                                                  {"captures", "capture", true},
                                                  {"destinations", "dispatcher", true}}};

constexpr const char* digits =
    "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 "
    "UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";

std::string time_literal(UtcSeconds time) {
    return "CAST('" + to_datetime(time) + "' AS DATETIME)";
}

/// Text that somebody gave; in hexadecimal unless it is plain, so that no sql_mode reads it otherwise.
std::string text_literal(const std::optional<std::string>& text) {
    if (!text) return "NULL";
    const bool plain =
        std::ranges::all_of(*text, [](char c) { return c >= ' ' && c <= '~' && c != '\'' && c != '\\'; });
    return plain ? "'" + *text + "'" : "CONVERT(X'" + to_hex(to_storable(*text)) + "' USING utf8mb4)";
}

/// What IN takes, also of none.
std::string listed(const std::vector<std::string>& literals) {
    std::string list;
    for (const std::string& one : literals) list += (list.empty() ? "" : ", ") + one;
    return list.empty() ? "NULL" : list;
}

std::string node_list(const std::vector<std::string>& nodes) {
    std::vector<std::string> literals;
    for (const std::string& node : nodes) literals.push_back(text_literal(node));
    return listed(literals);
}

/// Whole numbers below `count`, from digits: neither server has a series of its own, and both bound
/// recursion.
std::string numbers_below(std::size_t count) {
    std::string sum = "a.n";
    std::string from = std::string(digits) + " a";
    char name = 'a';
    for (std::size_t reach = 10; reach < count; reach *= 10) {
        ++name;
        sum += " + " + std::to_string(reach) + " * " + name + ".n";
        from += std::string(" CROSS JOIN ") + digits + " " + name;
    }
    return "(SELECT " + sum + " AS n FROM " + from + ")";
}

/// The minutes that begin in the time asked for.
std::string minutes_of(const Steps& steps) {
    using std::chrono::minutes;
    const auto first = std::chrono::ceil<minutes>(steps.from), end = std::chrono::ceil<minutes>(steps.to);
    const std::string count = std::to_string(std::max(end - first, minutes{0}).count());
    return "(SELECT " + time_literal(first) + " + INTERVAL n MINUTE AS minute FROM " +
           numbers_below(static_cast<std::size_t>(std::max(end - first, minutes{1}).count())) +
           " numbers WHERE n < " + count + ")";
}

std::string steps_of(const Steps& steps) {
    std::string parts;
    for (const Stretch& stretch : steps.stretches) {
        const std::string width = std::to_string(stretch.width.count());
        const std::string begin = time_literal(stretch.begin);
        if (!parts.empty()) parts += "\n  UNION ALL ";
        if (stretch.steps() == 1) {
            parts += "SELECT " + time_literal(std::max(stretch.begin, steps.from)) + " AS begins, " +
                     time_literal(std::min(stretch.end, steps.to)) + " AS ends";
            continue;
        }
        parts += "SELECT GREATEST(" + begin + " + INTERVAL n * " + width + " SECOND, " +
                 time_literal(steps.from) + ") AS begins, LEAST(" + begin + " + INTERVAL (n + 1) * " + width +
                 " SECOND, " + time_literal(steps.to) + ") AS ends FROM " + numbers_below(stretch.steps()) +
                 " numbers WHERE n < " + std::to_string(stretch.steps());
    }
    return "(" + parts + ")";
}

std::string step_of(const Steps& steps, const std::string& time) {
    const auto within = [&](const Stretch& stretch) {
        const std::string begin = time_literal(stretch.begin);
        if (stretch.steps() == 1) return begin;
        const std::string width = std::to_string(stretch.width.count());
        return begin + " + INTERVAL TIMESTAMPDIFF(SECOND, " + begin + ", " + time + ") DIV " + width + " * " +
               width + " SECOND";
    };
    std::string step;
    if (steps.stretches.size() == 1) {
        step = within(steps.stretches.front());
    } else {
        for (const Stretch& stretch : steps.stretches)
            step += (step.empty() ? "CASE WHEN " : " WHEN ") + time + " < " + time_literal(stretch.end) +
                    " THEN " + within(stretch);
        step += " END";
    }
    return "GREATEST(" + step + ", " + time_literal(steps.from) + ")";
}

const ReportParts& report_parts() {
    static const ReportParts all = [] {
        ReportParts parts;
        for (const ReportFile& file : embedded_report_parts()) parts.emplace(file.name, file.text);
        return parts;
    }();
    return all;
}

} // namespace

std::string report_statement(const Report& report, const SettledQuestion& settled) {
    const ReportQuestion& question = settled.asked;
    const std::function<std::string(const Placeholder&)> value =
        [&](const Placeholder& found) -> std::string {
        if (found.name == "from") return time_literal(question.steps.from);
        if (found.name == "to") return time_literal(question.steps.to);
        if (found.name == "at") return time_literal(question.at);
        if (found.name == "now") return time_literal(question.now);
        if (found.name == "interval") return std::to_string(question.interval.count());
        if (found.name == "top") return std::to_string(question.top);
        if (found.name == "nodes") return node_list(question.nodes);
        if (found.name == "node_ids") return listed(settled.node_ids);
        if (found.name == "domain") return text_literal(question.domain);
        if (found.name == "user") return text_literal(question.user);
        if (found.name == "rolled_to")
            return time_literal(settled.rolled ? settled.rolled->to : question.steps.from);
        if (found.name == "captures_from")
            return time_literal(settled.captures_rolled ? settled.captures_rolled->to : question.steps.from);
        if (found.name == "held_from") return time_literal(settled.held_from);
        if (const auto view = std::ranges::find(rolled_views, found.name, &RolledView::name);
            view != rolled_views.end()) {
            const auto& use = view->of_ledger ? settled.captures_rolled : settled.rolled;
            return std::string(view->view) + (use && use->by_day ? "_day" : "_hour");
        }
        if (found.name == "minutes") return minutes_of(question.steps);
        if (found.name == "steps") return steps_of(question.steps);
        if (found.name == "step") return step_of(question.steps, fill_in(found.argument, value));
        throw Error("schema/reports/" + report.name + ".sql: no value for :" + found.name);
    };
    return fill_in(report.statement, value);
}

std::string with_report_parts(const std::string& text) {
    return with_parts(text, report_parts());
}

const std::vector<Report>& embedded_reports() {
    static const std::vector<Report> all = [] {
        std::vector<Report> reports;
        for (const ReportFile& file : embedded_report_files())
            reports.push_back(parse_report(file.name, file.text, report_parts()));
        std::ranges::sort(reports, {}, [](const Report& report) {
            return std::pair(std::ranges::find(groups, report.group) - groups.begin(), report.name);
        });
        return reports;
    }();
    return all;
}

} // namespace sipkeep
