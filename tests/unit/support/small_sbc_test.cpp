// The demo's SBC must behave like one, or what is shown with it proves nothing.
#include "support/canned_mi.hpp"
#include "support/catch.hpp"
#include "support/small_sbc/live_tables.hpp"
#include "support/small_sbc/mi_replies.hpp"
#include "support/small_sbc/sbc.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <vector>

using namespace sipkeep::small_sbc;
using nlohmann::ordered_json;

namespace {

ordered_json ask(const std::string& method, const std::string& params, int minute) {
    return ordered_json::parse(
        mi_reply(R"({"jsonrpc":"2.0","id":1,"method":")" + method + "\"" + params + "}", minute));
}

ordered_json all_statistics(int minute) {
    return ask("get_statistics", R"(,"params":[["all"]])", minute).at("result");
}

const Registration& of_user(const std::vector<Registration>& rows, const std::string& username) {
    const auto found = std::find_if(rows.begin(), rows.end(),
                                    [&](const Registration& row) { return row.username == username; });
    REQUIRE(found != rows.end());
    return *found;
}

std::vector<std::string> names_of(const ordered_json& object) {
    std::vector<std::string> names;
    for (const auto& [name, value] : object.items()) names.push_back(name);
    return names;
}

} // namespace

TEST_CASE("the small SBC answers list_statistics with the captured bytes") {
    const std::string captured = sipkeep::test::fixture("http/list_statistics.reply");
    const std::string body = mi_reply(R"({"jsonrpc":"2.0","id":1,"method":"list_statistics"})", 3);
    CHECK(captured.ends_with("\r\n\r\n" + body));
}

TEST_CASE("the small SBC has the captured statistics in their order, and no counter ever shrinks") {
    const auto kinds = ask("list_statistics", "", 0).at("result");
    auto before = all_statistics(0);
    CHECK(before.size() == 161);
    CHECK(names_of(before) == names_of(kinds));
    for (int minute = 1; minute <= 30; ++minute) {
        auto now = all_statistics(minute);
        for (const auto& [name, value] : now.items())
            if (kinds.at(name) == "incremental" && value < before.at(name))
                FAIL(name << " shrank at " << minute);
        CHECK(now.at("core:rcv_requests") > before.at("core:rcv_requests"));
        CHECK(now.at("core:timestamp") == before.at("core:timestamp").get<int>() + 60);
        before = now;
    }
}

TEST_CASE("what the small SBC says over MI agrees with its tables") {
    for (int minute = 0; minute <= 10; ++minute) {
        const auto statistics = all_statistics(minute);
        CHECK(statistics.at("usrloc:registered_users") == registrations(minute).size());
        CHECK(statistics.at("dialog:active_dialogs") == calls(minute).size());
    }
    CHECK(ask("no_such_method", "", 0).at("error").at("code") == -32601);
}

TEST_CASE("ids of the small SBC's rows are unique in every minute") {
    for (int minute = 0; minute <= 60; ++minute) {
        std::set<std::uint64_t> contacts, dialogs;
        for (const auto& row : registrations(minute)) contacts.insert(row.contact_id);
        for (const auto& row : calls(minute)) dialogs.insert(row.dlg_id);
        CHECK(contacts.size() == registrations(minute).size());
        CHECK(dialogs.size() == calls(minute).size());
        CHECK(dialogs.size() >= 3);
    }
}

TEST_CASE("within ten minutes a phone moves twice, one leaves, one arrives, others refresh") {
    const auto home = of_user(registrations(3), "1008");
    const auto new_router = of_user(registrations(4), "1008");
    const auto mobile = of_user(registrations(7), "1008");
    CHECK(home.contact == new_router.contact);
    CHECK(home.contact_id == new_router.contact_id);
    CHECK(home.received != new_router.received);
    CHECK(home.last_modified < new_router.last_modified);
    CHECK(new_router.contact != mobile.contact);
    CHECK(new_router.contact_id != mobile.contact_id);

    CHECK(registrations(2).size() == 61);
    CHECK(registrations(3).size() == 62);
    CHECK(registrations(6).size() == 61);

    const auto before = of_user(registrations(1), "1002");
    const auto after = of_user(registrations(4), "1002");
    CHECK(after.cseq > before.cseq);
    CHECK(after.expires > before.expires);
    CHECK(after.contact == before.contact);
}

TEST_CASE("a gateway of the small SBC goes probing and comes back, in ds_list as in the table") {
    const auto state = [](int minute) {
        return ask("ds_list", R"(,"params":{"full":1})", minute)
            .at("/result/PARTITIONS/0/SETS/1/Destinations/1/state"_json_pointer)
            .get<std::string>();
    };
    CHECK(state(3) == "Active");
    CHECK(state(4) == "Probing");
    CHECK(state(7) == "Active");
    CHECK(gateways(4).back().state == GatewayState::probing);
}

TEST_CASE("quotes and backslashes reach the small SBC's tables unharmed") {
    const std::string sql = live_tables_sql(0);
    CHECK(sql.find(R"('Acme "Desk\\Phone" 7.1')") != std::string::npos);
    CHECK(sql.find(R"(O\'Brien\'s PC)") != std::string::npos);
}
