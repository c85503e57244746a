// The queries of etc/grafana, expanded as Grafana does and asked of eleven minutes that are known by hand.
#include "grafana_query.hpp"
#include "report_night.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

using namespace sipkeep;
using namespace sipkeep::test;
using nlohmann::json;

namespace {

const std::string folder = SIPKEEP_SOURCE_DIR "/etc/grafana/";
const std::vector<std::string> names{"calls", "dispatcher", "overview", "registrations", "server"};

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    INFO(path);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), {}};
}

json dashboard(const std::string& name) {
    return json::parse(text_of(folder + "dashboards/" + name + ".json"));
}

struct Asking {
    std::string name; ///< dashboard and title
    std::string sql;
    bool is_series = false;
};

std::vector<Asking> queries_of(const std::string& name) {
    const json board = dashboard(name);
    std::vector<Asking> all;
    for (const auto& variable : board.at("templating").at("list"))
        if (variable.at("type") == "query")
            all.push_back({name + ": " + variable.at("name").get<std::string>(), variable.at("query")});
    for (const auto& annotation : board.at("annotations").at("list"))
        all.push_back(
            {name + ": " + annotation.at("name").get<std::string>(), annotation.at("target").at("rawSql")});
    for (const auto& panel : board.at("panels"))
        for (const auto& target : panel.at("targets"))
            all.push_back({name + ": " + panel.at("title").get<std::string>(), target.at("rawSql"),
                           target.at("format") == "time_series"});
    return all;
}

/// A dashboard of that night as somebody sees it, all of it or what was chosen.
class DashboardScreen {
public:
    DashboardScreen() {
        sql.execute("SET SESSION time_zone = '+00:00'");
        query.from = (utc("23:56:00")).time_since_epoch().count();
        query.to = (utc("00:07:00")).time_since_epoch().count();
        query.variables = {{"node", {{"1"}}}, {"domain", {{}, "'*'"}}, {"capture_seconds", {{"60"}}}};
    }

    /// `columns` of a query's rows, in their own order: fields separated by '|', what is NULL as '-'.
    std::string rows(const std::string& name, const std::string& columns) {
        for (const Asking& asking : queries_of(name.substr(0, name.find(':'))))
            if (asking.name == name) {
                auto found = sql.few("SELECT " + columns + " FROM (" + query.expand(asking.sql) +
                                     ") panel ORDER BY 1, 2");
                std::string text;
                while (found.next()) {
                    for (std::size_t i = 0; i < found.width(); ++i)
                        text += (i ? "|" : "") + (found.null(i) ? "-" : found.string(i));
                    text += "\n";
                }
                return text;
            }
        throw std::runtime_error("no query " + name);
    }
    std::string series(const std::string& name) {
        return rows(name, "TIME(FROM_UNIXTIME(`time`)), metric, ROUND(value, 3)");
    }

    /// Types of its columns by name. A table made of it has them even when there are no rows.
    std::map<std::string, std::string> shape(const Asking& asking) {
        sql.execute("CREATE TEMPORARY TABLE shape AS " + query.expand(asking.sql));
        std::map<std::string, std::string> types;
        {
            auto column = sql.few("SHOW COLUMNS FROM shape");
            while (column.next()) types[column.string(0)] = column.string(1);
        }
        sql.execute("DROP TEMPORARY TABLE shape");
        return types;
    }

    Night scene;
    Connection sql{scene.rig.database.settings(), "history database"};
    GrafanaQuery query;
};

bool is_number(const std::string& type) {
    const std::set<std::string> numbers{"tinyint", "int", "bigint", "decimal", "double"};
    return numbers.contains(type.substr(0, type.find_first_of("( ")));
}

} // namespace

TEST_CASE("macros of grafana are expanded, and unknown ones refused") {
    GrafanaQuery query;
    query.from = 10;
    query.to = 20;
    query.interval_minutes = 5;
    query.variables = {{"node", {{"1", "o'2"}}}};
    CHECK(query.expand("$__timeFilter(a.b)") == "a.b BETWEEN FROM_UNIXTIME(10) AND FROM_UNIXTIME(20)");
    CHECK(query.expand("$__timeGroupAlias(c, $__interval, NULL)") ==
          "UNIX_TIMESTAMP(c) DIV 300 * 300 AS \"time\"");
    CHECK(query.expand("$__timeGroup(c,'1h')") == "UNIX_TIMESTAMP(c) DIV 3600 * 3600");
    CHECK(query.expand("$__timeFrom() + $__interval_ms") == "FROM_UNIXTIME(10) + 300000");
    CHECK(query.expand("${node:csv} ${node:sqlstring}") == "1,o'2 '1','o''2'");
    for (const auto* wrong : {"$__timeShift(a)", "${host:csv}", "$node", "${node:regex}", "$__timeFilter()"})
        CHECK_THROWS(query.expand(wrong));
}

TEST_CASE("grafana's dashboards are whole") {
    const auto source = text_of(folder + "provisioning/datasources/sipkeep.yaml");
    CHECK_THAT(source, ContainsSubstring("uid: sipkeep\n"));
    CHECK_THAT(source, ContainsSubstring("timezone: \"+00:00\"\n"));
    CHECK_THAT(text_of(folder + "provisioning/dashboards/sipkeep.yaml"), ContainsSubstring("apiVersion: 1"));

    std::set<std::string> found;
    for (const auto& file : std::filesystem::directory_iterator(folder + "dashboards"))
        found.insert(file.path().stem());
    CHECK(found == std::set<std::string>(names.begin(), names.end()));

    std::set<std::string> uids, titles;
    for (const auto& name : names) {
        const json board = dashboard(name);
        CHECK(uids.insert(board.at("uid").get<std::string>()).second);
        CHECK(titles.insert(board.at("title").get<std::string>()).second);
        CHECK_FALSE(board.contains("id")); // of the instance it was made on
        CHECK(board.at("schemaVersion") >= 38);
        for (const auto& annotation : board.at("annotations").at("list"))
            CHECK(annotation.at("datasource").at("uid") == "sipkeep");
        std::set<int> ids;
        std::set<std::string> panels;
        for (const auto& panel : board.at("panels")) {
            INFO(name << ": " << panel.at("title"));
            CHECK(ids.insert(panel.at("id").get<int>()).second);
            CHECK(panels.insert(panel.at("title").get<std::string>()).second);
            CHECK_FALSE(panel.at("description").get<std::string>().empty());
            CHECK(panel.at("datasource").at("uid") == "sipkeep");
            CHECK(panel.at("gridPos").at("x").get<int>() + panel.at("gridPos").at("w").get<int>() <= 24);
            const json& defaults = panel.at("fieldConfig").at("defaults");
            CHECK_FALSE(defaults.at("unit").get<std::string>().empty());
            if (panel.at("type") == "timeseries" || panel.at("type") == "state-timeline")
                CHECK(defaults.at("custom").at("spanNulls") == false);
        }
    }
}

TEST_CASE("every query of grafana's dashboards runs") {
    DashboardScreen screen;
    struct Choice {
        Chosen domain;
        int interval_minutes;
    };
    for (const Choice& choice :
         {Choice{{{}, "'*'"}, 1}, Choice{{{"a.org"}}, 5}, Choice{{{"a.org", "o'b"}}, 1440}}) {
        screen.query.variables["domain"] = choice.domain;
        screen.query.interval_minutes = choice.interval_minutes;
        for (const auto& name : names)
            for (const Asking& asking : queries_of(name)) {
                INFO(asking.name << "\n" << asking.sql);
                // Without a bound, a dashboard reads years.
                CHECK((asking.name.ends_with(": node") ||
                       asking.sql.find("$__timeFilter(") != std::string::npos ||
                       asking.sql.find("BETWEEN $__timeFrom()") != std::string::npos));
                const auto types = screen.shape(asking);
                if (!asking.is_series) continue;
                CHECK_THAT(asking.sql, ContainsSubstring("$__interval, NULL)")); // a gap stays one
                CHECK_THAT(asking.sql, ContainsSubstring("ORDER BY 1"));
                REQUIRE(types.contains("time"));
                CHECK(is_number(types.at("time")));
                CHECK(std::ranges::any_of(types, [](const auto& column) {
                    return column.first != "time" && is_number(column.second);
                }));
            }
    }
}

TEST_CASE("grafana's panels show the night as it was") {
    DashboardScreen screen;
    CHECK(screen.rows("calls: node", "__text, __value") == "sbc1|1\n");
    CHECK(screen.rows("calls: domain", "domain, ''") == "a.org|\nb.org|\n");
    CHECK(screen.rows("registrations: domain", "domain, ''") == "a.org|\nb.org|\n");
    for (const auto& name : names) {
        CHECK(screen.rows(name + ": OpenSIPS started", "`time`, text") ==
              "2026-11-23 00:02:30|sbc1: OpenSIPS started\n");
        CHECK(screen.rows(name + ": Nothing captured", "`time`, timeend, text") ==
              "2026-11-23 00:00:00|2026-11-23 00:02:00|sbc1: nothing captured\n");
    }
    CHECK(screen.series("overview: Calls up") ==
          "00:02:00|sbc1|2\n00:03:00|sbc1|1\n00:04:00|sbc1|2\n00:05:00|sbc1|2\n"
          "00:06:00|sbc1|2\n23:56:00|sbc1|3\n23:57:00|sbc1|3\n23:58:00|sbc1|3\n"
          "23:59:00|sbc1|2\n");
    CHECK(screen.series("registrations: Registrations") ==
          "00:02:00|sbc1|4\n00:03:00|sbc1|3\n00:04:00|sbc1|-\n00:05:00|sbc1|4\n"
          "00:06:00|sbc1|4\n23:56:00|sbc1|4\n23:57:00|sbc1|5\n23:58:00|sbc1|5\n"
          "23:59:00|sbc1|4\n");
    // OpenSIPS restarted before 00:03.
    CHECK(screen.series("overview: Requests") ==
          "00:02:00|sbc1|2.000\n00:03:00|sbc1|-\n00:04:00|sbc1|1.000\n00:05:00|sbc1|1.000\n"
          "00:06:00|sbc1|2.000\n23:56:00|sbc1|-\n23:57:00|sbc1|1.000\n23:58:00|sbc1|1.000\n"
          "23:59:00|sbc1|2.000\n");
    // Only the start of OpenSIPS tells that a counter which was 0 and is 0 began anew.
    const auto replies = screen.series("server: Transactions by class of reply");
    CHECK_THAT(replies, ContainsSubstring("00:03:00|sbc1 3xx_transactions|-\n"));
    CHECK_THAT(replies, ContainsSubstring("00:04:00|sbc1 3xx_transactions|0.000\n"));
    const std::string one = "|sbc1 1 sip:203.0.113.10:5060|", other = "|sbc1 1 sip:203.0.113.20:5060|";
    CHECK(screen.series("dispatcher: State of each destination") ==
          "00:02:00" + one + "2\n00:02:00" + other + "2\n00:03:00" + one + "2\n00:03:00" + other +
              "2\n00:04:00" + one + "2\n00:04:00" + other + "2\n00:05:00" + one + "2\n00:05:00" + other +
              "0\n23:56:00" + one + "2\n23:56:00" + other + "2\n23:57:00" + one + "2\n23:57:00" + other +
              "2\n23:58:00" + one + "1\n23:58:00" + other + "2\n23:59:00" + one + "1\n23:59:00" + other +
              "2\n");
    CHECK(screen.rows("dispatcher: Availability", "node, uri, available") ==
          "sbc1|sip:203.0.113.10:5060|0.7500\nsbc1|sip:203.0.113.20:5060|0.8750\n");
    CHECK(screen.rows("dispatcher: Not active", "uri, state, from_time, to_time") ==
          "sip:203.0.113.10:5060|Probing|2026-11-22 23:58:00|2026-11-23 00:02:00\n"
          "sip:203.0.113.20:5060|Inactive|2026-11-23 00:05:00|-\n");
    CHECK(screen.rows("calls: Calls up by the records", "TIME(FROM_UNIXTIME(`time`)), metric, peak") ==
          "00:00:00|sbc1|1\n00:03:00|sbc1|0\n00:04:00|sbc1|1\n00:05:00|sbc1|0\n23:56:00|sbc1|1\n"
          "23:57:00|sbc1|2\n23:58:00|sbc1|2\n23:59:00|sbc1|1\n");
    CHECK(screen.rows("calls: Failed calls by code", "sip_code, calls") == "404|1\n486|1\n487|1\n");
    CHECK(screen.rows("calls: Longest calls at the end", "callid, seconds") == "c3|170\nc4|14760\n");
    CHECK(screen.rows("registrations: By domain at the end", "domain, registrations") ==
          "a.org|2\nb.org|2\n");
    CHECK(screen.rows("registrations: By user agent at the end", "user_agent, registrations") ==
          "phone/1|2\nsoft/2|2\n");
    CHECK(screen.rows("server: Captures with errors or flags", "TIME(`time`), error") ==
          "00:04:00|location: gone\n00:06:00|dispatcher: gone\n");

    screen.query.variables["domain"] = {{"b.org"}};
    CHECK(screen.rows("calls: Calls up by the records", "TIME(FROM_UNIXTIME(`time`)), metric, peak") ==
          "00:03:00|sbc1 in b.org|0\n23:57:00|sbc1 out b.org|1\n23:58:00|sbc1 out b.org|1\n");
    CHECK(screen.rows("registrations: By domain at the end", "domain, registrations") == "b.org|2\n");
}
