// Captures left out and given back, in any order: the history is that in which none was left out.
#include "sipkeep/app/backfill_capture.hpp"

#include "archive_life.hpp"
#include "history_rig.hpp"
#include "support/catch.hpp"

#include <random>
#include <thread>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::days;

/// What one capture saw.
struct Moment {
    Capture capture;
    FakeLiveTables tables;
};

std::string remaining_frames(HistoryRig& rig) {
    return rig.rows("SELECT COUNT(*) FROM key_frame WHERE after_id <> 18446744073709551615");
}

/// One history, and what may happen to a capture on its way there.
class Archive {
public:
    Archive(const std::string& name, std::size_t rows_a_transaction) : rig(ten_to_midnight, name) {
        rig.rows_a_transaction = rows_a_transaction;
    }

    void store(const Moment& moment) {
        FakeLiveReader live(moment.tables);
        const auto store = rig.store();
        const NodeState before = store->open_node("sbc1", OpenNode::find_or_make);
        Look look{.capture = moment.capture, .live = &live, .contacts = nullptr, .stopwatch = {}};
        REQUIRE(store_look(rig.plan, look, before, *store, {}).stored);
    }

    PastPlace give_back(const Moment& moment) {
        FakeLiveReader live(moment.tables);
        const auto past = make_past_store(rig.database.settings(), "sbc1", {.patience = 0ms});
        Capture capture = moment.capture;
        return backfill_capture(rig.plan, capture, live, "dump", *past, [&] { return rig.store(); }).place;
    }

    void finish_splits(UtcSeconds newest) {
        for (int i = 0; i < 100 && remaining_frames(rig) != "0\n"; ++i)
            static_cast<void>(rig.store()->split_at_midnight(newest, 60s));
        REQUIRE(remaining_frames(rig) == "0\n");
    }

    /// All that does not tell how the captures came.
    std::string all() {
        std::string text = rig.rows("SELECT captured_at, started_at, mi_status, dispatcher_status, "
                                    "dialog_status, location_status, error, "
                                    "samples, destinations, dialogs, contacts, opened, closed, refreshed, "
                                    "uptime_s, epoch_started_at, mi_before, flags "
                                    "FROM capture ORDER BY captured_at");
        for (const std::string table : {"dialog_open", "dialog_version", "dialog_ended", "location_open",
                                        "location_version", "location_refresh_closed"})
            text +=
                table + "\n" +
                rig.rows("SELECT " + HistoryRig::columns_of(table) + " FROM " + table + " ORDER BY 1, 2, 3");
        for (const std::string table : {"dispatcher_open", "dispatcher_version"})
            text += table + "\n" + rig.rows("SELECT * FROM " + table + " ORDER BY 1, 2, 3, 4, 5, 6");
        return text + rig.all_views();
    }

    HistoryRig rig;
};

/// Random captures of a small SBC; the same seed always gives the same.
class MissedLife {
public:
    explicit MissedLife(std::uint32_t seed) : random_(seed), now_(ten_to_midnight) {
        for (std::uint64_t id = 1; id <= 6; ++id) move(id, true);
    }

    Moment next() {
        pass_time();
        for (std::uint64_t id = 1; id <= 6; ++id)
            if (one_in(3)) move(id, !one_in(3));
        if (one_in(12)) tables_.location.clear();
        Moment moment{.capture = {}, .tables = tables_};
        Capture& capture = moment.capture;
        capture.node = "sbc1";
        capture.captured_at = now_;
        capture.started_at = now_ + 250ms;
        capture.dialog = one_in(6) ? SourceStatus::failed : SourceStatus::ok;
        capture.location = one_in(6) ? SourceStatus::failed : SourceStatus::ok;
        capture.dispatcher = one_in(4) ? SourceStatus::off : SourceStatus::ok;
        capture.mi = one_in(4) ? SourceStatus::failed : SourceStatus::ok;
        if (capture.dialog == SourceStatus::ok) {
            FakeLiveReader live(tables_);
            capture.dialogs = live.dialogs();
        } else {
            capture.errors.push_back("dialog: gone");
        }
        if (capture.dispatcher == SourceStatus::ok) destinations(capture.destinations);
        if (capture.mi == SourceStatus::ok) statistics(capture.statistics);
        return moment;
    }

    bool one_in(unsigned n) { return random_() % n == 0; }
    std::mt19937& random() { return random_; }

private:
    void pass_time() {
        switch (random_() % 8) {
        case 0:
            now_ = midnight(now_) + days{1};
            break;
        case 1:
            now_ = midnight(now_) + days{2 + random_() % 2};
            break;
        case 2:
            now_ = midnight(now_) + days{1 + random_() % 2} + 60s;
            break;
        case 3:
            now_ += 17h;
            break;
        default:
            now_ += 60s;
        }
    }

    void move(std::uint64_t id, bool there) {
        if (!there) {
            tables_.dialog.erase(id);
            tables_.location.erase(id);
            return;
        }
        tables_.put_dialog(
            id, {{"callid", "c" + std::to_string(id)}, {"state", std::to_string(4 + random_() % 2)}});
        tables_.put_contact(id, {{"contact", "sip:" + std::to_string(random_() % 2)},
                                 {"username", "u" + std::to_string(id)},
                                 {"expires", std::to_string(100 + random_() % 3)},
                                 {"cseq", "1"},
                                 {"user_agent", one_in(2) ? "phone" : "other"},
                                 {"last_modified", "2026-11-22 11:00:00"}});
    }

    void destinations(Rows& rows) {
        for (const char* uri : {"sip:gw'1", "sip:gw2"})
            if (!one_in(4))
                add_row(rows, dispatcher_table(),
                        {{"partition_name", "default"},
                         {"set_id", "1"},
                         {"uri", uri},
                         {"occurrence", "0"},
                         {"state", one_in(3) ? "Probing" : "Active"}});
    }

    void statistics(StatisticsCapture& statistics) {
        uptime_ = one_in(5) ? 5 : uptime_ + 60;
        statistics.uptime_s = uptime_;
        statistics.statistics = {{"core", "rcv_requests", StatisticKind::counter,
                                  std::int64_t(random_() % 1000),
                                  one_in(5) ? SampleFlag::negative : SampleFlag::exact}};
    }

    std::mt19937 random_;
    UtcSeconds now_;
    FakeLiveTables tables_;
    std::int64_t uptime_ = 1000;
};

void miss_and_give_back(std::uint32_t seed, int captures) {
    INFO("seed " << seed);
    MissedLife life(seed);
    Archive whole("whole", 4);
    Archive mended("mended", 1 + seed % 5);
    std::vector<Moment> missed;
    UtcSeconds newest{};
    for (int i = 0; i < captures; ++i) {
        const Moment moment = life.next();
        newest = moment.capture.captured_at;
        whole.store(moment);
        const bool misses = life.one_in(2);
        if (misses)
            missed.push_back(moment);
        else
            mended.store(moment);
        // Some come back while life goes on, perhaps as the newest of all.
        if (!missed.empty() && life.one_in(6)) {
            mended.give_back(missed.back());
            missed.pop_back();
        }
    }
    std::shuffle(missed.begin(), missed.end(), life.random());
    std::string told;
    for (const Moment& moment : missed) {
        told += to_datetime(moment.capture.captured_at) + " ";
        INFO(told);
        REQUIRE_NOTHROW(mended.give_back(moment));
        CHECK(mended.give_back(moment) == PastPlace::stored);
    }
    for (Archive* archive : {&whole, &mended}) archive->finish_splits(newest);
    INFO("given back: " << told);
    CHECK(difference(mended.all(), whole.all()) == "");
    CHECK(violations_of(check(mended.rig)) == "");
}

} // namespace

TEST_CASE("captures left out and given back in any order: the history is that in which none was left out") {
    for (std::uint32_t seed = 1; seed <= 10; ++seed) miss_and_give_back(seed, 14);
}

TEST_CASE("a splice that breaks or is killed midway leaves nothing, and the next one does all of it") {
    MissedLife life(77);
    Archive archive("mended", 5000);
    std::vector<Moment> moments;
    for (int i = 0; i < 9; ++i) moments.push_back(life.next());
    std::size_t missing = 1;
    while (moments.at(missing).capture.location != SourceStatus::ok ||
           moments.at(missing).tables.location.size() < 3)
        ++missing;
    REQUIRE(missing < 8);
    for (std::size_t i = 0; i < moments.size(); ++i)
        if (i != missing) archive.store(moments[i]);
    archive.finish_splits(moments.back().capture.captured_at);
    const std::string before = archive.all();

    class Breaking final : public ContactRows {
    public:
        explicit Breaking(const FakeLiveTables& tables) : tables_(tables) {}
        void each_contact(const std::function<void(RowView)>& show, const Deadline& until) override {
            FakeLiveReader live(tables_);
            static_cast<void>(live.contact_states());
            int left = 2;
            live.each_contact(
                [&](RowView row) {
                    if (left-- == 0) throw SourceError("gone");
                    show(row);
                },
                until);
        }

    private:
        const FakeLiveTables& tables_;
    };
    {
        const auto past = make_past_store(archive.rig.database.settings(), "sbc1", {.patience = 0ms});
        const Capture& capture = moments[missing].capture;
        LedgerRow row = ledger_row(capture, past->before(capture), {.provenance = "dump", .lost = ""});
        Breaking breaking(moments[missing].tables);
        CHECK_THROWS_AS(past->splice(capture, breaking, row), SourceError);
        CHECK(difference(archive.all(), before) == "");
    }
    CHECK(archive.give_back(moments[missing]) == PastPlace::past);
    CHECK(violations_of(check(archive.rig)) == "");
}

TEST_CASE("bug: sessions that waited for a long splice were ended by the server") {
    MissedLife life(9);
    const std::vector<Moment> moments{life.next(), life.next(), life.next()};
    Archive archive("patient", 5000);
    archive.store(moments[0]);
    archive.store(moments[2]);
    class Slow : public ContactRows {
    public:
        explicit Slow(const FakeLiveTables& tables) : tables_(tables) {}
        void each_contact(const std::function<void(RowView)>& show, const Deadline& until) override {
            std::this_thread::sleep_for(2500ms);
            FakeLiveReader live(tables_);
            static_cast<void>(live.contact_states());
            live.each_contact(show, until);
        }

    private:
        const FakeLiveTables& tables_;
    };
    DatabaseSettings settings = archive.rig.database.settings();
    settings.idle_limit = 1s; // a minute, in the configuration's
    const auto past = make_past_store(settings, "sbc1", {.patience = 0ms});
    const Capture& capture = moments[1].capture;
    LedgerRow row = ledger_row(capture, past->before(capture), {.provenance = "dump", .lost = ""});
    Slow slow(moments[1].tables);
    past->splice(capture, slow, row);
    CHECK(violations_of(check(archive.rig)) == "");
}

TEST_CASE("a capture that another process left half written is undone before one is put in") {
    MissedLife life(5);
    Archive archive("mended", 1);
    std::vector<Moment> moments;
    for (int i = 0; i < 6; ++i) moments.push_back(life.next());
    for (const std::size_t i : {0U, 1U, 3U, 4U}) archive.store(moments[i]);
    {
        const auto dying = archive.rig.store();
        dying->begin(moments[5].capture.captured_at);
        std::vector<std::uint64_t> open;
        {
            const auto states = dying->open_contact_states();
            while (const auto state = states->next()) open.push_back(state->contact_id);
        }
        for (const std::uint64_t id : open) {
            ContactChanges changes;
            changes.closed.push_back(id);
            dying->apply(changes);
        }
    }
    CHECK(archive.give_back(moments[2]) == PastPlace::past);
    archive.store(moments[5]);
    archive.finish_splits(moments[5].capture.captured_at);
    Archive whole("whole", 5000);
    for (const Moment& moment : moments) whole.store(moment);
    whole.finish_splits(moments[5].capture.captured_at);
    CHECK(difference(archive.all(), whole.all()) == "");
}

TEST_CASE("a capture put into a pause of years lies in the partition after it, which verify misses once it "
          "is gone") {
    MissedLife life(11);
    Archive archive("pause", 5000);
    std::vector<Moment> moments;
    for (int i = 0; i < 3; ++i) {
        moments.push_back(life.next());
        while (moments.back().tables.location.empty() || moments.back().tables.dialog.empty())
            moments.back() = life.next();
        Capture& capture = moments.back().capture;
        capture.captured_at = midnight_after + 10h + days{400} * i;
        capture.started_at = capture.captured_at + 250ms;
        capture.dialog = capture.location = SourceStatus::ok;
        FakeLiveReader live(moments.back().tables);
        capture.dialogs = live.dialogs();
    }
    archive.store(moments[0]);
    archive.store(moments[2]);
    archive.finish_splits(moments[2].capture.captured_at);
    CHECK(violations_of(check(archive.rig)) == "");
    CHECK(archive.give_back(moments[1]) == PastPlace::past);
    CHECK(violations_of(check(archive.rig)) == "");

    const std::string partition =
        archive.rig.rows("SELECT partition_name FROM information_schema.partitions WHERE table_schema = "
                         "DATABASE() AND table_name = "
                         "'location_version' AND partition_description > QUOTE('2027-12-28') ORDER BY "
                         "partition_ordinal_position LIMIT 1");
    archive.rig.database.sql().execute("ALTER TABLE location_version DROP PARTITION " +
                                       partition.substr(0, partition.find('\n')));
    CHECK_THAT(violations_of(check(archive.rig)),
               ContainsSubstring("partitions: location_version: no partition for the days from "));
}

// Minutes: build/release/tests/history_store_test "[long]"
TEST_CASE("200 lives of 20 captures, of which half were left out and given back", "[.][long]") {
    for (std::uint32_t seed = 100; seed < 300; ++seed) miss_and_give_back(seed, 20);
}
