// Pauses of every kind around midnight, with runs that die in between: history still equals what was seen.
#include "archive_life.hpp"
#include "history_rig.hpp"
#include "support/catch.hpp"

#include <random>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::days;

/// Random captures of a small SBC; what each saw is remembered.
class PausedLife {
public:
    explicit PausedLife(std::uint32_t seed) : rig_(ten_to_midnight), random_(seed), now_(ten_to_midnight) {
        rig_.rows_a_transaction = 1 + random_() % 4;
        for (std::uint64_t id = 1; id <= 6; ++id) move(id, true);
    }

    void live(int captures) {
        while (captures > 0) {
            pass_time();
            for (std::uint64_t id = 1; id <= 6; ++id)
                if (one_in(3)) move(id, !one_in(3));
            if (one_in(3)) {
                die();
                if (one_in(2)) continue;
            }
            told_ += to_datetime(now_) + (midnight(now_) == now_ ? " (midnight) " : " ");
            INFO(told_);
            ArchiveResult result;
            REQUIRE_NOTHROW(result = rig_.run(now_));
            CHECK(result.stored);
            remember(result.row.captured_at);
            --captures;
        }
    }

    void check() {
        INFO(told_);
        CHECK(difference(rig_.rows("SELECT captured_at, dlg_id, state FROM dialog_snapshot ORDER BY 1, 2") +
                             rig_.rows("SELECT captured_at, contact_id, expires, user_agent FROM "
                                       "location_snapshot ORDER BY 1, 2"),
                         dialogs_ + contacts_) == "");
        CHECK(rig_.crossing() == "0\n0\n0\n");
        CHECK(violations_of(test::check(rig_)) == "");
    }

private:
    bool one_in(unsigned n) { return random_() % n == 0; }

    void pass_time() {
        switch (random_() % 6) {
        case 0:
            now_ = midnight(now_) + days{1};
            break;
        case 1:
            now_ = midnight(now_) +
                   days{2 + random_() % 2}; // exactly at midnight, after a day without a capture
            break;
        case 2:
            now_ = midnight(now_) + days{2} + 60s;
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
            rig_.tables.dialog.erase(id);
            rig_.tables.location.erase(id);
            return;
        }
        rig_.put_call(id, std::to_string(4 + random_() % 2));
        rig_.put_phone(id, std::to_string(100 + random_() % 900), one_in(2) ? "phone" : "other");
    }

    /// A run that is killed amid its registrations, with some of its transactions committed.
    void die() {
        told_ += "died " + to_datetime(now_) + " ";
        const auto store = make_history_store(rig_.database.settings(), {.rows_a_transaction = 1});
        const NodeState before = store->open_node(rig_.plan.node, OpenNode::find_or_make);
        if (before.newest && *before.newest >= now_) return;
        store->begin(now_);
        std::vector<std::uint64_t> open;
        {
            const auto states = store->open_contact_states();
            while (const auto state = states->next()) open.push_back(state->contact_id);
        }
        for (const std::uint64_t id : open) {
            if (one_in(2)) continue;
            ContactChanges changes;
            if (one_in(2))
                changes.closed.push_back(id);
            else {
                changes.refreshed.add(std::to_string(id));
                for (const char* text : {"5", "6", "2026-11-22 11:00:00"}) changes.refreshed.add(text);
            }
            store->apply(changes);
        }
    }

    void remember(UtcSeconds at) {
        const std::string time = to_datetime(at) + "|";
        for (const auto& [id, cells] : rig_.tables.dialog)
            dialogs_ += time + std::to_string(id) + "|" + *cells.at("state") + "\n";
        for (const auto& [id, cells] : rig_.tables.location)
            contacts_ +=
                time + std::to_string(id) + "|" + *cells.at("expires") + "|" + *cells.at("user_agent") + "\n";
    }

    HistoryRig rig_;
    std::mt19937 random_;
    UtcSeconds now_;
    std::string told_, dialogs_, contacts_;
};

} // namespace

namespace {

void live_through_pauses(std::uint32_t first_seed, std::uint32_t last_seed) {
    for (std::uint32_t seed = first_seed; seed <= last_seed; ++seed) {
        INFO("seed " << seed);
        PausedLife life(seed);
        life.live(8);
        life.check();
    }
}

} // namespace

TEST_CASE("pauses, captures exactly at midnight and runs that die between them change no answer") {
    live_through_pauses(25, 36); // 34: a piece of a midnight that only dead runs saw
}

// Minutes: build/release/tests/history_store_test "[long]"
TEST_CASE("400 lives with pauses, captures exactly at midnight and runs that die between them", "[.][long]") {
    live_through_pauses(1, 400);
}
