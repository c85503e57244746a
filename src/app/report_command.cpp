#include "sipkeep/app/commands.hpp"
#include "sipkeep/app/config.hpp"
#include "sipkeep/core/time_text.hpp"
#include "sipkeep/sys/log.hpp"

#include "report_output.hpp"
#include "report_page.hpp"
#include "report_question.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sipkeep {

namespace {

constexpr std::size_t most_steps = 100'000;

void list_reports(const Environment& env, bool json) {
    using Json = nlohmann::ordered_json;
    Json array = Json::array();
    std::string group;
    std::size_t width = 0;
    for (const Report& report : embedded_reports()) width = std::max(width, report.name.size());
    for (const Report& report : embedded_reports()) {
        if (json) {
            array.push_back(
                {{"report", report.name}, {"group", report.group}, {"question", report.question}});
            continue;
        }
        if (report.group != group) env.out << (group.empty() ? "" : "\n") << report.group << '\n';
        group = report.group;
        env.out << "  " << report.name << std::string(width + 2 - report.name.size(), ' ') << report.question
                << '\n';
    }
    if (json)
        env.out << array.dump() << '\n';
    else
        env.out
            << "\nsipkeep report NAME answers; -v says what the columns mean, --sql prints the statement.\n"
               "sipkeep report page --out FILE.html draws the main ones on one page.\n";
}

/// What the report is asked, as far as the archive need not be looked at.
class Asking {
public:
    Asking(const Report& report, const ReportOptions& options, Seconds interval, UtcMilliseconds now)
        : report_(report), options_(options), now_(now) {
        refuse_what_means_nothing();
        question_.interval = interval;
        question_.now = std::chrono::floor<Seconds>(now);
        question_.domain = options.domain;
        if (options.aor) take_aor(*options.aor);
        question_.top = options.top.value_or(question_.top);
        if (question_.top == 0) throw UsageError("report: --top: give 1 or more");
        if (report.span == ReportSpan::range) take_range();
        if (report.span == ReportSpan::at)
            question_.at = std::chrono::floor<Seconds>(options.at.value_or(now));
    }

    [[nodiscard]] ReportQuestion& question() { return question_; }
    [[nodiscard]] StepUnit by() const { return by_; }

private:
    [[noreturn]] void refuse(const std::string& why) const {
        throw UsageError("report " + report_.name + ": " + why);
    }

    void refuse_what_means_nothing() const {
        const bool range = report_.span == ReportSpan::range;
        if ((options_.from || options_.to) && !range)
            refuse(report_.span == ReportSpan::at ? "is asked of one moment: give --at, not --from or --to"
                                                  : "is not asked of a time: --from and --to mean nothing");
        if (options_.at && report_.span != ReportSpan::at)
            refuse("is not asked of one moment: --at means nothing");
        if (options_.by && !report_.divided()) refuse("has no steps: --by means nothing");
        if (options_.out) refuse("--out goes with report page; send this one where you want it with >");
        if (options_.domain && !report_.asks_for.contains("domain")) refuse("--domain means nothing");
        if (options_.aor && !report_.asks_for.contains("user")) refuse("--aor means nothing");
        if (options_.top && !report_.asks_for.contains("top")) refuse("--top means nothing");
        if (options_.domain && options_.aor) refuse("give --domain or --aor, not both");
        if (report_.needs_aor && !options_.aor) refuse("of whom? give --aor USER@DOMAIN, or USER");
        if (!is_time_zone(options_.tz)) refuse("--tz: unknown time zone '" + options_.tz + "'");
    }

    /// Without a domain: of one that OpenSIPS keeps without (use_domain off).
    void take_aor(const std::string& aor) {
        const auto at = aor.rfind('@');
        if (aor.empty() || at == 0 || at + 1 == aor.size())
            refuse("--aor: expected USER@DOMAIN, or USER where OpenSIPS keeps no domain, not '" + aor + "'");
        question_.user = aor.substr(0, at);
        if (at != std::string::npos) question_.domain = aor.substr(at + 1);
    }

    void take_range() {
        by_ = *report_.by;
        if (options_.by) {
            const auto unit = step_unit_of(*options_.by);
            if (!unit || *unit == StepUnit::all)
                refuse("--by: expected minute, hour, day, week or month, not '" + *options_.by + "'");
            by_ = *unit;
        }
        const auto [from, to] =
            range_asked(report_.name, options_, question_.interval, now_, [&](UtcSeconds end) {
                const UtcMilliseconds begin = parse_time(report_.default_from, end, options_.tz);
                return step_start(interval_start(begin, question_.interval), by_, options_.tz);
            });
        question_.steps = divide(from, to, by_, options_.tz);
        if (question_.steps.count() > most_steps)
            refuse("more than " + std::to_string(most_steps) +
                   " steps; give a longer --by or a shorter time");
    }

    const Report& report_;
    const ReportOptions& options_;
    UtcMilliseconds now_;
    ReportQuestion question_;
    StepUnit by_ = StepUnit::all;
};

std::unique_ptr<ReportOutput> output_for(const ReportHeading& heading, ReportFormat format, std::ostream& out,
                                         const std::optional<Screen>& screen) {
    switch (format) {
    case ReportFormat::csv:
        return report_csv(out, heading);
    case ReportFormat::json:
        return report_json(out, heading);
    case ReportFormat::markdown:
        return report_markdown(out, heading);
    default:
        return report_table(out, heading, screen);
    }
}

/// Of an answer without rows: whether anybody looked.
void print_coverage(ReportReader& reader, ReportQuestion question, std::ostream& out) {
    question.steps = divide(question.steps.from, question.steps.to, StepUnit::all, "UTC");
    const Report& coverage = report_named("coverage");
    reader.ask(coverage, reader.settled(coverage, question), [&](const ReportRow& row) {
        out << row[0].value_or("") << ": " << row[2].value_or("-") << " of " << row[3].value_or("-")
            << " minutes seen\n";
    });
}

/// Takes a moment for the capture that saw it. Says so when none did.
void settle_moment(ReportReader& reader, const ArchiveExtent& extent, bool given, ReportQuestion& question,
                   Log& log, const std::string& tz) {
    if (!given && extent.newest) question.at = *extent.newest;
    if (const auto captured = reader.capture_at(question))
        question.at = *captured;
    else if (extent.newest)
        log.warning("no capture saw " + shown_time(question.at, tz) + "; the archive has captures from " +
                    shown_time(*extent.oldest, tz) + " to " + shown_time(*extent.newest, tz) +
                    ", see sipkeep report gaps");
}

} // namespace

ExitCode report_command(const GlobalOptions& global, const ReportOptions& options, const Environment& env) {
    Log log(env.err, log_threshold(global.quiet, global.verbose), env.journald);
    if (options.name.empty()) {
        list_reports(env, global.json);
        return ExitCode::done;
    }
    const Report* const found = options.name == page_name ? nullptr : &report_named(options.name);
    const Config config =
        load_config(global.config_file, {std::nullopt, env.credentials_directory, ConfigPurpose::history});
    if (found == nullptr) return report_page(global, options, config, env);
    const Report& report = *found;
    Asking asking(report, options, config.interval, env.clock.now());
    ReportQuestion& question = asking.question();
    if (global.node) question.nodes = names_in(*global.node);

    ReportReader reader(config.history.database);
    const ArchiveExtent extent = reader.extent(question.nodes);
    question.nodes = extent.nodes;
    if (!extent.newest) log.warning("the archive holds no capture yet");
    if (report.span == ReportSpan::at)
        settle_moment(reader, extent, options.at.has_value(), question, log, options.tz);

    const SettledQuestion settled = reader.settled(report, question);
    const ReportHeading heading{
        report,      question,       options.tz,
        asking.by(), global.verbose, retention_notes(settled.extent, question, report.span, options.tz)};
    if (options.sql || options.format == ReportFormat::csv || options.format == ReportFormat::markdown)
        for (const std::string& note : heading.notes) log.warning(note);
    if (options.sql) {
        env.out << report_statement(report, settled) << ";\n";
        return ExitCode::done;
    }

    std::optional<Pager> pager;
    if (env.screen && options.format == ReportFormat::table) pager.emplace(*env.screen);
    std::ostream& out = pager ? pager->out() : env.out;
    const auto output = output_for(heading, options.format, out, env.screen);
    bool any = false;
    reader.ask(report, settled, [&](const ReportRow& row) {
        any = true;
        output->row(row);
    });
    output->end();
    if (!any && options.format == ReportFormat::table && report.span == ReportSpan::range && extent.newest)
        print_coverage(reader, question, out);
    return ExitCode::done;
}

} // namespace sipkeep
