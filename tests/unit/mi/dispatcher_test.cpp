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

std::optional<std::vector<Destination>> dispatcher_of(const std::string& result) {
    FakeTransport transport;
    transport.mi().result("ds_list", result);
    return MiClient(transport, "fake:").dispatcher(Deadline(5s));
}

std::string one_destination(const std::string& members) {
    return R"({"PARTITIONS":[{"name":"p","SETS":[{"id":1,"Destinations":[{)" + members + "}]}]}]}";
}

} // namespace

TEST_CASE("dispatcher: the captured reply to ds_list full") {
    const auto destinations = dispatcher_of(result_of(fixture("http/ds_list-full.reply")));
    REQUIRE(destinations);
    REQUIRE(destinations->size() == 4);
    const auto& first = destinations->at(0);
    CHECK(first.partition_name == "default");
    CHECK(first.set_id == 2);
    CHECK(first.uri == "sip:127.0.0.1:5092");
    CHECK(first.state == "Probing");
    CHECK_FALSE(first.attr);
    CHECK_FALSE(first.description);
    CHECK(first.priority == 0);
    CHECK(first.weight == 1);
    const auto& last = destinations->at(3);
    CHECK(last.set_id == 1);
    CHECK(last.attr == "gw=b");
    CHECK(last.description == "carrier B (down)");
    CHECK(last.priority == 1);
    CHECK(last.weight == 50);
    CHECK(destinations->at(1).state == "Inactive");
    CHECK(destinations->at(2).state == "Active");
}

TEST_CASE("dispatcher: asks for the full form by name") {
    FakeTransport transport;
    transport.mi().result("ds_list", R"({"PARTITIONS":[]})");
    static_cast<void>(MiClient(transport, "fake:").dispatcher(Deadline(5s)));
    const auto request = nlohmann::json::parse(transport.mi().requests().at(0));
    CHECK(request.at("method") == "ds_list");
    CHECK(request.at("params").dump() == R"({"full":1})");
}

TEST_CASE("dispatcher: an OpenSIPS without the module has none, which is no error") {
    FakeTransport transport; // knows no method, as OpenSIPS without the module
    CHECK_FALSE(MiClient(transport, "fake:").dispatcher(Deadline(5s)));
}

TEST_CASE("dispatcher: no destinations are not the same as no module") {
    for (const auto* result :
         {R"({"PARTITIONS":[]})", R"({"PARTITIONS":[{"name":"default"}]})",
          R"({"PARTITIONS":[{"name":"default","SETS":[]}]})",
          R"({"PARTITIONS":[{"name":"default","SETS":[{"id":1,"Destinations":[]}]}]})"}) {
        const auto destinations = dispatcher_of(result);
        REQUIRE(destinations);
        CHECK(destinations->empty());
    }
}

TEST_CASE("dispatcher: the short form has no priority and weight") {
    const auto destinations = dispatcher_of(result_of(fixture("http/ds_list.reply")));
    REQUIRE(destinations);
    REQUIRE(destinations->size() == 4);
    CHECK_FALSE(destinations->at(0).priority);
    CHECK_FALSE(destinations->at(0).weight);
}

TEST_CASE("dispatcher: another error fails the source") {
    FakeTransport transport;
    transport.mi().error("ds_list", 500, "Unknown partition");
    CHECK_THROWS_WITH(MiClient(transport, "fake:").dispatcher(Deadline(5s)),
                      ContainsSubstring("error 500 'Unknown partition'"));
}

TEST_CASE("dispatcher: a reply of another shape fails the source") {
    for (const auto& result :
         {std::string("{}"), std::string("[]"), std::string("null"), std::string("\"PARTITIONS\""),
          std::string(R"({"PARTITIONS":{}})"), std::string(R"({"PARTITIONS":[7]})"),
          std::string(R"({"PARTITIONS":[{}]})"), std::string(R"({"PARTITIONS":[{"name":"p","SETS":7}]})"),
          std::string(R"({"PARTITIONS":[{"name":"p","SETS":[{}]}]})"),
          std::string(R"({"PARTITIONS":[{"name":"p","SETS":[{"id":"1","Destinations":[]}]}]})"),
          one_destination(""), one_destination(R"("URI":"sip:a")"),
          one_destination(R"("URI":7,"state":"Active")"), one_destination(R"("URI":"sip:a","state":null)"),
          one_destination(R"("URI":"sip:a","state":"Active","weight":"1")"),
          one_destination(R"("URI":"sip:a","state":"Active","attr":[])")}) {
        INFO(result);
        CHECK_THROWS_WITH(dispatcher_of(result), ContainsSubstring("MI ds_list at fake:"));
    }
}
