// What every LiveReader promises, the fake one included.
#include "sipkeep/core/error.hpp"
#include "sipkeep/db/live_reader.hpp"

#include "support/catch.hpp"
#include "support/contact_states.hpp"
#include "support/fake_live_reader.hpp"
#include "support/mariadb_server.hpp"

#include <functional>
#include <memory>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

using Ids = std::vector<std::uint64_t>;

/// Live tables, and the ways to change them and to read them.
struct Rig {
    std::function<void(std::uint64_t, const std::string& callid)> put_dialog;
    /// attr may be NULL.
    std::function<void(std::uint64_t, std::uint32_t expires, const std::optional<std::string>& attr)>
        put_contact;
    std::function<void(std::uint64_t)> remove_contact;
    std::function<std::unique_ptr<LiveReader>()> reader;
    std::function<std::unique_ptr<LiveReader>()> broken_reader; ///< its database is not there
};

std::unique_ptr<Rig> over_database() {
    auto rig = std::make_unique<Rig>();
    auto database = std::make_shared<TestDatabase>("live");
    for (const std::string table : {"dialog", "location"})
        database->load(std::string(SIPKEEP_FIXTURES) + "/opensips/3.6/" + table + ".sql");
    rig->put_dialog = [database](std::uint64_t id, const std::string& callid) {
        database->sql().execute("INSERT INTO dialog (dlg_id, callid, from_uri, from_tag, to_uri, to_tag, "
                                "caller_cseq, callee_cseq, caller_ping_cseq, callee_ping_cseq, caller_sock, "
                                "callee_sock, state, start_time, timeout) VALUES (" +
                                std::to_string(id) + ", " + literal(callid) +
                                ", '', '', '', '', '', '', 0, 0, '', '', 4, 0, 0)");
    };
    rig->put_contact = [database](std::uint64_t id, std::uint32_t expires,
                                  const std::optional<std::string>& attr) {
        database->sql().execute("DELETE FROM location WHERE contact_id = " + std::to_string(id));
        database->sql().execute("INSERT INTO location (contact_id, username, contact, expires, cseq, attr, "
                                "last_modified) VALUES (" +
                                std::to_string(id) + ", 'u', 'sip:u', " + std::to_string(expires) + ", 7, " +
                                (attr ? literal(*attr) : "NULL") + ", '2026-11-22 11:00:00')");
    };
    rig->remove_contact = [database](std::uint64_t id) {
        database->sql().execute("DELETE FROM location WHERE contact_id = " + std::to_string(id));
    };
    rig->reader = [database] { return make_live_reader({.database = database->settings()}); };
    rig->broken_reader = [database] {
        DatabaseSettings settings = database->settings();
        settings.database = "no_such_database";
        return make_live_reader({.database = settings});
    };
    return rig;
}

std::unique_ptr<Rig> fake() {
    auto rig = std::make_unique<Rig>();
    auto tables = std::make_shared<FakeLiveTables>();
    rig->put_dialog = [tables](std::uint64_t id, const std::string& callid) {
        tables->put_dialog(id, {{"callid", callid}});
    };
    rig->put_contact = [tables](std::uint64_t id, std::uint32_t expires,
                                const std::optional<std::string>& attr) {
        tables->put_contact(id, {{"username", "u"},
                                 {"contact", "sip:u"},
                                 {"expires", std::to_string(expires)},
                                 {"cseq", "7"},
                                 {"attr", attr},
                                 {"last_modified", "2026-11-22 11:00:00"}});
    };
    rig->remove_contact = [tables](std::uint64_t id) { tables->location.erase(id); };
    rig->reader = [tables] { return std::make_unique<FakeLiveReader>(*tables); };
    rig->broken_reader = [tables] {
        auto reader = std::make_unique<FakeLiveReader>(*tables);
        reader->fail_from(0, "Unknown database");
        return reader;
    };
    return rig;
}

void for_each_reader(const std::function<void(Rig&)>& check) {
    SECTION("fake") {
        check(*fake());
    }
    SECTION("real") {
        check(*over_database());
    }
}

std::string contacts_text(const Rows& rows) {
    return text_of(rows, location_table(), {"contact_id", "username", "expires", "cseq", "attr", "extra"});
}

} // namespace

TEST_CASE("empty tables have no rows") {
    for_each_reader([](Rig& rig) {
        const auto reader = rig.reader();
        CHECK(reader->dialogs().empty());
        CHECK(ids_of(reader->contact_states()).empty());
        reader->finish();
    });
}

TEST_CASE("all dialogs come in the columns of the spec") {
    for_each_reader([](Rig& rig) {
        rig.put_dialog(18446744073709551615U, "last");
        rig.put_dialog(1, "first");
        const Rows rows = rig.reader()->dialogs();
        REQUIRE(rows.size() == 2);
        CHECK(rows.width() == dialog_table().columns.size());
        CHECK(text_of(rows, dialog_table(), {"dlg_id", "callid", "vars", "extra"}) ==
              "1|first|<null>|<null>\n18446744073709551615|last|<null>|<null>\n");
    });
}

TEST_CASE("contacts come ascending, their narrow columns first, full rows as asked for") {
    for_each_reader([](Rig& rig) {
        rig.put_contact(10, 110, "ten");
        rig.put_contact(9, 109, std::nullopt);
        rig.put_contact(2, 102, "");
        const auto reader = rig.reader();
        const auto states = all_of(reader->contact_states());
        REQUIRE(states.size() == 3);
        CHECK(states[0].contact_id == 2);
        CHECK(states[2].contact_id == 10);
        CHECK(states[1] ==
              ContactState{.contact_id = 9, .last_modified = 20261122110000, .expires = 109, .cseq = 7});
        CHECK(contacts_text(reader->contacts(Ids{10, 2, 9})) ==
              "2|u|102|7||<null>\n9|u|109|7|<null>|<null>\n10|u|110|7|ten|<null>\n");
        CHECK(contacts_text(reader->contacts(Ids{3, 10})) == "10|u|110|7|ten|<null>\n");
        CHECK(reader->contacts(Ids{3}).empty());
    });
}

TEST_CASE("one reader sees one moment; what changes later, the next one sees") {
    for_each_reader([](Rig& rig) {
        rig.put_contact(1, 101, "before");
        rig.put_contact(2, 102, "before");
        const auto reader = rig.reader();
        REQUIRE(ids_of(reader->contact_states()) == Ids{1, 2});
        rig.put_contact(1, 201, "after");
        rig.remove_contact(2);
        rig.put_contact(3, 103, "after");
        rig.put_dialog(1, "after");
        CHECK(contacts_text(reader->contacts(Ids{1, 2, 3})) ==
              "1|u|101|7|before|<null>\n2|u|102|7|before|<null>\n");
        CHECK(ids_of(reader->contact_states()) == Ids{1, 2});
        CHECK(reader->dialogs().empty());
        const auto next = rig.reader();
        CHECK(ids_of(next->contact_states()) == Ids{1, 3});
        CHECK(next->dialogs().size() == 1);
    });
}

TEST_CASE("full rows without a look at the narrow ones before are refused: they would be of another moment") {
    for_each_reader([](Rig& rig) {
        rig.put_contact(1, 101, "");
        const auto reader = rig.reader();
        CHECK_THROWS_AS(reader->contacts(Ids{1}), SourceError);
        static_cast<void>(reader->contact_states());
        CHECK(reader->contacts(Ids{1}).size() == 1);
        reader->finish();
        CHECK_THROWS_AS(reader->contacts(Ids{1}), SourceError);
    });
}

TEST_CASE("each contact is shown in full, ascending, as of the moment of the look") {
    for_each_reader([](Rig& rig) {
        rig.put_contact(10, 110, "ten");
        rig.put_contact(9, 109, std::nullopt);
        const auto reader = rig.reader();
        CHECK_THROWS_AS(reader->each_contact([](RowView) {}, Deadline(Seconds{10})), SourceError);
        reader->contact_states().reset();
        rig.put_contact(1, 101, "after");
        Rows rows(location_table().columns.size());
        reader->each_contact([&](RowView row) { rows.add(row); }, Deadline(Seconds{10}));
        CHECK(contacts_text(rows) == "9|u|109|7|<null>|<null>\n10|u|110|7|ten|<null>\n");
        CHECK_THROWS_AS(reader->each_contact([](RowView) {}, Deadline(Seconds{0})), SourceError);
        CHECK(contacts_text(reader->contacts(Ids{9})) == "9|u|109|7|<null>|<null>\n");
    });
}

TEST_CASE("what the one who is shown contacts throws is no failure of the source") {
    for_each_reader([](Rig& rig) {
        rig.put_contact(1, 101, "");
        rig.put_contact(2, 102, "");
        const auto reader = rig.reader();
        reader->contact_states().reset();
        CHECK_THROWS_AS(
            reader->each_contact([](RowView) { throw LockedError("disk full"); }, Deadline(Seconds{10})),
            LockedError);
        CHECK(reader->contacts(Ids{1, 2}).size() == 2);
    });
}

TEST_CASE("a finished reader can look again, and sees what is new") {
    for_each_reader([](Rig& rig) {
        const auto reader = rig.reader();
        reader->finish();
        CHECK(ids_of(reader->contact_states()).empty());
        rig.put_contact(1, 101, "");
        CHECK(ids_of(reader->contact_states()).empty());
        reader->finish();
        reader->finish();
        CHECK(ids_of(reader->contact_states()) == Ids{1});
    });
}

TEST_CASE("a stream of narrow rows ends once and for all, and the reader goes on behind it") {
    for_each_reader([](Rig& rig) {
        rig.put_contact(1, 101, "");
        rig.put_dialog(1, "call");
        const auto reader = rig.reader();
        const auto states = reader->contact_states();
        CHECK(reader->dialogs().size() == 1); // no query has been sent yet
        states->start();
        CHECK(all_of(states).size() == 1);
        CHECK_FALSE(states->next());
        CHECK(reader->contacts(Ids{1}).size() == 1);
        CHECK_FALSE(states->next());
        states->start();
        CHECK_FALSE(states->next());
    });
}

TEST_CASE("a stream let go of before its end leaves the reader at the same moment, for a new one too") {
    for_each_reader([](Rig& rig) {
        for (const std::uint64_t id : {1U, 2U, 3U}) rig.put_contact(id, 100, "");
        const auto reader = rig.reader();
        reader->contact_states().reset(); // not even begun
        auto states = reader->contact_states();
        REQUIRE(states->next());
        rig.remove_contact(2);
        states.reset();
        CHECK(reader->contacts(Ids{1, 2}).size() == 2);
        CHECK(ids_of(reader->contact_states()) == Ids{1, 2, 3});
    });
}

TEST_CASE("a database that is not there is a SourceError that names the source") {
    for_each_reader([](Rig& rig) {
        const auto reader = rig.broken_reader();
        CHECK_THROWS_AS(reader->dialogs(), SourceError);
        CHECK_THROWS_WITH(reader->contact_states(), ContainsSubstring("location: "));
        reader->finish();
    });
}
