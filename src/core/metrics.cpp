#include "sipkeep/core/metrics.hpp"

#include "sipkeep/core/text.hpp"

namespace sipkeep {

namespace {

constexpr std::string_view total = "_total";

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view name_of(MetricType type, MetricFormat format) {
    switch (type) {
    case MetricType::counter:
        return "counter";
    case MetricType::gauge:
        return "gauge";
    case MetricType::unknown:
        break;
    }
    return format == MetricFormat::text ? "untyped" : "unknown";
}

std::string sample_name(const MetricFamily& family) {
    return family.type == MetricType::counter ? family.name + std::string(total) : family.name;
}

std::string escaped(std::string_view text, bool quotes) {
    std::string out;
    for (const char c : text) {
        if (c == '\n')
            out += "\\n";
        else if (c == '\\' || (c == '"' && quotes))
            (out += '\\') += c;
        else
            out += c;
    }
    return out;
}

/// Splits off the process: "1-used_size" of pkmem, "load1m-proc-1" of load.
std::optional<std::string> take_process(std::string_view group, std::string& name) {
    if (group == "pkmem") {
        const auto dash = name.find('-');
        if (dash == std::string::npos || !is_number(std::string_view(name).substr(0, dash)))
            return std::nullopt;
        std::string process = name.substr(0, dash);
        name.erase(0, dash + 1);
        return process;
    }
    constexpr std::string_view proc = "-proc-";
    const auto dash = name.rfind(proc);
    if (group != "load" || dash == std::string::npos) return std::nullopt;
    std::string process = name.substr(dash + proc.size());
    if (!is_number(process)) return std::nullopt;
    name = name.substr(0, dash) + "_proc";
    return process;
}

} // namespace

std::string metric_head(const MetricFamily& family, MetricFormat format) {
    const std::string name = format == MetricFormat::text ? sample_name(family) : family.name;
    return "# HELP " + name + " " + escaped(family.help, format == MetricFormat::openmetrics) + "\n# TYPE " +
           name + " " + std::string(name_of(family.type, format)) + "\n";
}

std::string metric_sample(const MetricFamily& family, std::string_view labels, std::string_view value,
                          std::optional<UtcSeconds> at) {
    std::string line = sample_name(family);
    line += labels;
    (line += ' ') += value;
    if (at) line += " " + std::to_string(at->time_since_epoch().count());
    return line += '\n';
}

std::string metric_labels(const MetricLabels& labels) {
    std::string text;
    for (const auto& [name, value] : labels)
        text += (text.empty() ? "{" : ",") + name + "=\"" + escaped(to_storable(value), true) + "\"";
    return text.empty() ? text : text + "}";
}

StatisticMetric metric_of(std::string_view group, std::string_view name, StatisticKind kind) {
    const std::string full = (group.empty() ? "" : std::string(group) + ":") + std::string(name);
    StatisticMetric metric;
    metric.family.help = "Statistic of OpenSIPS.";
    metric.family.type = kind == StatisticKind::counter ? MetricType::counter
                         : kind == StatisticKind::gauge ? MetricType::gauge
                                                        : MetricType::unknown;
    std::string rest(name);
    if (auto process = take_process(group, rest)) metric.labels.emplace_back("process", *process);
    // Where something is replaced, or two statistics could come to one name, the full one stands in a label.
    bool lossy = group.empty() || group.find('_') != std::string_view::npos || rest.ends_with(total);
    std::string family = "opensips_" + (group.empty() ? "" : std::string(group) + "_") + rest;
    for (char& c : family) {
        if (is_plain(c)) continue;
        c = '_';
        lossy = true;
    }
    if (family.ends_with(total)) // means a counter, and of its samples alone
        family = metric.family.type == MetricType::counter ? family.substr(0, family.size() - total.size())
                                                           : family + "_value";
    metric.family.name = family;
    if (lossy) metric.labels.emplace_back("statistic", full);
    return metric;
}

void MetricPage::add(const MetricFamily& family, const MetricLabels& labels, const std::string& value) {
    Samples& samples = families_.try_emplace(sample_name(family), Samples{family, {}}).first->second;
    samples.lines.emplace_back(metric_labels(labels), value);
}

std::string MetricPage::text(MetricFormat format) const {
    std::string text;
    for (const auto& [name, samples] : families_) {
        text += metric_head(samples.family, format);
        for (const auto& [labels, value] : samples.lines)
            text += metric_sample(samples.family, labels, value);
    }
    return format == MetricFormat::openmetrics ? text + "# EOF\n" : text;
}

} // namespace sipkeep
