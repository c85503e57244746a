// The proxy that breaks connections must itself be right: what it forwards, counts and breaks.
#include "sipkeep/db/connection.hpp"

#include "support/catch.hpp"
#include "support/mariadb_server.hpp"
#include "support/mysql_proxy.hpp"
#include "support/program.hpp"

#include <algorithm>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

struct Rig {
    TestDatabase database{"proxy"};
    MySqlProxy proxy{shared_server().settings("").socket, shared_server().folder() + "/proxy"};

    Rig() { database.sql().execute("CREATE TABLE t (id INT PRIMARY KEY, text LONGTEXT)"); }
    [[nodiscard]] DatabaseSettings settings() const { return proxy.through(database.settings()); }
    /// Strikes at the first command whose text holds this.
    void strike(const std::string& text, WireFault fault) {
        proxy.follow([=](std::size_t, const ClientCommand& command) {
            return command.text.find(text) != std::string::npos ? std::optional(fault) : std::nullopt;
        });
    }
    [[nodiscard]] std::string count() { return database.rows("SELECT COUNT(*) FROM t"); }
    [[nodiscard]] std::size_t times(int kind) const {
        const auto commands = proxy.commands();
        return static_cast<std::size_t>(
            std::count_if(commands.begin(), commands.end(), [&](const auto& c) { return c.kind == kind; }));
    }
};

Rows numbers(int from, int to) {
    Rows rows(2);
    for (int i = from; i < to; ++i) {
        rows.add(std::to_string(i));
        rows.add("row " + std::to_string(i));
    }
    return rows;
}

/// What the client was told when its statement was struck.
void check_lost(Connection& connection, const std::string& statement) {
    try {
        connection.execute(statement);
        FAIL("nothing was thrown");
    } catch (const DatabaseError& error) {
        CHECK(error.lost());
    }
}

} // namespace

TEST_CASE("a proxy that is told nothing changes nothing, and counts every command") {
    Rig rig;
    {
        Connection connection(rig.settings(), "test");
        connection.insert("INSERT INTO t VALUES", numbers(0, 250));
        CHECK(connection.value("SELECT COUNT(*) FROM t") == "250");
    }
    CHECK(rig.times(ClientCommand::login) == 1);
    CHECK(rig.times(ClientCommand::prepare) == 2); // 100 rows, 100 rows, 50 rows
    CHECK(rig.times(ClientCommand::execute) == 3);
    CHECK(wait_until([&] { return rig.times(ClientCommand::quit) == 1; })); // nobody waits for its answer
    const auto commands = rig.proxy.commands();
    CHECK(commands.front().kind == ClientCommand::login);
    CHECK(std::any_of(commands.begin(), commands.end(),
                      [](const auto& c) { return c.text == "SELECT COUNT(*) FROM t"; }));
    for (const ClientCommand& command : commands)
        if (command.kind == ClientCommand::execute)
            CHECK(command.text.starts_with("INSERT INTO t VALUES (?,?)"));
    CHECK_FALSE(rig.proxy.broke_at());
}

TEST_CASE("a proxy passes on packets of more than 16 MB, and counts them once") {
    Rig rig;
    rig.database.sql().execute("SET GLOBAL max_allowed_packet = 64 << 20");
    Connection connection(rig.settings(), "test");
    Rows row(2);
    row.add("1");
    row.add(std::string((17U << 20U), 'x'));
    connection.insert("INSERT INTO t VALUES", row);
    CHECK(connection.value("SELECT text FROM t")->size() == 17U << 20U);
    CHECK(rig.times(ClientCommand::execute) == 1);
    rig.database.sql().execute("SET GLOBAL max_allowed_packet = 16 << 20");
}

TEST_CASE("cut before a command: the server never gets it") {
    Rig rig;
    rig.strike("INSERT", {.kind = WireFault::Kind::cut_before});
    Connection connection(rig.settings(), "test");
    const std::size_t number = rig.proxy.commands().size();
    check_lost(connection, "INSERT INTO t VALUES (1, '')");
    CHECK(rig.count() == "0\n");
    CHECK(rig.proxy.broke_at() == number);
    // Strikes once: whoever comes next is served.
    Connection next(rig.settings(), "test");
    next.execute("INSERT INTO t VALUES (1, '')");
    CHECK(rig.count() == "1\n");
}

TEST_CASE("cut after a command: the server has done it, and the client is not told") {
    Rig rig;
    rig.strike("COMMIT", {.kind = WireFault::Kind::cut_after});
    Connection connection(rig.settings(), "test");
    connection.execute("START TRANSACTION");
    connection.execute("INSERT INTO t VALUES (1, '')");
    check_lost(connection, "COMMIT");
    CHECK(rig.count() == "1\n");
}

TEST_CASE("cut amid the reply: a streamed result breaks off, and is not taken for a short one") {
    Rig rig;
    rig.database.sql().insert("INSERT INTO t VALUES", numbers(0, 20'000));
    rig.strike("SELECT id", {.kind = WireFault::Kind::cut_amid_reply, .reply_bytes = 100'000});
    Connection connection(rig.settings(), "test");
    auto rows = connection.query("SELECT id, text FROM t ORDER BY id");
    int read = 0;
    CHECK_THROWS_AS(
        [&] {
            while (rows.next()) ++read;
        }(),
        DatabaseError);
    CHECK(read > 100);
    CHECK(read < 20'000);
}

TEST_CASE("cut amid a reply that is shorter: the next command is lost") {
    Rig rig;
    rig.strike("INSERT", {.kind = WireFault::Kind::cut_amid_reply, .reply_bytes = 1000});
    Connection connection(rig.settings(), "test");
    connection.execute("INSERT INTO t VALUES (1, '')");
    check_lost(connection, "INSERT INTO t VALUES (2, '')");
    CHECK(rig.count() == "1\n");
}

TEST_CASE("cut at the login: no connection") {
    Rig rig;
    rig.proxy.follow([](std::size_t number, const ClientCommand&) {
        return number == 0 ? std::optional(WireFault{.kind = WireFault::Kind::cut_before}) : std::nullopt;
    });
    CHECK_THROWS_AS(Connection(rig.settings(), "test"), DatabaseError);
    CHECK(rig.proxy.broke_at() == 0U);
}

TEST_CASE("a connection that hangs holds its locks until it is let go") {
    Rig rig;
    rig.database.sql().execute("INSERT INTO t VALUES (1, '')");
    rig.strike("SELECT SLEEP", {.kind = WireFault::Kind::hang_before});
    DatabaseSettings settings = rig.settings();
    settings.read_timeout = Milliseconds{1000};
    Connection connection(settings, "test");
    connection.execute("START TRANSACTION");
    connection.execute("UPDATE t SET text = 'held'");
    check_lost(connection, "SELECT SLEEP(0)");
    rig.database.sql().execute("SET SESSION innodb_lock_wait_timeout = 1");
    CHECK_THROWS_WITH(rig.database.sql().execute("UPDATE t SET text = 'free'"),
                      ContainsSubstring("Lock wait timeout"));
    rig.proxy.follow_nothing();
    rig.database.sql().execute("SET SESSION innodb_lock_wait_timeout = 5");
    rig.database.sql().execute("UPDATE t SET text = 'free'");
    CHECK(rig.database.rows("SELECT text FROM t") == "free\n");
}

TEST_CASE("the shape of a command leaves out what differs from run to run") {
    const auto shape = [](const std::string& text) {
        return ClientCommand{ClientCommand::query, text}.shape();
    };
    CHECK(shape("SELECT a1 FROM t WHERE id IN (1,22,333) AND at = '2026-11-22 10:00:00'") ==
          "query SELECT a1 FROM t WHERE id IN (?) AND at = ?");
    CHECK(shape("INSERT INTO t VALUES (?,?),(?,?),(?,?)") == shape("INSERT INTO t VALUES (?,?)"));
    CHECK(shape("SELECT 1") != shape("SELECT a"));
}
