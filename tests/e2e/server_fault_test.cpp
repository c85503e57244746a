// What the servers may do to a run: one clear line, the documented exit code, and the next run goes on.
#include "site_drill.hpp"
#include "support/catch.hpp"

#include <filesystem>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

constexpr int failed = 1;
constexpr int partial = 3;
constexpr int spooled = 4;

/// A small SBC that has been archived for some minutes.
struct Drill : SiteDrill {
    explicit Drill(std::uint32_t seed) : SiteDrill("server_fault", seed, 30, 10) {
        for (int i = 0; i < 3; ++i) recover();
    }
    /// Life after the fault, and the last word.
    void go_on() {
        for (int i = 0; i < 3; ++i) recover();
        compare_everything();
    }
    Connection& sql() { return site().history.sql(); }
    void global(const std::string& setting) { sql().execute("SET GLOBAL " + setting); }
    [[nodiscard]] std::string writer_session() {
        return sql()
            .value("SELECT id FROM information_schema.processlist WHERE user = '" + site().writer + "'")
            .value_or("");
    }
    [[nodiscard]] bool writer_waits_for_a_lock() {
        return wait_until([&] {
            std::this_thread::sleep_for(Milliseconds{150}); // who asks sooner is told the same again
            return sql().value(
                       "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'") ==
                   "1";
        });
    }
};

/// Somebody else in the history database.
struct Stranger {
    Connection connection;
    explicit Stranger(Drill& drill) : connection(drill.site().history.settings(), "stranger") {
        connection.execute("SET SESSION innodb_lock_wait_timeout = 20");
        connection.execute("START TRANSACTION");
    }
    void hold(const std::string& rows) {
        static_cast<void>(connection.value("SELECT COUNT(*) FROM " + rows + " FOR UPDATE"));
    }
};

} // namespace

TEST_CASE("a deadlock (1213) costs the minute, and nothing else") {
    Drill drill(31);
    drill.sql().execute(
        "CREATE TABLE weight (id INT AUTO_INCREMENT PRIMARY KEY) SELECT seq AS id FROM seq_1_to_3000");
    drill.pass(1, 5);
    std::optional<Stranger> stranger(std::in_place, drill);
    stranger->connection.execute(
        "DELETE FROM weight"); // the server gives up the transaction that has written less
    stranger->hold("location_open");
    const auto run = drill.start();
    REQUIRE(drill.writer_waits_for_a_lock());
    stranger->hold("node"); // which the run holds
    const ProgramResult result = run->wait();
    drill.look_for_capture();
    drill.check_fails(result, failed, "Deadlock found");
    stranger.reset();
    drill.sql().execute("DROP TABLE weight");
    drill.go_on();
}

TEST_CASE("a lock that is held for too long (1205) costs the minute, and nothing else") {
    Drill drill(32);
    drill.pass();
    std::optional<Stranger> stranger(std::in_place, drill);
    stranger->hold("node");
    drill.check_fails(drill.run(), failed, "Lock wait timeout exceeded");
    stranger.reset();
    drill.go_on();
}

TEST_CASE("a history server that is read-only costs minutes, and nothing else") {
    Drill drill(33);
    drill.global("read_only = 1");
    for (int i = 0; i < 3; ++i) {
        drill.pass();
        drill.check_fails(drill.run(), failed, "read-only");
    }
    drill.global("read_only = 0");
    drill.go_on();
}

TEST_CASE("a connection that is killed amid a statement costs the minute, and nothing else") {
    Drill drill(34);
    for (const std::string kill : {"KILL ", "KILL QUERY "}) {
        drill.pass(1, 5);
        std::optional<Stranger> stranger(std::in_place, drill);
        stranger->hold("location_open");
        const auto run = drill.start();
        REQUIRE(drill.writer_waits_for_a_lock());
        drill.sql().execute(kill + drill.writer_session());
        const ProgramResult result = run->wait();
        drill.look_for_capture();
        drill.check_fails(result, failed, kill == "KILL " ? "error " : "interrupted");
        stranger.reset();
    }
    drill.go_on();
}

TEST_CASE("a server that is shut down and started again costs minutes, and nothing else") {
    Drill drill(35);
    drill.pass();
    shared_server().stop();
    const ProgramResult result = drill.start()->wait();
    shared_server().start();
    drill.reconnect();
    drill.look_for_capture();
    drill.check_fails(result, failed, "error 2002");
    drill.go_on();
}

TEST_CASE("with a spool, a history server that is read-only costs no minute") {
    Drill drill(39);
    drill.use_spool();
    const std::size_t before = drill.captures();
    drill.global("read_only = 1");
    for (int i = 0; i < 3; ++i) {
        drill.pass();
        const ProgramResult result = drill.run();
        CHECK(result.exit_code == spooled);
        CHECK(lines_of(result.err) == 1);
    }
    drill.global("read_only = 0");
    drill.pass();
    CHECK(drill.run().exit_code == 0);
    CHECK(drill.captures() == before + 4);
    CHECK(drill.sql().value("SELECT SUM(provenance = 'spool') FROM capture") == "4");
    drill.go_on();
}

TEST_CASE("a call that is larger than max_allowed_packet costs its source, is told, and stops nothing else") {
    Drill drill(36);
    drill.global("max_allowed_packet = 64 * 1024");
    drill.reconnect();
    drill.site().add_dialog(1);
    drill.site().live.sql().execute(
        "UPDATE dialog SET vars = REPEAT('x', 65000), profiles = REPEAT('y', 60000) WHERE dlg_id = 1");
    drill.pass();
    const ProgramResult result = drill.run();
    INFO(result.err);
    CHECK(result.exit_code == partial);
    CHECK_THAT(result.err, ContainsSubstring("max_allowed_packet"));
    CHECK(lines_of(result.err) == 1);
    CHECK(drill.site().of_node("dialog_status, location_status", "capture", "captured_at DESC LIMIT 1") ==
          "failed|ok\n");
    drill.site().remove_dialog(1);
    drill.go_on();
    drill.global("max_allowed_packet = 16 << 20");
}

TEST_CASE("captures fit any max_allowed_packet that their largest row fits") {
    Drill drill(37);
    drill.global("max_allowed_packet = 128 * 1024");
    drill.reconnect();
    drill.begin_node("packets");
    drill.tables().fill(300, 100, from_datetime(drill.site().datetime(10)));
    drill.go_on();
    drill.global("max_allowed_packet = 16 << 20");
}

TEST_CASE("a disk that is full costs minutes, and nothing else, and retain goes on where it stood") {
    // Everything in one file that may not grow further: what a full disk is to the server.
    const auto megabytes = std::filesystem::file_size(shared_server().folder() + "/data/ibdata1") >> 20U;
    const auto start_with_room = [&](std::size_t more) {
        shared_server().stop();
        shared_server().start(
            {"--innodb-file-per-table=0",
             "--innodb-data-file-path=ibdata1:12M:autoextend:max:" + std::to_string(megabytes + more) + "M"});
    };
    start_with_room(64);
    {
        Drill drill(38);
        Site& site = drill.site();
        for (int day = 0; day < 4; ++day) {
            drill.pass(24 * 60 - 2);
            drill.recover();
            drill.recover();
        }
        const auto retain = [&](int day) {
            site.settings.more =
                "retention: { option_file: " + site.folder.path("retain.cnf") + ", pack_after: 1d }\n";
            return site.sipkeep({"retain", "--at", site.at(day * 24 * 60)});
        };
        const auto samples = [&] {
            return site.history.rows(
                "SELECT captured_at, day, `group`, name, value, flag FROM statistic_sample "
                "ORDER BY 1, 3, 4");
        };
        REQUIRE(retain(3).exit_code == 0); // the first days; partitions are there
        const std::string before = samples();
        drill.sql().execute("CREATE TABLE ballast (id INT AUTO_INCREMENT PRIMARY KEY, filling LONGBLOB)");
        drill.pass();
        drill.tables().fill(300, 0, from_datetime(site.datetime(10)));
        const auto filled = [&](const std::string& statement, int or_code = 1114) {
            try {
                drill.sql().execute(statement);
            } catch (const DatabaseError& error) {
                REQUIRE((error.code() == 1114 || error.code() == or_code));
                return true;
            }
            return false;
        };
        int crumbs = 0;
        const auto fill_up = [&] {
            // What the server still has to purge becomes room again, whenever it gets to that.
            drill.sql().execute("SET GLOBAL innodb_max_purge_lag_wait = 0");
            for (const std::size_t bytes : {1U << 20U, 1U << 16U})
                while (!filled("INSERT INTO ballast (filling) VALUES (REPEAT('x', " + std::to_string(bytes) +
                               "))")) {
                }
            // A large table takes 64 pages at a time. What is left besides, small ones take page by page.
            for (const int last = crumbs + 500; crumbs < last; ++crumbs) {
                const std::string crumb = "crumb" + std::to_string(crumbs);
                if (filled("CREATE TABLE " + crumb +
                               " (id INT AUTO_INCREMENT PRIMARY KEY, filling VARCHAR(8000)) CHARSET latin1",
                           1005)) // CREATE TABLE says no more than that it can't
                    break;
                for (int page = 0; page < 28; ++page)
                    if (filled("INSERT INTO " + crumb +
                               " (filling) VALUES (REPEAT('x', 8000)), (REPEAT('y', 8000))"))
                        break;
            }
        };
        fill_up();
        drill.check_fails(drill.run(), failed, "is full");
        fill_up();
        const ProgramResult packing = retain(5);
        CHECK(packing.exit_code == failed);
        CHECK_THAT(packing.err, ContainsSubstring("is full"));
        CHECK(samples() == before);

        start_with_room(256); // somebody added a disk
        drill.reconnect();
        CHECK(samples() == before);
        CHECK(retain(5).exit_code == 0);
        CHECK(samples() == before);
        CHECK(site.history.rows("SELECT COUNT(DISTINCT day) FROM sample_day") == "4\n");
        drill.go_on();
    }
    shared_server().stop();
    shared_server().start();
}
