// The oracle with gaps: captures are left out, and given back as dumps by the real mariadb-dump, in any
// order.
#include "sipkeep/app/backfill_capture.hpp"
#include "sipkeep/db/live_reader.hpp"
#include "sipkeep/db/schema.hpp"
#include "sipkeep/dump/dump_file.hpp"

#include "drills/history_text.hpp"
#include "support/archive_findings.hpp"
#include "support/catch.hpp"
#include "support/full_copies.hpp"
#include "support/live_tables.hpp"
#include "support/real_dump.hpp"
#include "support/temporary_folder.hpp"

#include <random>
#include <sstream>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

struct Life {
    LiveSchema schema;
    std::uint32_t seed;
    int captures;
    int contacts;
};

/// Lines of both texts that are not the same in both: some of them, and how many there are.
std::string difference(const std::string& left, const std::string& right) {
    std::istringstream lefts(left), rights(right);
    std::string told;
    for (std::string a, b;;) {
        const bool more_left = bool(std::getline(lefts, a));
        const bool more_right = bool(std::getline(rights, b));
        if (!more_left && !more_right) return told;
        if (more_left && more_right && a == b) continue;
        told += (more_left ? a : "(end)") + "\n" + (more_right ? b : "(end)") + "\n";
        if (told.size() > 2000 || !more_left || !more_right) return told;
    }
}

/// history_text() without what depends on when a capture came: how many were compared in full.
std::string timeless(TestDatabase& history) {
    history.sql().execute("UPDATE capture SET compared = 0, found_by_compare = 0");
    return history_text(history);
}

class History {
public:
    explicit History(const std::string& name) : database(name) {
        init_schema(database.sql(), embedded_schema(), from_datetime("2026-10-24 00:00:00"));
        plan.node = "sbc1";
    }

    void capture(TestDatabase& live, UtcSeconds now) {
        const auto store = open();
        const auto reader = make_live_reader({.database = live.settings()});
        REQUIRE(archive_capture(plan, {.mi = nullptr, .live = reader.get()}, *store, now).stored);
    }

    void give_back(const std::string& dump_path, UtcSeconds at, const TestDatabase& live) {
        RealFileSystem files;
        DumpFile dump(files, dump_path, {.database = live.name()});
        REQUIRE(dump.complete());
        Capture capture;
        capture.node = plan.node;
        capture.captured_at = at;
        capture.started_at = at;
        capture.dialog = dump.dialog();
        capture.location = dump.location();
        capture.dialogs = std::move(dump.dialogs());
        {
            NewFile file(files, folder.path(), "given.capture");
            write_capture(file, capture, &dump, {.max_bytes = UINT64_MAX, .until = Deadline(1h)});
            file.keep();
        }
        CaptureFile file(files, folder.path("given.capture"));
        const auto past = make_past_store(database.settings(), plan.node, {.patience = 0ms});
        const BackfilledCapture done =
            backfill_capture(plan, file.capture(), file, "dump", *past, [&] { return open(); });
        REQUIRE(done.place != PastPlace::stored);
        REQUIRE(done.errors.empty());
    }

    [[nodiscard]] std::unique_ptr<HistoryStore> open() const {
        return make_history_store(database.settings());
    }

    TestDatabase database;
    ArchivePlan plan;
    TemporaryFolder folder;
};

void leave_out_and_give_back(const Life& life) {
    TestDatabase live("live", life.schema.charset);
    LiveTables tables(live, life.schema, life.seed);
    UtcSeconds now = from_datetime("2026-10-24 22:30:00");
    tables.fill(life.contacts, life.contacts / 2, now);
    History whole("whole");
    History mended("mended");
    std::mt19937 random(life.seed);
    const auto one_in = [&](unsigned n) { return random() % n == 0; };
    const TemporaryFolder folder;
    std::vector<UtcSeconds> missing;
    for (int i = 0; i < life.captures; ++i) {
        now += one_in(12) ? 60s * int(random() % 3000) : 60s;
        if (i % 15 == 14) now = midnight(now) + std::chrono::days{1};
        for (int changes = 0; changes < 3; ++changes) tables.live(now);
        const UtcSeconds at = interval_start(now, 60s);
        tables.copy(at, true, true);
        whole.capture(live, now);
        const bool last = i + 1 == life.captures;
        if (one_in(3) && !last) {
            const std::vector<std::vector<std::string>> ways{
                {}, {"--skip-extended-insert"}, {"--hex-blob", "--complete-insert"}, {"--replace"}};
            folder.write(to_datetime(at) + ".sql", real_dump(live, ways[random() % ways.size()]));
            missing.push_back(at);
        } else {
            mended.capture(live, now);
        }
    }
    REQUIRE(missing.size() > 5);
    std::shuffle(missing.begin(), missing.end(), random);
    for (const UtcSeconds at : missing) mended.give_back(folder.path(to_datetime(at) + ".sql"), at, live);

    for (const TableSpec* table : {&dialog_table(), &location_table()}) {
        const Comparison compared =
            compare_with_copies(live, mended.database, *table, life.schema.operator_columns);
        INFO(compared.first);
        CHECK(compared.rows > 200);
        CHECK(compared.different == 0);
    }
    CHECK(broken_foundations(mended.database) == "");
    CHECK(violations_of(check_archive(mended.database.settings(), {})) == "");
    for (History* history : {&whole, &mended})
        history->database.sql().execute("UPDATE capture SET started_at = captured_at");
    CHECK(difference(timeless(mended.database), timeless(whole.database)) == "");
}

} // namespace

TEST_CASE("captures given back as dumps in any order: history is that in which none was left out; latin1") {
    leave_out_and_give_back({{"3.6", "latin1", false}, 11, 45, 30});
}

TEST_CASE("captures given back as dumps in any order: utf8mb4, an operator's own columns") {
    leave_out_and_give_back({{"3.6", "utf8mb4", true}, 12, 45, 30});
}

// Minutes, so not with the others: build/release/tests/splice_oracle_test "[long]"
TEST_CASE("captures given back as dumps in any order: 300 captures of 400 registrations", "[.][long]") {
    for (const std::uint32_t seed : {21U, 22U, 23U})
        leave_out_and_give_back({{"3.6", "utf8mb4", true}, seed, 300, 400});
}
