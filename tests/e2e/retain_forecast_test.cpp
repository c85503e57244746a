// `sipkeep retain --forecast`, and what retain says of a disk that will be full.
#include "retention.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <sstream>
#include <vector>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

using Json = nlohmann::json;

/// Two captures a day, of many statistics, so that a partition has pages of them.
void live(Site& site, const std::string& node, int days) {
    site.start_over(node);
    for (int contact = 1; contact < 100; ++contact) site.add_contact(contact);
    for (int d = 0; d < days; ++d)
        for (int m = 0; m < 2; ++m) {
            std::map<std::string, std::string> counters;
            for (int i = 0; i < 300; ++i)
                counters["core:counter" + std::to_string(i)] = std::to_string(d * 100 + m);
            site.mi.counters(1000 + (d * day + m) * 60, counters);
            REQUIRE(site.snapshot(d * day + m).exit_code == 0);
        }
}

/// The server counts rows and pages anew: it would do so within some seconds.
void count_anew(Site& site) {
    for (const char* table : {"sample",
                              "sample_day",
                              "dialog_version",
                              "location_version",
                              "location_open",
                              "location_refresh_closed",
                              "long_refresh",
                              "dispatcher_version",
                              "call_without_record",
                              "capture",
                              "record_never_live",
                              "statistic_roll_up",
                              "registration_roll_up",
                              "registration_event",
                              "agent_roll_up",
                              "aor_roll_up",
                              "stay_roll_up",
                              "capture_roll_up",
                              "dispatcher_roll_up",
                              "dispatcher_event",
                              "epoch",
                              "cdr_hour",
                              "cdr_endpoint_day",
                              "cdr_endpoint_week",
                              "cdr_failure_minute",
                              "gateway_roll_up"})
        static_cast<void>(site.history.rows(std::string("ANALYZE TABLE ") + table));
}

Json forecast(Site& site, int minute) {
    const ProgramResult told = site.sipkeep({"retain", "--forecast", "--json", "--at", site.at(minute)});
    CHECK(told.err == "");
    REQUIRE(told.exit_code == 0);
    return Json::parse(told.out);
}

Json of_class(const Json& forecast, const std::string& name) {
    for (const Json& one : forecast["classes"])
        if (one["class"] == name) return one;
    FAIL("no class " + name);
    return {};
}

std::string date(Site& site, int minute) {
    return site.datetime(minute).substr(0, 10);
}

std::uint64_t stored(Site& site, const std::string& where) {
    return std::stoull(
        site.history.rows("SELECT SUM(DATA_LENGTH + INDEX_LENGTH) FROM information_schema.PARTITIONS "
                          "WHERE TABLE_SCHEMA = DATABASE() AND " +
                          where));
}

} // namespace

TEST_CASE("the forecast of an empty archive says that it is empty") {
    Site site("forecast_empty");
    with_its_own_user(site, ", disk_budget: 1GiB");
    const ProgramResult told = site.sipkeep({"retain", "--forecast"});
    CHECK(told.exit_code == 0);
    CHECK(told.out == "The archive is empty: there is nothing to tell from how it will grow.\n");
    CHECK(forecast(site, 0)["classes"].empty());
}

TEST_CASE("the forecast grows by what whole days have come to, until a class is as old as it is kept") {
    Site site("forecast");
    live(site, "sbc2", 3);
    live(site, "sbc1", 5);
    with_its_own_user(site, ", pack_after: 2d, samples: 30d, dialog: 400d, location: 20d, refresh: 6d");
    count_anew(site);
    const Json before = forecast(site, 4 * day);

    CHECK(before["today"] == date(site, 4 * day));
    CHECK(before["total"]["bytes"] == stored(site, "1 = 1"));
    CHECK(of_class(before, "samples")["bytes"] == stored(site, "TABLE_NAME IN ('sample', 'sample_day')"));
    CHECK(of_class(before, "ledger")["bytes"] == stored(site, "TABLE_NAME = 'capture'"));

    const Json location = of_class(before, "location");
    const std::string first =
        site.history.rows("SELECT DATE_FORMAT('" + date(site, 0) + "', 'p%Y%m%d')").substr(0, 9);
    const std::string last =
        site.history.rows("SELECT DATE_FORMAT('" + date(site, 3 * day) + "', 'p%Y%m%d')").substr(0, 9);
    CHECK(location["kept_days"] == 20);
    CHECK(location["bytes_a_day"].get<std::uint64_t>() ==
          stored(site, "TABLE_NAME = 'location_version' AND PARTITION_NAME BETWEEN '" + first + "' AND '" +
                           last + "'") /
              4);
    const auto now = location["bytes"].get<std::uint64_t>();
    const auto a_day = location["bytes_a_day"].get<std::uint64_t>();
    REQUIRE(a_day > 0);
    CHECK(location["in_30_days"] == now + 16 * a_day); // the oldest day is four days old
    CHECK(location["level"] == now + 16 * a_day);
    CHECK(location["level_on"] == date(site, 20 * day));

    const Json ledger = of_class(before, "ledger");
    CHECK(ledger["kept_days"].is_null());
    CHECK(ledger["level"].is_null());
    CHECK(ledger["in_a_year"].get<std::uint64_t>() ==
          ledger["bytes"].get<std::uint64_t>() + 365 * ledger["bytes_a_day"].get<std::uint64_t>());

    // sbc2 has not looked on the newest day.
    REQUIRE(before["nodes"].size() == 2);
    CHECK(before["nodes"][0]["node"] == "sbc1");
    CHECK(before["nodes"][0]["bytes"].get<std::uint64_t>() >
          before["nodes"][1]["bytes"].get<std::uint64_t>());
    const auto sum = [&](const std::string& key) {
        return before["nodes"][0][key].get<std::uint64_t>() + before["nodes"][1][key].get<std::uint64_t>() +
               before["not_by_node"][key].get<std::uint64_t>();
    };
    for (const std::string key : {"bytes", "bytes_a_day", "in_a_year"}) {
        const auto total = before["total"][key].get<std::uint64_t>();
        CHECK(sum(key) <= total);
        CHECK(sum(key) + 100000 > total); // each share is cut to whole bytes, and then grows for a year
    }

    // What is left of older days was put back, and makes the class no older.
    site.history.sql().execute("INSERT INTO kept_from (class, since) VALUES ('location', '" +
                               date(site, 2 * day) + "')");
    CHECK(of_class(forecast(site, 4 * day), "location")["level_on"] == date(site, 22 * day));
    site.history.sql().execute("DELETE FROM kept_from");

    REQUIRE(site.sipkeep({"retain", "--at", site.at(4 * day)}).exit_code == 0);
    count_anew(site);
    const Json after = forecast(site, 4 * day);
    CHECK(of_class(after, "rollup_day")["bytes"].get<std::uint64_t>() > 0);
    CHECK(of_class(after, "rollup_day")["bytes_a_day"].get<std::uint64_t>() > 0);
    CHECK(of_class(after, "rollup_hour")["bytes_a_day"].get<std::uint64_t>() > 0);
    CHECK(of_class(after, "rollup_hour")["bytes"].get<std::uint64_t>() +
              of_class(after, "rollup_day")["bytes"].get<std::uint64_t>() ==
          stored(site, "TABLE_NAME IN ('statistic_roll_up', 'registration_roll_up', 'capture_roll_up', "
                       "'dispatcher_roll_up', 'dispatcher_event', 'epoch')"));
    CHECK(of_class(after, "samples")["bytes"] == stored(site, "TABLE_NAME IN ('sample', 'sample_day')"));
    CHECK(of_class(after, "samples")["level_on"] == date(site, 30 * day));
}

TEST_CASE("rows of a week are the growth of seven days") {
    Site site("forecast_week");
    REQUIRE(site.snapshot(0).exit_code == 0);
    with_its_own_user(site);
    count_anew(site);
    const auto a_day = [&] {
        const Json calls = of_class(forecast(site, 30 * day), "calls");
        return calls["bytes_a_day"].get<std::uint64_t>();
    };
    const std::uint64_t before = a_day();
    site.history.sql().execute("INSERT INTO cdr_endpoint_week SELECT 1, '" + date(site, 25 * day) +
                               "', seq, CONCAT(seq, '@a.org'), 1, 0, 1, 0, 1, 1, 1 FROM seq_1_to_5000");
    count_anew(site);
    const std::uint64_t week = stored(site, "TABLE_NAME = 'cdr_endpoint_week'");
    REQUIRE(week > 200'000);
    CHECK(a_day() - before > week / 8);
    CHECK(a_day() - before < week / 6);
}

TEST_CASE("the forecast is a table by class, one by node, and a line of the budget") {
    Site site("forecast_table");
    live(site, "sbc1", 3);
    with_its_own_user(site, ", disk_budget: 1TiB");
    count_anew(site);
    // Another one is at work.
    site.history.sql().execute("INSERT INTO retention_task (task) VALUES ('retain')");
    site.history.sql().execute("START TRANSACTION");
    site.history.sql().execute("UPDATE retention_task SET finished_at = NULL WHERE task = 'retain'");
    const ProgramResult told = site.sipkeep({"retain", "--forecast", "--at", site.at(3 * day)});
    site.history.sql().execute("ROLLBACK");
    CHECK(told.exit_code == 0);
    CHECK(told.err == "");
    const auto lines = [&] {
        std::vector<std::string> found;
        std::istringstream text(told.out);
        for (std::string line; std::getline(text, line);) found.push_back(line);
        return found;
    }();
    REQUIRE(lines.size() == 21);
    CHECK_THAT(lines[0], ContainsSubstring("class           kept for"));
    CHECK_THAT(lines[0], ContainsSubstring("in 30 days"));
    CHECK_THAT(lines[1], ContainsSubstring("samples         2y"));
    CHECK_THAT(lines[9], ContainsSubstring("ledger          forever"));
    CHECK_THAT(lines[9], ContainsSubstring("never"));
    CHECK_THAT(lines[12], ContainsSubstring("open and other  -"));
    CHECK_THAT(lines[13], ContainsSubstring("total"));
    CHECK(
        lines[14] ==
        "There is no whole day yet of rollup_hour, rollup_day: what that grows by is left out of the total.");
    CHECK_THAT(lines[16], ContainsSubstring("node"));
    CHECK_THAT(lines[17], ContainsSubstring("sbc1"));
    CHECK_THAT(lines[18], ContainsSubstring("(not by node)"));
    CHECK_THAT(lines[20], ContainsSubstring("disk_budget 1.0 TiB: "));
    CHECK(site.history.rows("SELECT COUNT(*) FROM sample_day") == "0\n");
}

TEST_CASE("retain warns of a disk budget that is exceeded, or soon will be, and of no other") {
    Site site("forecast_budget");
    live(site, "sbc1", 3);
    count_anew(site);
    with_its_own_user(site, ", disk_budget: 1MiB");
    const ProgramResult over = site.sipkeep({"retain", "--at", site.at(3 * day)});
    CHECK(over.exit_code == 0);
    CHECK_THAT(over.err, ContainsSubstring("retention.disk_budget (1.0 MiB) is exceeded"));
    CHECK(lines_of(over.err) == 1);
    count_anew(site);
    const Json json = forecast(site, 3 * day);
    CHECK(json["disk_budget"]["full_on"] == date(site, 3 * day));

    const auto in_ten_days =
        json["total"]["bytes"].get<std::uint64_t>() + 10 * json["total"]["bytes_a_day"].get<std::uint64_t>();
    with_its_own_user(site, ", disk_budget: " + std::to_string(in_ten_days / 1024) + "KiB");
    const Json soon = forecast(site, 3 * day);
    const auto full_on = soon["disk_budget"]["full_on"].get<std::string>();
    CHECK(full_on > date(site, 3 * day));
    CHECK(full_on < date(site, 33 * day));
    CHECK_THAT(site.sipkeep({"retain", "--at", site.at(3 * day)}).err,
               ContainsSubstring(" will be full on " + full_on));

    with_its_own_user(site, ", disk_budget: 1TiB");
    CHECK(site.sipkeep({"retain", "--at", site.at(3 * day)}).err == "");
}
