#include "sipkeep/core/error.hpp"
#include "sipkeep/mi/mi_client.hpp"

#include "support/canned_mi.hpp"
#include "support/catch.hpp"
#include "support/fake_transport.hpp"

#include <nlohmann/json.hpp>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

/// "key content" a line, then "group:name=value" a line.
std::string text_of(const MiAnswer& answer) {
    std::string text;
    for (std::size_t i = 0; i < answer.rows.size(); ++i)
        text += std::string(answer.rows[i][1].value_or("?")) + " " +
                std::string(answer.rows[i][2].value_or("?")) + "\n";
    for (const Statistic& s : answer.statistics) {
        CHECK(s.kind == StatisticKind::gauge);
        text += s.group + ":" + s.name + "=" + std::to_string(s.value) + "\n";
    }
    return text;
}

std::string answer(const MiQuestion& question, const std::string& result) {
    FakeTransport transport;
    transport.mi().result(question.method, result);
    return text_of(MiClient(transport, "fake:").answer(question, Deadline(5s)));
}

/// One that mi.more knows, on the captured reply.
std::string known(std::string_view name, const std::string& fixture_name) {
    return answer(known_mi_question(name), result_of(fixture(fixture_name)));
}

std::string complaint(const MiQuestion& question, const std::string& result) {
    try {
        static_cast<void>(answer(question, result));
    } catch (const SourceError& error) {
        return error.what();
    }
    return "no error";
}

std::string refusal(const MiQuestion& question) {
    try {
        check_mi_question(question);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("MI rows: the commands that are known by name, as captured") {
    CHECK(known("ratelimit", "http/rl_list.reply") ==
          "caller-nordwind.example {\"algorithm\":\"SBT\"}\ncalls {\"algorithm\":\"TAILDROP\"}\n"
          "caller-acme.example {\"algorithm\":\"SBT\"}\n"
          "ratelimit:caller-nordwind.example.limit=100000\nratelimit:caller-nordwind.example.counter=0\n"
          "ratelimit:calls.limit=100000\nratelimit:calls.counter=0\n"
          "ratelimit:caller-acme.example.limit=100000\nratelimit:caller-acme.example.counter=0\n");
    CHECK(known("pike", "http/pike_list.reply") == "127.0.0.9 {}\n");
    CHECK(
        known("load_balancer", "http/lb_list.reply") ==
        "1 sip:127.0.0.1:5080 pstn {\"enabled\":\"yes\"}\n1 sip:127.0.0.1:5080 transc {\"enabled\":\"yes\"}\n"
        "1 sip:127.0.0.1:5082 pstn {\"enabled\":\"yes\"}\n"
        "load_balancer:1 sip:127.0.0.1:5080 pstn.load=4\nload_balancer:1 sip:127.0.0.1:5080 pstn.max=100\n"
        "load_balancer:1 sip:127.0.0.1:5080 transc.load=0\nload_balancer:1 sip:127.0.0.1:5080 transc.max=20\n"
        "load_balancer:1 sip:127.0.0.1:5082 pstn.load=0\nload_balancer:1 sip:127.0.0.1:5082 pstn.max=50\n");
    CHECK(known("tcp", "http/list_tcp_conns.reply") ==
          "1361743952 "
          "{\"Local\":\"127.0.0.1:5070\",\"Remote\":\"127.0.0.1:44826\",\"State\":0,\"Type\":\"tcp\"}\n");
    CHECK_THAT(known("processes", "http/ps.reply"),
               ContainsSubstring("6 {\"PID\":8336,\"Type\":\"timer\"}\n"));
}

TEST_CASE("MI rows: nothing there") {
    CHECK(answer(known_mi_question("ratelimit"), R"({"Pipes":[],"drop_rate":0})").empty());
    CHECK(answer(known_mi_question("tcp"), "null").empty()); // no TCP socket
    CHECK(answer(known_mi_question("load_balancer"), R"({"Destinations":[]})").empty());
}

TEST_CASE("MI rows: dialog profiles, a row a value and a statistic a profile") {
    FakeTransport transport;
    transport.mi().result(
        "list_all_profiles",
        R"({"Profiles":[{"name":"inbound","has value":true},{"name":"allcalls","has value":false}]})");
    transport.mi().result("profile_get_values", result_of(fixture("http/profile_get_values-inbound.reply")));
    transport.mi().result("profile_get_values", result_of(fixture("http/profile_get_values-allcalls.reply")));
    CHECK(text_of(MiClient(transport, "fake:").answer(known_mi_question("profiles"), Deadline(5s))) ==
          "inbound acme.example {\"count\":10}\ninbound nordwind.example {\"count\":1}\nallcalls "
          "{\"count\":11}\n"
          "profiles:inbound=11\nprofiles:allcalls=11\n");
    CHECK(nlohmann::json::parse(transport.mi().requests().at(1)).at("params").dump() ==
          R"({"profile":"inbound"})");
}

TEST_CASE("MI rows: a command described in the configuration") {
    const MiQuestion question{.name = "gates",
                              .method = "some_list",
                              .params = R"({"all":1})",
                              .rows = "/a~1b/*/List",
                              .key = {"group", "id"},
                              .values = {"load", "late"}};
    const std::string result =
        R"({"a/b":[{"group":"x","List":[{"id":1,"load":7,"up":true,"nested":[1],"none":null},{"id":"2 ","load":"8","late":null}]}]})";
    CHECK(answer(question, result) == "x 1 {\"up\":true}\nx 2 {}\ngates:x 1.load=7\ngates:x 2.load=8\n");
    FakeTransport transport;
    transport.mi().result("some_list", result);
    static_cast<void>(MiClient(transport, "fake:").answer(question, Deadline(5s)));
    CHECK(nlohmann::json::parse(transport.mi().requests().at(0)).at("params").dump() == R"({"all":1})");
    // One object: no key, and its numbers are the statistics.
    CHECK(answer({.name = "version", .method = "m", .values = {"n"}}, R"({"n":3,"text":"t"})") ==
          " {\"text\":\"t\"}\nversion:n=3\n");
}

TEST_CASE("MI rows: what does not fit the description is said") {
    const MiQuestion pipes = known_mi_question("ratelimit");
    CHECK_THAT(complaint(pipes, "{}"), ContainsSubstring("nothing at \"/Pipes\""));
    CHECK_THAT(complaint(pipes, R"({"Pipes":7})"), ContainsSubstring("nothing at \"/Pipes\""));
    CHECK_THAT(complaint(pipes, R"({"Pipes":[{"limit":1}]})"),
               ContainsSubstring("no \"id\" to tell it apart"));
    CHECK_THAT(complaint(pipes, R"({"Pipes":[{"id":"a","limit":"much"}]})"),
               ContainsSubstring("\"limit\" of 'a' is no number"));
    CHECK_THAT(complaint(pipes, R"({"Pipes":[[1]]})"), ContainsSubstring("neither an object nor a text"));
    CHECK_THAT(complaint(pipes, R"({"Pipes":[{"id":")" + std::string(256, 'x') + R"("}]})"),
               ContainsSubstring("more than 255 bytes"));
    CHECK_THAT(refusal({.name = "Gates", .method = "m"}), ContainsSubstring("a-z"));
    CHECK_THAT(refusal({.name = "dialog_ghost", .method = "m"}), ContainsSubstring("is taken"));
    CHECK_THAT(refusal({.name = "a", .method = ""}), ContainsSubstring("method: missing"));
    CHECK_THAT(refusal({.name = "a", .method = "m", .rows = "Pipes"}), ContainsSubstring("JSON pointer"));
    CHECK_THAT(refusal({.name = "a", .method = "m", .params = "{"}), ContainsSubstring("no JSON"));
    CHECK(refusal({.name = "a", .method = "m"}) == "no error");
}
