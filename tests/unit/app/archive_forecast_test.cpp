// What `sipkeep retain --forecast` says of an archive; docs/operations.md shows it.
#include "archive_forecast.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

using namespace sipkeep;
using std::chrono::days;

namespace {

const UtcSeconds today = from_datetime("2026-12-01 00:00:00");
constexpr std::uint64_t mib = 1U << 20U;

RetentionSettings usual() {
    RetentionSettings retention;
    retention.pack_after = days{2};
    retention.disk_budget = 10 * 1024 * mib;
    RetentionPolicy& kept = retention.policy;
    kept[RetentionClass::samples] = days{730};
    kept[RetentionClass::dialog] = kept[RetentionClass::location] = kept[RetentionClass::mi_rows] =
        kept[RetentionClass::records] = days{400};
    kept[RetentionClass::refresh] = days{35};
    kept[RetentionClass::calls] = kept[RetentionClass::rollup_hour] = days{1825};
    return retention;
}

ArchivePart part(const std::string& table, std::optional<RetentionClass> of, std::uint64_t bytes,
                 std::optional<std::uint64_t> a_day, int age) {
    return {table, of, bytes, a_day, today - days{age}, {{"sbc1", 3}, {"sbc2", 1}}};
}

/// Two nodes, of different size, after a hundred days.
std::vector<ArchivePart> two_nodes() {
    return {part("sample", RetentionClass::samples, 131 * mib, 60 * mib, 2),
            part("sample_day", RetentionClass::samples, 98 * mib, mib, 100),
            part("dialog_version", RetentionClass::dialog, 700 * mib, 7 * mib, 100),
            part("location_version", RetentionClass::location, 1800 * mib, 18 * mib, 100),
            part("location_refresh_closed", RetentionClass::refresh, 980 * mib, 28 * mib, 35),
            part("dispatcher_version", RetentionClass::dispatcher, 2 * mib, 16384, 100),
            part("cdr_minute", RetentionClass::calls, 30 * mib, 300000, 100),
            part("acc_history", RetentionClass::records, 600 * mib, 6 * mib, 100),
            part("capture", RetentionClass::ledger, 33 * mib, 340000, 100),
            part("statistic_roll_up", RetentionClass::rollup_day, 15 * mib, 160000, 100),
            part("statistic_roll_up", RetentionClass::rollup_hour, 60 * mib, 610000, 100),
            part("location_open", std::nullopt, 12 * mib, 0, 0),
            {.table = "statistic", .of = {}, .bytes = mib / 2, .bytes_a_day = 0, .oldest = {}, .rows = {}}};
}

std::string printed(const ArchiveForecast& forecast) {
    std::ostringstream out;
    print_forecast(forecast, out);
    return out.str();
}

std::string text_of_file(const std::string& path) {
    std::ifstream file(SIPKEEP_SOURCE_DIR "/" + path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

} // namespace

TEST_CASE("docs/operations.md shows a forecast as it is printed", "[forecast]") {
    const std::string example =
        "```\n$ sipkeep retain --forecast\n" + printed(forecast(two_nodes(), usual(), today)) + "```\n";
    INFO(example);
    CHECK(text_of_file("docs/operations.md").find(example) != std::string::npos);
}

TEST_CASE("plain samples are only kept until they are packed", "[forecast]") {
    std::vector<ArchivePart> parts{part("sample", RetentionClass::samples, 10 * mib, 60 * mib, 1)};
    CHECK(forecast(parts, usual(), today).total.in(days{365}) == 70 * mib);
    parts.push_back(part("sample_day", RetentionClass::samples, 0, mib, 0));
    CHECK(forecast(parts, usual(), today).total.in(days{730}) == 800 * mib);
    RetentionSettings short_lived = usual();
    short_lived.policy[RetentionClass::samples] = days{1};
    CHECK(forecast(parts, short_lived, today).total.in(days{730}) == 11 * mib);
    RetentionSettings endless = usual();
    endless.policy[RetentionClass::samples].reset();
    CHECK(forecast(parts, endless, today).total.in(days{1000}) == 1070 * mib);
}

TEST_CASE("nodes have their share of the rows of the newest days", "[forecast]") {
    const ArchiveForecast told = forecast(two_nodes(), usual(), today);
    REQUIRE(told.nodes.size() == 2);
    CHECK(told.nodes.at("sbc1").now() == (told.total.now() - mib / 2) / 4 * 3);
    CHECK(told.nodes.at("sbc2").now() == (told.total.now() - mib / 2) / 4);
    CHECK(told.shared.now() == mib / 2);
}

TEST_CASE("a class without a whole day says so, and is in no sum to come", "[forecast]") {
    const ArchiveForecast told = forecast({part("capture", RetentionClass::ledger, mib, std::nullopt, 0),
                                           part("dialog_version", RetentionClass::dialog, mib, mib, 1)},
                                          usual(), today);
    const std::string text = printed(told);
    CHECK_THAT(text,
               ContainsSubstring("There is no whole day yet of ledger: what that grows by is left out"));
    CHECK_THAT(text, ContainsSubstring("ledger          forever   1.0 MiB        -           -"));
    CHECK(told.total.in(days{30}) == 32 * mib);
    std::ostringstream out;
    print_forecast_json(told, out);
    const auto json = nlohmann::json::parse(out.str());
    CHECK(json["classes"][8]["class"] == "ledger");
    CHECK(json["classes"][8]["bytes"] == mib);
    for (const char* key : {"kept_days", "bytes_a_day", "in_30_days", "in_a_year", "level", "level_on"})
        CHECK(json["classes"][8][key].is_null());
    CHECK(json["classes"][1]["in_30_days"] == 31 * mib);
}

TEST_CASE("the budget is told in a line, and warned of in its last 30 days", "[forecast]") {
    RetentionSettings retention = usual();
    const auto told = [&](std::optional<std::uint64_t> budget) {
        retention.disk_budget = budget;
        const ArchiveForecast one =
            forecast({part("dialog_version", RetentionClass::dialog, 100 * mib, mib, 100)}, retention, today);
        return budget_line(one) + "|" + budget_warning(one).value_or("").substr(0, 60);
    };
    CHECK(told(std::nullopt) == "|");
    CHECK(told(99 * mib) ==
          "disk_budget 99.0 MiB: full now|retention.disk_budget (99.0 MiB) is exceeded, the history ta");
    CHECK(told(130 * mib) ==
          "disk_budget 130.0 MiB: full on 2026-12-31|retention.disk_budget (130.0 MiB) will be full "
          "on 2026-12-31");
    CHECK(told(131 * mib) == "disk_budget 131.0 MiB: full on 2027-01-01|");
    CHECK(told(401 * mib) == "disk_budget 401.0 MiB: never full, it levels off at 400.0 MiB on 2027-09-27|");
    retention.policy[RetentionClass::dialog].reset();
    CHECK(told(100000 * mib) == "disk_budget 97.7 GiB: not full within 100 years|");
}
