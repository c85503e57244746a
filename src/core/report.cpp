#include "sipkeep/core/report.hpp"

#include "sipkeep/core/error.hpp"

#include <algorithm>
#include <array>

namespace sipkeep {

namespace {

constexpr std::array<const char*, 7> unit_names{"text",    "time",    "count", "number",
                                                "percent", "seconds", "bytes"};
constexpr std::array<std::string_view, 19> values{
    "from",          "to",        "at",           "now",           "interval",
    "top",           "nodes",     "node_ids",     "domain",        "user",
    "steps",         "rolled_to", "held_from",    "captures_from", "statistics",
    "registrations", "captures",  "destinations", "minutes"};
constexpr int deepest_part = 8;

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

std::string_view without_spaces(std::string_view text) {
    const auto begin = text.find_first_not_of(" \n");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \n") - begin + 1);
}

/// Past the quoted text or comment that begins at `at`; `at` itself when none does.
std::size_t past_quotes(std::string_view text, std::size_t at) {
    const char quote = text[at];
    if (text.substr(at, 3) == "-- ") return std::min(text.find('\n', at), text.size());
    if (quote != '\'' && quote != '"' && quote != '`') return at;
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        if (text[i] == '\\' && quote != '`')
            ++i;
        else if (text[i] == quote)
            return i + 1; // a doubled one begins the next quoted text
    }
    throw Error("a quote is not closed");
}

/// Past the bracket that closes the one at `at`.
std::size_t past_brackets(std::string_view text, std::size_t at) {
    std::size_t open = 0;
    while (at < text.size()) {
        if (const auto past = past_quotes(text, at); past != at) {
            at = past;
            continue;
        }
        if (text[at] == '(') ++open;
        if (text[at] == ')' && --open == 0) return at + 1;
        ++at;
    }
    throw Error("a bracket is not closed");
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

/// Without the comment lines that it begins with.
std::string body_of(const std::string& text) {
    std::size_t at = 0;
    while (text.compare(at, 2, "--") == 0) at = std::min(text.find('\n', at), text.size() - 1) + 1;
    return std::string(without_spaces(std::string_view(text).substr(at)));
}

std::string with_parts(const std::string& text, const ReportParts& parts, int depth) {
    if (depth > deepest_part) throw Error("parts are in each other");
    return fill_in(text, [&](const Placeholder& found) {
        const auto part = parts.find(found.name);
        if (part == parts.end())
            return ":" + found.name +
                   (found.name == "step" ? "(" + with_parts(found.argument, parts, depth + 1) + ")" : "");
        std::string put_in = body_of(part->second);
        replace_all(put_in, ":argument", found.argument);
        return with_parts(put_in, parts, depth + 1);
    });
}

void collect(const std::string& statement, std::set<std::string>& names) {
    static_cast<void>(fill_in(statement, [&](const Placeholder& found) {
        const bool known = found.name == "step" || std::ranges::find(values, found.name) != values.end();
        if (!known) throw Error("':" + found.name + "' is neither a value nor a part");
        names.insert(found.name);
        collect(found.argument, names);
        return std::string();
    }));
}

class HeadReader {
public:
    explicit HeadReader(Report& report) : report_(report) {}

    void read(std::string_view line) {
        const auto colon = line.find(": ");
        if (colon == std::string_view::npos) throw Error("head: '" + std::string(line) + "' has no ': '");
        const std::string_view key = line.substr(0, colon);
        const std::string value(without_spaces(line.substr(colon + 2)));
        if (key.starts_with("column "))
            read_column(key.substr(7), value);
        else if (key == "group")
            report_.group = value;
        else if (key == "question")
            report_.question = value;
        else if (key == "note")
            report_.notes.push_back(value);
        else if (key == "range")
            read_range(value);
        else if (key == "by")
            read_by(value);
        else if (key == "needs" && value == "aor")
            report_.needs_aor = true;
        else
            throw Error("head: '" + std::string(line) + "' means nothing");
    }

private:
    void read_column(std::string_view name_and_unit, const std::string& meaning) {
        const auto space = name_and_unit.find(' ');
        const std::string_view wanted =
            space == std::string_view::npos ? "" : name_and_unit.substr(space + 1);
        const auto unit = std::ranges::find(unit_names, wanted);
        if (unit == unit_names.end())
            throw Error("head: column '" + std::string(name_and_unit) + "' needs a name and a unit");
        report_.columns.push_back({std::string(name_and_unit.substr(0, space)),
                                   static_cast<ReportUnit>(unit - unit_names.begin()), meaning});
    }
    void read_range(const std::string& value) {
        report_.span = value == "at"     ? ReportSpan::at
                       : value == "none" ? ReportSpan::none
                                         : ReportSpan::range;
        if (report_.span == ReportSpan::range) report_.default_from = value;
    }
    void read_by(const std::string& value) {
        report_.by = step_unit_of(value);
        if (!report_.by) throw Error("head: '" + value + "' is no step");
    }

    Report& report_;
};

void check(const Report& report) {
    if (report.group.empty() || report.question.empty() || report.columns.empty())
        throw Error("head: needs group, question and columns");
    const bool range = report.span == ReportSpan::range;
    if (range != report.by.has_value()) throw Error("head: 'by' goes with a range, and a range with 'by'");
    if (range && report.default_from.empty()) throw Error("head: needs a range");
    for (const char* name : {"from", "to", "steps", "step", "minutes", "captures_from"})
        if (report.asks_for.contains(name) && !range)
            throw Error(":" + std::string(name) + " without a range");
    if (report.asks_for.contains("rolled_to") && report.span == ReportSpan::none)
        throw Error(":rolled_to without a range or a minute");
    if (report.asks_for.contains("at") != (report.span == ReportSpan::at))
        throw Error(":at goes with range: at");
    if (report.needs_aor && !report.asks_for.contains("user"))
        throw Error("needs aor, but asks for no :user");
}

} // namespace

const char* to_string(ReportUnit unit) {
    return unit_names.at(static_cast<std::size_t>(unit));
}

std::string with_parts(const std::string& text, const ReportParts& parts) {
    return with_parts(text, parts, 0);
}

std::string fill_in(const std::string& statement,
                    const std::function<std::string(const Placeholder&)>& value) {
    const std::string_view text = statement;
    std::string filled;
    std::size_t at = 0;
    while (at < text.size()) {
        if (const auto past = past_quotes(text, at); past != at) {
            filled += text.substr(at, past - at);
            at = past;
            continue;
        }
        std::size_t end = at + 1;
        if (text[at] == ':')
            while (end < text.size() && is_name_character(text[end])) ++end;
        if (text[at] != ':' || end == at + 1) {
            filled += text[at++];
            continue;
        }
        Placeholder found{std::string(text.substr(at + 1, end - at - 1)), {}};
        if (end < text.size() && text[end] == '(') {
            const auto past = past_brackets(text, end);
            found.argument = text.substr(end + 1, past - end - 2);
            end = past;
        }
        filled += value(found);
        at = end;
    }
    return filled;
}

Report parse_report(const std::string& name, const std::string& text, const ReportParts& parts) {
    try {
        Report report;
        report.name = name;
        HeadReader head(report);
        std::string_view rest = text;
        while (rest.starts_with("-- ")) {
            const auto end = std::min(rest.find('\n'), rest.size());
            head.read(rest.substr(3, end - 3));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        report.reads_ledger = rest.find("FROM capture") != std::string_view::npos;
        report.statement = with_parts(std::string(without_spaces(rest)), parts, 0);
        if (report.statement.empty()) throw Error("has no statement");
        collect(report.statement, report.asks_for);
        check(report);
        return report;
    } catch (const Error& error) {
        throw Error("schema/reports/" + name + ".sql: " + error.what());
    }
}

} // namespace sipkeep
