// Calls on their way from a real acc table into a real history: in any order and pieces, twice, by two at
// once.
#include "sipkeep/app/acc_intake.hpp"
#include "sipkeep/db/reports.hpp"
#include "sipkeep/db/schema.hpp"
#include "sipkeep/sys/text_number.hpp"

#include "support/catch.hpp"
#include "support/mariadb_server.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <future>
#include <random>
#include <thread>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

const UtcSeconds noon = from_datetime("2026-11-22 12:00:00");

struct Rig {
    TestDatabase live, history;

    explicit Rig(const std::string& stem = "acc") : live(stem), history(stem + "_sums") {
        init_schema(history.sql(), embedded_schema(), noon);
        for (const char* table : {"acc", "missed_calls"})
            live.load(std::string(SIPKEEP_FIXTURES "/opensips/3.6/") + table + ".sql");
    }

    void put(int id, UtcSeconds answer, int ms, const std::string& code = "200",
             const std::string& from = "sip:1@a.org", const std::string& to = "sip:2@b.org") {
        live.sql().execute("INSERT INTO acc VALUES (" + std::to_string(id) + ", 'INVITE', 'f', 't', 'call" +
                           std::to_string(id) + "', '" + code + "', 'reason', '" + to_datetime(answer) +
                           "', " + std::to_string((ms + 999) / 1000) + ", " + std::to_string(ms) + ", 2, '" +
                           to_datetime(answer - Seconds{2}) + "', '" + from + "', '" + to + "')");
    }

    [[nodiscard]] AccReader reader(const TableSpec& spec = acc_table()) const {
        return AccReader({.database = live.settings(), .spec = &spec, .table = std::string(spec.name)});
    }
    AccTaken take(AccPlan plan, std::uint64_t after = 0, std::uint64_t last = 1'000'000,
                  const std::string& node = "sbc1") {
        AccReader reader = this->reader();
        CdrStore store(history.settings(), node, OpenNode::find_or_make);
        plan.now = noon + std::chrono::hours{100};
        AccIntake intake(plan, reader, store);
        return intake.take(after, last, {});
    }

    std::string sums(const std::string& node = "sbc1") {
        const std::string of = " WHERE node_id = (SELECT node_id FROM node WHERE node = '" + node + "')";
        return history.rows(
                   "SELECT minute, domain, direction, attempts, answered, failed_3xx, failed_4xx, "
                   "failed_5xx, "
                   "failed_6xx, cancelled, ended, seconds_talked, concurrent, peak, peak_at, course FROM "
                   "cdr_minute" +
                   of + " ORDER BY 1, 2, 3") +
               history.rows(
                   "SELECT hour, endpoint, calls_out, calls_in, answered, failed, seconds_talked, shortest, "
                   "longest FROM cdr_endpoint_hour" +
                   of + " ORDER BY 1, 2") +
               history.rows("SELECT hour, domain, direction, attempts, answered, failed, cancelled, "
                            "seconds_talked, peak, peak_at FROM cdr_hour" +
                            of + " ORDER BY 1, 2, 3") +
               history.rows("SELECT day, number, endpoint, calls_out, calls_in, answered, failed, "
                            "seconds_talked, shortest, longest FROM cdr_endpoint_day" +
                            of + " ORDER BY 1, 2") +
               history.rows("SELECT week, number, endpoint, calls_out, calls_in, answered, failed, "
                            "seconds_talked, shortest, longest FROM cdr_endpoint_week" +
                            of + " ORDER BY 1, 2") +
               history.rows("SELECT minute, code, reason, calls FROM cdr_failure_minute" + of +
                            " ORDER BY 1, 2, 3");
    }
    std::string records() { return history.rows("SELECT * FROM acc_history ORDER BY id, life"); }
};

} // namespace

TEST_CASE("two that begin the same node at once get the same one") {
    Rig rig("acc_node");
    Connection other(rig.history.settings(), "other");
    other.execute("START TRANSACTION");
    other.execute("INSERT INTO node (node) VALUES ('sbc7')");
    auto opened = std::async(std::launch::async, [&] {
        CdrStore store(rig.history.settings(), "sbc7", OpenNode::find_or_make);
        return store.position(acc_table()).life;
    });
    const auto waits = [&] {
        return rig.history.rows(
                   "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'") ==
               "1\n";
    };
    bool waited = false;
    for (int tries = 0; tries < 20 && !waited; ++tries) {
        std::this_thread::sleep_for(std::chrono::milliseconds{150}); // who asks sooner is told the same again
        waited = waits();
    }
    CHECK(waited);
    other.execute("COMMIT");
    CHECK_NOTHROW(opened.get());
    CHECK(rig.history.rows("SELECT COUNT(*) FROM node WHERE node = 'sbc7'") == "1\n");
}

TEST_CASE("calls become sums and records, each column as it was") {
    Rig rig;
    rig.put(1, noon + Seconds{5}, 10'400);
    rig.put(2, noon + Seconds{58}, 61'000, "200", "sip:1@a.org", "sip:3@a.org");
    rig.put(3, noon + Seconds{7}, 0, "487");
    const AccTaken taken = rig.take({});
    CHECK(taken.counted == 3);
    CHECK(taken.kept == 3);
    CHECK(
        rig.history.rows(
            "SELECT minute, attempts, answered, cancelled, ended, seconds_talked, concurrent, peak, peak_at, "
            "course FROM cdr_minute WHERE domain = '*' ORDER BY 1") ==
        "2026-11-22 12:00:00|3|2|1|1|12.400|0|1|2026-11-22 12:00:05|5+1 15-1 58+1\n"
        "2026-11-22 12:01:00|0|0|0|1|59.000|1|1|2026-11-22 12:01:00|59-1\n");
    CHECK(rig.history.rows(
              "SELECT domain, direction, answered FROM cdr_minute WHERE minute = '2026-11-22 12:00:00' "
              "ORDER BY 1, 2") == "*|all|2\na.org|out|2\na.org|in|1\nb.org|in|1\n");
    CHECK(rig.history.rows(
              "SELECT endpoint, calls_out, calls_in, answered, failed, seconds_talked, shortest, longest "
              "FROM cdr_endpoint_hour ORDER BY 1") ==
          "1@a.org|3|0|2|1|71.400|10.400|61.000\n2@b.org|0|2|1|1|10.400|10.400|10.400\n3@a.org|0|1|1|0|61."
          "000|61.000|61.000\n");
    CHECK(rig.history.rows(
              "SELECT hour, domain, direction, attempts, answered, failed, cancelled, seconds_talked, peak, "
              "peak_at FROM cdr_hour WHERE domain IN ('*', 'b.org') ORDER BY 2") ==
          "2026-11-22 12:00:00|*|all|3|2|0|1|71.400|1|2026-11-22 12:00:05\n"
          "2026-11-22 12:00:00|b.org|in|2|1|0|1|10.400|1|2026-11-22 12:00:05\n");
    CHECK(rig.history.rows("SELECT day, endpoint, calls_out, calls_in, answered, failed, seconds_talked, "
                           "shortest, longest FROM cdr_endpoint_day ORDER BY 2") ==
          "2026-11-22|1@a.org|3|0|2|1|71.400|10.400|61.000\n"
          "2026-11-22|2@b.org|0|2|1|1|10.400|10.400|10.400\n"
          "2026-11-22|3@a.org|0|1|1|0|61.000|61.000|61.000\n");
    // A Sunday.
    CHECK(rig.history.rows("SELECT DISTINCT week FROM cdr_endpoint_week") == "2026-11-16\n");
    CHECK(rig.history.rows("SELECT minute, code, reason, calls FROM cdr_failure_minute") ==
          "2026-11-22 12:00:00|487|reason|1\n");
    CHECK(
        rig.history.rows(
            "SELECT ended_at, attempted_at, settled_at, method, from_tag, to_tag, callid, sip_code, "
            "sip_reason, time, setuptime, created, duration, ms_duration FROM acc_history WHERE id = 1") ==
        "2026-11-22 12:00:15|2026-11-22 12:00:03|2026-11-22 12:00:05|INVITE|f|t|call1|200|reason|2026-11-22 "
        "12:00:05|2|2026-11-22 12:00:03|11|10400\n");
    const auto extra = nlohmann::json::parse(rig.history.rows("SELECT extra FROM acc_history WHERE id = 1"));
    CHECK(extra == nlohmann::json{{"from_uri", "sip:1@a.org"}, {"to_uri", "sip:2@b.org"}});
}

TEST_CASE("an endpoint has the number in the sums of a day that reports make of its name") {
    Rig rig("acc_number");
    rig.put(1, noon, 1'000, "200", "sip:1@a.org", "sip:J\xC3\xBCrgen@b.org");
    rig.put(2, noon, 1'000, "200", "sip:+49-30%201@a.org", "sip:x@" + std::string(200, 'y') + ".org");
    CHECK(rig.take({}).counted == 2);
    CHECK(rig.history.rows("SELECT COUNT(*) FROM cdr_endpoint_day") == "4\n");
    CHECK(rig.history.rows("SELECT COUNT(*) FROM cdr_endpoint_day WHERE number <> " +
                           with_report_parts(":text_number(endpoint)")) == "0\n");
    for (const std::string text : {"", "a", "\xC3\xBC", "x\xE2\x98\x8E\xF0\x9F\x93\x9E\xC3\xBCy"})
        CHECK(rig.history.rows("SELECT " + with_report_parts(":text_number(_utf8mb4'" + text + "')")) ==
              std::to_string(text_number(text)) + "\n");
}

TEST_CASE(
    "the peak of an hour is that of its highest minute, the first of these, in whatever order calls come") {
    const auto hour = [](Rig& rig) {
        return rig.history.rows("SELECT hour, peak, peak_at FROM cdr_hour WHERE domain = '*' ORDER BY 1");
    };
    Rig rig("acc_peak");
    rig.put(1, noon + Seconds{600}, 20'000);
    CHECK(rig.take({}).counted == 1);
    CHECK(hour(rig) == "2026-11-22 12:00:00|1|2026-11-22 12:10:00\n");
    rig.put(2, noon + Seconds{1200}, 20'000); // as high, and later
    CHECK(rig.take({}).counted == 1);
    CHECK(hour(rig) == "2026-11-22 12:00:00|1|2026-11-22 12:10:00\n");
    rig.put(3, noon + Seconds{30}, 20'000); // as high, and earlier
    CHECK(rig.take({}).counted == 1);
    CHECK(hour(rig) == "2026-11-22 12:00:00|1|2026-11-22 12:00:30\n");
    rig.put(4, noon + Seconds{1210}, 3'000'000); // higher, and into the next hour
    CHECK(rig.take({}).counted == 1);
    CHECK(hour(rig) ==
          "2026-11-22 12:00:00|2|2026-11-22 12:20:10\n2026-11-22 13:00:00|1|2026-11-22 13:00:00\n");
}

TEST_CASE("the same rows again change nothing, and what came late is added") {
    Rig rig;
    rig.put(1, noon, 30'000);
    rig.put(3, noon + Seconds{10}, 5'000);
    CHECK(rig.take({}).counted == 2);
    const std::string before = rig.sums();
    const AccTaken again = rig.take({});
    CHECK(again.known == 2);
    CHECK(again.counted == 0);
    CHECK(rig.sums() == before);

    rig.put(2, noon - Seconds{3600}, 3'700'000); // a long call, committed late
    CHECK(rig.take({}).counted == 1);
    Rig whole("whole");
    whole.put(1, noon, 30'000);
    whole.put(2, noon - Seconds{3600}, 3'700'000);
    whole.put(3, noon + Seconds{10}, 5'000);
    CHECK(whole.take({}).counted == 3);
    CHECK(rig.sums() == whole.sums());
    CHECK(rig.records() == whole.records());
    CHECK(rig.history.rows(
              "SELECT peak FROM cdr_minute WHERE minute = '2026-11-22 12:00:00' AND domain = '*'") == "3\n");
}

TEST_CASE("random calls in random pieces, in small transactions, equal one intake of all") {
    Rig rig;
    std::mt19937 random(7);
    for (int id = 1; id <= 160; ++id)
        rig.put(id, noon + Seconds{int(random() % 5000)}, int(random() % (id % 9 == 0 ? 4'000'000 : 90'000)),
                "200", "sip:" + std::to_string(random() % 4) + "@a.org", "sip:x@b.org");
    CHECK(rig.take({}, 0, 1'000'000, "whole").counted == 160);
    AccPlan plan;
    plan.rows_a_page = 7;
    plan.rows_a_transaction = 40;
    std::vector<std::uint64_t> starts{0, 30, 60, 90, 120, 150};
    std::ranges::shuffle(starts, random);
    std::uint64_t counted = 0;
    for (const std::uint64_t after : starts) counted += rig.take(plan, after, after + 35).counted;
    CHECK(counted == 160);
    CHECK(rig.sums() == rig.sums("whole"));
}

TEST_CASE("another run that takes rows in the middle of a batch makes it begin again") {
    Rig rig;
    for (int id = 1; id <= 20; ++id) rig.put(id, noon + Seconds{id}, 5000);
    AccReader reader = rig.reader();
    CdrStore store(rig.history.settings(), "sbc1", OpenNode::find_or_make);
    AccPlan plan;
    plan.now = noon + std::chrono::hours{1};
    AccIntake intake(plan, reader, store);
    bool meddled = false;
    intake.on_progress([&](std::uint64_t id) {
        if (id == 10 && !std::exchange(meddled, true)) CHECK(rig.take({}, 4, 8).counted == 4);
    });
    const AccTaken taken = intake.take(0, 20, {});
    CHECK(meddled);
    CHECK(taken.counted == 16);
    CHECK(taken.known == 4);
    CHECK(rig.history.rows("SELECT SUM(answered) FROM cdr_minute WHERE domain = '*'") == "20\n");
    CHECK(rig.history.rows("SELECT COUNT(*) FROM acc_history") == "20\n");
}

TEST_CASE("a range takes the calls that touch it, half open, and the others later") {
    Rig rig;
    rig.put(1, noon - Seconds{100}, 100'000); // ends at noon: it does touch the range's first second
    rig.put(2, noon - Seconds{100}, 99'000);
    rig.put(3, noon - Seconds{100}, 9'000'000); // over all of it
    rig.put(4, noon + Seconds{602}, 1000);      // tried at its end
    rig.put(5, noon + Seconds{601}, 1000);
    AccPlan plan;
    plan.from = noon;
    plan.to = noon + Seconds{600};
    CHECK(rig.take(plan).counted == 3);
    CHECK(rig.history.rows("SELECT id FROM acc_history ORDER BY id") == "1\n3\n5\n");
    CHECK(rig.take({}).counted == 2);
}

TEST_CASE("a purge of acc takes nothing away; ids that begin anew are seen and taken as new ones") {
    Rig rig;
    for (int id = 1; id <= 5; ++id) rig.put(id, noon + Seconds{id}, 5000);
    CHECK(rig.take({}).counted == 5);
    rig.live.sql().execute("DELETE FROM acc WHERE id < 4");
    CHECK_FALSE(rig.take({}).ids_began_anew);
    CHECK(rig.history.rows("SELECT COUNT(*) FROM acc_history") == "5\n");
    rig.live.sql().execute("TRUNCATE TABLE acc");
    for (int id = 1; id <= 3; ++id) rig.put(id, noon + Seconds{1000 + id}, 5000);
    const AccTaken anew = rig.take({});
    CHECK(anew.ids_began_anew);
    CHECK(anew.counted == 3);
    CHECK(rig.history.rows("SELECT life, COUNT(*) FROM acc_history GROUP BY life") == "1|5\n2|3\n");
    CHECK(rig.take({}).counted == 0);
}

TEST_CASE("rows that can't be are said, kept, and counted once they can be read") {
    Rig rig;
    rig.put(1, noon, 5000);
    rig.put(2, noon + std::chrono::hours{200}, 5000);
    rig.live.sql().execute("SET SESSION sql_mode = ''");
    rig.live.sql().execute(
        "INSERT INTO acc SELECT 3, method, from_tag, to_tag, callid, sip_code, sip_reason, 0, "
        "duration, ms_duration, setuptime, created, from_uri, to_uri FROM acc WHERE id = 1");
    const AccTaken taken = rig.take({});
    CHECK(taken.bad == 2);
    CHECK(taken.counted == 1);
    CHECK(taken.kept == 3);
    CHECK(rig.history.rows("SELECT ended_at, time FROM acc_history WHERE id = 3") ==
          "1970-01-01 00:00:00|0000-00-00 00:00:00\n");
    rig.live.sql().execute("UPDATE acc SET time = '2026-11-22 12:00:09', created = time WHERE id = 2");
    const AccTaken later = rig.take({});
    CHECK(later.counted == 1);
    CHECK(later.bad == 1);
}

TEST_CASE("a dry run writes nothing") {
    Rig rig;
    rig.put(1, noon, 5000);
    AccPlan plan;
    plan.dry_run = true;
    CHECK(rig.take(plan).counted == 1);
    CHECK(rig.sums() == "");
    CHECK(rig.history.rows("SELECT COUNT(*) FROM acc_taken") == "0\n");
}

TEST_CASE("a table without URIs has totals only; a column that is not there is a usage error") {
    Rig rig;
    rig.put(1, noon, 5000);
    rig.live.sql().execute("ALTER TABLE acc DROP COLUMN from_uri, DROP COLUMN to_uri");
    rig.take({});
    CHECK(rig.history.rows("SELECT DISTINCT domain, direction FROM cdr_minute") == "*|all\n");
    CHECK(rig.history.rows("SELECT COUNT(*) FROM cdr_endpoint_hour") == "0\n");
    CHECK_THROWS_AS(
        AccReader(
            {.database = rig.live.settings(), .spec = &acc_table(), .table = "acc", .caller_column = "nn"}),
        UsageError);
}
