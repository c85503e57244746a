// The oracle: whatever life does to the live tables, history gives back what full copies would have kept.
#include "sipkeep/app/spooled_run.hpp"
#include "sipkeep/core/table.hpp"
#include "sipkeep/db/live_reader.hpp"
#include "sipkeep/db/schema.hpp"

#include "support/archive_findings.hpp"
#include "support/catch.hpp"
#include "support/full_copies.hpp"
#include "support/live_tables.hpp"
#include "support/temporary_folder.hpp"

#include <random>
#include <sstream>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

/// Thrown where a process would have been killed: nothing of sipkeep catches it.
struct Killed {};

/// Reads the real tables, and dies or breaks at a chosen read of full rows.
class MortalReader final : public LiveReader {
public:
    enum class Fate : std::uint8_t { lives, killed, connection_lost };

    MortalReader(std::unique_ptr<LiveReader> reader, Fate fate, int after)
        : reader_(std::move(reader)), fate_(fate), left_(after) {}

    Rows dialogs() override { return reader_->dialogs(); }
    std::unique_ptr<ContactStates> contact_states() override { return reader_->contact_states(); }
    Rows contacts(std::span<const std::uint64_t> ids) override {
        meet_fate();
        return reader_->contacts(ids);
    }
    void each_contact(const std::function<void(RowView)>& show, const Deadline& until) override {
        reader_->each_contact(
            [&](RowView row) {
                meet_fate();
                show(row);
            },
            until);
    }
    void finish() noexcept override {
        // The reads of location are over: the last moment at which this process can still die.
        reader_->finish();
    }

private:
    void meet_fate() {
        if (fate_ == Fate::lives || left_-- != 0) return;
        if (fate_ == Fate::killed) throw Killed{};
        throw SourceError("location: Server has gone away");
    }

    std::unique_ptr<LiveReader> reader_;
    Fate fate_;
    int left_;
};

/// The real store, but its process is killed, or it loses the server, at a chosen batch of registrations.
class MortalStore final : public HistoryStore {
public:
    MortalStore(std::unique_ptr<HistoryStore> store, MortalReader::Fate fate, int after)
        : store_(std::move(store)), fate_(fate), left_(after) {}

    NodeState open_node(const std::string& node, OpenNode how) override {
        return store_->open_node(node, how);
    }
    void note_refused(UtcSeconds captured_at) override { store_->note_refused(captured_at); }
    void learn_statistics(const std::vector<Statistic>& s) override { store_->learn_statistics(s); }
    void begin(UtcSeconds captured_at) override { store_->begin(captured_at); }
    void each_open(const TableSpec& table, const Rows& seen,
                   const std::function<void(RowView)>& show) override {
        store_->each_open(table, seen, show);
    }
    void apply(const TableSpec& table, const VersionChanges& changes) override {
        store_->apply(table, changes);
    }
    std::unique_ptr<ContactStates> open_contact_states() override { return store_->open_contact_states(); }
    Rows open_contacts(const Rows& seen) override { return store_->open_contacts(seen); }
    void apply(const ContactChanges& changes) override {
        store_->apply(changes);
        if (fate_ == MortalReader::Fate::lives || left_-- != 0) return;
        if (fate_ == MortalReader::Fate::killed) throw Killed{};
        throw HistoryUnavailable("history database: Server has gone away");
    }
    std::size_t add_samples(const std::vector<Statistic>& s) override { return store_->add_samples(s); }
    void set_compare_turn(std::uint64_t turn) override { store_->set_compare_turn(turn); }
    void commit(const LedgerRow& row) override { store_->commit(row); }
    void discard() override { store_->discard(); }
    std::size_t split_at_midnight(UtcSeconds captured_at, Seconds interval) override {
        return store_->split_at_midnight(captured_at, interval);
    }

private:
    std::unique_ptr<HistoryStore> store_;
    MortalReader::Fate fate_;
    int left_;
};

struct Life {
    LiveSchema schema;
    std::uint32_t seed;
    int captures;
    std::size_t rows_a_transaction;
    unsigned full_compare_every;
    int changes_a_capture = 1; ///< times that LiveTables::live() is called
};

/// Captures of a life with pauses, deaths and failures; the same number always gives the same life.
void live_and_compare(const Life& life, int contacts, int dialogs) {
    TestDatabase live("live", life.schema.charset);
    TestDatabase history("history");
    init_schema(history.sql(), embedded_schema(), from_datetime("2026-10-24 00:00:00"));
    LiveTables tables(live, life.schema, life.seed);
    UtcSeconds now = from_datetime("2026-10-24 22:30:00");
    tables.fill(contacts, dialogs, now);

    std::mt19937 random(life.seed + 1);
    const auto one_in = [&](unsigned n) { return random() % n == 0; };
    ArchivePlan plan;
    plan.node = "sbc1";
    plan.full_compare_every = life.full_compare_every;
    using Fate = MortalReader::Fate;
    const TemporaryFolder folder;
    RealFileSystem files;
    bool away = false;
    const auto run = [&](Fate reader_fate, Fate store_fate, int after) {
        Spool spool(files, folder.path("spool"), plan.node, {.max_bytes = 1U << 30U, .max_files = 10'000},
                    60s);
        MortalReader reader(make_live_reader({.database = live.settings()}), reader_fate, after);
        const OpenHistory open_history = [&]() -> std::unique_ptr<HistoryStore> {
            if (away) throw HistoryUnavailable("history database: can't be reached");
            return std::make_unique<MortalStore>(
                make_history_store(history.settings(), {.rows_a_transaction = life.rows_a_transaction}),
                store_fate, after);
        };
        return archive_or_spool(plan, {.mi = nullptr, .live = &reader}, spool, open_history, now);
    };
    const auto kept = [&](UtcSeconds at) {
        const Spool spool(files, folder.path("spool"), plan.node, {}, 60s);
        const bool waits = !spool.waiting().empty() && spool.waiting().back().captured_at == at;
        return waits || history.rows("SELECT COUNT(*) FROM capture WHERE captured_at = '" + to_datetime(at) +
                                     "'") == "1\n";
    };
    int captures = 0;
    int deaths = 0;
    int breaks = 0;
    int spooled = 0;
    // The tables stand still while a run looks at them, so a full copy of them is what it must keep: unless
    // it is killed before it has kept anything, and nobody looks again in that minute.
    const auto attempt = [&](Fate reader_fate, Fate store_fate) {
        const UtcSeconds at = interval_start(now, 60s);
        const bool had = kept(at);
        if (!had) tables.copy(at, true, true);
        bool killed = false;
        try {
            const SpooledResult result = run(reader_fate, store_fate, int(random() % 3));
            spooled += int(result.archive.spooled);
            CHECK((result.archive.stored || result.archive.spooled || had));
        } catch (const Killed&) {
            killed = true;
        }
        if (had) return;
        if (kept(at))
            ++captures;
        else {
            CHECK(killed);
            tables.forget_copy(at);
        }
    };
    for (int minute = 0; captures < life.captures; ++minute) {
        now += one_in(50) ? 60s * int(random() % 2000) : 60s;              // a pause of up to 33 hours
        if (minute % 90 == 89) now = midnight(now) + std::chrono::days{1}; // a capture at midnight itself
        if (away ? one_in(5) : one_in(25)) away = !away;                   // history, for a while
        for (int i = 0; i < life.changes_a_capture; ++i) tables.live(now);
        if (one_in(6)) {
            ++deaths;
            const bool in_store = one_in(2);
            attempt(in_store ? Fate::lives : Fate::killed, in_store ? Fate::killed : Fate::lives);
            tables.live(now + 20s);
            if (one_in(2)) continue; // and nobody looked again in this minute
        }
        const bool reader_breaks = one_in(12);
        breaks += int(reader_breaks);
        attempt(reader_breaks ? Fate::connection_lost : Fate::lives,
                one_in(12) ? Fate::connection_lost : Fate::lives);
    }
    away = false;
    now += 60s;
    attempt(Fate::lives, Fate::lives);
    CHECK(Spool(files, folder.path("spool"), plan.node, {}, 60s).waiting().empty());
    CHECK(spooled > life.captures / 20);
    // A source that broke is marked as failed: nothing is claimed of it, and nothing else is.
    const std::string failed =
        history.rows("SELECT captured_at FROM capture WHERE location_status = 'failed'");
    std::istringstream lines(failed);
    int failures = 0;
    for (std::string at; std::getline(lines, at); ++failures)
        tables.forget_copy_of("location", from_datetime(at));
    CHECK(failures > 0);
    CHECK(failures <= breaks);
    CHECK(history.rows("SELECT COUNT(*) FROM capture WHERE dialog_status <> 'ok'") == "0\n");
    CHECK(history.rows("SELECT COUNT(*) FROM capture") == std::to_string(captures) + "\n");
    CHECK(deaths > life.captures / 20);
    for (const TableSpec* table : {&dialog_table(), &location_table()}) {
        const Comparison compared = compare_with_copies(live, history, *table, life.schema.operator_columns);
        INFO(compared.first);
        CHECK(compared.rows > 1000);
        CHECK(compared.different == 0);
    }
    CHECK(broken_foundations(history) == "");
    const ArchiveFindings findings = check_archive(history.settings(), {});
    CHECK(violations_of(findings) == "");
    CHECK(findings.captures == static_cast<std::uint64_t>(captures));
}

} // namespace

TEST_CASE("history equals full copies: OpenSIPS 3.6, latin1, in one transaction a capture") {
    live_and_compare({{"3.6", "latin1", false}, 1, 300, 5000, 60}, 60, 30);
}

TEST_CASE(
    "history equals full copies: OpenSIPS 3.6, utf8mb4, operator's columns, many transactions a capture") {
    live_and_compare({{"3.6", "utf8mb4", true}, 2, 300, 4, 60}, 60, 30);
}

TEST_CASE("history equals full copies: OpenSIPS 3.2, every run compares in full") {
    live_and_compare({{"3.2", "latin1", false}, 3, 300, 20, 1}, 60, 30);
}

// Minutes, so not with the others: build/release/tests/oracle_test "[large]"
TEST_CASE("history equals full copies: 10,000 registrations, 100 captures", "[.][large]") {
    live_and_compare({{"3.6", "utf8mb4", false}, 4, 100, 5000, 60, 100}, 10'000, 500);
}
