#include "report_output.hpp"

#include "sipkeep/core/time_text.hpp"
#include "sipkeep/sys/log.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace sipkeep {

namespace {

std::string two_digits(std::int64_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
}

/// 1:02:03; of less than a minute the seconds, without zeros at their end.
std::string shown_seconds(std::string text) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || seconds < 60) {
        if (text.find('.') != std::string::npos) text.resize(text.find_last_not_of('0') + 1);
        if (text.ends_with('.')) text.pop_back();
        return text + " s";
    }
    return std::to_string(seconds / 3600) + ":" + two_digits(seconds / 60 % 60) + ":" +
           two_digits(seconds % 60);
}

std::string shown_bytes(const std::string& text) {
    constexpr std::array<const char*, 5> units{" B", " KiB", " MiB", " GiB", " TiB"};
    double size = std::strtod(text.c_str(), nullptr);
    std::size_t unit = 0;
    for (; std::abs(size) >= 1024 && unit + 1 < units.size(); ++unit) size /= 1024;
    std::array<char, 32> buffer{};
    std::snprintf(buffer.data(), buffer.size(), unit == 0 ? "%.0f" : "%.1f", size);
    return std::string(buffer.data()) + units.at(unit);
}

/// RFC 3339, as programs read it.
std::string exact_time(const std::string& datetime, const std::string& tz) {
    const UtcSeconds time = from_datetime(datetime);
    if (tz.empty() || tz == "UTC") return to_rfc3339(time);
    std::string text = format_local(time, tz); // 2026-11-22 15:03:00 +01:00
    text[10] = 'T';
    return text.erase(19, 1);
}

class Csv : public ReportOutput {
public:
    Csv(std::ostream& out, const ReportHeading& heading)
        : out_(out), columns_(heading.report.columns), tz_(heading.tz) {
        for (std::size_t i = 0; i < columns_.size(); ++i) out_ << (i == 0 ? "" : ",") << columns_[i].name;
        out_ << "\r\n";
    }
    void row(const ReportRow& row) override {
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i != 0) out_ << ',';
            if (row[i]) write(columns_[i].unit == ReportUnit::time ? exact_time(*row[i], tz_) : *row[i]);
        }
        out_ << "\r\n";
    }
    void end() override {}

private:
    void write(const std::string& value) {
        // Not find_first_of(), which looks through its list for each character by a call.
        const bool plain = std::ranges::none_of(
            value, [](char c) { return c == ',' || c == '"' || c == '\r' || c == '\n'; });
        if (!value.empty() && plain) {
            out_ << value;
            return;
        }
        out_ << '"';
        for (const char c : value) out_ << (c == '"' ? "\"\"" : std::string(1, c));
        out_ << '"';
    }

    std::ostream& out_;
    const std::vector<ReportColumn>& columns_;
    std::string tz_;
};

class JsonObject : public ReportOutput {
public:
    JsonObject(std::ostream& out, const ReportHeading& heading)
        : out_(out), columns_(heading.report.columns), tz_(heading.tz) {
        const Report& report = heading.report;
        const ReportQuestion& question = heading.question;
        Json head{
            {"report", report.name}, {"question", report.question}, {"nodes", question.nodes}, {"tz", tz_}};
        if (report.span == ReportSpan::at) head["at"] = exact_time(to_datetime(question.at), tz_);
        if (report.span == ReportSpan::range) {
            head["from"] = exact_time(to_datetime(question.steps.from), tz_);
            head["to"] = exact_time(to_datetime(question.steps.to), tz_);
            if (report.divided()) head["by"] = to_string(heading.by);
        }
        if (!heading.notes.empty()) head["notes"] = heading.notes;
        std::string text = head.dump();
        text.pop_back();
        out_ << text << ",\"rows\":[";
    }
    void row(const ReportRow& row) override {
        Json object = Json::object();
        for (std::size_t i = 0; i < row.size(); ++i)
            object[columns_[i].name] = value(row[i], columns_[i].unit);
        out_ << (first_ ? "\n" : ",\n") << object.dump(-1, ' ', false, Json::error_handler_t::replace);
        first_ = false;
    }
    void end() override { out_ << "]}\n"; }

private:
    using Json = nlohmann::ordered_json;

    [[nodiscard]] Json value(const std::optional<std::string>& field, ReportUnit unit) const {
        if (!field) return nullptr;
        if (unit == ReportUnit::time) return exact_time(*field, tz_);
        if (unit != ReportUnit::text && is_json_number(*field)) return Json::parse(*field);
        return *field;
    }

    std::ostream& out_;
    const std::vector<ReportColumn>& columns_;
    std::string tz_;
    bool first_ = true;
};

class Markdown : public ReportOutput {
public:
    Markdown(std::ostream& out, const ReportHeading& heading)
        : out_(out), columns_(heading.report.columns), tz_(heading.tz) {
        out_ << '|';
        for (const ReportColumn& column : columns_) out_ << ' ' << column.name << " |";
        out_ << "\n|";
        for (const ReportColumn& column : columns_)
            out_ << (column.unit == ReportUnit::text || column.unit == ReportUnit::time ? " --- |"
                                                                                        : " ---: |");
        out_ << '\n';
    }
    void row(const ReportRow& row) override {
        out_ << '|';
        for (std::size_t i = 0; i < row.size(); ++i) {
            out_ << ' ';
            for (const char c : printable(shown_value(row[i], columns_[i].unit, tz_)))
                out_ << (c == '|' ? "\\|" : std::string(1, c));
            out_ << " |";
        }
        out_ << '\n';
    }
    void end() override {}

private:
    std::ostream& out_;
    const std::vector<ReportColumn>& columns_;
    std::string tz_;
};

} // namespace

std::string shown_time(UtcSeconds time, const std::string& tz) {
    std::string text = format_local(time, tz); // 2026-11-22 15:03:00 +01:00
    if (tz.empty() || tz == "UTC") text.resize(19);
    if (text.compare(16, 3, ":00") == 0) text.erase(16, 3);
    return text;
}

std::string shown_value(const std::optional<std::string>& value, ReportUnit unit, const std::string& tz) {
    if (!value) return "-"; // not known; a text may be empty
    switch (unit) {
    case ReportUnit::time:
        return shown_time(from_datetime(*value), tz);
    case ReportUnit::percent:
        return *value + " %";
    case ReportUnit::seconds:
        return shown_seconds(*value);
    case ReportUnit::bytes:
        return shown_bytes(*value);
    default:
        return *value;
    }
}

bool is_json_number(const std::string& text) {
    return !text.empty() && text.size() < 40 && nlohmann::json::accept(text) &&
           (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
}

std::unique_ptr<ReportOutput> report_csv(std::ostream& out, const ReportHeading& heading) {
    return std::make_unique<Csv>(out, heading);
}
std::vector<std::string> retention_notes(const ReportExtent& extent, const ReportQuestion& question,
                                         ReportSpan span, const std::string& tz) {
    std::vector<std::string> notes;
    if (span == ReportSpan::none) return notes;
    const UtcSeconds from = span == ReportSpan::at ? question.at : question.steps.from;
    if (from < extent.kept_from)
        notes.push_back("what is older than " + shown_time(extent.kept_from, tz) +
                        " is not kept any more (retention." + std::string(to_string(extent.of)) +
                        "), and is left out");
    if (from < extent.minutes_from)
        notes.push_back("what is older than " + shown_time(extent.minutes_from, tz) +
                        " was added up by hour and day; its minutes are not kept any more");
    return notes;
}

std::unique_ptr<ReportOutput> report_json(std::ostream& out, const ReportHeading& heading) {
    return std::make_unique<JsonObject>(out, heading);
}
std::unique_ptr<ReportOutput> report_markdown(std::ostream& out, const ReportHeading& heading) {
    return std::make_unique<Markdown>(out, heading);
}

} // namespace sipkeep
