// The rows of a report, written for people or for programs.
#pragma once

#include "sipkeep/app/commands.hpp"
#include "sipkeep/db/reports.hpp"

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace sipkeep {

using ReportRow = std::vector<std::optional<std::string>>;

/// What stands above the rows.
struct ReportHeading {
    const Report& report;
    const ReportQuestion& question;
    std::string tz;
    StepUnit by = StepUnit::all;
    bool verbose = false;                ///< also what the columns mean
    std::vector<std::string> notes = {}; ///< what retention has left of the time asked for
};

/// Says what of the question can't be answered any more, and what is known by hour or day only.
[[nodiscard]] std::vector<std::string> retention_notes(const ReportExtent& extent,
                                                       const ReportQuestion& question, ReportSpan span,
                                                       const std::string& tz);

/// Takes the rows one by one. Times are shown in the heading's zone, with their offset unless it is UTC.
class ReportOutput {
public:
    ReportOutput() = default;
    ReportOutput(const ReportOutput&) = delete;
    ReportOutput& operator=(const ReportOutput&) = delete;
    virtual ~ReportOutput() = default;
    virtual void row(const ReportRow& row) = 0;
    /// After the last row.
    virtual void end() = 0;
};

/// Aligned columns: what is the same in all rows (one node, no restart) is left out, minutes seen and asked
/// are one column; of a report without steps they stand in the heading. As wide as the screen, if there is
/// one. The first 500 rows decide the layout.
[[nodiscard]] std::unique_ptr<ReportOutput> report_table(std::ostream& out, const ReportHeading& heading,
                                                         const std::optional<Screen>& screen);
/// A Markdown table of all columns.
[[nodiscard]] std::unique_ptr<ReportOutput> report_markdown(std::ostream& out, const ReportHeading& heading);
/// RFC 4180: names, then values; times as RFC 3339; what is not known is empty.
[[nodiscard]] std::unique_ptr<ReportOutput> report_csv(std::ostream& out, const ReportHeading& heading);
/// One object: report, question, the time asked for, and rows, an array of objects.
[[nodiscard]] std::unique_ptr<ReportOutput> report_json(std::ostream& out, const ReportHeading& heading);

/// "2026-11-20 14:03 +01:00": without the offset in UTC, with seconds where there are some.
[[nodiscard]] std::string shown_time(UtcSeconds time, const std::string& tz);
/// As people read it: 1:02:03, 1.5 GiB, 98.50 %, and the other units as they are.
[[nodiscard]] std::string shown_value(const std::optional<std::string>& value, ReportUnit unit,
                                      const std::string& tz);
/// Whether a field of a report is a number as JSON writes it.
[[nodiscard]] bool is_json_number(const std::string& text);

} // namespace sipkeep
