// Calls and registrations that OpenSIPS's tables never show, read from its memory.
#include "site.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

nlohmann::json call(int id, int state, int start = 1795364225) {
    const std::string n = std::to_string(id);
    const bool answered = state >= 3;
    return {{"ID", "aa." + n},
            {"db_id", n},
            {"state", state},
            {"timestart", answered ? start : 0},
            {"timeout", answered ? start + 3600 : 0},
            {"callid", "call" + n},
            {"from_uri", "sip:a" + n + "@x.test"},
            {"to_uri", "sip:b@y.test"},
            {"caller_tag", "f" + n},
            {"caller_contact", "sip:a" + n + "@10.0.0.1"},
            {"callee_cseq", "0"},
            {"caller_route_set", ""},
            {"caller_bind_addr", "udp:10.0.0.1:5060"},
            {"CALLEES",
             {{{"callee_tag", "t" + n},
               {"callee_contact", answered ? "sip:b@10.0.0.2" : ""},
               {"caller_cseq", "1"},
               {"callee_route_set", ""},
               {"callee_bind_addr", "udp:10.0.0.1:5060"}}}}};
}

void list_calls(Site& site, const std::vector<nlohmann::json>& calls) {
    site.mi.result("dlg_list", nlohmann::json{{"count", calls.size()}, {"Dialogs", calls}}.dump());
}

struct ListedPhone {
    std::string aor;
    int id;
    std::string user_agent = "phone";
    int left = 3600;
    int cseq = 7;
};

void list_phones(Site& site, const std::vector<ListedPhone>& phones) {
    std::string aors;
    for (const ListedPhone& p : phones)
        aors +=
            (aors.empty() ? "" : ",") + (R"({"AOR":")" + p.aor) + R"(","Contacts":[{"Contact":"sip:)" +
            p.aor + R"(","ContactID":")" + std::to_string(p.id) + R"(","Expires":)" + std::to_string(p.left) +
            R"(,"Q":"","Callid":"reg","Cseq":)" + std::to_string(p.cseq) + R"(,"User-agent":")" +
            p.user_agent +
            R"(","State":"CS_NEW","Flags":0,"Cflags":"","Socket":"udp:10.0.0.1:5060","Methods":4294967295}]})";
    site.mi.result("ul_dump", R"({"Domains":[{"name":"location","hash_size":512,"AORs":[)" + aors + "]}]}");
}

std::string calls_of(Site& site, const std::string& view, const std::string& columns) {
    return site.of_node(columns, view, "dlg_id, valid_from");
}

void counted(Site& site, const std::string& statistic, int value) {
    site.mi.counters(1000, {{statistic, std::to_string(value)}});
}

} // namespace

TEST_CASE("memory: calls that ring and calls too short for the table are history, the table's snapshot stays "
          "what it was") {
    Site& site = shared_site("memory-both");
    site.settings.more = "dialog: { source: both }\n";
    counted(site, "dialog:active_dialogs", 3);
    site.add_dialog(1);
    list_calls(site, {call(1, 4), call(2, 2), call(3, 4)}); // up; rings; answered, and not yet in the table
    CHECK(site.snapshot(0).err == "");
    site.add_dialog(3);
    list_calls(site, {call(1, 4), call(2, 5), call(3, 4), call(4, 1)}); // cancelled, flushed, new
    CHECK(site.snapshot(1).exit_code == 0);
    list_calls(site, {call(1, 4), call(3, 4)});
    CHECK(site.snapshot(2).exit_code == 0);

    const std::string t0 = site.datetime(0);
    const std::string t1 = site.datetime(1);
    const std::string t2 = site.datetime(2);
    const std::string open = "9999-12-31 00:00:00";
    CHECK(calls_of(site, "dialog_state", "dlg_id, valid_from, valid_to, state, source") ==
          "1|" + t0 + "|" + open + "|4|table\n2|" + t0 + "|" + t1 + "|2|mi\n2|" + t1 + "|" + t2 +
              "|5|mi\n3|" + t0 + "|" + t1 + "|4|mi\n3|" + t1 + "|" + open + "|4|table\n4|" + t1 + "|" + t2 +
              "|1|mi\n");
    CHECK(calls_of(site, "dialog_history", "dlg_id, valid_from, from_user, source") ==
          "1|" + t0 + "|a1|table\n3|" + t0 + "|a3|mi\n3|" + t1 + "|a3|table\n");
    CHECK(site.history.rows(
              "SELECT captured_at, dlg_id FROM dialog_snapshot WHERE node = 'memory-both' ORDER BY 1, 2") ==
          t0 + "|1\n" + t1 + "|1\n" + t1 + "|3\n" + t2 + "|1\n" + t2 + "|3\n");
    CHECK(site.history.rows("SELECT captured_at, dlg_id, state FROM dialog_memory WHERE node = 'memory-both' "
                            "ORDER BY 1, 2") ==
          t0 + "|2|2\n" + t0 + "|3|4\n" + t1 + "|2|5\n" + t1 + "|4|1\n");
    CHECK(site.ledger("dialog_source, dialogs, early, dialogs_in_table, dialogs_counted, dialogs_listed") ==
          "both|2|1|1|3|2\nboth|2|2|2|3|2\nboth|2|0|2|3|2\n");
    CHECK(site.sipkeep({"verify"}).err == "");
}

TEST_CASE("memory: an OpenSIPS that writes no tables is archived over MI alone, without any live database") {
    Site& site = shared_site("memory-mi");
    site.settings.more = "dialog: { source: mi }\nlocation: { source: mi }\n";
    list_calls(site, {call(1, 4), call(2, 2)});
    list_phones(site, {{"alice@x.test", 5}, {"bob@x.test", 2}});
    const std::string path = site.write_config();
    const auto run = [&](int minute) {
        std::string text = site.write_config();
        const std::string config = site.folder.write(
            "alone.yaml", "node: memory-mi\nlock_file: " + site.folder.path("lock") + "\nmi: { url: \"" +
                              site.mi.url() +
                              "\" }\nhistory: { option_file: " + site.folder.path("writer.cnf") +
                              ", database: " + site.history.name() + " }\n" + site.settings.more);
        return run_program({SIPKEEP_PROGRAM, "snapshot", "--at", site.at(minute), "-c", config});
    };
    const ProgramResult first = run(0);
    CHECK(first.exit_code == 0);
    CHECK(first.err.empty());
    // A minute later: the same calls, whose timeout has wandered by a second; bob has refreshed, alice has
    // not.
    auto wandered = call(1, 4);
    wandered["timeout"] = 1795364225 + 3601;
    list_calls(site, {wandered, call(2, 4)});
    list_phones(site, {{"alice@x.test", 5, "phone", 3541}, {"bob@x.test", 2, "phone", 3600, 8}});
    CHECK(run(1).exit_code == 0);
    list_phones(site, {{"bob@x.test", 2, "phone", 3540, 8}});
    list_calls(site, {});
    CHECK(run(2).exit_code == 0);

    const std::string t0 = site.datetime(0);
    const std::string t1 = site.datetime(1);
    const std::string t2 = site.datetime(2);
    CHECK(calls_of(site, "dialog_history", "dlg_id, valid_from, valid_to, state, source") ==
          "1|" + t0 + "|" + t2 + "|4|mi\n2|" + t1 + "|" + t2 + "|4|mi\n");
    CHECK(site.of_node("username, valid_from, valid_to, source", "location_history", "contact_id") ==
          "bob|" + t0 + "|9999-12-31 00:00:00|mi\nalice|" + t0 + "|" + t2 + "|mi\n");
    CHECK(site.of_node("contact_id, captured_at, cseq", "location_refresh", "contact_id, captured_at") ==
          "2|" + t0 + "|7\n2|" + t1 + "|8\n5|" + t0 + "|7\n");
    CHECK(site.ledger("dialog_status, dialog_source, dialogs, early, dialogs_in_table, location_source, "
                      "contacts, refreshed") ==
          "ok|mi|1|1|<null>|mi|2|0\nok|mi|2|0|<null>|mi|2|1\nok|mi|0|0|<null>|mi|1|0\n");
    CHECK(site.history.rows("SELECT COUNT(*) FROM dialog_snapshot WHERE node = 'memory-mi'") == "0\n");
    CHECK(site.history.rows(
              "SELECT captured_at, username FROM location_memory WHERE node = 'memory-mi' ORDER BY 1, 2") ==
          t0 + "|alice\n" + t0 + "|bob\n" + t1 + "|alice\n" + t1 + "|bob\n" + t2 + "|bob\n");
    CHECK(site.sipkeep({"verify"}).err == "");
}

TEST_CASE("memory: a phone whose User-Agent is not UTF-8 reaches history beside those of the table") {
    Site& site = shared_site("memory-latin1");
    site.settings.more = "location: { source: both }\n";
    site.add_contact(3);
    list_phones(site, {{"eve@x.test", 1, "T\xE9l"}, {"u3@x.test", 3}, {"zoe@x.test", 9}});
    CHECK(site.snapshot(0).err == "");
    CHECK(site.of_node("contact_id, HEX(user_agent), source", "location_history", "contact_id") ==
          "1|54F48FBBA96C|mi\n3||table\n9|70686F6E65|mi\n");
    CHECK(site.ledger("contacts, contacts_in_table, contacts_listed") == "3|1|3\n");
    CHECK(site.history.rows("SELECT contact_id FROM location_snapshot WHERE node = 'memory-latin1'") ==
          "3\n");
}

TEST_CASE(
    "memory: by default MI is asked where a table is empty though OpenSIPS counts rows, and -v says so") {
    Site& site = shared_site("memory-auto");
    counted(site, "dialog:active_dialogs", 0);
    list_calls(site, {call(1, 4)});
    CHECK(site.snapshot(0).err == "");
    CHECK(site.ledger("dialog_source, dialogs") == "table|0\n");
    site.mi.counters(1060, {{"dialog:active_dialogs", "1"}, {"usrloc:registered_users", "1"}});
    list_phones(site, {{"alice@x.test", 5}});
    const ProgramResult told = site.snapshot(1, {"-v"});
    CHECK(told.exit_code == 0);
    CHECK_THAT(
        told.err,
        ContainsSubstring(
            "dialog: the table is empty, though dialog:active_dialogs says otherwise: read over MI as well"));
    CHECK_THAT(told.err, ContainsSubstring("location: the table is empty"));
    CHECK(site.ledger("dialog_source, dialogs, location_source, contacts") ==
          "table|0|table|0\nboth|1|both|1\n");
    // Without MI nobody knows whether the empty tables say all: nothing ends.
    site.mi.error("get_statistics", -32603, "Internal error");
    CHECK(site.snapshot(2).exit_code == 3);
    CHECK(site.open_set("dialog") == "1|" + site.datetime(1) + "\n");
    CHECK(site.open_set("location") == "5|" + site.datetime(1) + "\n");
    CHECK(site.ledger("dialogs_kept, contacts_kept") == "<null>|0\n<null>|<null>\n1|1\n");
    site.mi.counters(1120, {{"dialog:active_dialogs", "1"}, {"usrloc:registered_users", "1"}});
    // The table fills: MI is left alone again, and what it told of has its end.
    site.add_dialog(1);
    site.add_contact(5);
    CHECK(site.snapshot(3).err.empty());
    CHECK(calls_of(site, "dialog_history", "dlg_id, valid_from, source") ==
          "1|" + site.datetime(1) + "|mi\n1|" + site.datetime(3) + "|table\n");
    CHECK(site.of_node("contact_id, valid_from, source", "location_history", "valid_from") ==
          "5|" + site.datetime(1) + "|mi\n5|" + site.datetime(3) + "|table\n");
    CHECK(site.sipkeep({"verify"}).err == "");
}

TEST_CASE("memory: where MI does not answer beside a table, what it told before is neither shown nor ended") {
    Site& site = shared_site("memory-missed");
    site.settings.more = "dialog: { source: both }\nlocation: { source: both }\n";
    site.add_dialog(1);
    site.add_contact(3);
    list_calls(site, {call(1, 4), call(2, 4), call(3, 2)});
    list_phones(site, {{"eve@x.test", 1}, {"u3@x.test", 3}});
    CHECK(site.snapshot(0).err == "");
    site.mi.error("dlg_list", -32603, "Internal error");
    site.mi.error("ul_dump", -32603, "Internal error");
    site.remove_dialog(1);
    site.remove_contact(3);
    const ProgramResult partial = site.snapshot(1);
    CHECK(partial.exit_code == 3);
    CHECK_THAT(partial.err, ContainsSubstring("MI dlg_list at"));
    CHECK_THAT(partial.err, ContainsSubstring("MI ul_dump at"));
    CHECK(site.ledger(
              "dialog_source, dialogs, early, dialogs_kept, location_source, contacts, contacts_kept") ==
          "both|2|1|<null>|both|2|<null>\ntable|0|<null>|2|table|0|1\n");
    CHECK(site.open_set("location") == "1|" + site.datetime(0) + "\n");
    CHECK(calls_of(site, "dialog_state", "dlg_id, valid_to <> '9999-12-31'") == "1|1\n2|0\n3|0\n");
    CHECK(site.history.rows(
              "SELECT captured_at, dlg_id FROM dialog_memory WHERE node = 'memory-missed' ORDER BY 1, 2") ==
          site.datetime(0) + "|2\n" + site.datetime(0) + "|3\n");
    // Heard again: one call has gone on, one ended some time between.
    list_calls(site, {call(2, 4)});
    list_phones(site, {});
    CHECK(site.snapshot(2).exit_code == 0);
    CHECK(calls_of(site, "dialog_state", "dlg_id, valid_from, valid_to <> '9999-12-31'") ==
          "1|" + site.datetime(0) + "|1\n2|" + site.datetime(0) + "|0\n3|" + site.datetime(0) + "|1\n");
    CHECK(site.open_set("location").empty());
    CHECK(site.sipkeep({"verify"}).err == "");
}

TEST_CASE("memory: a source that is MI alone fails with it, and closes nothing") {
    Site& site = shared_site("memory-failed");
    site.settings.more = "dialog: { source: mi }\n";
    list_calls(site, {call(1, 4)});
    CHECK(site.snapshot(0).err == "");
    site.mi.error("dlg_list", -32601, "Method not found");
    const ProgramResult failed = site.snapshot(1);
    CHECK(failed.exit_code == 3);
    CHECK_THAT(failed.err, ContainsSubstring("the module that brings this method is not loaded"));
    CHECK(site.ledger("dialog_status, dialog_source") == "ok|mi\nfailed|<null>\n");
    CHECK(site.open_set("dialog") == "1|" + site.datetime(0) + "\n");
}

TEST_CASE("memory: captures that wait in the spool keep what MI told") {
    Site& site = shared_site("memory-spool");
    site.settings.more = "dialog: { source: both }\nlocation: { source: both }\nspool: { dir: " +
                         site.folder.path("memory-spool") + " }\n";
    counted(site, "usrloc:location-contacts", 2);
    list_calls(site, {call(1, 2)});
    list_phones(site, {{"eve@x.test", 1}, {"u3@x.test", 3}});
    site.add_contact(3);
    site.take_history_away();
    CHECK(site.snapshot(0).exit_code == 4);
    site.settings.history_user = "writer";
    CHECK(site.snapshot(1).exit_code == 0);
    CHECK(site.ledger("provenance, dialog_source, early, location_source, contacts, contacts_in_table, "
                      "contacts_counted, contacts_listed") ==
          "spool|both|1|both|2|1|2|2\nspool|both|1|both|2|1|2|2\n");
    CHECK(calls_of(site, "dialog_state", "dlg_id, valid_from, source") == "1|" + site.datetime(0) + "|mi\n");
    CHECK(site.of_node("contact_id, source", "location_history", "contact_id") == "1|mi\n3|table\n");
    CHECK(site.sipkeep({"verify"}).err == "");
}

TEST_CASE("memory: what configuration it needs is said") {
    Site& site = shared_site("memory-config");
    site.settings.more = "dialog: { source: memory }\n";
    CHECK_THAT(site.snapshot(0).err, ContainsSubstring("dialog.source: expected auto, table, mi or both"));
    site.settings.more = "location: { source: table }\n";
    site.settings.live_more = ", location: false";
    const ProgramResult refused = site.snapshot(0);
    CHECK(refused.exit_code == 2);
    CHECK_THAT(refused.err,
               ContainsSubstring("location.source: needs live.location, which is missing or false"));
}

TEST_CASE(
    "memory: rows that the table has and memory has not are ghosts, until they are gone or heard of again") {
    Site& site = shared_site("memory-ghosts");
    site.settings.more = "dialog: { source: both }\nlocation: { source: both }\n";
    site.add_dialog(1);
    site.add_dialog(2);
    site.add_contact(3);
    site.add_contact(4);
    list_calls(site, {call(2, 4)});
    site.mi.result("ul_dump", R"({"Domains":[{"name":"location","AORs":[{"AOR":"u3@x.test","Contacts":[)"
                              R"({"Contact":"sip:u3","ContactID":"3","Expires":"expired"}]}]}]})");
    CHECK(site.snapshot(0).err == "");
    site.mi.error("ul_dump", -32603, "Internal error");
    list_calls(site, {call(1, 4), call(2, 4)});
    CHECK(site.snapshot(1).exit_code == 3);
    list_phones(site, {{"u3@x.test", 3}, {"u4@x.test", 4}});
    CHECK(site.snapshot(2).exit_code == 0);

    const std::string t0 = site.datetime(0);
    const std::string t1 = site.datetime(1);
    const std::string t2 = site.datetime(2);
    CHECK(site.of_node("name, row_key, valid_from, valid_to", "mi_row_history", "name") ==
          "dialog_ghost|1|" + t0 + "|" + t1 + "\nlocation_ghost|4|" + t0 + "|" + t2 + "\n");
    CHECK(site.ledger("mi_row_status, mi_rows, mi_rows_kept, mi_rows_missed") ==
          "ok|2|<null>|<null>\nok|0|1|location_ghost\nok|0|<null>|<null>\n");
    // At the second capture nobody knows of the registration.
    CHECK(site.history.rows(
              "SELECT captured_at, name FROM mi_row_snapshot WHERE node = 'memory-ghosts' ORDER BY 1, 2") ==
          t0 + "|dialog_ghost\n" + t0 + "|location_ghost\n");
    CHECK(site.sipkeep({"verify"}).err == "");
}

TEST_CASE("memory: what mi.more and mi.extra name is kept as statistics and rows; a command that fails ends "
          "nothing") {
    Site& site = shared_site("memory-more");
    site.settings.mi_more = ", more: [ratelimit, pike], extra: [{ name: gates, method: lb_list, rows: "
                            "'/Destinations/*/Resources', "
                            "key: [uri, name], values: [load] }]";
    site.mi.result(
        "rl_list",
        R"({"Pipes":[{"id":"calls","algorithm":"TAILDROP","limit":100,"counter":7}],"drop_rate":0})");
    site.mi.result("pike_list", R"({"IPs":["192.0.2.7"]})");
    site.mi.result("lb_list",
                   R"({"Destinations":[{"uri":"sip:gw","Resources":[{"name":"pstn","max":9,"load":3}]}]})");
    CHECK(site.snapshot(0).err == "");
    site.mi.result("rl_list",
                   R"({"Pipes":[{"id":"calls","algorithm":"RED","limit":100,"counter":9}],"drop_rate":0})");
    site.mi.error("pike_list", -32601, "Method not found");
    const ProgramResult partial = site.snapshot(1, {"--json"});
    CHECK(partial.exit_code == 3);
    CHECK_THAT(partial.err, ContainsSubstring("MI pike_list at"));
    CHECK(nlohmann::json::parse(partial.out).at("mi_rows_missed") == "pike");

    const std::string t0 = site.datetime(0);
    const std::string t1 = site.datetime(1);
    const std::string open = "9999-12-31 00:00:00";
    CHECK(
        site.of_node("name, row_key, valid_from, valid_to, content", "mi_row_history", "name, valid_from") ==
        "gates|sip:gw pstn|" + t0 + "|" + open + "|{\"max\":9}\npike|192.0.2.7|" + t0 + "|" + open +
            "|{}\nratelimit|calls|" + t0 + "|" + t1 + "|{\"algorithm\":\"TAILDROP\"}\nratelimit|calls|" + t1 +
            "|" + open + "|{\"algorithm\":\"RED\"}\n");
    CHECK(site.history.rows("SELECT captured_at, `group`, name, kind, value FROM statistic_sample WHERE node "
                            "= 'memory-more' AND "
                            "`group` IN ('ratelimit', 'gates') ORDER BY 1, 2, 3") ==
          t0 + "|gates|sip:gw pstn.load|gauge|3\n" + t0 + "|ratelimit|calls.counter|gauge|7\n" + t0 +
              "|ratelimit|calls.limit|gauge|100\n" + t1 + "|gates|sip:gw pstn.load|gauge|3\n" + t1 +
              "|ratelimit|calls.counter|gauge|9\n" + t1 + "|ratelimit|calls.limit|gauge|100\n");
    CHECK(site.ledger("mi_row_status, mi_rows, mi_rows_kept, mi_rows_missed") ==
          "ok|3|<null>|<null>\nok|2|1|pike\n");
    CHECK(site.sipkeep({"verify"}).err == "");
}

TEST_CASE("memory: where mi.budget is overdrawn, MI is asked for statistics and dispatcher alone until it is "
          "made up for") {
    Site& site = shared_site("memory-budget");
    site.settings.mi_more = ", budget: 1ms, more: [ratelimit]";
    site.settings.more = "dialog: { source: both }\nlocation: { source: mi }\n";
    site.mi.result("rl_list", R"({"Pipes":[]})");
    list_calls(site, {call(1, 2)});
    list_phones(site, {{"alice@x.test", 5}});
    CHECK(site.snapshot(0).err == "");
    CHECK(site.ledger("mi_ms IS NOT NULL, mi_debt_ms IS NOT NULL") == "1|1\n");
    site.history.sql().execute("UPDATE capture SET mi_debt_ms = 5 WHERE captured_at = '" + site.datetime(0) +
                               "' AND node_id = (SELECT node_id FROM node WHERE node = 'memory-budget')");
    const ProgramResult thinned = site.snapshot(1, {"-v"});
    CHECK(thinned.exit_code == 0);
    CHECK_THAT(
        thinned.err,
        ContainsSubstring("mi.budget is overdrawn: of MI, only statistics and dispatcher were asked for"));
    CHECK(site.ledger("flags, mi_status, dialog_source, dialogs_kept, location_status, mi_row_status, "
                      "mi_rows_missed") ==
          "|ok|both|<null>|ok|ok|<null>\nmi_thinned|ok|table|1|off|off|ratelimit,dialog_ghost\n");
    CHECK(calls_of(site, "dialog_state", "dlg_id, valid_to > NOW() + INTERVAL 1 YEAR") == "1|1\n");
    // A budget that is never reached lets everything be asked again.
    site.settings.mi_more = ", budget: 1h, more: [ratelimit]";
    CHECK(site.snapshot(2).exit_code == 0);
    CHECK(site.snapshot(3).exit_code == 0);
    CHECK(site.ledger("dialog_source, mi_debt_ms") == "both|5\ntable|4\ntable|0\nboth|0\n");
    CHECK(site.sipkeep({"verify"}).err == "");
}
