// Samples before and after packing: the views must not tell the difference.
#include "sipkeep/app/backfill_capture.hpp"
#include "sipkeep/db/archive_check.hpp"
#include "sipkeep/db/past_store.hpp"
#include "sipkeep/db/sample_packer.hpp"

#include "history_rig.hpp"
#include "support/catch.hpp"
#include "support/mysql_proxy.hpp"

#include <array>
#include <cstdlib>
#include <numeric>
#include <random>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::days;

const UtcSeconds first_day = from_datetime("2026-11-22 00:00:00");
const UtcSeconds first = first_day + std::chrono::hours{22};

/// What MI says: counters that grow, fall and are rounded, gauges below zero, names that come and go.
class Statistics {
public:
    explicit Statistics(std::uint32_t seed) : random_(seed) {}

    std::string next(Seconds passed) {
        uptime_ = one_in(40) ? 10 : uptime_ + passed.count();
        requests_ = uptime_ == 10 ? random_() % 50 : requests_ + random_() % 500;
        if (one_in(40)) requests_ = 3; // reset
        std::string text = R"({"core:timestamp":)" + std::to_string(uptime_) + R"(,"core:rcv_requests":)" +
                           (one_in(30) ? "1.844674e+19" : std::to_string(requests_)) + R"(,"tm:inuse":)" +
                           (one_in(5) ? "18446744073709551610" : std::to_string(random_() % 90));
        if (!one_in(4)) text += R"(,"shmem:used_size":)" + std::to_string(4'000'000 + random_() % 1000);
        return text + "}";
    }

    bool one_in(std::uint32_t n) { return random_() % n == 0; }
    std::uint32_t number(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }

private:
    std::mt19937 random_;
    std::int64_t uptime_ = 100'000;
    std::uint64_t requests_ = 0;
};

/// Some days of captures, minutes and longer apart; a few of them kept back.
struct Life {
    explicit Life(std::uint32_t seed, HistoryRig& rig, bool leave_out = false) {
        Statistics statistics(seed);
        std::mt19937 chance(seed + 1);
        UtcSeconds at = first;
        Seconds passed = 60s;
        for (int i = 0; i < 90; ++i) {
            const std::string said = statistics.next(passed);
            if (chance() % 6 == 0 && i > 0 && i < 89)
                missed.emplace_back(at, said);
            else if (chance() % 9 == 0)
                static_cast<void>(rig.run(at)); // MI was not asked
            else
                static_cast<void>(rig.run(at, said));
            passed = chance() % 8 == 0 ? Seconds{60 * (1 + chance() % 900)} : 60s;
            at += passed;
        }
        if (!leave_out)
            for (const auto& [time, said] : missed) give_back(rig, time, said);
        newest = at;
    }

    static void give_back(HistoryRig& rig, UtcSeconds at, const std::string& said) {
        FakeTransport transport;
        transport.mi().result("get_statistics", said);
        transport.mi().result("list_statistics",
                              R"({"core:rcv_requests":"incremental","tm:inuse":"non-incremental"})");
        MiClient mi(transport, "fake:");
        Capture capture;
        capture.node = "sbc1";
        capture.captured_at = at;
        capture.started_at = at;
        capture.mi = SourceStatus::ok;
        capture.statistics = mi.statistics({}, Deadline(1s));
        FakeLiveReader nothing(rig.tables);
        const auto past = make_past_store(rig.database.settings(), "sbc1", {.patience = 0ms});
        CHECK(backfill_capture(rig.plan, capture, nothing, "ocp", *past, [&] { return rig.store(); }).place ==
              PastPlace::past);
    }

    std::vector<std::pair<UtcSeconds, std::string>> missed;
    UtcSeconds newest;
};

std::string views(HistoryRig& rig) {
    return rig.rows("SELECT node, captured_at, day, `group`, name, kind, value, flag FROM statistic_sample "
                    "ORDER BY 1, 2, 4, 5") +
           rig.rows("SELECT * FROM statistic_rate ORDER BY 1, 2, 3, 4");
}

std::string violations(HistoryRig& rig) {
    std::string text;
    for (const Violation& violation : check_archive(rig.database.settings(), {}).violations)
        text += std::string(to_string(violation.invariant)) + ": " + violation.what + "\n";
    return text;
}

/// As `sipkeep retain` does.
std::uint64_t pack_all(const DatabaseSettings& settings, UtcSeconds before) {
    RetentionSession session(settings);
    SamplePacker packer(session);
    std::uint64_t samples = 0;
    for (const auto& node : session.nodes()) {
        const auto waiting = packer.days_to_pack(node, before);
        packer.close(node, before);
        for (const UtcSeconds day : waiting) samples += packer.pack(node, day).samples;
        packer.finish(node, before);
        while (const auto added = packer.add_late(node).samples) samples += added;
    }
    return samples;
}

std::uint64_t pack_all(HistoryRig& rig, UtcSeconds before) {
    return pack_all(rig.database.settings(), before);
}

void drop_all(const DatabaseSettings& settings) {
    RetentionSession session(settings);
    SamplePacker packer(session);
    for (const auto& partition : packer.packed_partitions()) CHECK(packer.drop(partition));
}

void drop_all(HistoryRig& rig) {
    drop_all(rig.database.settings());
}

/// Samples as they are now, to come back to.
class KeptSamples {
public:
    explicit KeptSamples(HistoryRig& rig) : rig_(rig) {
        for (const std::string table : tables)
            execute("CREATE TABLE kept_" + table + " AS SELECT * FROM " + table);
    }
    void put_back() {
        for (const std::string table : tables) {
            const std::string columns = rig_.written_columns(table);
            execute("DELETE FROM " + table);
            execute("INSERT INTO " + table + " (" + columns + ") SELECT " + columns + " FROM kept_" + table);
        }
    }

private:
    static constexpr std::array<const char*, 4> tables{"node", "sample", "sample_day", "sample_late"};
    void execute(const std::string& statement) { rig_.database.sql().execute(statement); }

    HistoryRig& rig_;
};

} // namespace

TEST_CASE("packed samples are read as before, and so are their rates, day by day") {
    for (std::uint32_t seed = 1; seed <= 4; ++seed) {
        CAPTURE(seed);
        HistoryRig rig(first_day, "packed");
        const Life life(seed, rig);
        const std::string before = views(rig);
        REQUIRE(violations(rig) == "");
        for (UtcSeconds to = first_day + days{1}; to <= midnight(life.newest); to += days{1}) {
            pack_all(rig, to);
            CHECK(difference(views(rig), before) == "");
            CHECK(violations(rig) == "");
            drop_all(rig);
            CHECK(difference(views(rig), before) == "");
            CHECK(rig.rows("SELECT COUNT(*) FROM sample WHERE captured_at < '" + to_datetime(to) + "'") ==
                  "0\n");
        }
        CHECK(violations(rig) == "");
    }
}

TEST_CASE("what becomes known of a packed day is shown at once, and packed the next time") {
    for (std::uint32_t seed = 11; seed <= 13; ++seed) {
        CAPTURE(seed);
        HistoryRig whole(first_day, "whole");
        const Life life(seed, whole);
        HistoryRig rig(first_day, "late");
        Life(seed, rig, true);
        pack_all(rig, midnight(life.newest));
        drop_all(rig);
        for (const auto& [at, said] : life.missed) Life::give_back(rig, at, said);
        const std::string samples = "SELECT node, captured_at, `group`, name, kind, value, flag FROM "
                                    "statistic_sample ORDER BY 2, 3, 4";
        CHECK(difference(rig.rows(samples), whole.rows(samples)) == "");
        CHECK(violations(rig) == "");
        pack_all(rig, midnight(life.newest));
        CHECK(difference(views(rig), views(whole)) == "");
        CHECK(rig.rows("SELECT COUNT(*) FROM sample_late") == "0\n");
        CHECK(violations(rig) == "");
    }
}

TEST_CASE("a packer that was cut off leaves nothing that anybody sees") {
    HistoryRig rig(first_day, "cut");
    const Life life(21, rig);
    const std::string before = views(rig);
    const UtcSeconds end = midnight(life.newest);
    {
        RetentionSession session(rig.database.settings());
        SamplePacker packer(session);
        packer.close(session.nodes().front(), end);
    } // killed before the first day
    CHECK(difference(views(rig), before) == "");
    // Killed amid the rows of the first day, some of which another program would have written otherwise.
    rig.database.sql().execute("INSERT INTO sample_day (" + rig.written_columns("sample_day") +
                               ") SELECT 1, statistic_id, '2026-11-22', 0, 0, 1, 1, 0, 0, 0, 0, "
                               "COMPRESS('[0]'), NULL FROM statistic");
    CHECK(difference(views(rig), before) == "");
    CHECK(violations(rig) == "");
    static_cast<void>(rig.run(life.newest + 60s, R"({"core:timestamp":1,"core:rcv_requests":1})"));
    const std::string later = views(rig);
    CHECK(pack_all(rig, end) > 0);
    CHECK(difference(views(rig), later) == "");
    CHECK(pack_all(rig, end) == 0); // again: nothing to do
    CHECK(difference(views(rig), later) == "");
    drop_all(rig);
    CHECK(difference(views(rig), later) == "");
    CHECK(violations(rig) == "");
}

TEST_CASE("wherever the connection breaks in a retain, no sample is lost, shown twice or hidden") {
    HistoryRig rig(first_day, "faults");
    const Life life(61, rig, true);
    const UtcSeconds end = midnight(life.newest);
    REQUIRE(end > first_day + days{2});
    pack_all(rig, first_day + days{1});
    for (const auto& [at, said] : life.missed) Life::give_back(rig, at, said); // some of them late
    REQUIRE(rig.rows("SELECT COUNT(*) FROM sample_late") != "0\n");
    const std::string samples = "SELECT node, captured_at, day, `group`, name, kind, value, flag FROM "
                                "statistic_sample ORDER BY 2, 4, 5";
    const std::string before = rig.rows(samples);
    KeptSamples kept(rig);
    MySqlProxy proxy(shared_server().settings("").socket, shared_server().folder() + "/proxy");
    const auto retain = [&] {
        const DatabaseSettings settings = proxy.through(rig.database.settings());
        pack_all(settings, end);
        drop_all(settings);
    };
    proxy.follow_nothing();
    retain();
    const std::vector<ClientCommand> commands = proxy.commands();
    REQUIRE(commands.size() > 50);
    std::vector<std::size_t> all(commands.size());
    std::iota(all.begin(), all.end(), 0U);
    const bool in_full = std::getenv("SIPKEEP_DRILL_STRIKES") != nullptr; // tests/drills/run
    std::size_t strikes = 0;
    for (const auto kind : {WireFault::Kind::cut_before, WireFault::Kind::cut_after})
        for (const std::size_t strike : in_full ? all : worth_striking(commands, kind)) {
            ++strikes;
            kept.put_back();
            proxy.follow([&](std::size_t number, const ClientCommand&) {
                return number == strike ? std::optional(WireFault{.kind = kind}) : std::nullopt;
            });
            try {
                retain();
            } catch (const Error&) { // as it should be; of a last farewell nobody knows
            }
            INFO("command " << strike << ", " << commands.at(strike).text << ", " << int(kind));
            REQUIRE(difference(rig.rows(samples), before) == "");
            pack_all(rig, end);
            REQUIRE(difference(rig.rows(samples), before) == "");
            REQUIRE(rig.rows("SELECT COUNT(*) FROM sample_late") == "0\n");
        }
    CHECK(strikes > 50);
    CHECK(violations(rig) == "");
}

TEST_CASE("a partition somebody reads is left for the next time") {
    HistoryRig rig(first_day, "read");
    const Life life(31, rig);
    pack_all(rig, midnight(life.newest));
    RetentionSession session(rig.database.settings());
    SamplePacker packer(session);
    const auto partitions = packer.packed_partitions();
    REQUIRE_FALSE(partitions.empty());
    Connection reader(rig.database.settings(), "reader");
    reader.execute("START TRANSACTION");
    static_cast<void>(reader.value("SELECT COUNT(*) FROM sample"));
    CHECK_FALSE(packer.drop(partitions.front()));
    reader.execute("COMMIT");
    reader.execute("START TRANSACTION"); // a writer, amid a capture
    static_cast<void>(reader.value("SELECT node_id FROM node FOR UPDATE"));
    CHECK_FALSE(packer.drop(partitions.front()));
    reader.execute("COMMIT");
    CHECK(packer.drop(partitions.front()));
    CHECK(packer.packed_partitions().size() == partitions.size() - 1);
}

TEST_CASE("a partition of which a node has rows that are not packed stays") {
    HistoryRig rig(first_day, "two_nodes");
    const Life life(32, rig);
    rig.plan.node = "sbc2";
    static_cast<void>(rig.run(first, R"({"core:timestamp":1,"core:rcv_requests":1})"));
    const std::string before = views(rig);
    {
        RetentionSession session(rig.database.settings());
        SamplePacker packer(session);
        const auto node = session.nodes().front();
        packer.close(node, midnight(life.newest));
        for (const UtcSeconds day : packer.days_to_pack(node, midnight(life.newest)))
            static_cast<void>(packer.pack(node, day));
        CHECK(packer.packed_partitions().empty());
        CHECK_FALSE(packer.drop({"p20261122", first_day + days{1}}));
    }
    CHECK(difference(views(rig), before) == "");
    pack_all(rig, midnight(life.newest));
    drop_all(rig);
    CHECK(difference(views(rig), before) == "");
}

TEST_CASE("one retain at a time in a database") {
    HistoryRig rig(first_day, "busy");
    static_cast<void>(rig.run(first));
    const RetentionSession session(rig.database.settings());
    CHECK_THROWS_AS(RetentionSession(rig.database.settings()), RetentionBusy);
    HistoryRig other(first_day, "free");
    CHECK_NOTHROW(RetentionSession(other.database.settings()));
}

TEST_CASE("a question about one statistic and day unpacks no other") {
    HistoryRig rig(first_day, "pushed");
    const Life life(41, rig);
    pack_all(rig, midnight(life.newest));
    drop_all(rig);
    const std::string asked = " FROM statistic_sample WHERE node = 'sbc1' AND `group` = 'core' AND name = "
                              "'rcv_requests' AND day = '2026-11-23'";
    const std::string rate =
        "SELECT captured_at, increase FROM statistic_rate WHERE node = 'sbc1' AND `group` "
        "= 'core' AND name = 'rcv_requests' AND captured_at >= '2026-11-23' AND "
        "captured_at < '2026-11-24' ORDER BY 1";
    const std::string before = rig.rows("SELECT captured_at, value" + asked + " ORDER BY 1");
    const std::string rates = rig.rows(rate);
    REQUIRE(before.size() > 100);
    REQUIRE(midnight(life.newest) > first_day + days{2});
    REQUIRE(rates.size() > 100);
    // Of sample_day (d in the view) one row, by its whole key.
    const std::string plan = rig.rows("EXPLAIN SELECT captured_at, value" + asked);
    CAPTURE(plan);
    if (rig.database.sql().is_mariadb()) // MySQL shows a tree, which says the same
        CHECK_THAT(plan, ContainsSubstring("|d|const|PRIMARY|PRIMARY|8|const,const,const|1|"));
    // Nothing else could be unpacked any more.
    rig.database.sql().execute("UPDATE sample_day SET deltas = COMPRESS('[') WHERE statistic_id <> (SELECT "
                               "statistic_id FROM statistic WHERE "
                               "name = 'rcv_requests')");
    CHECK(rig.rows(rate) == rates);
    rig.database.sql().execute("UPDATE sample_day SET deltas = COMPRESS('[') WHERE day <> '2026-11-23'");
    CHECK(rig.rows("SELECT captured_at, value" + asked + " ORDER BY 1") == before);
    CHECK_THROWS(rig.rows("SELECT captured_at, value FROM statistic_sample WHERE name = 'inuse'"));
}

TEST_CASE("verify finds what packed samples can't be") {
    HistoryRig rig(first_day, "broken");
    const Life life(51, rig);
    pack_all(rig, midnight(life.newest));
    drop_all(rig);
    REQUIRE(violations(rig) == "");
    const auto broken = [&](const std::string& change, const std::string& undo) {
        rig.database.sql().execute(change);
        const std::string found = violations(rig);
        rig.database.sql().execute(undo);
        REQUIRE(violations(rig) == "");
        return found;
    };
    rig.database.sql().execute("CREATE TABLE kept AS SELECT * FROM sample_day");
    rig.database.sql().execute(
        "CREATE TABLE kept_capture AS SELECT node_id, captured_at, mi_before FROM capture");
    const std::string columns = rig.written_columns("sample_day");
    const std::string undo = "REPLACE INTO sample_day (" + columns + ") SELECT " + columns + " FROM kept";
    CHECK_THAT(broken("UPDATE sample_day SET highest = highest + 1 LIMIT 1", undo),
               ContainsSubstring("its bounds and counts are not those of its values"));
    CHECK_THAT(broken("UPDATE sample_day SET deltas = 'x' LIMIT 1", undo),
               ContainsSubstring("can't be uncompressed"));
    CHECK_THAT(broken("UPDATE sample_day SET deltas = COMPRESS('[1,x]') LIMIT 1", undo),
               ContainsSubstring("an element that sipkeep never writes"));
    CHECK_THAT(broken("DELETE FROM sample_day LIMIT 1", undo), ContainsSubstring("counts: capture"));
    rig.database.sql().execute("CREATE TABLE stray AS SELECT * FROM kept LIMIT 1");
    rig.database.sql().execute("UPDATE stray SET statistic_id = 9999");
    CHECK_THAT(broken("INSERT INTO sample_day (" + columns + ") SELECT " + columns + " FROM stray",
                      "DELETE FROM sample_day WHERE statistic_id = 9999"),
               ContainsSubstring("but statistic has no such id"));
    CHECK_THAT(
        broken("UPDATE capture SET mi_before = NULL WHERE mi_before IS NOT NULL ORDER BY captured_at DESC "
               "LIMIT 1",
               "UPDATE capture c JOIN kept_capture k USING (node_id, captured_at) SET c.mi_before = "
               "k.mi_before"),
        ContainsSubstring("mi_before is NULL"));
}
