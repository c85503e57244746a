#include "sipkeep/core/error.hpp"

#include "archive_rig.hpp"
#include "support/catch.hpp"

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

TEST_CASE("one run stores all four sources under the start of its interval") {
    ArchiveRig rig;
    rig.say_all_is_well();
    const ArchiveResult result = rig.run(first + 1250ms);
    CHECK(result.stored);
    CHECK_FALSE(result.partial());
    CHECK(result.warnings.empty());
    const LedgerRow& row = rig.ledger(first);
    CHECK(row.captured_at == first);
    CHECK(row.started_at == first + 1250ms);
    for (const SourceStatus status : {row.mi, row.dispatcher, row.dialog, row.location})
        CHECK(status == SourceStatus::ok);
    CHECK(row.samples == 2U);
    CHECK(row.destinations == 2U);
    CHECK(row.dialogs == 1U);
    CHECK(row.contacts == 2U);
    CHECK(row.opened == 5);
    CHECK(row.closed == 0);
    CHECK(row.error.empty());
    CHECK(row.flags.empty());
    CHECK(row.provenance == "live");
    CHECK(row.uptime_s == 3600);
    CHECK(row.epoch_started_at == first + 1s - 3600s);
    CHECK(rig.snapshot(dialog_table(), first, {"dlg_id", "state"}) == "1|4\n");
    CHECK(rig.snapshot(location_table(), first, {"contact_id", "expires"}) == "1|100\n2|100\n");
    CHECK(rig.snapshot(dispatcher_table(), first, {"uri", "occurrence", "state", "weight"}) ==
          "sip:192.0.2.1|0|Active|<null>\nsip:192.0.2.1|1|Probing|5\n");
}

TEST_CASE("the second capture tells what changed since the first, and how") {
    ArchiveRig rig;
    rig.say_all_is_well();
    static_cast<void>(rig.run(first));
    rig.tables.put_dialog(1, call(1, "5"));
    rig.tables.put_contact(1, phone(1, "160"));
    rig.tables.location.erase(2);
    rig.tables.put_contact(3, phone(3));
    static_cast<void>(rig.run(first + 60s));
    const LedgerRow& row = rig.ledger(first + 60s);
    CHECK(row.opened == 2);
    CHECK(row.closed == 2);
    CHECK(row.refreshed == 1);
    CHECK(rig.snapshot(location_table(), first, {"contact_id", "expires"}) == "1|100\n2|100\n");
    CHECK(rig.snapshot(location_table(), first + 60s, {"contact_id", "expires"}) == "1|160\n3|100\n");
}

TEST_CASE("an interval that is stored already is left alone, and nobody is asked anything") {
    ArchiveRig rig;
    rig.say_all_is_well();
    static_cast<void>(rig.run(first));
    const std::size_t asked = rig.transport.mi().requests().size();
    rig.history.writes.clear();
    FakeLiveReader live(rig.tables);
    const ArchiveResult again = rig.run(&live, first + 59s);
    CHECK_FALSE(again.stored);
    CHECK_FALSE(again.partial());
    CHECK(rig.history.writes.empty());
    CHECK(live.log().empty());
    CHECK(rig.transport.mi().requests().size() == asked);
}

TEST_CASE("a clock stepped back is refused, said, and flagged in the next capture that is stored") {
    ArchiveRig rig;
    rig.say_all_is_well();
    static_cast<void>(rig.run(first));
    CHECK_THROWS_AS(rig.run(first - 1s), Error);
    CHECK_THROWS_WITH(rig.run(first - 1s), ContainsSubstring("2026-11-22T11:59:00Z") &&
                                               ContainsSubstring("2026-11-22T12:00:00Z") &&
                                               ContainsSubstring("clock has stepped back"));
    CHECK(rig.node().ledger.size() == 1);
    static_cast<void>(rig.run(first + 60s));
    CHECK(rig.ledger(first + 60s).flags == Flags{"clock_stepped_back"});
    static_cast<void>(rig.run(first + 120s));
    CHECK(rig.ledger(first + 120s).flags.empty());
}

TEST_CASE("sources that the plan leaves out, or that have nowhere to look, are off") {
    ArchiveRig rig;
    rig.say_all_is_well();
    SECTION("by the plan") {
        rig.plan.statistics = rig.plan.dispatcher = rig.plan.dialog = rig.plan.location = false;
        static_cast<void>(rig.run(first));
        CHECK(rig.transport.mi().requests().empty());
    }
    SECTION("without live tables and without MI") {
        FakeHistoryStore store(rig.history);
        static_cast<void>(archive_capture(rig.plan, {}, store, first));
    }
    const LedgerRow& row = rig.ledger(first);
    for (const SourceStatus status : {row.mi, row.dispatcher, row.dialog, row.location})
        CHECK(status == SourceStatus::off);
    CHECK_FALSE(row.samples);
    CHECK_FALSE(row.destinations);
    CHECK_FALSE(row.dialogs);
    CHECK_FALSE(row.contacts);
}

TEST_CASE("an OpenSIPS without the dispatcher module has no dispatcher to look at") {
    ArchiveRig rig;
    rig.transport.mi().result("get_statistics", R"({"core:timestamp":1})");
    rig.transport.mi().result("list_statistics", "{}");
    const ArchiveResult result = rig.run(first);
    CHECK_FALSE(result.partial());
    CHECK(rig.ledger(first).dispatcher == SourceStatus::off);
    CHECK(rig.ledger(first).mi == SourceStatus::ok);
}

TEST_CASE("a table that had many rows and is empty is stored as that, and flagged") {
    ArchiveRig rig;
    rig.say_all_is_well();
    for (int id = 1; id <= 40; ++id) {
        rig.tables.put_dialog(std::uint64_t(id), call(id));
        rig.tables.put_contact(std::uint64_t(id), phone(id));
    }
    static_cast<void>(rig.run(first));
    SECTION("both emptied") {
        rig.tables = {};
        static_cast<void>(rig.run(first + 60s));
        CHECK(rig.ledger(first + 60s).flags == Flags{"dialog_emptied", "location_emptied"});
        CHECK(rig.snapshot(dialog_table(), first + 60s, {"dlg_id"}).empty());
        static_cast<void>(rig.run(first + 120s)); // empty as before: nothing new
        CHECK(rig.ledger(first + 120s).flags.empty());
    }
    SECTION("nearly so: one of twenty left") {
        const Cells left = rig.tables.location.at(7);
        rig.tables.location = {{7, left}, {8, rig.tables.location.at(8)}};
        static_cast<void>(rig.run(first + 60s));
        CHECK(rig.ledger(first + 60s).flags == Flags{"location_emptied"});
    }
    SECTION("three of forty left are a quiet hour") {
        while (rig.tables.location.size() > 3) rig.tables.location.erase(rig.tables.location.begin());
        static_cast<void>(rig.run(first + 60s));
        CHECK(rig.ledger(first + 60s).flags.empty());
    }
    SECTION("compared with the newest capture that could look") {
        FakeLiveReader blind(rig.tables);
        blind.fail_from(0, "no route to host");
        static_cast<void>(rig.run(&blind, first + 60s));
        CHECK(rig.ledger(first + 60s).flags.empty());
        rig.tables = {};
        static_cast<void>(rig.run(first + 120s));
        CHECK(rig.ledger(first + 120s).flags == Flags{"dialog_emptied", "location_emptied"});
    }
}

TEST_CASE("statistics below zero, rounded there, or unreadable are flagged") {
    ArchiveRig rig;
    const auto flags = [&](const std::string& statistics) {
        rig.say(statistics, R"({"PARTITIONS":[]})");
        static_cast<void>(rig.run(first));
        return rig.ledger(first).flags;
    };
    SECTION("below zero") {
        CHECK(flags(R"({"core:timestamp":1,"tm:inuse":18446744073709551613})") ==
              Flags{"negative_statistic"});
        CHECK(rig.node().samples.at(first).back().value == -3);
    }
    SECTION("below zero, printed rounded") {
        CHECK(flags(R"({"core:timestamp":1,"tm:inuse":1.844674e+19})") == Flags{"negative_statistic"});
    }
    SECTION("unreadable") {
        CHECK(flags(R"({"core:timestamp":1,"tm:inuse":"many"})") == Flags{"unreadable_statistic"});
        CHECK(rig.ledger(first).samples == 1U);
    }
    SECTION("a name longer than its column") {
        CHECK(flags(R"({"core:timestamp":1,"g:)" + std::string(191, 'n') + R"(":1})") ==
              Flags{"unreadable_statistic"});
        CHECK(rig.ledger(first).samples == 1U);
    }
    SECTION("all of it") {
        CHECK(flags(R"({"core:timestamp":1,"a:b":"x","tm:inuse":18446744073709551613})") ==
              Flags{"unreadable_statistic", "negative_statistic"});
    }
    SECTION("none of it") {
        CHECK(flags(R"({"core:timestamp":1})").empty());
    }
}

TEST_CASE("all captures of one life of OpenSIPS agree when it began") {
    ArchiveRig rig;
    for (const int uptime : {3600, 3660, 3719, 30})
        rig.say(R"({"core:timestamp":)" + std::to_string(uptime) + "}", R"({"PARTITIONS":[]})");
    for (int i = 0; i < 4; ++i) static_cast<void>(rig.run(first + 60s * i));
    CHECK(rig.ledger(first + 60s).epoch_started_at == rig.ledger(first).epoch_started_at);
    CHECK(rig.ledger(first + 120s).epoch_started_at == rig.ledger(first).epoch_started_at);
    CHECK(rig.ledger(first + 180s).epoch_started_at == first + 150s);
}

TEST_CASE(
    "destinations whose URIs differ in trailing spaces only are counted as equal, as the database does") {
    ArchiveRig rig;
    rig.say(
        R"({"core:timestamp":1})",
        R"({"PARTITIONS":[{"name":"p","SETS":[{"id":1,"Destinations":[{"URI":"sip:a","state":"Active"},)"
        R"({"URI":"sip:a ","state":"Probing"}]},{"id":2,"Destinations":[{"URI":"sip:a","state":"Active"}]}]}]})");
    static_cast<void>(rig.run(first));
    CHECK(rig.snapshot(dispatcher_table(), first, {"set_id", "uri", "occurrence"}) ==
          "1|sip:a|0\n1|sip:a |1\n2|sip:a|0\n");
}

TEST_CASE("a rehearsal says what a run would store, and writes nothing") {
    ArchiveRig rig;
    rig.say_all_is_well();
    const auto rehearse = [&](UtcMilliseconds now) {
        FakeLiveReader live(rig.tables);
        FakeHistoryStore store(rig.history);
        return rehearse_capture(rig.plan, {.mi = &rig.mi, .live = &live}, store, now);
    };
    SECTION("before the first capture: the node is not even made") {
        const ArchiveResult result = rehearse(first);
        CHECK_FALSE(result.stored);
        CHECK(result.row.opened == 5);
        CHECK(result.row.samples == 2U);
        CHECK(rig.history.writes.empty());
        CHECK_FALSE(rig.history.nodes.contains("sbc1"));
    }
    SECTION("after one: only the changes count") {
        static_cast<void>(rig.run(first));
        rig.history.writes.clear();
        rig.tables.put_contact(1, phone(1, "160"));
        rig.tables.dialog.clear();
        const ArchiveResult result = rehearse(first + 60s);
        CHECK_FALSE(result.stored);
        CHECK(result.row.refreshed == 1);
        CHECK(result.row.closed == 1);
        CHECK(result.row.opened == 0);
        CHECK(rig.history.writes.empty());
        CHECK(rig.node().ledger.size() == 1);
    }
    SECTION("with the clock stepped back: refused, and not remembered") {
        static_cast<void>(rig.run(first));
        rig.history.writes.clear();
        CHECK_THROWS_AS(rehearse(first - 60s), Error);
        CHECK(rig.history.writes.empty());
        CHECK_FALSE(rig.node().refused);
    }
    SECTION("of a stored interval: nothing to do") {
        static_cast<void>(rig.run(first));
        CHECK_FALSE(rehearse(first + 5s).stored);
    }
}

TEST_CASE("what moves no narrow column is found by the compare, within its captures, and counted") {
    ArchiveRig rig;
    rig.say_all_is_well();
    rig.plan.full_compare_every = 60;
    for (int id = 1; id <= 100; ++id) rig.tables.put_contact(std::uint64_t(id), phone(id));
    static_cast<void>(rig.run(first));
    rig.tables.location.at(77)["user_agent"] = "changed behind the back";
    std::uint64_t compared = 0;
    int found_after = 0;
    for (int i = 1; i <= 60; ++i) {
        const ArchiveResult result = rig.run(first + 60s * i);
        compared += result.row.compared;
        CHECK(result.row.found_by_compare <= 1);
        if (result.row.found_by_compare == 1 && found_after == 0) found_after = i;
    }
    CHECK(found_after > 0);
    CHECK(found_after <= 60);
    CHECK(compared >= 100);
    CHECK(compared <= 300);
    CHECK(rig.snapshot(location_table(), first + 3600s, {"user_agent"}).find("changed behind") !=
          std::string::npos);
}
