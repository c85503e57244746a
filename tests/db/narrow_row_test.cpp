// Narrow rows as two servers send them at the same time, more of them than fits between server and client.
#include "sipkeep/core/error.hpp"
#include "sipkeep/db/history_store.hpp"
#include "sipkeep/db/live_reader.hpp"
#include "sipkeep/db/schema.hpp"

#include "narrow_row.hpp"
#include "support/catch.hpp"
#include "support/contact_states.hpp"
#include "support/mariadb_server.hpp"

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t many = 100000; ///< 4 MB

const UtcSeconds noon = from_datetime("2026-11-22 12:00:00");

struct Broken : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Live and history tables that hold the same registrations.
struct Both {
    TestDatabase live{"live"};
    TestDatabase history{"history"};

    Both() {
        live.load(std::string(SIPKEEP_FIXTURES) + "/opensips/3.6/location.sql");
        live.sql().execute(
            "INSERT INTO location (contact_id, username, contact, expires, cseq, "
            "last_modified) SELECT seq, 'u', 'c', 100, 7, '2026-11-22 11:00:00' FROM seq_1_to_" +
            std::to_string(many));
        init_schema(history.sql(), embedded_schema(), noon);
        history.sql().execute("INSERT INTO node (node_id, node) VALUES (1, 'sbc1')");
        history.sql().execute(
            "INSERT INTO location_open (node_id, contact_id, valid_from, captured_at, expires, cseq, "
            "last_modified) SELECT 1, seq, '2026-11-22 11:00:00', '2026-11-22 11:00:00', 100, 7, "
            "'2026-11-22 11:00:00' FROM "
            "seq_1_to_" +
            std::to_string(many));
    }

    [[nodiscard]] std::unique_ptr<LiveReader> reader() const {
        return make_live_reader({.database = live.settings()});
    }
    [[nodiscard]] std::unique_ptr<HistoryStore> store() const {
        auto store = make_history_store(history.settings());
        static_cast<void>(store->open_node("sbc1", OpenNode::find));
        return store;
    }
    /// The session of this database whose server is at work on narrow rows; nullopt when none is.
    [[nodiscard]] std::optional<std::string> sending(const TestDatabase& database) {
        return live.sql().value("SELECT id FROM information_schema.processlist WHERE db = '" +
                                database.name() +
                                "' AND command = 'Query' AND info LIKE 'SELECT CONCAT_WS%'");
    }
};

} // namespace

TEST_CASE("both servers are at work before the first row of either is pulled") {
    Both both;
    const auto reader = both.reader();
    const auto store = both.store();
    const auto seen = reader->contact_states();
    const auto open = store->open_contact_states();
    CHECK_FALSE(both.sending(both.live));
    CHECK_FALSE(both.sending(both.history));
    seen->start();
    open->start();
    CHECK(both.sending(both.live));
    CHECK(both.sending(both.history));
    const ContactComparison found = compare_contacts(*seen, *open, {.every = 1});
    CHECK(found.seen == many);
    CHECK(found.candidates.compared.size() == many);
    CHECK(found.candidates.added.size() + found.candidates.moved.size() + found.candidates.gone.size() == 0);
    CHECK_FALSE(both.sending(both.live));
    CHECK_FALSE(both.sending(both.history));
}

TEST_CASE("streams let go of while their servers still send leave both connections usable") {
    Both both;
    const auto reader = both.reader();
    const auto store = both.store();
    {
        const auto seen = reader->contact_states();
        const auto open = store->open_contact_states();
        seen->start();
        open->start();
        REQUIRE(seen->next());
        REQUIRE(open->next());
        REQUIRE(both.sending(both.live));
        REQUIRE(both.sending(both.history));
    }
    CHECK(reader->contacts(std::vector<std::uint64_t>{1, many}).size() == 2);
    CHECK(all_of(reader->contact_states()).size() == many);
    CHECK(all_of(store->open_contact_states()).size() == many);
}

TEST_CASE("a stream keeps its snapshot and its connection when the reader lets go of them") {
    Both both;
    auto reader = both.reader();
    const auto seen = reader->contact_states();
    REQUIRE(seen->next());
    reader->finish();
    reader.reset();
    both.live.sql().execute("DELETE FROM location WHERE contact_id = " + std::to_string(many));
    CHECK(all_of(seen).size() == many - 1);
}

TEST_CASE("a live stream whose statement or session is killed fails the source, and history goes on") {
    for (const std::string kill : {"KILL QUERY ", "KILL "}) {
        INFO(kill);
        Both both;
        const auto reader = both.reader();
        const auto store = both.store();
        const auto seen = reader->contact_states();
        auto open = store->open_contact_states();
        seen->start();
        both.live.sql().execute(kill + both.sending(both.live).value_or("0"));
        CHECK_THROWS_AS(compare_contacts(*seen, *open, {}), SourceError);
        CHECK_THROWS_AS(seen->next(), SourceError); // and never looks like a short one
        open.reset();
        CHECK(all_of(store->open_contact_states()).size() == many);
    }
}

TEST_CASE("a stream of history whose statement or session is killed fails the capture") {
    for (const std::string kill : {"KILL QUERY ", "KILL "}) {
        INFO(kill);
        Both both;
        const auto reader = both.reader();
        const auto store = both.store();
        const auto seen = reader->contact_states();
        const auto open = store->open_contact_states();
        open->start();
        both.live.sql().execute(kill + both.sending(both.history).value_or("0"));
        CHECK_THROWS_AS(compare_contacts(*seen, *open, {}), HistoryUnavailable);
        CHECK_THROWS_AS(open->next(), HistoryUnavailable); // and never looks like a short one
    }
}

TEST_CASE("a query that can't be sent throws as often as it is asked for, and never looks like no rows") {
    TestDatabase database("narrow");
    NarrowRows rows(database.sql(), "no_such_table",
                    [](const std::exception& error) { throw Broken(error.what()); });
    CHECK_THROWS_AS(rows.start(), Broken);
    CHECK_THROWS_WITH(rows.next(), ContainsSubstring("no_such_table"));
    CHECK_THROWS_AS(rows.next(), Broken);
}

TEST_CASE("a live location without its primary key: an id twice fails the source by name") {
    Both both;
    both.live.sql().execute(
        "ALTER TABLE location MODIFY contact_id BIGINT UNSIGNED NOT NULL, DROP PRIMARY KEY");
    both.live.sql().execute(
        "INSERT INTO location (contact_id, username, contact, expires) VALUES (77, 'v', 'c', 1)");
    const auto reader = both.reader();
    const auto store = both.store();
    const auto seen = reader->contact_states();
    const auto open = store->open_contact_states();
    CHECK_THROWS_WITH(compare_contacts(*seen, *open, {}),
                      ContainsSubstring("location: contact_id 77 comes twice"));
}

TEST_CASE("a live contact_id that is text, and so in another order, fails the source by name") {
    Both both;
    both.live.sql().execute("DELETE FROM location WHERE contact_id > 12");
    both.live.sql().execute("ALTER TABLE location MODIFY contact_id VARCHAR(20) NOT NULL");
    const auto reader = both.reader();
    const auto store = both.store();
    const auto seen = reader->contact_states();
    const auto open = store->open_contact_states();
    CHECK_THROWS_WITH(compare_contacts(*seen, *open, {}),
                      ContainsSubstring("location: contact_id 2 comes behind 12"));
}
