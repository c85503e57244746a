// A year of minutes in simulated time: restarts, pauses, a clock that steps, two changes of summer time, a
// leap day. It ends in a checksum that may only change with what history means.
#include "sipkeep/app/archive_run.hpp"
#include "sipkeep/core/error.hpp"
#include "sipkeep/db/schema.hpp"

#include "db/history_rig.hpp"
#include "history_text.hpp"
#include "simulated_sbc.hpp"
#include "support/catch.hpp"
#include "support/fake_transport.hpp"

#include <algorithm>
#include <functional>
#include <iostream>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

constexpr int minutes_a_week = 7 * 24 * 60;
constexpr int runs_a_year = 365 * 24 * 60;
constexpr int minutes_a_year = runs_a_year + 9 * 24 * 60; ///< with its pauses, so many runs are in it

struct Counts {
    int runs = 0, stored = 0, again = 0, refused = 0, partial = 0;
};

/// The runs of one host, minute by minute; their history is wherever `open_store` says.
class Simulation {
public:
    using OpenStore = std::function<std::unique_ptr<HistoryStore>()>;

    Simulation(UtcSeconds start, int eventful, std::uint32_t seed, OpenStore open_store)
        : sbc(start, eventful, seed), open_store_(std::move(open_store)) {
        plan_.node = "sbc1";
    }

    /// A minute of life, and its run; true when a capture was stored.
    bool minute() {
        sbc.live();
        if (sbc.host_is_off()) return false;
        ++counts.runs;
        FakeTransport transport;
        if (sbc.mi_is_away())
            transport.stop();
        else
            sbc.mi().answer(transport.mi());
        MiClient mi(transport, "fake:");
        FakeLiveReader live(sbc.tables());
        const auto store = open_store_();
        try {
            // Seconds into the minute, as cron starts it.
            const ArchiveResult result =
                archive_capture(plan_, {.mi = &mi, .live = &live}, *store, sbc.clock() + Milliseconds{1250});
            ++(result.stored ? counts.stored : counts.again);
            if (result.partial()) ++counts.partial;
            return result.stored;
        } catch (const HistoryUnavailable&) {
            throw;
        } catch (const Error& error) {
            CHECK_THAT(error.what(), ContainsSubstring("the clock has stepped back"));
            ++counts.refused;
        }
        return false;
    }

    [[nodiscard]] UtcSeconds captured_at() const { return interval_start(sbc.clock(), Seconds{60}); }

    SimulatedSbc sbc;
    Counts counts;

private:
    OpenStore open_store_;
    ArchivePlan plan_;
};

/// What the tables held at some captures, to be asked for later.
class Memory {
public:
    void keep(UtcSeconds at, const SimulatedSbc& sbc) { seen_.push_back({at, text_of_tables(sbc.tables())}); }
    /// Does not look at how history is kept: it asks for those captures and compares.
    void check(const FakeHistory& history) {
        for (const auto& [at, text] : seen_) {
            const std::string found = text_of(history.snapshot("sbc1", dialog_table(), at)) +
                                      text_of(history.snapshot("sbc1", location_table(), at));
            if (found != text) FAIL("capture " << to_datetime(at) << ": " << difference(text, found));
        }
        checked += seen_.size();
        seen_.clear();
    }
    std::size_t checked = 0;

private:
    static std::string text_of_tables(const FakeLiveTables& tables) {
        Rows dialogs(dialog_table().columns.size());
        Rows contacts(location_table().columns.size());
        for (const auto& [id, cells] : tables.dialog) add_row(dialogs, dialog_table(), cells);
        for (const auto& [id, cells] : tables.location) add_row(contacts, location_table(), cells);
        return text_of(dialogs) + text_of(contacts);
    }
    std::vector<std::pair<UtcSeconds, std::string>> seen_;
};

/// What no later run needs: the year fits into memory week by week.
void forget_the_past(FakeNode& node) {
    constexpr std::size_t kept = 500;
    for (auto& [name, table] : node.tables) table.closed.clear();
    node.refresh_closed.clear();
    node.samples.clear();
    while (node.ledger.size() > kept) node.ledger.erase(node.ledger.begin());
}

struct FakeYear {
    std::uint64_t sum = checksum("");
    Counts counts;
    SimulatedSbc::Events events;
    std::size_t checked = 0;
};

FakeYear live_through(UtcSeconds start, int minutes, int eventful, std::uint32_t seed) {
    FakeHistory history;
    Simulation simulation(start, eventful, seed, [&] { return std::make_unique<FakeHistoryStore>(history); });
    Memory memory;
    FakeYear year;
    for (int i = 1; i <= minutes; ++i) {
        if (simulation.minute() && i % 97 == 0) memory.keep(simulation.captured_at(), simulation.sbc);
        history.writes.clear();
        if (i % minutes_a_week != 0 && i != minutes) continue;
        memory.check(history);
        FakeNode& node = history.nodes.at("sbc1");
        year.sum = checksum(history_text(node), year.sum);
        forget_the_past(node);
    }
    year.counts = simulation.counts;
    year.events = simulation.sbc.events();
    year.checked = memory.checked;
    const Counts& counts = year.counts;
    CHECK(counts.runs == counts.stored + counts.again + counts.refused);
    return year;
}

void tell(const FakeYear& year) {
    std::cout << year.counts.runs << " runs: " << year.counts.stored << " captures (" << year.counts.partial
              << " partial), " << year.counts.refused << " refused and " << year.counts.again
              << " twice by a stepped clock; " << year.events.restarts << " restarts, " << year.events.pauses
              << " pauses, " << year.events.steps_back << " steps back, " << year.events.steps_forward
              << " forward, " << year.events.dst_changes << " changes of summer time; " << year.checked
              << " captures as they were seen; checksum " << year.sum << "\n";
}

/// The same minutes against MariaDB and in memory end in the same history, line by line.
void compare_with_mariadb(UtcSeconds start, int minutes, int eventful, std::uint32_t seed) {
    TestDatabase database("year");
    init_schema(database.sql(), embedded_schema(), start);
    Simulation real(start, eventful, seed, [&] { return make_history_store(database.settings()); });
    FakeHistory history;
    Simulation fake(start, eventful, seed, [&] { return std::make_unique<FakeHistoryStore>(history); });
    for (int i = 0; i < minutes; ++i) {
        const bool stored = real.minute();
        if (fake.minute() != stored) FAIL("minute " << i << ": one stored it, the other did not");
    }
    const std::string found = history_text(database);
    const std::string expected = history_text(history.nodes.at("sbc1"));
    CHECK(difference(expected, found) == "");
    std::cout << minutes << " minutes against MariaDB: " << std::count(found.begin(), found.end(), '\n')
              << " lines of history, checksum " << checksum(found) << ", in memory " << checksum(expected)
              << "\n";
}

} // namespace

TEST_CASE("a week of minutes ends in the same history as ever") {
    const FakeYear week = live_through(from_datetime("2028-02-25 00:00:00"), minutes_a_week, 20, 7);
    tell(week);
    CHECK(week.counts.stored > 5000);
    CHECK(week.events.restarts > 0);
    CHECK(week.sum == 9831336159072269938U);
}

TEST_CASE("hours around a leap day's midnight are the same in memory and in MariaDB") {
    compare_with_mariadb(from_datetime("2028-02-28 22:00:00"), 300, 200, 8);
}

// Minutes each, so not with the others: tests/drills/run year
TEST_CASE("a year of minutes ends in the same history as ever", "[.][long]") {
    const FakeYear year = live_through(from_datetime("2027-09-01 00:00:00"), minutes_a_year, 1, 9);
    tell(year);
    CHECK(year.events.dst_changes == 2);
    CHECK(year.events.restarts > 0);
    CHECK(year.events.pauses > 0);
    CHECK(year.events.steps_back > 0);
    CHECK(year.events.steps_forward > 0);
    CHECK(year.counts.refused > 0);
    CHECK(year.counts.runs >= runs_a_year);
    CHECK(year.checked > 4000);
    CHECK(year.sum == 31666848994969552U);
}

TEST_CASE("a week of minutes is the same in memory and in MariaDB", "[.][long]") {
    compare_with_mariadb(from_datetime("2028-02-25 00:00:00"), minutes_a_week, 20, 7);
}
