// A capture that died half-written: nobody sees it, and the next begin() takes it back.
#include "history_rig.hpp"
#include "support/catch.hpp"
#include "version_sql.hpp"

#include <functional>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

const UtcSeconds unfinished_at = from_datetime("2026-11-22 12:00:00");

Rows destinations(const std::vector<std::pair<std::string, std::string>>& all) {
    std::vector<Cells> cells;
    for (const auto& [uri, state] : all)
        cells.push_back({{"partition_name", "default"},
                         {"set_id", "1"},
                         {"uri", uri},
                         {"occurrence", "0"},
                         {"state", state}});
    return rows_with(dispatcher_table(), cells);
}

const std::vector<Statistic> statistics{
    {"core", "rcv_requests", StatisticKind::counter, 5, SampleFlag::exact}};

void apply(HistoryStore& store, const TableSpec& table, const Rows& seen) {
    FullDiff diff(table, seen);
    store.each_open(table, seen, [&](RowView version) { diff.show_open(version); });
    store.apply(table, diff.finish());
}

LedgerRow all_ok(UtcSeconds at) {
    LedgerRow row;
    row.captured_at = at;
    row.started_at = at;
    row.mi = row.dispatcher = row.dialog = row.location = SourceStatus::ok;
    return row;
}

/// A history with everything in it: calls, registrations refreshed and changed, destinations, samples.
void fill(HistoryRig& rig) {
    for (std::uint64_t id = 1; id <= 6; ++id) {
        rig.put_call(id);
        rig.put_phone(id);
    }
    static_cast<void>(rig.run(unfinished_at - 120s));
    rig.put_phone(1, "160");
    rig.put_phone(2, "160", "other");
    rig.put_call(1, "5");
    static_cast<void>(rig.run(unfinished_at - 60s, R"({"core:timestamp":60,"core:rcv_requests":1})"));
    const auto store = rig.store();
    store->learn_statistics(statistics);
    store->begin(unfinished_at);
    apply(*store, dispatcher_table(), destinations({{"sip:a", "Active"}, {"sip:b", "Active"}}));
    store->commit(all_ok(unfinished_at));
}

/// The steps of one capture that changes everything that can change, one row a transaction.
std::vector<std::function<void(HistoryStore&)>> steps() {
    const auto contact = [](int id, const char* expires, const char* agent) {
        return Cells{{"contact_id", std::to_string(id)},
                     {"contact", "sip:" + std::to_string(id)},
                     {"username", "u" + std::to_string(id)},
                     {"expires", expires},
                     {"cseq", "1"},
                     {"user_agent", agent},
                     {"last_modified", "2026-11-22 11:00:00"}};
    };
    const auto contacts = [](HistoryStore& store, const Cells& cells) {
        const Rows seen = rows_with(location_table(), {cells});
        store.apply(diff_contacts(seen, store.open_contacts(seen)));
    };
    const auto changes = [](std::vector<std::string> closed, const std::vector<Cells>& opened) {
        return [closed, opened](HistoryStore& store) {
            VersionChanges changed(dialog_table());
            for (const std::string& key : closed) changed.closed.add(key);
            for (const Cells& cells : opened) add_row(changed.opened, dialog_table(), cells);
            store.apply(dialog_table(), changed);
        };
    };
    return {
        [](HistoryStore& store) { store.set_compare_turn(7); },
        [](HistoryStore& store) { // gone
            ContactChanges gone;
            gone.closed = {3};
            store.apply(gone);
        },
        [=](HistoryStore& store) { contacts(store, contact(20, "100", "new")); },
        [=](HistoryStore& store) { contacts(store, contact(1, "220", "phone")); }, // refreshed again
        [=](HistoryStore& store) { contacts(store, contact(4, "160", "phone")); }, // refreshed
        [=](HistoryStore& store) { contacts(store, contact(2, "160", "third")); }, // changed
        [=](HistoryStore& store) { contacts(store, contact(5, "160", "third")); }, // both
        // More than one row each, or they would stay in one transaction.
        changes({"2"}, {{{"dlg_id", "20"}, {"callid", "new"}}}),
        changes({"3"}, {{{"dlg_id", "3"}, {"callid", "c3"}, {"state", "5"}}}), // changed
        changes({}, {{{"dlg_id", "21"}, {"callid", "one"}}, {{"dlg_id", "22"}, {"callid", "two"}}}),
        changes({"5", "6"}, {}),
        [](HistoryStore& store) {
            apply(store, dispatcher_table(), destinations({{"sip:a", "Probing"}, {"sip:c", "Active"}}));
        },
        [](HistoryStore& store) { static_cast<void>(store.add_samples(statistics)); },
    };
}

/// Dies after so many steps.
void die_after(HistoryRig& rig, std::size_t count, UtcSeconds at) {
    const auto all = steps();
    const auto store = rig.store();
    store->begin(at);
    for (std::size_t i = 0; i < count; ++i) all[i](*store);
}

std::string where_the_writer_stands(HistoryRig& rig) {
    return rig.rows("SELECT pending_at, pending_run, compare_turn, refused_at FROM node");
}

} // namespace

TEST_CASE("cut off after each transaction, a capture is not seen, and is undone by the next") {
    HistoryRig rig(unfinished_at);
    fill(rig);
    rig.rows_a_transaction = 1;
    const std::string tables = rig.all_tables();
    const std::string views = rig.all_views();
    for (std::size_t count = 0; count <= steps().size(); ++count) {
        INFO("after " << count << " steps");
        die_after(rig, count, unfinished_at + 60s);
        if (count > 3) CHECK(difference(rig.all_tables(), tables) != ""); // it did commit something
        CHECK(difference(rig.all_views(), views) == "");
        const auto store = rig.store();
        store->begin(unfinished_at + 120s);
        CHECK(difference(rig.all_tables(), tables) == "");
        CHECK(difference(rig.all_views(), views) == "");
        CHECK(rig.rows("SELECT COUNT(*) FROM node WHERE pending_at IS NOT NULL") == "0\n");
    }
}

TEST_CASE("an undone capture of the same minute can be written again, and is whole") {
    HistoryRig rig(unfinished_at);
    fill(rig);
    rig.rows_a_transaction = 1;
    const auto all = steps();
    die_after(rig, all.size(), unfinished_at + 60s);
    const auto store = rig.store();
    store->begin(unfinished_at + 60s);
    for (const auto& step : all) step(*store);
    store->commit(all_ok(unfinished_at + 60s));
    CHECK(rig.rows("SELECT contact_id, expires, user_agent FROM location_snapshot WHERE captured_at = "
                   "'2026-11-22 12:01:00' ORDER BY 1") ==
          "1|220|phone\n2|160|third\n4|160|phone\n5|160|third\n6|100|phone\n20|100|new\n");
    CHECK(rig.rows("SELECT dlg_id, state FROM dialog_snapshot WHERE captured_at = '2026-11-22 12:01:00' "
                   "ORDER BY 1") == "1|5\n3|5\n4|4\n20|<null>\n21|<null>\n22|<null>\n");
    CHECK(rig.rows("SELECT uri, state FROM dispatcher_history WHERE valid_to > '9999-01-01' ORDER BY 1") ==
          "sip:a|Probing\nsip:c|Active\n");
    CHECK(where_the_writer_stands(rig) == "<null>|<null>|7|<null>\n");
}

TEST_CASE("an undo that is itself cut off is finished by the next") {
    HistoryRig rig(unfinished_at);
    fill(rig);
    rig.rows_a_transaction = 1;
    const std::string tables = rig.all_tables();
    const std::string views = rig.all_views();
    die_after(rig, steps().size(), unfinished_at + 60s);
    // Its first transaction: the registrations that the capture opened are gone again.
    rig.database.sql().execute(VersionSql(location_table(), 1).remove_open("o.contact_id IN (2, 5, 20)"));
    rig.database.sql().execute(
        "DELETE FROM location_version WHERE contact_id IN (2, 5, 20) AND valid_from = '" +
        to_datetime(unfinished_at + 60s) + "'");
    CHECK(difference(rig.all_views(), views) == "");
    const auto store = rig.store();
    store->begin(unfinished_at + 60s);
    CHECK(difference(rig.all_tables(), tables) == "");
    CHECK(difference(rig.all_views(), views) == "");
}

TEST_CASE("discard after many transactions takes back what they wrote") {
    HistoryRig rig(unfinished_at);
    fill(rig);
    rig.rows_a_transaction = 1;
    const std::string tables = rig.all_tables();
    const auto store = rig.store();
    store->begin(unfinished_at + 60s);
    for (const auto& step : steps()) step(*store);
    store->discard();
    CHECK(difference(rig.all_tables(), tables) == "");
    CHECK(rig.rows("SELECT COUNT(*) FROM node WHERE pending_at IS NOT NULL") == "0\n");
}

TEST_CASE("an undo leaves the rotating compare where the last stored capture left it") {
    HistoryRig rig(unfinished_at);
    fill(rig);
    rig.rows_a_transaction = 1;
    const std::string before = where_the_writer_stands(rig);
    die_after(rig, steps().size(), unfinished_at + 60s);
    {
        const auto store = rig.store();
        store->begin(unfinished_at + 60s);
    }
    CHECK(where_the_writer_stands(rig) == before);
}

TEST_CASE("a capture that dies on its way across midnight changes no answer") {
    HistoryRig rig(unfinished_at);
    fill(rig);
    rig.rows_a_transaction = 1;
    const std::string answers = rig.all_answers();
    const UtcSeconds day_after = from_datetime("2026-11-23 00:00:00");
    for (const UtcSeconds at : {day_after, day_after + 60s, day_after + 26h})
        for (std::size_t count = 0; count <= steps().size(); ++count) {
            INFO(to_datetime(at) << ", after " << count << " steps");
            die_after(rig, count, at);
            CHECK(difference(rig.all_answers(), answers) == "");
            {
                const auto store = rig.store();
                store->begin(at);
            }
            CHECK(difference(rig.all_answers(), answers) == "");
            CHECK(rig.crossing() == "0\n0\n0\n");
        }
}

TEST_CASE("a writer whose session was killed is told, and the next takes back what it wrote") {
    HistoryRig rig(unfinished_at);
    fill(rig);
    rig.rows_a_transaction = 1;
    const auto all = steps();
    const auto slow = rig.store();
    slow->begin(unfinished_at + 60s);
    all[2](*slow); // committed a part; holds the node's row
    const std::string id = rig.rows("SELECT id FROM information_schema.processlist WHERE db = '" +
                                    rig.database.name() + "' AND id <> CONNECTION_ID()");
    rig.database.sql().execute("KILL " + id.substr(0, id.size() - 1));
    CHECK_THROWS_AS(all[3](*slow), HistoryUnavailable);
    const auto next = rig.store();
    next->begin(unfinished_at + 60s);
    CHECK(rig.rows("SELECT COUNT(*) FROM location_open WHERE contact_id = 20") == "0\n");
}
