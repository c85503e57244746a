// What every HistoryStore promises, the fake one included.
#include "sipkeep/core/error.hpp"
#include "sipkeep/db/history_store.hpp"
#include "sipkeep/db/schema.hpp"

#include "support/catch.hpp"
#include "support/contact_states.hpp"
#include "support/fake_history_store.hpp"
#include "support/mariadb_server.hpp"
#include "support/table_rows.hpp"

#include <algorithm>
#include <functional>
#include <memory>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::days;

const UtcSeconds first = from_datetime("2026-11-22 12:00:00");

/// One history, and the ways to write it and to look at it.
struct Rig {
    std::function<std::unique_ptr<HistoryStore>()> store; ///< each is a process of its own
    std::function<std::string(const TableSpec&, UtcSeconds)> snapshot;
    std::function<std::size_t()> crossing; ///< closed versions that cross a midnight
    std::function<std::size_t()> samples;
};

std::string columns_of(const TableSpec& table) {
    std::string list;
    for (const Column& column : table.columns)
        list += (list.empty() ? "" : ", ") + std::string(column.own ? "NULL" : column.name);
    return list;
}

std::unique_ptr<Rig> over_database(std::size_t rows_a_transaction) {
    auto rig = std::make_unique<Rig>();
    auto database = std::make_shared<TestDatabase>("contract");
    init_schema(database->sql(), embedded_schema(), first);
    rig->store = [database, rows_a_transaction] {
        return make_history_store(database->settings(), {.rows_a_transaction = rows_a_transaction});
    };
    rig->snapshot = [database](const TableSpec& table, UtcSeconds at) {
        const std::string time = literal(to_datetime(at));
        if (table.name != "dispatcher")
            return database->rows("SELECT " + columns_of(table) + " FROM " + std::string(table.name) +
                                  "_snapshot WHERE captured_at = " + time + " ORDER BY 1");
        return database->rows("SELECT " + columns_of(table) +
                              " FROM dispatcher_history h JOIN capture c USING (node_id) WHERE " +
                              "c.captured_at = " + time + " AND dispatcher_status = 'ok' AND valid_from <= " +
                              time + " AND valid_to > " + time + " ORDER BY 1, 2, 3, 4");
    };
    rig->crossing = [database] {
        std::size_t crossing = 0;
        for (const std::string table : {"dialog_version", "location_version", "dispatcher_version"})
            crossing += std::stoul(database->rows(
                "SELECT COUNT(*) FROM " + table +
                " WHERE valid_to > DATE(valid_from) + INTERVAL 1 DAY AND valid_to < '9999-12-31'"));
        return crossing;
    };
    rig->samples = [database] { return std::stoul(database->rows("SELECT COUNT(*) FROM statistic_sample")); };
    return rig;
}

std::unique_ptr<Rig> fake() {
    auto rig = std::make_unique<Rig>();
    auto history = std::make_shared<FakeHistory>();
    rig->store = [history] { return std::make_unique<FakeHistoryStore>(*history); };
    rig->snapshot = [history](const TableSpec& table, UtcSeconds at) {
        return text_of(history->snapshot("sbc1", table, at));
    };
    rig->crossing = [history] {
        std::size_t crossing = 0;
        for (const auto& [name, node] : history->nodes)
            for (const auto& [table, rows] : node.tables)
                for (const auto& ended : rows.closed)
                    if (ended.valid_to > midnight(ended.what.valid_from) + days{1}) ++crossing;
        return crossing;
    };
    rig->samples = [history] {
        std::size_t count = 0;
        for (const auto& [at, samples] : history->nodes["sbc1"].samples) count += samples.size();
        return count;
    };
    return rig;
}

/// Runs the same checks over the fake, over the real one, and over the real one that needs many transactions.
void for_each_store(const std::function<void(Rig&)>& check) {
    SECTION("fake") {
        check(*fake());
    }
    SECTION("real") {
        check(*over_database(5000));
    }
    SECTION("real, a transaction a row") {
        check(*over_database(1));
    }
}

Cells call(int id, const std::string& state = "4") {
    return {{"dlg_id", std::to_string(id)}, {"callid", "c" + std::to_string(id)}, {"state", state}};
}

Cells contact(int id, const std::string& expires = "100", const std::string& agent = "phone") {
    return {{"contact_id", std::to_string(id)},
            {"contact", "sip:" + std::to_string(id)},
            {"expires", expires},
            {"cseq", "1"},
            {"user_agent", agent},
            {"last_modified", "2026-11-22 11:00:00"}};
}

LedgerRow ledger_row(UtcSeconds at) {
    LedgerRow row;
    row.captured_at = at;
    row.started_at = at + 250ms;
    row.mi = row.dispatcher = row.dialog = row.location = SourceStatus::ok;
    return row;
}

void apply_calls(HistoryStore& store, const Rows& seen, const TableSpec& table = dialog_table()) {
    FullDiff diff(table, seen);
    store.each_open(table, seen, [&](RowView version) { diff.show_open(version); });
    store.apply(table, diff.finish());
}

/// Compares every contact in full, as a run with full_compare_every = 1 does.
void apply_contacts(HistoryStore& store, const Rows& seen) {
    std::vector<std::uint64_t> seen_ids;
    for (std::size_t i = 0; i < seen.size(); ++i) seen_ids.push_back(std::stoull(std::string(*seen[i][0])));
    ContactChanges gone;
    for (const std::uint64_t id : ids_of(store.open_contact_states()))
        if (std::find(seen_ids.begin(), seen_ids.end(), id) == seen_ids.end()) gone.closed.push_back(id);
    store.apply(gone);
    if (!seen.empty()) store.apply(diff_contacts(seen, store.open_contacts(seen)));
}

std::unique_ptr<HistoryStore> opened(const Rig& rig) {
    auto store = rig.store();
    static_cast<void>(store->open_node("sbc1", OpenNode::find_or_make));
    return store;
}

/// One whole capture by a process of its own; with its split at midnight.
void capture(const Rig& rig, UtcSeconds at, const std::vector<Cells>& calls,
             const std::vector<Cells>& contacts = {}, bool split = true) {
    const auto store = opened(rig);
    store->begin(at);
    apply_contacts(*store, rows_with(location_table(), contacts));
    apply_calls(*store, rows_with(dialog_table(), calls));
    store->commit(ledger_row(at));
    if (split) static_cast<void>(store->split_at_midnight(at, 60s));
}

std::string calls_at(const Rig& rig, UtcSeconds at) {
    return rig.snapshot(dialog_table(), at);
}

std::string text(const std::vector<Cells>& calls) {
    return text_of(rows_with(dialog_table(), calls));
}

std::string contacts_text(const std::vector<Cells>& contacts) {
    return text_of(rows_with(location_table(), contacts));
}

} // namespace

TEST_CASE("a node is made on its first capture, and found afterwards") {
    for_each_store([](Rig& rig) {
        const auto store = rig.store();
        const NodeState unknown = store->open_node("sbc1", OpenNode::find);
        CHECK_FALSE(unknown.newest);
        CHECK_FALSE(unknown.dialogs);
        CHECK(unknown.compare_turn == 0);
        CHECK_FALSE(unknown.refused_since);
        std::size_t open = 0;
        store->each_open(dialog_table(), Rows(dialog_table().columns.size()), [&](RowView) { ++open; });
        CHECK(open == 0);
        capture(rig, first, {call(1)});
        CHECK(rig.store()->open_node("sbc1", OpenNode::find).newest == first);
        CHECK_FALSE(rig.store()->open_node("sbc2", OpenNode::find).newest);
    });
}

TEST_CASE("a capture is visible at its commit, and not before") {
    for_each_store([](Rig& rig) {
        capture(rig, first, {call(1), call(2)}, {contact(1)});
        const auto store = opened(rig);
        store->begin(first + 60s);
        apply_calls(*store, rows_with(dialog_table(), {call(2, "5"), call(3)}));
        apply_contacts(*store, rows_with(location_table(), {contact(1, "160"), contact(2)}));
        CHECK(calls_at(rig, first) == text({call(1), call(2)}));
        CHECK(rig.snapshot(location_table(), first) == contacts_text({contact(1)}));
        CHECK(calls_at(rig, first + 60s).empty());
        CHECK(rig.store()->open_node("sbc1", OpenNode::find).newest == first);
        store->commit(ledger_row(first + 60s));
        CHECK(calls_at(rig, first) == text({call(1), call(2)}));
        CHECK(calls_at(rig, first + 60s) == text({call(2, "5"), call(3)}));
        CHECK(rig.snapshot(location_table(), first) == contacts_text({contact(1)}));
        CHECK(rig.snapshot(location_table(), first + 60s) == contacts_text({contact(1, "160"), contact(2)}));
    });
}

TEST_CASE("discard takes everything back, and the same capture can be begun again") {
    for_each_store([](Rig& rig) {
        capture(rig, first, {call(1)}, {contact(1), contact(2)});
        const auto store = opened(rig);
        store->begin(first + 60s);
        store->set_compare_turn(3);
        apply_contacts(*store, rows_with(location_table(), {contact(2, "160"), contact(3)}));
        apply_calls(*store, rows_with(dialog_table(), {call(9)}));
        store->discard();
        CHECK(calls_at(rig, first) == text({call(1)}));
        store->begin(first + 60s);
        CHECK(ids_of(store->open_contact_states()) == std::vector<std::uint64_t>{1, 2});
        apply_calls(*store, rows_with(dialog_table(), {call(1)}));
        store->commit(ledger_row(first + 60s));
        CHECK(calls_at(rig, first + 60s) == text({call(1)}));
        CHECK(rig.snapshot(location_table(), first + 60s) == contacts_text({contact(1), contact(2)}));
    });
}

TEST_CASE("what a process left unfinished is undone by the next begin") {
    for_each_store([](Rig& rig) {
        capture(rig, first, {call(1)}, {contact(1)});
        {
            const auto dies = opened(rig);
            dies->begin(first + 60s);
            apply_contacts(*dies, rows_with(location_table(), {contact(2)}));
            apply_calls(*dies, rows_with(dialog_table(), {call(2)}));
        }
        CHECK(calls_at(rig, first) == text({call(1)}));
        capture(rig, first + 60s, {call(1), call(3)}, {contact(1)});
        CHECK(calls_at(rig, first) == text({call(1)}));
        CHECK(calls_at(rig, first + 60s) == text({call(1), call(3)}));
        CHECK(rig.snapshot(location_table(), first + 60s) == contacts_text({contact(1)}));
    });
}

TEST_CASE("a capture that the ledger holds, or an older one, is refused") {
    for_each_store([](Rig& rig) {
        capture(rig, first, {call(1)});
        for (const UtcSeconds at : {first, first - 60s}) {
            const auto store = opened(rig);
            CHECK_THROWS_AS(store->begin(at), Error);
        }
        CHECK(calls_at(rig, first) == text({call(1)}));
    });
}

TEST_CASE("open, change, close, come back: each capture keeps its own view, NULL apart from ''") {
    for_each_store([](Rig& rig) {
        Cells with_null = call(1);
        with_null["profiles"] = std::nullopt;
        Cells with_empty = call(1);
        with_empty["profiles"] = "";
        const std::vector<std::vector<Cells>> life{
            {with_null, call(2)}, {with_empty},           {}, {call(2)}, {with_null},
            {with_null},          {call(1, "5"), call(2)}};
        for (std::size_t i = 0; i < life.size(); ++i) capture(rig, first + 60s * i, life[i]);
        for (std::size_t i = 0; i < life.size(); ++i) CHECK(calls_at(rig, first + 60s * i) == text(life[i]));
    });
}

TEST_CASE("registrations: refreshed, changed, gone, their id reused; each capture keeps its own view") {
    for_each_store([](Rig& rig) {
        Cells reused = contact(1, "300");
        reused["contact"] = "sip:somebody.else";
        const std::vector<std::vector<Cells>> life{{contact(1), contact(2)},
                                                   {contact(1, "160"), contact(2)},
                                                   {contact(1, "160", "other"), contact(2, "170", "other")},
                                                   {contact(2, "170", "other")},
                                                   {contact(1, "220"), contact(2, "180", "other")},
                                                   {reused},
                                                   {}};
        for (std::size_t i = 0; i < life.size(); ++i) capture(rig, first + 60s * i, {}, life[i]);
        for (std::size_t i = 0; i < life.size(); ++i) {
            INFO("capture " << i);
            CHECK(rig.snapshot(location_table(), first + 60s * i) == contacts_text(life[i]));
        }
    });
}

TEST_CASE("first_seen goes on with the versions of one contact and begins anew with another") {
    for_each_store([](Rig& rig) {
        const auto first_seen = [&] {
            const Rows rows =
                opened(rig)->open_contacts(rows_with(location_table(), {{{"contact_id", "1"}}}));
            return rows.empty() ? "" : std::string(rows[0][location_table().columns.size()].value_or(""));
        };
        capture(rig, first, {}, {contact(1)});
        capture(rig, first + 60s, {}, {contact(1, "100", "other")});
        CHECK(first_seen() == to_datetime(first));
        capture(rig, first + 120s, {}, {contact(1, "160", "third")});
        CHECK(first_seen() == to_datetime(first));
        Cells moved = contact(1);
        moved["contact"] = "sip:somebody.else";
        capture(rig, first + 180s, {}, {moved});
        CHECK(first_seen() == to_datetime(first + 180s));
        capture(rig, first + 240s, {}, {});
        CHECK(first_seen().empty());
        capture(rig, first + 300s, {}, {moved});
        CHECK(first_seen() == to_datetime(first + 300s));
    });
}

TEST_CASE("open contacts are shown ascending, and fetched as asked for") {
    for_each_store([](Rig& rig) {
        capture(rig, first, {}, {contact(2, "102"), contact(10, "110"), contact(9, "109")});
        const auto store = opened(rig);
        const std::vector<ContactState> states = all_of(store->open_contact_states());
        REQUIRE(states.size() == 3);
        CHECK(states[0] ==
              ContactState{.contact_id = 2, .last_modified = 20261122110000, .expires = 102, .cseq = 1});
        CHECK(states[1].contact_id == 9);
        CHECK(states[2].contact_id == 10);
        const Rows some = store->open_contacts(rows_with(
            location_table(), {{{"contact_id", "2"}}, {{"contact_id", "3"}}, {{"contact_id", "10"}}}));
        CHECK(text_of(some, location_table(), {"contact_id", "expires", "user_agent"}) ==
              "2|102|phone\n10|110|phone\n");
    });
}

TEST_CASE("a stream of open contacts let go of before its end leaves the store usable") {
    for_each_store([](Rig& rig) {
        capture(rig, first, {}, {contact(1), contact(2), contact(3)});
        const auto store = opened(rig);
        store->begin(first + 60s);
        auto states = store->open_contact_states();
        states->start();
        REQUIRE(states->next());
        states.reset();
        store->open_contact_states().reset(); // not even begun
        CHECK(ids_of(store->open_contact_states()) == std::vector<std::uint64_t>{1, 2, 3});
        apply_contacts(*store, rows_with(location_table(), {contact(2)}));
        store->commit(ledger_row(first + 60s));
        CHECK(rig.snapshot(location_table(), first + 60s) == contacts_text({contact(2)}));
    });
}

TEST_CASE("destinations: equal URIs side by side, one changes, one goes") {
    for_each_store([](Rig& rig) {
        const auto at = [](const char* uri, const char* occurrence, const char* state) {
            return Cells{{"partition_name", "default"},
                         {"set_id", "1"},
                         {"uri", uri},
                         {"occurrence", occurrence},
                         {"state", state}};
        };
        const std::vector<std::vector<Cells>> life{
            {at("sip:a", "0", "Active"), at("sip:a", "1", "Active"), at("sip:b", "0", "Active")},
            {at("sip:a", "0", "Active"), at("sip:a", "1", "Inactive")},
            {at("sip:a", "0", "Active"), at("sip:a", "1", "Inactive"), at("sip:b", "0", "Probing")}};
        for (std::size_t i = 0; i < life.size(); ++i) {
            const auto store = opened(rig);
            store->begin(first + 60s * i);
            apply_calls(*store, rows_with(dispatcher_table(), life[i]), dispatcher_table());
            store->commit(ledger_row(first + 60s * i));
        }
        for (std::size_t i = 0; i < life.size(); ++i)
            CHECK(rig.snapshot(dispatcher_table(), first + 60s * i) ==
                  text_of(rows_with(dispatcher_table(), life[i])));
    });
}

TEST_CASE("a snapshot exists only of captures whose source was ok") {
    for_each_store([](Rig& rig) {
        capture(rig, first, {call(1)}, {contact(1)});
        const auto store = opened(rig);
        store->begin(first + 60s);
        LedgerRow row = ledger_row(first + 60s);
        row.dialog = SourceStatus::failed;
        row.location = SourceStatus::off;
        row.error = "dialog: gone";
        store->commit(row);
        CHECK(calls_at(rig, first + 60s).empty());
        CHECK(rig.snapshot(location_table(), first + 60s).empty());
        capture(rig, first + 120s, {call(1)}, {contact(1)});
        CHECK(calls_at(rig, first + 120s) == text({call(1)}));
    });
}

TEST_CASE("midnight splits what is open and changes no answer") {
    for_each_store([](Rig& rig) {
        const UtcSeconds evening = from_datetime("2026-11-22 23:59:00");
        const std::vector<Cells> calls{call(1), call(2)};
        const std::vector<Cells> contacts{contact(1), contact(2)};
        capture(rig, evening, calls, contacts);
        capture(rig, evening + 120s, {call(1), call(2, "5")}, {contact(1, "160"), contact(2)});
        capture(rig, evening + 5 * 86400s, {call(1)}, {contact(2)});       // nobody looked for days
        capture(rig, evening + 6 * 86400s + 60s, {call(1)}, {contact(2)}); // exactly midnight
        capture(rig, evening + 6 * 86400s + 120s, {}, {});
        CHECK(rig.crossing() == 0);
        CHECK(calls_at(rig, evening) == text(calls));
        CHECK(rig.snapshot(location_table(), evening) == contacts_text(contacts));
        CHECK(calls_at(rig, evening + 120s) == text({call(1), call(2, "5")}));
        CHECK(rig.snapshot(location_table(), evening + 120s) ==
              contacts_text({contact(1, "160"), contact(2)}));
        CHECK(calls_at(rig, evening + 5 * 86400s) == text({call(1)}));
        CHECK(rig.snapshot(location_table(), evening + 5 * 86400s) == contacts_text({contact(2)}));
        CHECK(calls_at(rig, evening + 6 * 86400s + 60s) == text({call(1)}));
        CHECK(rig.snapshot(location_table(), evening + 6 * 86400s + 60s) == contacts_text({contact(2)}));
        CHECK(calls_at(rig, evening + 6 * 86400s + 120s).empty());
    });
}

TEST_CASE("a version that ends before anything was split is split on its way") {
    for_each_store([](Rig& rig) {
        const UtcSeconds evening = from_datetime("2026-11-22 23:59:00");
        capture(rig, evening, {call(1)}, {contact(1), contact(2)}, false);
        capture(rig, evening + 3 * 86400s, {}, {contact(2, "160")}, false);
        capture(rig, evening + 4 * 86400s, {}, {}, false);
        CHECK(rig.crossing() == 0);
        CHECK(calls_at(rig, evening) == text({call(1)}));
        CHECK(rig.snapshot(location_table(), evening) == contacts_text({contact(1), contact(2)}));
        CHECK(rig.snapshot(location_table(), evening + 3 * 86400s) == contacts_text({contact(2, "160")}));
    });
}

TEST_CASE("a second split finds nothing left to do") {
    for_each_store([](Rig& rig) {
        capture(rig, first, {call(1)}, {contact(1)});
        capture(rig, first + 86400s, {call(1)}, {contact(1)}, false);
        const auto store = opened(rig);
        CHECK(store->split_at_midnight(first + 86400s, 60s) > 0);
        for (int i = 0; i < 5; ++i) static_cast<void>(store->split_at_midnight(first + 86400s, 60s));
        CHECK(store->split_at_midnight(first + 86400s, 60s) == 0);
    });
}

TEST_CASE("the ledger tells the next capture where the last one stood") {
    for_each_store([](Rig& rig) {
        auto store = opened(rig);
        store->begin(first);
        store->set_compare_turn(1234567890123456789U);
        LedgerRow row = ledger_row(first);
        row.dialogs = 7;
        row.contacts = 9;
        row.uptime_s = 3600;
        row.epoch_started_at = first - 3600s;
        store->commit(row);

        store = opened(rig);
        store->begin(first + 60s);
        row = ledger_row(first + 60s);
        row.mi = row.dialog = row.location = SourceStatus::failed;
        store->commit(row);

        const NodeState state = rig.store()->open_node("sbc1", OpenNode::find);
        CHECK(state.newest == first + 60s);
        CHECK(state.dialogs == 7U); // of the newest capture whose source was ok
        CHECK(state.contacts == 9U);
        CHECK(state.uptime_s == 3600);
        CHECK(state.mi_read_at == first + 250ms);
        CHECK(state.newest_mi == first);
        CHECK(state.epoch_started_at == first - 3600s);
        CHECK(state.compare_turn == 1234567890123456789U);
    });
}

TEST_CASE("a refused capture is remembered until the next one is stored") {
    for_each_store([](Rig& rig) {
        capture(rig, first, {});
        opened(rig)->note_refused(first - 600s);
        CHECK(rig.store()->open_node("sbc1", OpenNode::find).refused_since);
        {
            const auto dies = opened(rig);
            dies->begin(first + 60s);
        }
        CHECK(rig.store()->open_node("sbc1", OpenNode::find).refused_since);
        capture(rig, first + 60s, {});
        CHECK_FALSE(rig.store()->open_node("sbc1", OpenNode::find).refused_since);
    });
}

TEST_CASE("samples are stored for the names that were learnt, and counted") {
    for_each_store([](Rig& rig) {
        const Statistic known{"core", "rcv_requests", StatisticKind::counter, 5, SampleFlag::exact};
        const Statistic negative{"sbc", "gauge: with colon", StatisticKind::counter, -3,
                                 SampleFlag::negative};
        const Statistic unknown{"core", "never learnt", StatisticKind::gauge, 1, SampleFlag::exact};
        const auto store = opened(rig);
        store->learn_statistics({known, negative});
        store->learn_statistics({known});
        store->begin(first);
        CHECK(store->add_samples({known, unknown, negative}) == 2);
        store->commit(ledger_row(first));
        CHECK(rig.samples() == 2);
    });
}

TEST_CASE("an open contact is shown as it is stored, whether it equals the row seen or not") {
    for_each_store([](Rig& rig) {
        Cells whole = contact(2, "102");
        whole["attr"] = "";
        whole["path"] = "sip:\xc3\xa4";
        capture(rig, first, {}, {whole, contact(3, "103"), contact(4, "104")});
        const auto store = opened(rig);
        Cells refreshed = whole;
        refreshed["expires"] = "202"; // equal but for its refresh
        Cells other = contact(3, "103");
        other["attr"] = ""; // NULL became empty
        const Rows some =
            store->open_contacts(rows_with(location_table(), {refreshed, other, contact(4, "104")}));
        CHECK(text_of(some, location_table(), {"contact_id", "expires", "path", "attr", "contact"}) ==
              "2|102|sip:\xc3\xa4||" + *whole.at("contact") + "\n3|103|<null>|<null>|" +
                  *other.at("contact") + "\n4|104|<null>|<null>|" + *contact(4, "104").at("contact") + "\n");
    });
}

TEST_CASE("an open call is shown as it is stored, whether it equals the row seen or not") {
    for_each_store([](Rig& rig) {
        capture(rig, first, {call(1), call(2), call(3)});
        Cells changed = call(2);
        changed["state"] = "5";
        const Rows seen = rows_with(dialog_table(), {call(1), changed});
        std::map<std::string, std::string> shown;
        opened(rig)->each_open(dialog_table(), seen, [&](RowView row) {
            shown[std::string(*row[0])] = std::string(row[dialog_table().at("state")].value_or("-"));
        });
        REQUIRE(shown.size() == 3);
        CHECK(shown["1"] == *call(1).at("state"));
        CHECK(shown["2"] == *call(2).at("state"));
    });
}
