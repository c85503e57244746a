#include "sipkeep/core/error.hpp"
#include "sipkeep/core/text.hpp"
#include "sipkeep/mi/mi_client.hpp"

#include "support/canned_mi.hpp"
#include "support/catch.hpp"
#include "support/fake_http_server.hpp"
#include "support/fake_transport.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

/// A client over canned replies; list_statistics knows nothing unless a test says so.
struct Client {
    FakeTransport transport;
    MiClient client{transport, "fake:"};

    CannedMi& mi() { return transport.mi(); }
    StatisticsCapture statistics(const std::vector<std::string>& groups = {}) {
        return client.statistics(groups, Deadline(5s));
    }
    /// What get_statistics makes of this JSON object.
    StatisticsCapture of(const std::string& values) {
        mi().result("get_statistics", values);
        mi().result("list_statistics", "{}");
        mi().result("uptime", R"({"Up time":"368 [sec]"})");
        return statistics();
    }
};

const Statistic* find(const StatisticsCapture& capture, const std::string& group, const std::string& name) {
    const auto& all = capture.statistics;
    const auto found = std::find_if(
        all.begin(), all.end(), [&](const Statistic& one) { return one.group == group && one.name == name; });
    return found == all.end() ? nullptr : &*found;
}

/// The one of this name; -1000 in its place when there is none.
Statistic at(const StatisticsCapture& capture, const std::string& group, const std::string& name) {
    const auto* const found = find(capture, group, name);
    return found != nullptr ? *found : Statistic{"", "", StatisticKind::unknown, -1000, SampleFlag::exact};
}

std::vector<std::string> params_asked(const CannedMi& mi, const std::string& method) {
    std::vector<std::string> all;
    for (const auto& text : mi.requests()) {
        const auto request = nlohmann::json::parse(text);
        if (request.at("method") == method) all.push_back(request.value("params", nlohmann::json()).dump());
    }
    return all;
}

void check_value(const std::string& printed, std::int64_t value, SampleFlag flag) {
    INFO(printed);
    const auto capture = Client().of(R"({"g:n":)" + printed + "}");
    REQUIRE(capture.statistics.size() == 1);
    CHECK(capture.statistics[0].value == value);
    CHECK(capture.statistics[0].flag == flag);
    CHECK(capture.unreadable.empty());
}

} // namespace

TEST_CASE("statistics: the captured reply of a whole OpenSIPS, with its kinds") {
    Client client;
    client.mi().result("get_statistics", result_of(fixture("http/get_statistics-all.reply")));
    client.mi().result("list_statistics", result_of(fixture("http/list_statistics.reply")));
    const auto capture = client.statistics();

    CHECK(capture.statistics.size() ==
          nlohmann::json::parse(result_of(fixture("http/get_statistics-all.reply"))).size());
    CHECK(capture.unreadable.empty());
    REQUIRE(capture.uptime_s);
    CHECK(*capture.uptime_s == 367);
    CHECK(capture.statistics.front().group == "shmem");
    CHECK(capture.statistics.front().name == "total_size");
    CHECK(capture.statistics.front().value == 536870912);
    CHECK(capture.statistics.front().kind == StatisticKind::gauge);
    const auto* const requests = find(capture, "core", "rcv_requests");
    REQUIRE(requests != nullptr);
    CHECK(requests->value == 8760);
    CHECK(requests->kind == StatisticKind::counter);
    CHECK(std::all_of(capture.statistics.begin(), capture.statistics.end(),
                      [](const Statistic& one) { return one.flag == SampleFlag::exact; }));
}

TEST_CASE("statistics: asks for all in an array in an array, for the kinds, and not for uptime") {
    Client client;
    client.mi().result("get_statistics", R"({"core:timestamp":9})");
    client.mi().result("list_statistics", "{}");
    CHECK(client.statistics().uptime_s == 9);
    CHECK(params_asked(client.mi(), "get_statistics") == std::vector<std::string>{R"([["all"]])"});
    CHECK(params_asked(client.mi(), "list_statistics") == std::vector<std::string>{"null"});
    CHECK(params_asked(client.mi(), "uptime").empty());
}

TEST_CASE("statistics: uptime is asked when core:timestamp is not in the reply or can't be read") {
    CHECK(Client().of(R"({"shmem:fragments":1})").uptime_s == 368);
    CHECK(Client().of(R"({"core:timestamp":"soon"})").uptime_s == 368);
    Client client;
    client.mi().result("get_statistics", "{}");
    client.mi().result("list_statistics", "{}");
    client.mi().result("uptime", result_of(fixture("http/uptime.reply")));
    CHECK(client.statistics().uptime_s == 368);
}

TEST_CASE("statistics: an uptime that is no time is an error") {
    for (const auto* text : {R"({})", R"([])", R"({"Up time":5})", R"({"Up time":"[sec]"})",
                             R"({"Up time":"-4 [sec]"})", R"({"Up time":"3h"})", R"({"Up time":""})"}) {
        Client client;
        client.mi().result("get_statistics", "{}");
        client.mi().result("list_statistics", "{}");
        client.mi().result("uptime", text);
        CHECK_THROWS_WITH(client.statistics(), ContainsSubstring("MI uptime at fake:"));
    }
}

TEST_CASE("statistics: a counter below zero comes as 1.844674e+19") {
    check_value("1.844674e+19", -1, SampleFlag::negative_rounded);
    check_value("18446744073709551616", -1, SampleFlag::negative_rounded);
    check_value("9.223372036854775808e+18", -1, SampleFlag::negative_rounded);
}

TEST_CASE("statistics: an unsigned integer from 2^63 up is the negative number it is") {
    check_value("18446744073709551611", -5, SampleFlag::negative);
    check_value("9223372036854775808", INT64_MIN, SampleFlag::negative);
}

TEST_CASE("statistics: integers are exact") {
    check_value("0", 0, SampleFlag::exact);
    check_value("-7", -7, SampleFlag::exact);
    check_value("4294967296", 4294967296, SampleFlag::exact);
    check_value("9223372036854775807", INT64_MAX, SampleFlag::exact);
}

TEST_CASE("statistics: exponents and decimals of a whole number are accepted") {
    check_value("1.5e+3", 1500, SampleFlag::exact);
    check_value("12.0", 12, SampleFlag::exact);
    check_value("-0.0", 0, SampleFlag::exact);
    check_value("9007199254740992.0", 9007199254740992, SampleFlag::exact);
    check_value("1.234567e+17", 123456700000000000, SampleFlag::rounded);
    check_value("-1.234567e+17", -123456700000000000, SampleFlag::rounded);
}

TEST_CASE("statistics: what is no whole number is named and not stored") {
    for (const auto* printed :
         {"1.5", "1e-3", "1.9e+19", "-1e+19", "1e+300", "\"12\"", "null", "true", "[1]", "{\"a\":1}"}) {
        INFO(printed);
        const auto capture = Client().of(R"({"g:bad":)" + std::string(printed) + R"(,"g:good":1})");
        REQUIRE(capture.statistics.size() == 1);
        CHECK(capture.statistics[0].name == "good");
        CHECK(capture.unreadable == std::vector<std::string>{"g:bad"});
    }
}

TEST_CASE("statistics: a name holds colons and spaces after the first colon") {
    const auto capture =
        Client().of(R"({"script:sbc:rejected_scans":3,"script:sbc: live_gauge":4,"plain":5,":x":6,"y:":7})");
    REQUIRE(capture.statistics.size() == 5);
    CHECK(at(capture, "script", "sbc:rejected_scans").value == 3);
    CHECK(at(capture, "script", "sbc: live_gauge").value == 4);
    CHECK(at(capture, "", "plain").value == 5);
    CHECK(at(capture, "", "x").value == 6);
    CHECK(at(capture, "y", "").value == 7);
}

TEST_CASE("statistics: the order is that of the reply, each name once") {
    const auto capture = Client().of(R"({"b:2":1,"a:1":2,"c:3":3,"a:1":4})");
    REQUIRE(capture.statistics.size() == 3);
    CHECK(capture.statistics[0].group == "b");
    CHECK(capture.statistics[1].group == "a");
    CHECK(capture.statistics[2].group == "c");
}

TEST_CASE("statistics: more than 50,000 are refused, as each would be a row a minute") {
    std::string values = R"({"core:timestamp":1)";
    for (int i = 1; i < 50'000; ++i) values += ",\"a:" + std::to_string(i) + "\":1";
    CHECK(Client().of(values + "}").statistics.size() == 50'000);
    CHECK_THROWS_WITH(Client().of(values + ",\"a:b\":1}"),
                      ContainsSubstring("50001 statistics, more than 50000"));
}

TEST_CASE("statistics: members of anything but the last result are none") {
    for (const auto* reply : {R"({"other":{"a:lost":1},"result":{"core:timestamp":9,"a:b":2},"id":$ID})",
                              R"({"result":{"a:lost":1},"result":{"core:timestamp":9,"a:b":2},"id":$ID})",
                              R"({"error":[{"a:lost":1}],"x":{"a:b":7},"id":$ID,)"
                              R"("result":{"core:timestamp":9,"a:b":2}})"}) {
        INFO(reply);
        FakeTransport transport;
        transport.mi().raw("get_statistics", reply);
        transport.mi().raw("list_statistics", R"({"y":{"a:b":"incremental","z":1},"result":{},"id":$ID})");
        const auto capture = MiClient(transport, "fake:").statistics({}, Deadline(5s));
        CHECK(capture.uptime_s == 9);
        REQUIRE(capture.statistics.size() == 2);
        CHECK(std::count_if(capture.statistics.begin(), capture.statistics.end(),
                            [](const Statistic& s) { return s.name == "b" && s.value == 2; }) == 1);
    }
}

TEST_CASE("statistics: names come and go between the two replies") {
    Client client;
    client.mi().result("get_statistics", R"({"core:timestamp":9,"dynamic:byes_seen":1})");
    client.mi().result("list_statistics",
                       R"({"core:timestamp":"non-incremental","load:load-proc-9":"non-incremental"})");
    const auto capture = client.statistics();
    REQUIRE(capture.statistics.size() == 2);
    CHECK(capture.statistics[0].kind == StatisticKind::gauge);
    CHECK(capture.statistics[1].kind == StatisticKind::unknown);
    CHECK(find(capture, "load", "load-proc-9") == nullptr);
}

TEST_CASE("statistics: names that came or went are there or not in the next capture") {
    Client client;
    client.mi().result("get_statistics", R"({"core:timestamp":9,"load:load-proc-9":50})");
    client.mi().result("get_statistics", R"({"core:timestamp":69,"dynamic:byes_seen":1})");
    client.mi().result("list_statistics", "{}");
    const auto before = client.statistics();
    const auto after = client.statistics();
    CHECK(find(before, "load", "load-proc-9") != nullptr);
    CHECK(find(after, "load", "load-proc-9") == nullptr);
    CHECK(find(after, "dynamic", "byes_seen") != nullptr);
}

TEST_CASE("statistics: unknown groups are {} or error 404, and neither is an error") {
    Client empty;
    empty.mi().result("get_statistics", result_of(fixture("http/get_statistics-unknown.reply")));
    empty.mi().result("list_statistics", "{}");
    empty.mi().result("uptime", R"({"Up time":"3 [sec]"})");
    CHECK(empty.statistics({"nope"}).statistics.empty());

    Client error;
    error.mi().error("get_statistics", 404, "Statistics Not Found");
    error.mi().error("list_statistics", 404, "Statistics Not Found");
    error.mi().result("uptime", R"({"Up time":"3 [sec]"})");
    const auto capture = error.statistics({"nope"});
    CHECK(capture.statistics.empty());
    CHECK(capture.uptime_s == 3);
}

TEST_CASE("statistics: groups are asked with their colon, which MI wants") {
    Client client;
    client.mi().result("get_statistics", R"({"core:timestamp":9})");
    client.mi().result("list_statistics", "{}");
    static_cast<void>(client.statistics({"shmem", "core:"}));
    CHECK(params_asked(client.mi(), "get_statistics") == std::vector<std::string>{R"([["shmem:","core:"]])"});
}

TEST_CASE("statistics: many groups are split into requests of at most 1,024 bytes") {
    std::vector<std::string> groups;
    for (int n = 0; n < 100; ++n) groups.push_back("a_group_with_a_long_name_" + std::to_string(n));
    Client client;
    client.mi().result("get_statistics", R"({"core:timestamp":9,"first:a":1})");
    client.mi().result("get_statistics", R"({"core:timestamp":10,"second:b":2})");
    client.mi().result("list_statistics", R"({"first:a":"incremental","second:b":"incremental"})");
    const auto capture = client.statistics(groups);

    std::vector<std::string> asked;
    for (const auto& params : params_asked(client.mi(), "get_statistics")) {
        const auto names = nlohmann::json::parse(params).at(0);
        for (const auto& name : names) asked.push_back(name.get<std::string>());
    }
    CHECK(params_asked(client.mi(), "get_statistics").size() > 2);
    REQUIRE(asked.size() == groups.size());
    for (std::size_t n = 0; n < groups.size(); ++n) CHECK(asked[n] == groups[n] + ":");
    for (const auto& request : client.mi().requests()) CHECK(request.size() <= max_mi_request_bytes);
    // A name that several replies hold is one sample.
    CHECK(capture.statistics.size() == 3);
    CHECK(capture.uptime_s == 9);
    CHECK(at(capture, "second", "b").kind == StatisticKind::counter);
}

TEST_CASE("statistics: what is no group is refused before anything is asked") {
    for (const auto& group : {std::string("core:rcv_requests"), std::string(), std::string(":"),
                              std::string("a\nb"), std::string(201, 'g'), std::string("caf\xC3\xA9")}) {
        Client client;
        CHECK_THROWS_AS(client.statistics({group}), UsageError);
        CHECK(client.mi().requests().empty());
    }
    CHECK_NOTHROW(check_statistics_group("core"));
    CHECK_NOTHROW(check_statistics_group("core:"));
}

TEST_CASE("statistics: a failed list_statistics fails the source") {
    Client client;
    client.mi().result("get_statistics", R"({"core:timestamp":9})");
    client.mi().error("list_statistics", -32603, "Internal error");
    CHECK_THROWS_WITH(client.statistics(), ContainsSubstring("MI list_statistics at fake:"));
}

TEST_CASE("statistics: names that are not UTF-8 are kept losslessly") {
    const auto capture = Client().of("{\"sbc:caf\xE9\":1,\"sbc:caf\xC3\xA9\":2}");
    REQUIRE(capture.statistics.size() == 2);
    CHECK(from_storable(capture.statistics[0].name) == "caf\xE9");
    CHECK(capture.statistics[1].name == "caf\xC3\xA9");
}

TEST_CASE("statistics: over HTTP, from a server that looks like OpenSIPS") {
    CannedMi mi;
    mi.result("get_statistics", result_of(fixture("http/get_statistics-all.reply")));
    mi.result("list_statistics", result_of(fixture("http/list_statistics.reply")));
    const FakeHttpServer server(mi_http(mi));
    TransportSettings settings;
    settings.url = server.url();
    const auto transport = make_transport(settings);
    const auto capture = MiClient(*transport, settings.url).statistics({}, Deadline(10s));
    CHECK(at(capture, "sbc", "invites").value == 1408);
}

TEST_CASE("uptime tells the local time of OpenSIPS's host, and nothing else is taken for one") {
    Client client;
    client.mi().result("uptime", result_of(fixture("http/uptime.reply")));
    CHECK(client.client.local_time(Deadline(5s)) == "2026-11-22 16:15:37");
    client.mi().result("uptime", R"({"Now":"Tue Dec  1 00:00:09 2026"})");
    CHECK(client.client.local_time(Deadline(5s)) == "2026-12-01 00:00:09");
    for (const char* wrong :
         {R"({"Now":"soon"})", R"({"Now":"Sun unN 22 16:15:37 2026"})", R"({"Now":7})", "{}", "[]"}) {
        INFO(wrong);
        client.mi().result("uptime", wrong);
        CHECK_THROWS_AS(client.client.local_time(Deadline(5s)), SourceError);
    }
}
