// The real LiveReader against the schemas that OpenSIPS and its operators make, and against its writers.
#include "sipkeep/core/error.hpp"
#include "sipkeep/db/live_reader.hpp"

#include "support/catch.hpp"
#include "support/contact_states.hpp"
#include "support/mariadb_server.hpp"
#include "support/table_rows.hpp"

#include <nlohmann/json.hpp>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

using Ids = std::vector<std::uint64_t>;
using nlohmann::json;

const std::string dialog_values =
    "INSERT INTO dialog (dlg_id, callid, from_uri, from_tag, to_uri, to_tag, "
    "caller_cseq, callee_cseq, caller_ping_cseq, callee_ping_cseq, caller_sock, "
    "callee_sock, state, start_time, timeout) VALUES ";

/// Live tables of one release and character set, with one call and one registration.
struct Live {
    TestDatabase database{"live"};
    DatabaseSettings settings = database.settings();

    explicit Live(const std::string& release = "3.6", const std::string& charset = "latin1") {
        settings.read_timeout = 2000ms;
        for (const std::string table : {"dialog", "location"}) {
            database.load(std::string(SIPKEEP_FIXTURES) + "/opensips/" + release + "/" + table + ".sql");
            if (charset != "latin1") sql("ALTER TABLE " + table + " CONVERT TO CHARACTER SET " + charset);
        }
        sql(dialog_values +
            "(1, 'call', 'sip:a', 'ft', 'sip:b', 'tt', '1', '2', 3, 4, 'udp:a', 'udp:b', 4, 5, 6)");
        sql("INSERT INTO location (contact_id, username, contact, expires, cseq, last_modified) VALUES (1, "
            "'u', "
            "'sip:u', 100, 7, '2026-11-22 11:00:00')");
    }
    void sql(const std::string& statement) { database.sql().execute(statement); }
    [[nodiscard]] std::unique_ptr<LiveReader> reader() const {
        return make_live_reader({.database = settings});
    }
    /// One column of the call.
    [[nodiscard]] std::optional<std::string> call(const std::string& column) const {
        const Rows rows = reader()->dialogs();
        const Field field = rows[0][dialog_table().at(column)];
        return field ? std::optional<std::string>(*field) : std::nullopt;
    }
    /// One column of the registration.
    [[nodiscard]] std::optional<std::string> contact(const std::string& column) const {
        const auto from = reader();
        static_cast<void>(from->contact_states());
        const Rows rows = from->contacts(Ids{1});
        const Field field = rows[0][location_table().at(column)];
        return field ? std::optional<std::string>(*field) : std::nullopt;
    }
};

/// A session of another program that waits at most a second for anything.
struct Writer {
    Connection connection;
    explicit Writer(const Live& live) : connection(live.database.settings(), "writer") {
        connection.execute("SET SESSION innodb_lock_wait_timeout = 1, lock_wait_timeout = 1");
    }
};

} // namespace

TEST_CASE("both schemas, both character sets: every column as the table has it") {
    for (const auto* release : {"3.2", "3.6"})
        for (const auto* charset : {"latin1", "utf8mb4"}) {
            INFO(release << " " << charset);
            const Live live(release, charset);
            const std::string script_flags = std::string(release) == "3.2" ? "0" : "<null>";
            CHECK(text_of(live.reader()->dialogs()) == "1|call|sip:a|ft|sip:b|tt|<null>|<null>|1|2|3|4|<null>"
                                                       "|<null>|<null>|<null>|udp:a|udp:b|4|5|6|"
                                                       "<null>|<null>|" +
                                                           script_flags +
                                                           "|0|0|<null>|<null>|<null>|<null>|<null>\n");
            const auto reader = live.reader();
            CHECK(all_of(reader->contact_states()) ==
                  std::vector<ContactState>{
                      {.contact_id = 1, .last_modified = 20261122110000, .expires = 100, .cseq = 7}});
            CHECK(text_of(reader->contacts(Ids{1})) == "1|u|<null>|sip:u|<null>|<null>|100|1.00|Default-Call-"
                                                       "ID|7|2026-11-22 11:00:00|0|<null>||<null>|"
                                                       "<null>|<null>|<null>|<null>|<null>|<null>\n");
        }
}

TEST_CASE("text comes as UTF-8 whatever character set the table has") {
    SECTION("latin1") {
        Live live;
        live.sql(
            "UPDATE location SET user_agent = 'caf\xc3\xa9 \xe2\x82\xac'"); // MySQL's latin1 has the euro
        CHECK(live.contact("user_agent") == "caf\xc3\xa9 \xe2\x82\xac");
    }
    SECTION("utf8mb4") {
        Live live("3.6", "utf8mb4");
        live.sql("UPDATE location SET user_agent = '\xf0\x9f\x93\x9e \xc3\xa9'");
        CHECK(live.contact("user_agent") == "\xf0\x9f\x93\x9e \xc3\xa9");
    }
}

TEST_CASE("NULL and '' stay apart") {
    Live live;
    live.sql("UPDATE dialog SET profiles = '', vars = ''");
    live.sql("UPDATE location SET domain = '', attr = ''");
    CHECK(live.call("profiles") == "");
    CHECK(live.call("vars") == "");
    CHECK(live.call("mangled_to_uri") == std::nullopt);
    CHECK(live.contact("domain") == "");
    CHECK(live.contact("attr") == "");
    CHECK(live.contact("path") == std::nullopt);
}

TEST_CASE("binary vars keep every byte") {
    Live live;
    live.sql("UPDATE dialog SET vars = X'00FF0A0D5C27220080C3'");
    CHECK(live.call("vars") == std::string("\x00\xff\x0a\x0d\x5c\x27\x22\x00\x80\xc3", 10));
}

TEST_CASE("vars of 70,000 bytes come whole") {
    Live live;
    live.sql("ALTER TABLE dialog MODIFY vars MEDIUMBLOB");
    live.sql("UPDATE dialog SET vars = CONCAT(REPEAT(X'00FE', 35000), X'07')");
    const auto vars = live.call("vars");
    REQUIRE(vars);
    CHECK(vars->size() == 70001);
    CHECK(vars->substr(69998) == std::string("\x00\xfe\x07", 3));
}

TEST_CASE("the largest ids and numbers come as they are") {
    Live live;
    live.sql("UPDATE dialog SET dlg_id = 18446744073709551615, timeout = 4294967295");
    live.sql(
        "UPDATE location SET contact_id = 18446744073709551615, expires = 4294967295, cseq = -2147483648, "
        "last_modified = '9999-12-31 23:59:59'");
    CHECK(live.call("dlg_id") == "18446744073709551615");
    CHECK(live.call("timeout") == "4294967295");
    const auto reader = live.reader();
    CHECK(all_of(reader->contact_states()) == std::vector<ContactState>{{.contact_id = UINT64_MAX,
                                                                         .last_modified = 99991231235959,
                                                                         .expires = UINT32_MAX,
                                                                         .cseq = INT32_MIN}});
    CHECK(reader->contacts(Ids{UINT64_MAX}).size() == 1);
}

TEST_CASE("an operator's own columns are kept as one JSON object, binary ones in hex") {
    Live live;
    live.sql(
        "ALTER TABLE location ADD note VARCHAR(40), ADD token VARBINARY(16) FIRST, ADD `odd name``x` INT, "
        "ADD picture BLOB, ADD fixed BINARY(3)");
    CHECK(json::parse(live.contact("extra").value_or("")) == json({{"note", nullptr},
                                                                   {"token", nullptr},
                                                                   {"odd name`x", nullptr},
                                                                   {"picture", nullptr},
                                                                   {"fixed", nullptr}}));
    live.sql("UPDATE location SET note = 'it''s \"caf\xc3\xa9\"', token = X'00FF41', `odd name``x` = -5, "
             "picture = X'', fixed = X'0102'");
    CHECK(json::parse(live.contact("extra").value_or("")) == json({{"note", "it's \"caf\xc3\xa9\""},
                                                                   {"token", {{"hex", "00FF41"}}},
                                                                   {"odd name`x", "-5"},
                                                                   {"picture", {{"hex", ""}}},
                                                                   {"fixed", {{"hex", "010200"}}}}));
    CHECK(live.contact("username") == "u");
    CHECK(live.call("extra") == std::nullopt);
}

TEST_CASE("no type of an operator's column stops a capture") {
    Live live;
    live.sql(
        "ALTER TABLE dialog ADD b BIT(8) DEFAULT b'11111111', ADD g POINT, ADD e ENUM('x','y') DEFAULT 'y', "
        "ADD s SET('x','y') DEFAULT 'x,y', ADD t TIME DEFAULT '-12:00:01', ADD j JSON DEFAULT '{\"a\": 1}', "
        "ADD d DECIMAL(20,5) DEFAULT 1.5, ADD ts TIMESTAMP(3) NULL, ADD y YEAR DEFAULT 2026, "
        "ADD f DOUBLE DEFAULT 0.1");
    live.sql("UPDATE dialog SET g = POINT(1, 2)");
    const json extra = json::parse(live.call("extra").value_or("{}"));
    CHECK(extra.size() == 10);
    CHECK(extra.value("b", "") == "255");
    CHECK_THAT(extra.value("g", json::object()).value("hex", ""), ContainsSubstring("000000000000F03F"));
    CHECK(extra.value("e", "") == "y");
    CHECK(extra.value("s", "") == "x,y");
    CHECK(extra.value("t", "") == "-12:00:01");
    CHECK(extra.value("d", "") == "1.50000");
    CHECK(extra.value("ts", json("not there")).is_null());
    CHECK(live.call("callid") == "call");
}

TEST_CASE("columns in another order are found by their names") {
    Live live;
    live.sql("ALTER TABLE location MODIFY user_agent CHAR(255) NOT NULL DEFAULT 'a' FIRST, MODIFY cseq INT "
             "NOT NULL "
             "DEFAULT 13 FIRST");
    live.sql(
        "ALTER TABLE dialog MODIFY callid CHAR(255) NOT NULL AFTER flags, MODIFY dlg_id BIGINT UNSIGNED NOT "
        "NULL AFTER callid");
    CHECK(live.contact("contact_id") == "1");
    CHECK(live.contact("contact") == "sip:u");
    CHECK(live.contact("cseq") == "7");
    CHECK(live.call("callid") == "call");
    CHECK(live.call("dlg_id") == "1");
    CHECK(live.call("from_uri") == "sip:a");
}

TEST_CASE("a column that the table does not have is NULL") {
    Live live;
    live.sql("ALTER TABLE dialog DROP COLUMN rt_on_hangup, DROP COLUMN vars");
    live.sql("ALTER TABLE location DROP COLUMN kv_store");
    CHECK(live.call("vars") == std::nullopt);
    CHECK(live.call("rt_on_hangup") == std::nullopt);
    CHECK(live.call("callid") == "call");
    CHECK(live.call("extra") == std::nullopt);
    CHECK(live.contact("kv_store") == std::nullopt);
    CHECK(live.contact("user_agent") == "");
}

TEST_CASE("a table without its key, or without what shows a refresh, is refused by name") {
    Live live;
    live.sql("ALTER TABLE dialog CHANGE dlg_id id BIGINT UNSIGNED NOT NULL");
    live.sql("ALTER TABLE location DROP COLUMN last_modified");
    const auto reader = live.reader();
    CHECK_THROWS_AS(reader->dialogs(), SourceError);
    CHECK_THROWS_WITH(reader->dialogs(), ContainsSubstring("dialog") && ContainsSubstring("dlg_id") &&
                                             ContainsSubstring("OpenSIPS"));
    CHECK_THROWS_WITH(reader->contact_states(),
                      ContainsSubstring("location") && ContainsSubstring("last_modified"));
}

TEST_CASE("a table that is not there fails its source alone") {
    Live live;
    live.sql("DROP TABLE dialog");
    const auto reader = live.reader();
    CHECK_THROWS_WITH(reader->dialogs(), ContainsSubstring("dialog: ") && ContainsSubstring("doesn't exist"));
    CHECK(all_of(reader->contact_states()).size() == 1);
    CHECK(reader->contacts(Ids{1}).size() == 1);
}

TEST_CASE("tables of other names are read, and names that are none are refused") {
    Live live;
    live.sql("RENAME TABLE dialog TO dialog_edge1, location TO location_edge1");
    const auto reader = make_live_reader(
        {.database = live.settings, .dialog_table = "dialog_edge1", .location_table = "location_edge1"});
    CHECK(reader->dialogs().size() == 1);
    CHECK(all_of(reader->contact_states()).size() == 1);
    const auto bad = make_live_reader({.database = live.settings, .dialog_table = "dialog; DROP TABLE x"});
    CHECK_THROWS_AS(bad->dialogs(), UsageError);
}

TEST_CASE("rows written by another session between two reads are not seen") {
    Live live;
    const auto reader = live.reader();
    REQUIRE(all_of(reader->contact_states()).size() == 1);
    Writer writer(live);
    writer.connection.execute("UPDATE location SET user_agent = 'later', expires = 999");
    writer.connection.execute(
        "INSERT INTO location (contact_id, username, contact, expires) VALUES (2, 'v', 'c', 1)");
    writer.connection.execute(dialog_values + "(2, 'later', '', '', '', '', '', '', 0, 0, '', '', 4, 0, 0)");
    CHECK(text_of(reader->contacts(Ids{1, 2}), location_table(), {"contact_id", "expires", "user_agent"}) ==
          "1|100|\n");
    CHECK(reader->dialogs().size() == 1);
    reader->finish();
    CHECK(reader->dialogs().size() == 2);
}

TEST_CASE("an open reader blocks no writer") {
    Live live;
    const auto reader = live.reader();
    REQUIRE(reader->dialogs().size() == 1);
    REQUIRE(all_of(reader->contact_states()).size() == 1);
    REQUIRE(reader->contacts(Ids{1}).size() == 1);
    Writer writer(live);
    const Stopwatch watch;
    CHECK_NOTHROW(writer.connection.execute("UPDATE location SET expires = expires + 1"));
    CHECK_NOTHROW(writer.connection.execute(
        "INSERT INTO location (contact_id, username, contact, expires) VALUES (3, 'v', 'c', 1)"));
    CHECK_NOTHROW(writer.connection.execute("DELETE FROM location"));
    CHECK_NOTHROW(writer.connection.execute("UPDATE dialog SET state = 5"));
    CHECK_NOTHROW(writer.connection.execute(dialog_values +
                                            "(2, 'later', '', '', '', '', '', '', 0, 0, '', '', 4, 0, 0)"));
    CHECK_NOTHROW(writer.connection.execute("DELETE FROM dialog"));
    CHECK(reader->contacts(Ids{1}).size() == 1);
}

TEST_CASE("a finished reader holds nothing: the table can be altered at once") {
    Live live;
    const auto reader = live.reader();
    static_cast<void>(reader->dialogs());
    Writer writer(live);
    CHECK_THROWS_AS(writer.connection.execute("ALTER TABLE dialog ADD c INT"), DatabaseError);
    reader->finish();
    CHECK_NOTHROW(writer.connection.execute("ALTER TABLE dialog ADD c INT"));
}

TEST_CASE("a table locked by somebody's ALTER fails its source within the lock wait") {
    Live live;
    Connection operators(live.database.settings(), "operator");
    operators.execute("LOCK TABLES dialog WRITE"); // as an ALTER that copies the table holds it
    const auto reader = live.reader();
    const Stopwatch watch;
    CHECK_THROWS_AS(reader->dialogs(), SourceError);
    CHECK(watch.elapsed() < 10s); // the lock wait is one second; without it: a day
    CHECK(all_of(reader->contact_states()).size() == 1);
    operators.execute("UNLOCK TABLES");
    CHECK(live.reader()->dialogs().size() == 1);
}

TEST_CASE("a table rebuilt after the snapshot began is refused or read, and never taken for empty") {
    for (const std::string algorithm : {"COPY", "INPLACE"}) {
        INFO(algorithm);
        Live live;
        const auto reader = live.reader();
        REQUIRE(all_of(reader->contact_states()).size() == 1);
        live.sql("ALTER TABLE dialog ADD c INT FIRST, ALGORITHM = " + algorithm);
        try {
            // Read first: CHECK would take the exception for a failure.
            const std::string rows = text_of(reader->dialogs(), dialog_table(), {"dlg_id", "callid"});
            CHECK(rows == "1|call\n");
        } catch (const SourceError& error) {
            CHECK_THAT(error.what(), ContainsSubstring("dialog: ") && ContainsSubstring("retry"));
        }
        CHECK(reader->contacts(Ids{1}).size() == 1);
    }
}

TEST_CASE("a session killed between two reads is a SourceError, and the rows of another moment are refused") {
    Live live;
    const auto reader = live.reader();
    REQUIRE(all_of(reader->contact_states()).size() == 1);
    Connection admin(shared_server().settings(""), "test server");
    const auto id = admin.value("SELECT id FROM information_schema.processlist WHERE db = '" +
                                live.database.name() + "' ORDER BY id DESC LIMIT 1");
    REQUIRE(id);
    admin.execute("KILL " + *id);
    CHECK_THROWS_AS(reader->contacts(Ids{1}), SourceError);
    CHECK_THROWS_AS(reader->contacts(Ids{1}), SourceError);
    CHECK(all_of(reader->contact_states()).size() == 1); // a new look
    CHECK(reader->contacts(Ids{1}).size() == 1);
}
