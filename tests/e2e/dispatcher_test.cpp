// The dispatcher's destinations as versions.
#include "site.hpp"
#include "support/catch.hpp"

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

void gateway_is(Site& site, const std::string& state) {
    site.mi.result("ds_list",
                   R"({"PARTITIONS":[{"name":"default","SETS":[{"id":1,"Destinations":[)"
                   R"({"URI":"sip:gw1","state":")" +
                       state +
                       R"(","first_hit_counter":69,"weight":50,"priority":1},)"
                       R"({"URI":"sip:gw1","state":"Inactive"},{"URI":"sip:gw2","state":"Active"}]}]}]})");
}

void captured_dispatcher(Site& site) {
    site.mi.result("ds_list", result_of(fixture("http/ds_list-full.reply")));
}

} // namespace

TEST_CASE("a gateway going Probing and back makes versions") {
    Site& site = shared_site("probing");
    int minute = 0;
    for (const char* state : {"Active", "Active", "Probing", "Probing", "Active"}) {
        gateway_is(site, state);
        REQUIRE(site.snapshot(minute++).exit_code == 0);
    }
    captured_dispatcher(site);
    const std::string open = "9999-12-31 00:00:00\n";
    CHECK(site.of_node("occurrence, state, valid_from, valid_to", "dispatcher_history",
                       "uri, occurrence, valid_from") ==
          "0|Active|" + site.datetime(0) + "|" + site.datetime(2) + "\n" + //
              "0|Probing|" + site.datetime(2) + "|" + site.datetime(4) + "\n" + "0|Active|" +
              site.datetime(4) + "|" + open +                 //
              "1|Inactive|" + site.datetime(0) + "|" + open + //
              "0|Active|" + site.datetime(0) + "|" + open);
    CHECK(site.of_node("priority, weight", "dispatcher_history", "uri, occurrence, valid_from LIMIT 1") ==
          "1|50\n");
}

TEST_CASE("an OpenSIPS without the dispatcher module: status off, which closes nothing") {
    Site& site = shared_site("no_module");
    gateway_is(site, "Active");
    REQUIRE(site.snapshot(0).exit_code == 0);
    const std::string before = site.open_set("dispatcher");
    site.mi.error("ds_list", -32601, "Method not found");
    const ProgramResult result = site.snapshot(1);
    captured_dispatcher(site);
    CHECK(result.exit_code == 0);
    CHECK(result.err.empty());
    CHECK(site.ledger("dispatcher_status, destinations") == "ok|3\noff|<null>\n");
    CHECK(site.open_set("dispatcher") == before);
    CHECK(lines_of(before) == 3);
}
