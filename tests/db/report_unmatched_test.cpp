// Calls without a record and records without a call, as brute force pairs them.
#include "report_scene.hpp"

#include <random>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

const UtcSeconds begin = from_datetime("2026-11-20 22:30:00");

struct Call {
    UtcSeconds start, end;            ///< whole minutes: seen from start on, first not seen at end
    std::optional<UtcSeconds> record; ///< when the record says it was answered
    [[nodiscard]] bool lasted() const { return end > start; }
};

/// Three hours across midnight. A third of the calls has no record, some have one that is hours off, some
/// lasted for less than from one capture to the next; those that last change on the way.
std::vector<Call> drawn_calls() {
    std::mt19937 random(4711);
    std::vector<Call> calls;
    for (int i = 0; i < 80; ++i) {
        const UtcSeconds start = begin + std::chrono::minutes{1 + random() % 170};
        Call call{start, std::min(start + std::chrono::minutes{random() % 20}, begin + 179min), {}};
        if (random() % 3 != 0) call.record = call.start;
        if (random() % 5 == 0) call.record = call.start + 5h;
        calls.push_back(call);
    }
    return calls;
}

std::string name_of(std::size_t i) {
    return "u" + std::to_string(i);
}

} // namespace

TEST_CASE("calls without a record and records never live pair by Call-ID, whenever the record was written") {
    ReportScene scene(midnight(begin), 60s, "unmatched");
    const std::vector<Call> calls = drawn_calls();
    for (UtcSeconds now = begin; now <= begin + 3h; now += 60s) {
        scene.rig.tables.dialog.clear();
        for (std::size_t i = 0; i < calls.size(); ++i)
            if (now >= calls[i].start && now < calls[i].end)
                scene.rig.tables.put_dialog(
                    i + 1, {{"callid", name_of(i)},
                            {"from_tag", "f" + name_of(i)},
                            {"from_uri", i % 2 == 0 ? "sip:1@a.org" : "sip:1@b.org"},
                            {"to_uri", "sip:2@a.org"},
                            {"start_time", std::to_string(calls[i].start.time_since_epoch().count())},
                            {"timeout", std::to_string((now - begin) / 5min)},
                            {"state", "4"}});
        scene.capture(now);
    }
    for (std::size_t i = 0; i < calls.size(); ++i)
        if (calls[i].record)
            scene.call_record(name_of(i), *calls[i].record,
                              static_cast<int>((calls[i].end - calls[i].start).count() * 1000) + 500,
                              "1@a.org", "2@a.org");
    scene.take_records(begin + 3h);

    std::mt19937 random(7);
    std::size_t found = 0;
    for (int turn = 0; turn < 12; ++turn) {
        const UtcSeconds from = begin + std::chrono::minutes{random() % 90};
        const UtcSeconds to = from + std::chrono::minutes{30 + random() % 80};
        Asked asked{.from = to_datetime(from), .to = to_datetime(to)};
        if (turn % 3 == 0) asked.domain = "b.org";
        std::set<std::string> without, never, without_told, never_told;
        for (std::size_t i = 0; i < calls.size(); ++i) {
            const Call& call = calls[i];
            if (call.lasted() && !call.record && call.end > from && call.end <= to &&
                call.end + 2min < begin + 3h && (!asked.domain || i % 2 == 1))
                without.insert(name_of(i));
            if (!call.lasted() && call.record && *call.record >= from && *call.record < to)
                never.insert(name_of(i));
        }
        for (const auto& row : scene.rows("calls-without-record", asked)) without_told.insert(*row.back());
        asked.domain.reset();
        for (const auto& row : scene.rows("records-never-live", asked)) never_told.insert(*row.back());
        CHECK(without_told == without);
        CHECK(never_told == never);
        found += without.size() + never.size();
    }
    CHECK(found > 50);
}
