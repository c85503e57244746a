#include "report_page.hpp"

#include "sipkeep/core/time_text.hpp"
#include "sipkeep/core/version.hpp"
#include "sipkeep/sys/durable_file.hpp"
#include "sipkeep/sys/log.hpp"

#include "page_texts.hpp"
#include "report_output.hpp"
#include "report_question.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <filesystem>
#include <map>
#include <random>

namespace sipkeep {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t most_points = 360; // more than a chart has pixels for

struct PageReport {
    const char* name;
    std::uint64_t top;
};
constexpr std::array<PageReport, 18> page_reports{{
    {"coverage", 1},
    {"concurrent-calls", 1},
    {"call-success", 1},
    {"failures-by-code", 50},
    {"calls-by-gateway", 20},
    {"registrations", 1},
    {"registrations-by-domain", 7},
    {"moves", 100},
    {"flapping", 50},
    {"never-came-back", 100},
    {"requests", 1},
    {"replies", 1},
    {"dispatcher-availability", 1},
    {"dispatcher-outages", 1},
    {"memory", 1},
    {"load", 1},
    {"restarts", 1},
    {"gaps", 1},
}};

[[noreturn]] void refuse(const std::string& why) {
    throw UsageError("report page: " + why);
}

void refuse_what_means_nothing(const ReportOptions& options) {
    if (options.out.value_or("").empty() || options.out == "-" || options.out->ends_with('/'))
        refuse("where to? give --out FILE.html");
    if (options.at) refuse("--at means nothing: give --from and --to");
    if (options.by) refuse("--by means nothing: the time asked for decides");
    if (options.domain || options.aor) refuse("--domain and --aor mean nothing");
    if (options.top) refuse("--top means nothing");
    if (options.sql) refuse("--sql means nothing: each report that it asks prints its own");
    if (options.format != ReportFormat::table) refuse("is HTML: --format and --json mean nothing");
    if (!is_time_zone(options.tz)) refuse("--tz: unknown time zone '" + options.tz + "'");
}

/// The shortest step that fits; one shorter than the interval would be empty more often than not.
StepUnit step_for(Seconds length, Seconds interval) {
    constexpr std::array<std::pair<StepUnit, std::int64_t>, 4> widths{
        {{StepUnit::minute, 60}, {StepUnit::hour, 3600}, {StepUnit::day, 86400}, {StepUnit::week, 604800}}};
    for (const auto& [unit, width] : widths)
        if (width >= interval.count() && length.count() <= most_points * width) return unit;
    return StepUnit::month;
}

/// The time that a page is about.
struct PageTime {
    UtcSeconds from, to;
    StepUnit by;
};

PageTime time_asked(const ReportOptions& options, Seconds interval, UtcMilliseconds now) {
    const auto [from, to] = range_asked("page", options, interval, now, [&](UtcSeconds end) {
        return step_start(end - std::chrono::hours{24}, StepUnit::hour, options.tz);
    });
    return {from, to, step_for(to - from, interval)};
}

Json time_value(UtcSeconds time, const std::string& tz) {
    return {time.time_since_epoch().count(), shown_time(time, tz)};
}

Json optional_time(const std::optional<UtcSeconds>& time, const std::string& tz) {
    return time ? time_value(*time, tz) : Json(nullptr);
}

/// Times as [seconds since 1970, as shown], numbers as numbers.
Json value_of(const std::optional<std::string>& field, ReportUnit unit, const std::string& tz) {
    if (!field) return nullptr;
    if (unit == ReportUnit::time) return time_value(from_datetime(*field), tz);
    if (unit != ReportUnit::text && is_json_number(*field)) return Json::parse(*field);
    return *field;
}

Json columns_of(const Report& report) {
    Json columns = Json::array();
    for (const ReportColumn& column : report.columns)
        columns.push_back(
            {{"name", column.name}, {"unit", to_string(column.unit)}, {"meaning", column.meaning}});
    return columns;
}

Json answer_of(ReportReader& reader, const Report& report, const ReportQuestion& question,
               const std::string& tz) {
    Json rows = Json::array();
    std::vector<std::string> notes = report.notes;
    const SettledQuestion settled = reader.settled(report, question);
    for (std::string& note : retention_notes(settled.extent, question, report.span, tz)) {
        note.front() = 'W'; // a sentence of its own
        notes.push_back(std::move(note) + ".");
    }
    reader.ask(report, settled, [&](const ReportRow& row) {
        Json values = Json::array();
        for (std::size_t i = 0; i < row.size(); ++i)
            values.push_back(value_of(row[i], report.columns[i].unit, tz));
        rows.push_back(std::move(values));
    });
    return {{"question", report.question},
            {"notes", notes},
            {"columns", columns_of(report)},
            {"rows", std::move(rows)}};
}

Json content_of(ReportReader& reader, ReportQuestion question, const PageTime& asked, const std::string& tz) {
    const ArchiveExtent extent = reader.extent(question.nodes);
    question.nodes = extent.nodes;
    Json reports = Json::object();
    for (const auto& [name, top] : page_reports) {
        const Report& report = report_named(name);
        question.top = top;
        question.steps = divide(asked.from, asked.to, report.divided() ? asked.by : StepUnit::all, tz);
        reports[name] = answer_of(reader, report, question, tz);
    }
    return {{"nodes", extent.nodes},
            {"from", time_value(asked.from, tz)},
            {"to", time_value(asked.to, tz)},
            {"by", to_string(asked.by)},
            {"tz", tz},
            {"made", time_value(question.now, tz)},
            {"version", program_version()},
            {"oldest", optional_time(extent.oldest, tz)},
            {"newest", optional_time(extent.newest, tz)},
            {"reports", std::move(reports)}};
}

/// JSON that stands in a script element: no text in it, whoever sent it, can end the element or begin a
/// comment.
std::string script_text(const Json& content) {
    std::string text;
    for (const char c : content.dump(-1, ' ', true, Json::error_handler_t::replace)) {
        if (c == '<')
            text += "\\u003c";
        else
            text += c;
    }
    return text;
}

/// What the page's own scripts carry, so that the browser runs no other.
std::string nonce() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::random_device random;
    std::string text;
    for (int i = 0; i < 32; ++i) text += digits[random() % digits.size()];
    return text;
}

std::string page_text(const Json& content) {
    const PageTexts& texts = embedded_page_texts();
    const std::string json = script_text(content);
    const std::string once = nonce();
    const std::map<std::string_view, std::string_view> parts{
        {"nonce", once},   {"style", texts.style},     {"watch", texts.watch},
        {"content", json}, {"library", texts.library}, {"script", texts.script},
    };
    std::string page;
    for (std::string_view rest = texts.frame; !rest.empty();) {
        const auto begin = std::min(rest.find('@'), rest.size());
        page += rest.substr(0, begin);
        if (begin == rest.size()) break;
        const auto end = rest.find('@', begin + 1);
        page += parts.at(rest.substr(begin + 1, end - begin - 1));
        rest.remove_prefix(end + 1);
    }
    return page;
}

} // namespace

ExitCode report_page(const GlobalOptions& global, const ReportOptions& options, const Config& config,
                     const Environment& env) {
    refuse_what_means_nothing(options);
    const UtcMilliseconds now = env.clock.now();
    const PageTime asked = time_asked(options, config.interval, now);
    ReportQuestion question;
    question.interval = config.interval;
    question.now = std::chrono::floor<Seconds>(now);
    if (global.node) question.nodes = names_in(*global.node);

    // The file first: who can't write it need not wait for the answers.
    const std::filesystem::path path(*options.out);
    const std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
    if (std::error_code none; std::filesystem::is_directory(path, none))
        refuse("--out: " + path.string() + " is a folder; give --out FILE.html");
    std::optional<NewFile> file;
    try {
        file.emplace(env.files, folder, path.filename().string());
    } catch (const Error& error) {
        throw Error("report page: --out: " + std::string(error.what()));
    }
    ReportReader reader(config.history.database);
    const Json content = content_of(reader, question, asked, options.tz);
    if (content["newest"].is_null())
        Log(env.err, log_threshold(global.quiet, global.verbose), env.journald)
            .warning("the archive holds no capture yet");
    file->write(page_text(content));
    file->keep();
    return ExitCode::done;
}

} // namespace sipkeep
