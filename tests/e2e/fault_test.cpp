// A fault at every SQL statement: the runs after it go on, and history is what full copies would have kept.
#include "fault_drill.hpp"
#include "support/catch.hpp"
#include "support/program.hpp"

#include <iostream>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

using Kind = WireFault::Kind;

WireFault cut(Kind kind, std::size_t reply_bytes = 0) {
    return {.kind = kind, .reply_bytes = reply_bytes};
}

std::function<std::optional<WireFault>(std::size_t, const ClientCommand&)>
at_text(const std::string& text, WireFault fault, int skip = 0) {
    return [=](std::size_t, const ClientCommand& command) mutable -> std::optional<WireFault> {
        if (command.text.find(text) == std::string::npos || skip-- > 0) return std::nullopt;
        return fault;
    };
}

/// Leaves a capture behind of which some transactions are committed.
void break_off(FaultDrill& drill) {
    drill.pass();
    drill.history_proxy().follow(at_text("INSERT INTO capture", cut(Kind::cut_before)));
    CHECK_FALSE(drill.run().stored);
    drill.pass();
}

std::vector<Striking::Scene> history_scenes(FaultDrill& drill) {
    const auto run = [&drill] { drill.run(); };
    return {
        {"a minute as any other", [&drill] { drill.pass(); }, run},
        {"the first capture of a node",
         [&drill] {
             drill.pass();
             drill.begin_another_node();
         },
         run},
        {"the first capture after midnight", [&drill] { drill.pass_midnight(); }, run},
        {"after a capture that broke off", [&drill] { break_off(drill); }, run},
        {"a source breaks off while it is stored",
         [&drill] {
             drill.pass();
             drill.live_proxy().follow(at_text("WHERE contact_id IN", cut(Kind::cut_before), 1));
         },
         run},
        {"the clock has stepped back", [&drill] { drill.pass(); }, [&drill] { drill.run(120s); }},
    };
}

void strike_history(std::uint32_t seed, Striking::Which which, const std::vector<WireFault>& faults) {
    FaultDrill drill(seed);
    Striking striking(drill, drill.history_proxy(), which);
    drill.recover();
    for (const auto& scene : history_scenes(drill)) striking.strike(scene, faults);

    drill.compare_everything();
    std::cout << "history connection: " << striking.struck().size() << " faults\n";
    for (const std::string text :
         {"login", "SET NAMES", "FOR UPDATE", "INSERT INTO capture", "query COMMIT", "ROLLBACK",
          "INSERT INTO node", "refused_at = ?", "DELETE e FROM location_refresh_closed", "UPDATE key_frame",
          "INSERT INTO sample", "INSERT INTO statistic", "DELETE o FROM dispatcher_open", "quit"}) {
        INFO(text);
        CHECK(striking.struck_one_of(text));
    }
}

/// Apart from the others: each of these runs makes 70 files.
Striking::Scene first_after_two_weeks(FaultDrill& drill) {
    return {"the first capture after two weeks",
            [&drill] { drill.pass(std::chrono::days{15}); },
            [&drill] { drill.run(); },
            {"PARTITION", "partition_horizon"},
            {"ALTER TABLE", "UPDATE partition_horizon"}};
}

/// Each scene and fault in drills of its own, some dozen runs each: hundreds of midnights make a database
/// slow.
void strike_at_length(std::uint32_t seed, const std::vector<WireFault>& faults,
                      const std::function<Striking::Scene(FaultDrill&)>& scene, int runs_a_drill) {
    for (std::size_t i = 0; i < faults.size(); ++i) {
        std::set<Striking::Target> struck;
        Striking::Scene last;
        for (bool done = false; !done;) {
            FaultDrill drill(seed++);
            Striking striking(drill, drill.history_proxy(), Striking::Which::each_occurrence, struck);
            drill.recover();
            last = scene(drill);
            done = striking.strike(last, {faults[i]}, runs_a_drill);
            drill.compare_everything();
            struck = striking.struck();
            if (done)
                for (const std::string& text : last.must_strike) CHECK(striking.struck_one_of(text));
        }
        std::cout << last.name << ", fault " << i + 1 << " of " << faults.size() << ": struck "
                  << struck.size() << " times" << std::endl;
        CHECK_FALSE(struck.empty());
    }
}

void strike_partitions(std::uint32_t seed, const std::vector<WireFault>& faults) {
    FaultDrill drill(seed);
    Striking striking(drill, drill.history_proxy(), Striking::Which::each_shape);
    drill.recover();
    const Striking::Scene scene = first_after_two_weeks(drill);
    striking.strike(scene, faults);
    drill.compare_everything();
    for (const std::string& text : scene.must_strike) CHECK(striking.struck_one_of(text));
}

void strike_live(std::uint32_t seed, Striking::Which which, const std::vector<WireFault>& faults) {
    FaultDrill drill(seed);
    Striking striking(drill, drill.live_proxy(), which);
    drill.recover();
    const Striking::Scene scene{"a minute as any other", [&drill] { drill.pass(); },
                                [&drill] {
                                    // What the live tables do never costs the capture.
                                    const auto outcome = drill.run();
                                    INFO(outcome.error);
                                    CHECK(outcome.stored);
                                }};
    striking.strike(scene, faults);
    drill.compare_everything();
    std::cout << "live connection: " << striking.struck().size() << " faults\n";
    for (const std::string text :
         {"login", "CONSISTENT SNAPSHOT", "FROM `dialog`", "FROM `location` ORDER BY", "WHERE contact_id IN",
          "SHOW ERRORS", "quit"}) {
        INFO(text);
        CHECK(striking.struck_one_of(text));
    }
}

} // namespace

TEST_CASE("a fault at every statement of the history connection") {
    strike_history(11, Striking::Which::each_shape,
                   {cut(Kind::cut_before), cut(Kind::cut_after), cut(Kind::cut_amid_reply, 60)});
}

TEST_CASE("a fault while partitions are added") {
    strike_partitions(17, {cut(Kind::cut_after)});
}

TEST_CASE("a fault at every statement of the live connection") {
    strike_live(12, Striking::Which::each_shape,
                {cut(Kind::cut_before), cut(Kind::cut_after), cut(Kind::cut_amid_reply, 60)});
}

TEST_CASE("a connection that hangs ends the run, and the server soon lets go of the node") {
    FaultDrill drill(19);
    drill.recover();
    drill.read_timeout = 1000ms;
    drill.idle_limit = 2s;
    drill.pass();
    drill.history_proxy().follow(at_text("INSERT INTO capture", {.kind = Kind::hang_before}));
    CHECK_FALSE(drill.run().stored);
    // The hanging session holds the node's row. Nobody ends it but the server; the run waits for that.
    drill.pass();
    const auto outcome = drill.run();
    INFO(outcome.error);
    CHECK(outcome.stored);
    drill.recover();
    drill.compare_everything();
}

TEST_CASE("a live connection that hangs costs a source, and the server soon lets go of the snapshot") {
    FaultDrill drill(20);
    drill.recover();
    drill.read_timeout = 1000ms;
    drill.idle_limit = 2s;
    drill.pass();
    drill.live_proxy().follow(at_text("WHERE contact_id IN", {.kind = Kind::hang_before}));
    const auto outcome = drill.run();
    CHECK(outcome.stored);
    CHECK(outcome.partial);
    CHECK(wait_until([&] {
        std::this_thread::sleep_for(150ms); // who asks sooner is told the same again
        return drill.history().rows("SELECT COUNT(*) FROM information_schema.innodb_trx") == "0\n";
    }));
    drill.recover();
    drill.compare_everything();
}

TEST_CASE("a COMMIT that is never answered is in doubt, and the next run finds it stored") {
    FaultDrill drill(21);
    drill.rows_a_transaction = 5000;
    drill.recover();
    drill.read_timeout = 1000ms;
    drill.pass();
    drill.history_proxy().follow([](std::size_t, const ClientCommand& command) {
        return command.text == "COMMIT" ? std::optional(WireFault{.kind = Kind::hang_after}) : std::nullopt;
    });
    const auto outcome = drill.run();
    CHECK_THAT(outcome.error, ContainsSubstring("the next run finds out whether the capture was stored"));
    drill.recover();
    drill.compare_everything();
}

// Many minutes, so not with the others: build/release/tests/fault_test "[long]"
TEST_CASE("a fault at every single execution of every statement", "[.][long]") {
    const std::vector<WireFault> faults{cut(Kind::cut_before), cut(Kind::cut_after),
                                        cut(Kind::cut_amid_reply, 1), cut(Kind::cut_amid_reply, 200)};
    std::size_t scenes = 1;
    for (std::size_t i = 0; i < scenes; ++i)
        strike_at_length(
            static_cast<std::uint32_t>(1000 * (i + 1)), faults,
            [&](FaultDrill& drill) {
                const auto all = history_scenes(drill);
                scenes = all.size();
                return all.at(i);
            },
            60);
    strike_live(16, Striking::Which::each_occurrence, faults);
    strike_at_length(100'000, faults, first_after_two_weeks, 6);
}
