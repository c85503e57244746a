// Replies that are not what was asked for, seen through MiClient.
#include "sipkeep/core/error.hpp"
#include "sipkeep/core/text.hpp"
#include "sipkeep/mi/mi_client.hpp"

#include "support/canned_mi.hpp"
#include "support/catch.hpp"
#include "support/fake_transport.hpp"

#include <nlohmann/json.hpp>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

/// What the client says to these bytes as the reply to ds_list; $ID stands for the request's id.
std::string complaint_about(const std::string& bytes) {
    FakeTransport transport;
    transport.mi().raw("ds_list", bytes);
    try {
        static_cast<void>(MiClient(transport, "fake:").dispatcher(Deadline(5s)));
    } catch (const SourceError& error) {
        return error.what();
    }
    return "accepted";
}

std::string nested(int depth) {
    const auto count = static_cast<std::size_t>(depth);
    return R"({"jsonrpc":"2.0","id":$ID,"result":)" + std::string(count, '[') + std::string(count, ']') + "}";
}

} // namespace

TEST_CASE("MI: an id is always sent, small enough for a C int, and moves on") {
    FakeTransport transport;
    transport.mi().result("ds_list", R"({"PARTITIONS":[]})");
    MiClient client(transport, "fake:");
    static_cast<void>(client.dispatcher(Deadline(5s)));
    static_cast<void>(client.dispatcher(Deadline(5s)));
    const auto requests = transport.mi().requests();
    const auto first = nlohmann::json::parse(requests.at(0));
    const auto second = nlohmann::json::parse(requests.at(1));
    CHECK(first.at("jsonrpc") == "2.0");
    CHECK(first.at("id").get<std::int64_t>() > 0);
    CHECK(second.at("id").get<std::int64_t>() == first.at("id").get<std::int64_t>() + 1);
    CHECK(second.at("id").get<std::int64_t>() < 2147483647);
}

TEST_CASE("MI: a reply for another id is refused") {
    for (const auto* id : {"0", "2147483647", "null", "\"1\"", "1.5", "[]"})
        CHECK_THAT(
            complaint_about(R"({"jsonrpc":"2.0","result":{"PARTITIONS":[]},"id":)" + std::string(id) + "}"),
            ContainsSubstring("for another request"));
    CHECK_THAT(complaint_about(R"({"jsonrpc":"2.0","result":{"PARTITIONS":[]}})"),
               ContainsSubstring("for another request"));
    CHECK_THAT(
        complaint_about(R"({"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":0})"),
        ContainsSubstring("for another request"));
}

TEST_CASE("MI: an error names method, URL, code, message and data") {
    const auto message = complaint_about(
        R"({"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid params","data":"Bad type"},"id":$ID})");
    CHECK(message ==
          "MI ds_list at fake:: OpenSIPS answers with error -32602 'Invalid params', data 'Bad type'");
}

TEST_CASE("MI: an error to a request that OpenSIPS could not read has a null id") {
    const auto bytes = fixture("http/batch.reply");
    CHECK_THAT(complaint_about(bytes.substr(bytes.find("\r\n\r\n") + 4)),
               ContainsSubstring("-32600 'Invalid Request'"));
}

TEST_CASE("MI: foreign text can't forge a line of a log") {
    const auto message = complaint_about(
        R"({"jsonrpc":"2.0","error":{"code":500,"message":"a\nb\u001b[31m\\ \u0085é\u202e"},"id":$ID})");
    CHECK_THAT(message, ContainsSubstring(R"('a\x0ab\x1b[31m\\ \xc2\x85\xc3\xa9\xe2\x80\xae')"));
    CHECK_THAT(complaint_about("500 Internal\nerror"), ContainsSubstring(R"('500 Internal\x0aerror')"));
}

TEST_CASE("MI: long foreign text is cut") {
    const std::string bytes =
        R"({"jsonrpc":"2.0","error":{"code":500,"message":")" + std::string(100000, 'x') + R"("},"id":$ID})";
    CHECK(complaint_about(bytes).size() < 400);
    CHECK(complaint_about(std::string(100000, '{')).size() < 400);
}

TEST_CASE("MI: what is no JSON-RPC reply is refused") {
    for (const auto* bytes :
         {"failed to print response", "{", "\"\xE9", "[]", "null", "7", "{}", "{\"id\":$ID}",
          "{\"id\":$ID,\"result\":1}", "{\"id\":$ID,\"error\":{}}", "{\"id\":$ID,\"error\":{\"code\":\"x\"}}",
          "{\"id\":$ID,\"error\":7}", "{\"id\":$ID,\"result\":{}} trailing", "{\"id\":$ID,\"result\":1e999}",
          "{\"id\":$ID,\"result\":\"\\ud800\"}"}) {
        INFO(bytes);
        CHECK_THAT(complaint_about(bytes), ContainsSubstring("MI ds_list at fake:"));
    }
}

TEST_CASE("MI: a reply cut at any byte is an error, never a crash") {
    const auto captured = fixture("http/ds_list-full.reply");
    const std::string whole = R"({"jsonrpc":"2.0","result":)" + result_of(captured) + R"(,"id":$ID})";
    CHECK(complaint_about(whole) == "accepted");
    for (std::size_t length = 1; length < whole.size(); ++length)
        REQUIRE_THAT(complaint_about(whole.substr(0, length)), ContainsSubstring("MI ds_list at fake:"));
}

TEST_CASE("MI: a reply nested 100,000 deep is an error, not a stack overflow") {
    CHECK_THAT(complaint_about(nested(100000)), ContainsSubstring("nested deeper than 32"));
    CHECK_THAT(complaint_about(std::string(100000, '[')), ContainsSubstring("MI ds_list at fake:"));
    std::string objects = R"({"jsonrpc":"2.0","id":$ID,"result":)";
    for (int depth = 0; depth < 100000; ++depth) objects += R"({"a":)";
    CHECK_THAT(complaint_about(objects), ContainsSubstring("nested deeper than 32"));
}

TEST_CASE("MI: a reply of millions of values is refused before anything is built from it") {
    // 3 bytes of "[]," became 56 in memory: a gigabyte of the largest reply.
    std::string empties = R"({"jsonrpc":"2.0","id":$ID,"result":[[])";
    for (int i = 0; i < 5'000'000; ++i) empties += ",[]";
    CHECK_THAT(complaint_about(empties + "]}"), ContainsSubstring("the reply holds more than 500000 values"));
    std::string names = R"({"jsonrpc":"2.0","id":$ID,"result":{"a":1)";
    for (int i = 0; i < 600'000; ++i) names += ",\"" + std::to_string(i) + "\":1";
    CHECK_THAT(complaint_about(names + "}}"), ContainsSubstring("the reply holds more than 500000 values"));
    CHECK_THAT(complaint_about(names.substr(0, names.find(",\"499000\":")) + "}}"),
               ContainsSubstring("PARTITIONS"));
}

TEST_CASE("MI: 32 levels are enough for every reply of OpenSIPS, and allowed") {
    CHECK_THAT(complaint_about(nested(31)), ContainsSubstring("PARTITIONS"));
    CHECK_THAT(complaint_about(nested(32)), ContainsSubstring("nested deeper than 32"));
}

TEST_CASE("MI: a captured reply that is not UTF-8 is read") {
    // ul_dump holds a latin1 User-Agent; as the attr of a destination it comes back to the byte.
    const auto captured = fixture("http/ul_dump.reply");
    const auto at = captured.find('\xE9');
    REQUIRE(at != std::string::npos);
    const auto begin = captured.rfind('"', at) + 1;
    const auto attr = captured.substr(begin, captured.find('"', at) - begin);
    FakeTransport transport;
    transport.mi().result("ds_list", R"({"PARTITIONS":[{"name":"default","SETS":[{"id":1,"Destinations":[)"
                                     R"({"URI":"sip:a","state":"Active","attr":")" +
                                         attr + R"("}]}]}], "all":)" + result_of(captured) + "}");
    const auto destinations = MiClient(transport, "fake:").dispatcher(Deadline(5s));
    REQUIRE(destinations);
    REQUIRE(destinations->size() == 1);
    CHECK(from_storable(destinations->at(0).attr.value()) == attr);
    CHECK(attr.find('\xE9') != std::string::npos);
}
