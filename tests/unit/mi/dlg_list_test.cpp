#include "sipkeep/core/error.hpp"
#include "sipkeep/core/table.hpp"
#include "sipkeep/mi/mi_client.hpp"

#include "support/canned_mi.hpp"
#include "support/catch.hpp"
#include "support/fake_transport.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <set>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

std::string call_field(const Rows& rows, std::size_t row, std::string_view column) {
    const Field text = rows[row][dialog_table().at(column)];
    return text ? std::string(*text) : "NULL";
}

/// Answers dlg_list from a list that may change between two requests.
class ListedCalls final : public Transport {
public:
    std::vector<std::uint64_t> ids;
    std::function<void(int request)> before_request = [](int) {};
    std::size_t largest_reply = 1'000'000; ///< calls; more are refused
    int requests = 0;

    std::string exchange(std::string_view text, Deadline) override {
        before_request(++requests);
        const auto request = nlohmann::json::parse(text);
        REQUIRE(request.at("method") == "dlg_list");
        const auto index = request.at("params").at("index").get<std::size_t>();
        const auto counter = request.at("params").at("counter").get<std::size_t>();
        if (counter > largest_reply) throw SourceError("HTTP 500: the reply is larger than httpd's buffer");
        nlohmann::json dialogs = nlohmann::json::array();
        for (std::size_t i = index; i < std::min(index + counter, ids.size()); ++i)
            dialogs.push_back(
                {{"db_id", std::to_string(ids[i])}, {"state", 4}, {"callid", "c" + std::to_string(ids[i])}});
        const nlohmann::json reply{{"jsonrpc", "2.0"},
                                   {"result", {{"count", ids.size()}, {"Dialogs", dialogs}}},
                                   {"id", request.at("id")}};
        return reply.dump();
    }
    [[nodiscard]] std::set<std::string> listed() {
        const Rows rows = MiClient(*this, "fake:").dialogs(Deadline(5s));
        std::set<std::string> found;
        for (std::size_t i = 0; i < rows.size(); ++i)
            CHECK(found.insert(call_field(rows, i, "dlg_id")).second);
        return found;
    }
};

} // namespace

TEST_CASE("dlg_list: the captured reply, of calls that ring, are up and are over") {
    FakeTransport transport;
    transport.mi().result("dlg_list", result_of(fixture("http/dlg_list.reply")));
    MiClient client(transport, "fake:");
    const Rows rows = client.dialogs(Deadline(5s));
    REQUIRE(rows.size() == 105);
    std::map<std::string, int> states;
    std::size_t up = rows.size();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        ++states[call_field(rows, i, "state")];
        CHECK(is_from_memory(dialog_table(), rows[i]));
        CHECK(is_answered_call(rows[i]) ==
              (call_field(rows, i, "state") == "3" || call_field(rows, i, "state") == "4"));
        if (up == rows.size() && call_field(rows, i, "state") == "4") up = i;
    }
    CHECK(states["2"] + states["4"] + states["5"] == 105);
    CHECK(states["2"] > 0);
    REQUIRE(up < rows.size());

    CHECK(call_field(rows, 0, "dlg_id") == "262452412351");
    CHECK(call_field(rows, 0, "callid") == "172-30001-949100@127.0.0.1");
    CHECK(call_field(rows, 0, "from_tag") == "30001x172");
    CHECK(call_field(rows, 0, "to_tag") == "29844g938");
    CHECK(call_field(rows, 0, "caller_contact") == "sip:1364@127.0.0.1:5072");
    CHECK(call_field(rows, 0, "callee_contact") == "NULL");
    CHECK(call_field(rows, 0, "caller_cseq") == "0");
    CHECK(call_field(rows, 0, "callee_cseq") == "1");
    CHECK(call_field(rows, 0, "callee_sock") == "udp:127.0.0.1:5060");
    CHECK(call_field(rows, 0, "start_time") == "0");
    CHECK(call_field(rows, 0, "mangled_from_uri") == "NULL");
    CHECK(call_field(rows, up, "callee_contact") != "NULL");
    CHECK(call_field(rows, up, "start_time").size() == 10);
}

TEST_CASE("dlg_list: pages are asked for until one is short") {
    ListedCalls calls;
    for (std::uint64_t id = 1; id <= 1203; ++id) calls.ids.push_back(id);
    CHECK(calls.listed().size() == 1203);
    CHECK(calls.requests == 3);
    calls.ids.clear();
    CHECK(calls.listed().empty());
}

TEST_CASE("dlg_list: what stays is listed, whatever comes and goes between the pages") {
    ListedCalls calls;
    for (std::uint64_t id = 1; id <= 3000; ++id) calls.ids.push_back(id * 10);
    const int ended = GENERATE(1, 9, 10, 11, 60, 499, 700);
    // Of those that were listed first, so that all that follow move forward by as many.
    calls.before_request = [&](int request) {
        if (request != 2 && request != 4) return;
        calls.ids.erase(calls.ids.begin(), calls.ids.begin() + ended);
        calls.ids.insert(calls.ids.begin(), 5 + static_cast<std::uint64_t>(request));
    };
    const auto found = calls.listed();
    for (std::uint64_t id = 1501; id <= 3000; ++id) CHECK(found.contains(std::to_string(id * 10)));
}

TEST_CASE("dlg_list: a server with a small buffer is asked for less at a time") {
    ListedCalls calls;
    for (std::uint64_t id = 1; id <= 95; ++id) calls.ids.push_back(id);
    calls.largest_reply = 60;
    CHECK(calls.listed().size() == 95);
    calls.largest_reply = 5;
    CHECK_THROWS_WITH(calls.listed(), ContainsSubstring("HTTP 500"));
}

TEST_CASE("dlg_list: another shape, or no dialog module") {
    const auto complaint_about = [](const std::optional<std::string>& result) {
        FakeTransport transport;
        if (result) transport.mi().result("dlg_list", *result);
        try {
            static_cast<void>(MiClient(transport, "fake:").dialogs(Deadline(5s)));
        } catch (const SourceError& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    CHECK_THAT(complaint_about({}), ContainsSubstring("the module that brings this method is not loaded"));
    CHECK_THAT(complaint_about(R"({"Dialogs":[{"state":4}]})"), ContainsSubstring("without a \"db_id\""));
    CHECK_THAT(complaint_about(R"({"Dialogs":[{"db_id":"7x"}]})"), ContainsSubstring("without a \"db_id\""));
    CHECK_THAT(complaint_about("[]"), ContainsSubstring("no \"Dialogs\""));
    CHECK_THAT(complaint_about("{}"), ContainsSubstring("no \"Dialogs\""));
}
