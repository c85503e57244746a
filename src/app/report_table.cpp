#include "sipkeep/core/text.hpp"
#include "sipkeep/sys/log.hpp"

#include "report_output.hpp"

#include <algorithm>

namespace sipkeep {

namespace {

constexpr std::size_t rows_for_layout = 500;
constexpr std::size_t narrowest_text = 12;
constexpr std::size_t gap = 2;

/// Characters of valid UTF-8; each takes one place, which is wrong for few.
std::size_t places(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string cut(std::string_view text, std::size_t width) {
    if (places(text) <= width) return std::string(text);
    std::string shorter;
    std::size_t at = 0;
    for (std::size_t i = 0; i + 1 < width; ++i) {
        const std::size_t length = std::max<std::size_t>(utf8_length(text, at), 1);
        shorter += text.substr(at, length);
        at += length;
    }
    return shorter + "…";
}

struct TableColumn {
    std::string title;
    std::size_t source;                     ///< column of the report
    std::optional<std::size_t> second = {}; ///< shown behind it, after a slash
    ReportUnit unit = ReportUnit::text;
    std::size_t width = 0;
    [[nodiscard]] bool left() const { return unit == ReportUnit::text || unit == ReportUnit::time; }
};

class Table : public ReportOutput {
public:
    Table(std::ostream& out, const ReportHeading& heading, const std::optional<Screen>& screen)
        : out_(out), report_(heading.report), question_(heading.question), tz_(heading.tz), by_(heading.by),
          verbose_(heading.verbose), notes_(heading.notes), screen_(screen) {}

    void row(const ReportRow& row) override {
        if (laid_out_) {
            write(row);
            return;
        }
        first_rows_.push_back(row);
        if (first_rows_.size() == rows_for_layout) lay_out(false);
    }

    void end() override {
        if (!laid_out_) lay_out(true);
    }

private:
    [[nodiscard]] std::optional<std::size_t> column(std::string_view name) const {
        const auto found = std::ranges::find(report_.columns, name, &ReportColumn::name);
        if (found == report_.columns.end()) return std::nullopt;
        return static_cast<std::size_t>(found - report_.columns.begin());
    }

    [[nodiscard]] bool everywhere(std::size_t source, std::string_view value) const {
        return std::ranges::all_of(first_rows_, [&](const ReportRow& row) { return row[source] == value; });
    }

    void choose_columns(bool all_seen) {
        const auto seen = column("minutes_seen");
        const auto asked = column("minutes_asked");
        const bool once = !report_.divided(); // coverage is the same in each row of a node
        for (std::size_t i = 0; i < report_.columns.size(); ++i) {
            const ReportColumn& column = report_.columns[i];
            if (column.name == "node" && question_.nodes.size() == 1) continue;
            if (i == asked && seen) continue;
            if (once && (i == seen || column.name == "restarts")) continue;
            if (column.name == "captured_at" && report_.span == ReportSpan::at) continue;
            if (column.name == "restarts" && all_seen && everywhere(i, "0")) continue;
            if (i == seen && asked)
                columns_.push_back({"seen", i, asked, ReportUnit::number});
            else
                columns_.push_back({column.name, i, {}, column.unit});
        }
    }

    [[nodiscard]] std::string cell(const TableColumn& column, const ReportRow& row) const {
        std::string text = printable(shown_value(row[column.source], column.unit, tz_));
        if (column.second) text += "/" + row[*column.second].value_or("-");
        return text;
    }

    void choose_widths() {
        for (TableColumn& column : columns_) {
            column.width = places(column.title);
            for (const ReportRow& row : first_rows_)
                column.width = std::max(column.width, places(cell(column, row)));
        }
        if (!screen_) return;
        const auto total = [&] {
            std::size_t width = 0;
            for (const TableColumn& column : columns_) width += column.width + gap;
            return width - gap;
        };
        // The widest text gives way first.
        while (total() > screen_->columns) {
            TableColumn* widest = nullptr;
            for (TableColumn& column : columns_)
                if (column.unit == ReportUnit::text && column.width > narrowest_text &&
                    (widest == nullptr || column.width > widest->width))
                    widest = &column;
            if (widest == nullptr) break;
            --widest->width;
        }
    }

    void lay_out(bool all_seen) {
        laid_out_ = true;
        choose_columns(all_seen);
        choose_widths();
        write_heading();
        if (first_rows_.empty()) {
            out_ << "(nothing)\n";
            return;
        }
        std::string line;
        for (const TableColumn& column : columns_) append(line, column, column.title);
        write_line(line, "1");
        for (const ReportRow& row : first_rows_) write(row);
        first_rows_.clear();
    }

    void write_heading() {
        write_line(report_.question, "1");
        std::string about;
        for (const std::string& node : question_.nodes) about += (about.empty() ? "" : ", ") + node;
        if (report_.span == ReportSpan::at) about += "; " + shown_time(question_.at, tz_);
        if (report_.span == ReportSpan::range)
            about +=
                "; " + shown_time(question_.steps.from, tz_) + " to " + shown_time(question_.steps.to, tz_);
        about += "; " + (tz_.empty() ? std::string("UTC") : tz_);
        if (report_.divided()) about += ", by " + std::string(to_string(by_));
        out_ << about << '\n';
        write_coverage();
        for (const std::string& note : notes_) out_ << note << '\n';
        if (verbose_) {
            for (const std::string& note : report_.notes) out_ << note << '\n';
            for (const ReportColumn& column : report_.columns)
                out_ << "  " << column.name << ": " << column.meaning << '\n';
        }
        out_ << '\n';
    }

    /// Of a report without steps, from the first row of each node.
    void write_coverage() {
        const auto seen = column("minutes_seen");
        const auto asked = column("minutes_asked");
        const auto node = column("node");
        const auto restarts = column("restarts");
        if (report_.divided() || !seen || !asked || !node) return;
        std::vector<std::string> said;
        for (const ReportRow& row : first_rows_) {
            const std::string name = row[*node].value_or("");
            if (std::ranges::find(said, name) != said.end()) continue;
            said.push_back(name);
            std::string line =
                name + ": " + row[*seen].value_or("-") + " of " + row[*asked].value_or("-") + " minutes seen";
            if (restarts && row[*restarts] != "0")
                line += ", " + row[*restarts].value_or("-") + (row[*restarts] == "1" ? " start" : " starts") +
                        " of OpenSIPS";
            write_line(line, row[*seen] == row[*asked] ? "" : "33");
        }
    }

    static void append(std::string& line, const TableColumn& column, const std::string& text) {
        if (!line.empty()) line.append(gap, ' ');
        const std::string shown = cut(text, column.width);
        const std::size_t padding = column.width - std::min(column.width, places(shown));
        if (!column.left()) line.append(padding, ' ');
        line += shown;
        if (column.left()) line.append(padding, ' ');
    }

    void write(const ReportRow& row) {
        std::string line;
        for (const TableColumn& column : columns_) {
            // Beyond the rows that decided the layout, only a screen is a reason to cut.
            TableColumn as_wide = column;
            const std::string text = cell(column, row);
            if (!screen_) as_wide.width = std::max(column.width, places(text));
            append(line, as_wide, text);
        }
        const auto seen = column("minutes_seen");
        const auto asked = column("minutes_asked");
        const bool gap_in_it = report_.divided() && seen && asked && row[*seen] != row[*asked];
        write_line(line, gap_in_it ? "33" : "");
    }

    /// `colour`: parameters of SGR.
    void write_line(std::string line, const char* colour) {
        line.resize(line.find_last_not_of(' ') + 1);
        if (screen_ && screen_->colours && *colour != '\0')
            out_ << "\x1b[" << colour << 'm' << line << "\x1b[0m\n";
        else
            out_ << line << '\n';
    }

    std::ostream& out_;
    const Report& report_;
    const ReportQuestion& question_;
    std::string tz_;
    StepUnit by_;
    bool verbose_;
    const std::vector<std::string>& notes_;
    std::optional<Screen> screen_;
    std::vector<ReportRow> first_rows_;
    std::vector<TableColumn> columns_;
    bool laid_out_ = false;
};

} // namespace

std::unique_ptr<ReportOutput> report_table(std::ostream& out, const ReportHeading& heading,
                                           const std::optional<Screen>& screen) {
    return std::make_unique<Table>(out, heading, screen);
}

} // namespace sipkeep
