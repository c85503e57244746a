// Metrics as Prometheus reads them: the text format
// (https://prometheus.io/docs/instrumenting/exposition_formats/), for node_exporter's textfile collector, and
// OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/).
#pragma once

#include "sipkeep/core/statistics.hpp"
#include "sipkeep/core/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sipkeep {

enum class MetricFormat : std::uint8_t {
    text, ///< version 0.0.4
    openmetrics,
};

enum class MetricType : std::uint8_t { gauge, counter, unknown };

/// All samples of one name. A counter's family goes without "_total", which its samples have.
struct MetricFamily {
    std::string name;
    MetricType type = MetricType::gauge;
    std::string help;
};

/// Names and values, in the order in which they are written.
using MetricLabels = std::vector<std::pair<std::string, std::string>>;

/// "# HELP" and "# TYPE", with line ends.
[[nodiscard]] std::string metric_head(const MetricFamily& family, MetricFormat format);

/// One line with its end. `labels` as metric_labels makes them; `at` is only for OpenMetrics.
[[nodiscard]] std::string metric_sample(const MetricFamily& family, std::string_view labels,
                                        std::string_view value, std::optional<UtcSeconds> at = std::nullopt);

/// "{name="value",..}", values escaped; bytes that are not UTF-8 as to_storable shows them.
[[nodiscard]] std::string metric_labels(const MetricLabels& labels);

/// What a statistic of OpenSIPS is called there. The name and the labels follow from group, name and kind
/// alone, so they are the same in each capture, and differ for any two statistics.
struct StatisticMetric {
    MetricFamily family; ///< "opensips_GROUP_NAME", all but letters, digits and '_' replaced by '_'
    /// After `node`: `process` of those kept by process (pkmem:1-used_size, load:load-proc-1), and
    /// `statistic`, its full name, where the family does not tell it.
    MetricLabels labels;
};
[[nodiscard]] StatisticMetric metric_of(std::string_view group, std::string_view name, StatisticKind kind);

/// Families with their samples, each family once, whatever the order in which samples came.
class MetricPage {
public:
    void add(const MetricFamily& family, const MetricLabels& labels, const std::string& value);
    [[nodiscard]] std::string text(MetricFormat format) const;

private:
    struct Samples {
        MetricFamily family;
        std::vector<std::pair<std::string, std::string>> lines; ///< labels, value
    };
    std::map<std::string, Samples> families_;
};

} // namespace sipkeep
