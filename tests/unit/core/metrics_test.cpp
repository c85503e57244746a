#include "sipkeep/core/metrics.hpp"

#include "support/catch.hpp"

using namespace sipkeep;
using namespace std::chrono_literals;

namespace {

/// The sample's line, of node sbc1, as a statistic of that name and kind has it.
std::string line(std::string_view group, std::string_view name, StatisticKind kind = StatisticKind::gauge) {
    const StatisticMetric metric = metric_of(group, name, kind);
    MetricLabels labels{{"node", "sbc1"}};
    labels.insert(labels.end(), metric.labels.begin(), metric.labels.end());
    return metric_sample(metric.family, metric_labels(labels), "7");
}

} // namespace

TEST_CASE("a statistic's metric has its group, its name, and its type") {
    CHECK(line("core", "rcv_requests", StatisticKind::counter) ==
          "opensips_core_rcv_requests_total{node=\"sbc1\"} 7\n");
    CHECK(line("dialog", "active_dialogs") == "opensips_dialog_active_dialogs{node=\"sbc1\"} 7\n");
    CHECK(line("tm", "UAS_transactions", StatisticKind::unknown) ==
          "opensips_tm_UAS_transactions{node=\"sbc1\"} 7\n");
}

TEST_CASE("what OpenSIPS keeps by process has the process as a label") {
    CHECK(line("pkmem", "12-used_size") == "opensips_pkmem_used_size{node=\"sbc1\",process=\"12\"} 7\n");
    CHECK(line("load", "load1m-proc-3") == "opensips_load_load1m_proc{node=\"sbc1\",process=\"3\"} 7\n");
    CHECK(line("load", "load1m") == "opensips_load_load1m{node=\"sbc1\"} 7\n");
    CHECK(line("pkmem", "x-used") == "opensips_pkmem_x_used{node=\"sbc1\",statistic=\"pkmem:x-used\"} 7\n");
}

TEST_CASE("two statistics never share a metric") {
    CHECK(line("usrloc", "location-users") != line("usrloc", "location_users"));
    CHECK(line("usrloc", "location-users") ==
          "opensips_usrloc_location_users{node=\"sbc1\",statistic=\"usrloc:location-users\"} 7\n");
    CHECK(line("a_b", "c") != line("a", "b_c"));
    CHECK(line("", "a_b") != line("a", "b"));
    CHECK(line("a", "b", StatisticKind::counter) != line("a", "b_total", StatisticKind::counter));
    CHECK(line("a", "b", StatisticKind::counter) != line("a", "b_total", StatisticKind::gauge));
    CHECK(line("pkmem", "1-a-b") != line("pkmem", "1-a_b"));
    CHECK(line("dynamic", "ä \"x\"\n") ==
          "opensips_dynamic_____x__{node=\"sbc1\",statistic=\"dynamic:ä \\\"x\\\"\\n\"} 7\n");
}

TEST_CASE("types and names of counters are those of the format") {
    const MetricFamily counter{"requests", MetricType::counter, "All \"of\" them."};
    CHECK(metric_head(counter, MetricFormat::text) ==
          "# HELP requests_total All \"of\" them.\n# TYPE requests_total counter\n");
    CHECK(metric_head(counter, MetricFormat::openmetrics) ==
          "# HELP requests All \\\"of\\\" them.\n# TYPE requests counter\n");
    const MetricFamily unknown{"x", MetricType::unknown, "X."};
    CHECK(metric_head(unknown, MetricFormat::text) == "# HELP x X.\n# TYPE x untyped\n");
    CHECK(metric_head(unknown, MetricFormat::openmetrics) == "# HELP x X.\n# TYPE x unknown\n");
    CHECK(metric_sample(counter, "", "3", UtcSeconds{1795348800s}) == "requests_total 3 1795348800\n");
}

TEST_CASE("a page has each family once, in whatever order samples came") {
    MetricPage page;
    const MetricFamily b{"b", MetricType::gauge, "B."}, a{"a", MetricType::counter, "A."};
    page.add(b, {{"node", "1"}}, "1");
    page.add(a, {}, "2");
    page.add(b, {{"node", "2"}}, "3");
    CHECK(page.text(MetricFormat::openmetrics) ==
          "# HELP a A.\n# TYPE a counter\na_total 2\n"
          "# HELP b B.\n# TYPE b gauge\nb{node=\"1\"} 1\nb{node=\"2\"} 3\n# EOF\n");
    CHECK(page.text(MetricFormat::text).ends_with("b{node=\"2\"} 3\n"));
}
