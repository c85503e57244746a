// Each source succeeds or fails alone; whatever fails closes no row.
#include "sipkeep/core/error.hpp"

#include "archive_rig.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

std::size_t count(const std::vector<std::string>& all, const std::string& one) {
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), one));
}

} // namespace

TEST_CASE("a live database that can't be read leaves MI's sources stored, and closes nothing") {
    ArchiveRig rig;
    rig.say_all_is_well();
    static_cast<void>(rig.run(first));
    FakeLiveReader live(rig.tables);
    live.fail_from(0, "can't connect");
    const ArchiveResult result = rig.run(&live, first + 60s);
    CHECK(result.stored);
    CHECK(result.partial());
    CHECK(result.errors == std::vector<std::string>{"dialog: can't connect", "location: can't connect"});
    const LedgerRow& row = rig.ledger(first + 60s);
    CHECK(row.dialog == SourceStatus::failed);
    CHECK(row.location == SourceStatus::failed);
    CHECK(row.mi == SourceStatus::ok);
    CHECK(row.dispatcher == SourceStatus::ok);
    CHECK(row.error == "dialog: can't connect\nlocation: can't connect");
    CHECK_FALSE(row.dialogs);
    CHECK_FALSE(row.contacts);
    CHECK(row.closed == 0);
    static_cast<void>(rig.run(first + 120s));
    CHECK(rig.ledger(first + 120s).opened == 0); // all still open from the first capture
    CHECK(rig.snapshot(dialog_table(), first + 120s, {"dlg_id"}) == "1\n");
    CHECK(rig.snapshot(dialog_table(), first + 60s, {"dlg_id"}).empty());
}

TEST_CASE("an OpenSIPS that does not answer leaves the live tables stored") {
    ArchiveRig rig;
    rig.transport.stop();
    const ArchiveResult result = rig.run(first);
    CHECK(result.partial());
    CHECK(result.errors.size() == 2);
    const LedgerRow& row = rig.ledger(first);
    CHECK(row.mi == SourceStatus::failed);
    CHECK(row.dispatcher == SourceStatus::failed);
    CHECK_FALSE(row.samples);
    CHECK_FALSE(row.uptime_s);
    CHECK_FALSE(row.epoch_started_at);
    CHECK(row.dialogs == 1U);
    CHECK(rig.node().samples.empty());
}

TEST_CASE("all sources failed: the capture is stored, as one that saw nothing") {
    ArchiveRig rig;
    rig.transport.stop();
    FakeLiveReader live(rig.tables);
    live.fail_from(0, "gone");
    const ArchiveResult result = rig.run(&live, first);
    CHECK(result.stored);
    CHECK(result.errors.size() == 4);
    CHECK(rig.node().ledger.size() == 1);
}

TEST_CASE("a live database lost while full rows are fetched: discarded, and stored without location") {
    ArchiveRig rig;
    rig.say_all_is_well();
    static_cast<void>(rig.run(first));
    for (std::uint64_t id = 3; id < 2000; ++id) rig.tables.put_contact(id, phone(int(id)));
    rig.tables.put_dialog(2, call(2));
    rig.history.writes.clear();
    FakeLiveReader live(rig.tables);
    live.fail_from(4, "Server has gone away"); // dialogs, contact_states, two of the batches go well
    const ArchiveResult result = rig.run(&live, first + 60s);
    CHECK(result.stored);
    CHECK(result.errors == std::vector<std::string>{"location: Server has gone away"});
    CHECK(count(rig.history.writes, "begin") == 2);
    CHECK(count(rig.history.writes, "commit") == 1);
    const LedgerRow& row = rig.ledger(first + 60s);
    CHECK(row.location == SourceStatus::failed);
    CHECK(row.dialog == SourceStatus::ok);
    CHECK(row.opened == 1); // the dialog alone: counted anew
    CHECK(row.closed == 0);
    CHECK(row.compared == 0);
    CHECK(rig.snapshot(dialog_table(), first + 60s, {"dlg_id"}) == "1\n2\n");
    CHECK(rig.node().tables["location"].open.size() == 2);
}

TEST_CASE("narrow rows that break off midway close nothing, and the rest of the capture is stored") {
    ArchiveRig rig;
    rig.say_all_is_well();
    rig.plan.full_compare_every = 60;
    for (std::uint64_t id = 1; id <= 40; ++id) rig.tables.put_contact(id, phone(int(id)));
    static_cast<void>(rig.run(first));
    const std::uint64_t turn = rig.node().compare_turn;
    rig.tables.put_dialog(2, call(2));
    for (const std::size_t row : {0U, 1U, 39U, 40U}) {
        INFO("at row " << row);
        const UtcSeconds at = first + 60s * int(row + 1);
        FakeLiveReader live(rig.tables);
        live.break_states_at(row, "the result broke off");
        rig.history.writes.clear();
        const ArchiveResult result = rig.run(&live, at);
        CHECK(result.stored);
        CHECK(result.errors == std::vector<std::string>{"location: the result broke off"});
        CHECK(count(rig.history.writes, "begin") ==
              (row == 0 ? 1 : 2)); // whether there is a first one, the look asks
        CHECK(live.log().back() == "finish");
        const LedgerRow& ledger = rig.ledger(at);
        CHECK(ledger.location == SourceStatus::failed);
        CHECK(ledger.dialog == SourceStatus::ok);
        CHECK(ledger.dialogs == 2U);
        CHECK_FALSE(ledger.contacts);
        CHECK(ledger.closed == 0);
        CHECK(rig.node().tables["location"].open.size() == 40);
        CHECK(rig.node().compare_turn == turn);
    }
}

TEST_CASE("a location that holds a contact_id twice fails alone, and closes nothing") {
    ArchiveRig rig;
    rig.say_all_is_well();
    static_cast<void>(rig.run(first));
    FakeLiveReader live(rig.tables);
    live.repeat_contacts();
    const ArchiveResult result = rig.run(&live, first + 60s);
    CHECK(result.stored);
    REQUIRE(result.errors.size() == 1);
    CHECK_THAT(result.errors.front(), ContainsSubstring("location: contact_id 1 comes twice"));
    CHECK(rig.ledger(first + 60s).dialog == SourceStatus::ok);
    CHECK(rig.ledger(first + 60s).closed == 0);
    CHECK(rig.node().tables["location"].open.size() == 2);
}

TEST_CASE("a table that failed has no count and no flag, however far it was read") {
    ArchiveRig rig;
    rig.say_all_is_well();
    for (std::uint64_t id = 1; id <= 40; ++id) rig.tables.put_contact(id, phone(int(id)));
    static_cast<void>(rig.run(first));
    while (rig.tables.location.size() > 1) rig.tables.location.erase(rig.tables.location.begin());
    FakeLiveReader live(rig.tables);
    live.fail_from(2, "lost"); // the one left is to be compared in full
    static_cast<void>(rig.run(&live, first + 60s));
    const LedgerRow& row = rig.ledger(first + 60s);
    CHECK(row.location == SourceStatus::failed);
    CHECK_FALSE(row.contacts);
    CHECK(row.flags.empty());
}

TEST_CASE("the rotation of the compare does not move on in a capture whose location failed") {
    ArchiveRig rig;
    rig.say_all_is_well();
    rig.plan.full_compare_every = 60;
    static_cast<void>(rig.run(first));
    const std::uint64_t turn = rig.node().compare_turn;
    FakeLiveReader live(rig.tables);
    live.fail_from(2, "lost");
    rig.tables.put_contact(9, phone(9));
    static_cast<void>(rig.run(&live, first + 60s));
    CHECK(rig.node().compare_turn == turn);
    static_cast<void>(rig.run(first + 120s));
    CHECK_FALSE(rig.node().compare_turn == turn);
}

TEST_CASE("rows that history refuses fail their source alone") {
    const std::vector<std::pair<const char*, SourceStatus LedgerRow::*>> sources{
        {"dialog", &LedgerRow::dialog},
        {"location", &LedgerRow::location},
        {"dispatcher", &LedgerRow::dispatcher},
        {"sample", &LedgerRow::mi}};
    for (const auto& [refused, status] : sources) {
        INFO(refused);
        ArchiveRig rig;
        rig.say_all_is_well();
        rig.history.refused_tables.insert(refused);
        const ArchiveResult result = rig.run(first);
        CHECK(result.stored);
        REQUIRE(result.errors.size() == 1);
        CHECK_THAT(result.errors.front(), ContainsSubstring("Data too long"));
        LedgerRow row = rig.ledger(first);
        CHECK(row.*status == SourceStatus::failed);
        row.*status = SourceStatus::ok;
        for (const SourceStatus other : {row.mi, row.dispatcher, row.dialog, row.location})
            CHECK(other == SourceStatus::ok);
        rig.history.refused_tables.clear();
        CHECK_FALSE(rig.run(first + 60s).partial());
    }
}

TEST_CASE("every source refused, one after the other: the ledger says so, and nothing else is stored") {
    ArchiveRig rig;
    rig.say_all_is_well();
    rig.history.refused_tables = {"dialog", "location", "dispatcher", "sample"};
    const ArchiveResult result = rig.run(first);
    CHECK(result.stored);
    CHECK(result.errors.size() == 4);
    const LedgerRow& row = rig.ledger(first);
    CHECK(row.opened == 0);
    CHECK_FALSE(row.dialogs);
    CHECK_FALSE(row.destinations);
    CHECK_FALSE(row.samples);
    CHECK(rig.node().samples.empty());
}

TEST_CASE("two live rows that share a key fail dialog alone") {
    ArchiveRig rig;
    rig.say_all_is_well();
    FakeLiveReader live(rig.tables);
    live.repeat_dialogs();
    const ArchiveResult result = rig.run(&live, first);
    CHECK(result.stored);
    REQUIRE(result.errors.size() == 1);
    CHECK_THAT(result.errors.front(), ContainsSubstring("two rows share the key"));
    CHECK(rig.ledger(first).location == SourceStatus::ok);
}

TEST_CASE("the live snapshot is let go, whichever sources failed") {
    ArchiveRig rig;
    rig.say_all_is_well();
    for (const char* refused : {"none", "dialog", "location"}) {
        rig.history.refused_tables = {refused};
        FakeLiveReader live(rig.tables);
        static_cast<void>(rig.run(&live, first + 60s * int(rig.history.writes.size())));
        REQUIRE_FALSE(live.log().empty());
        CHECK(live.log().back() == "finish");
    }
}

TEST_CASE("a history that is gone stores nothing, whenever it goes") {
    ArchiveRig rig;
    rig.say_all_is_well();
    SECTION("from the start") {
        rig.history.lost = true;
        CHECK_THROWS_AS(rig.run(first), HistoryUnavailable);
        CHECK(rig.history.nodes.empty());
    }
    SECTION("amid the narrow rows") {
        static_cast<void>(rig.run(first));
        rig.tables.put_dialog(2, call(2));
        rig.history.lost_amid_contacts = true;
        CHECK_THROWS_AS(rig.run(first + 60s), HistoryUnavailable);
        CHECK(rig.node().ledger.size() == 1);
        CHECK(rig.node().tables["dialog"].open.size() == 1);
    }
    SECTION("while it commits: in doubt, and the next run in the same minute finds out") {
        rig.history.lost_at_commit = true;
        CHECK_THROWS_AS(rig.run(first), CommitInDoubt);
        rig.history.lost_at_commit = false;
        CHECK_FALSE(rig.run(first + 30s).stored);
        CHECK(rig.node().ledger.size() == 1);
    }
}

TEST_CASE("a split at midnight that fails is a warning: the capture is stored") {
    ArchiveRig rig;
    rig.say_all_is_well();
    rig.history.split_fails = true;
    const ArchiveResult result = rig.run(first);
    CHECK(result.stored);
    CHECK_FALSE(result.partial());
    REQUIRE(result.warnings.size() == 1);
    CHECK_THAT(result.warnings.front(), ContainsSubstring("split at midnight put off"));
}

TEST_CASE("a long reason is cut between characters, and never fails the capture itself") {
    ArchiveRig rig;
    rig.say_all_is_well();
    FakeLiveReader live(rig.tables);
    const std::string prefix = "dialog: ";
    live.fail_at(0, std::string(999 - prefix.size(), 'x') + "\xc3\xa9 and more");
    const ArchiveResult result = rig.run(&live, first);
    REQUIRE(result.errors.size() == 1);
    CHECK(result.errors.front().size() == 999);
    CHECK(result.errors.front().back() == 'x');
}

TEST_CASE("a reason is one line of valid text, whatever bytes it quotes") {
    ArchiveRig rig;
    rig.say_all_is_well();
    FakeLiveReader live(rig.tables);
    live.fail_at(0, "bad \xff byte\nand a second line");
    static_cast<void>(rig.run(&live, first));
    const std::string& error = rig.ledger(first).error;
    CHECK(error.find('\n') == std::string::npos);
    CHECK(error.find('\xff') == std::string::npos);
    CHECK_THAT(error, ContainsSubstring("and a second line"));
}

TEST_CASE("an uptime that can't be is left out; the samples are stored") {
    for (const auto* uptime : {"18446744073709551615", "9223372036854775807", "99999999999999", "-5"}) {
        INFO(uptime);
        ArchiveRig rig;
        rig.say(R"({"core:rcv_requests":5,"core:timestamp":)" + std::string(uptime) + "}",
                R"({"PARTITIONS":[]})");
        static_cast<void>(rig.run(first));
        const LedgerRow& row = rig.ledger(first);
        CHECK(row.mi == SourceStatus::ok);
        CHECK(row.samples == 2U);
        CHECK_FALSE(row.uptime_s);
        CHECK_FALSE(row.epoch_started_at);
    }
}
