// Calls without a record and records without a call, as brute force pairs them: read from their rows, and
// from days that are added up, with records that come late.
#include "report_scene.hpp"
#include "support/archive_findings.hpp"

#include <random>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::days;

const UtcSeconds wednesday = from_datetime("2026-11-18 00:00:00");
const UtcSeconds paused_from = from_datetime("2026-11-20 10:00:00");
const UtcSeconds paused_to = from_datetime("2026-11-22 06:00:00");
const UtcSeconds monday = wednesday + days{5};

struct Call {
    UtcSeconds start, end;              ///< up in [start, end)
    std::optional<UtcSeconds> answered; ///< as the record says; absent: there is none
    int turn = 0;                       ///< in which the record comes
    [[nodiscard]] UtcSeconds recorded_end() const { return *answered + (end - start); }
};

/// Five days with a pause of more than one. A third of the calls has no record, some have one that is a day
/// or two off, some ended between two captures or while nobody looked.
class Unmatched : public ReportScene {
public:
    explicit Unmatched(unsigned seed)
        : ReportScene(wednesday, 1800s, "unmatched" + std::to_string(seed)), random_(seed) {
        // By minutes: every other archive is never looked at at midnight.
        for (UtcSeconds time = wednesday + 12h + (seed % 2 == 0 ? 10min : 0min); time <= monday + 12h;
             time += 1800s)
            if (time <= paused_from || time >= paused_to) looks_.push_back(time);
        for (int i = 0; i < 160; ++i) {
            const UtcSeconds start = wednesday + 12h + 600s * below(5 * 144);
            const unsigned kind = below(12);
            const Seconds length = kind < 3   ? 300s
                                   : kind < 4 ? 3600s * (10 + below(50))
                                              : 600s * (1 + below(24));
            Call call{start, std::min(start + length, looks_.back() - 1h), {}};
            if (call.end <= call.start) continue;
            if (below(3) != 0) call.answered = call.start;
            if (below(5) == 0) call.answered = call.start + 3600s * (20 + below(20));
            // First either most, or those of the last days alone; then what was before anybody looked.
            const bool first =
                seed == 3 ? call.answered && call.recorded_end() >= wednesday + days{3} : below(3) != 0;
            call.turn = first ? 0 : 2;
            calls_.push_back(call);
        }
        // Before anybody looked.
        for (int i = 0; i < 8; ++i) {
            const UtcSeconds start = wednesday - days{4} + 3600s * below(4 * 24);
            calls_.push_back({start, start + 60s, start, 1});
        }
        for (const UtcSeconds now : looks_) look(now);
    }

    void take(int records) {
        for (std::size_t i = 0; i < calls_.size(); ++i) {
            const Call& call = calls_[i];
            if (!call.answered || call.turn != records) continue;
            call_record(name_of(i), *call.answered,
                        static_cast<int>((call.end - call.start).count() * 1000) + 500, "1@a.org", "2@a.org");
            told_.insert(i);
        }
        take_records(looks_.back());
    }

    /// Whether the reports say of random ranges what is so.
    void check() {
        for (int turn = 0; turn < 8; ++turn) {
            const unsigned unit = turn % 3 == 0 ? 144 : 1; // of ten minutes
            const UtcSeconds from = wednesday - days{4} + 600s * unit * below(9 * 144 / unit);
            const UtcSeconds to = from + 600s * unit * (1 + below(4 * 144 / unit));
            Asked asked{.from = to_datetime(from), .to = to_datetime(std::min(to, looks_.back()))};
            INFO(asked.from << " to " << asked.to);
            check_never(asked);
            if (turn % 4 == 0) asked.domain = "b.org";
            CHECK(told("calls-without-record", asked) == without(asked));
        }
    }
    void check_never(Asked asked) {
        const std::set<std::string> names = never(asked);
        CHECK(told("records-never-live", asked) == names);
        asked.top = 2;
        const auto longest = rows("records-never-live", asked);
        CHECK(longest.size() == std::min<std::size_t>(names.size(), 2));
        for (const auto& row : longest) CHECK(row[4] == std::to_string(names.size()));
    }

    std::string violations() const { return violations_of(check_archive(rig.database.settings(), {})); }

    std::set<UtcSeconds> unseen_days; ///< of which the versions are taken away
    std::size_t found = 0;

private:
    static std::string name_of(std::size_t i) { return "u" + std::to_string(i); }
    unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }

    void look(UtcSeconds now) {
        rig.tables.dialog.clear();
        for (std::size_t i = 0; i < calls_.size(); ++i)
            if (up(calls_[i], now))
                rig.tables.put_dialog(
                    i + 1, {{"callid", name_of(i)},
                            {"from_tag", "f" + name_of(i)},
                            {"from_uri", i % 2 == 0 ? "sip:1@a.org" : "sip:1@b.org"},
                            {"to_uri", "sip:2@a.org"},
                            {"start_time", std::to_string(calls_[i].start.time_since_epoch().count())},
                            {"timeout", std::to_string((now - wednesday) / 2h)},
                            {"state", "4"}});
        capture(now);
    }
    static bool up(const Call& call, UtcSeconds now) { return now >= call.start && now < call.end; }

    /// Days of its versions: it was seen on them, or had been at the last look before and midnight did not
    /// look.
    std::set<UtcSeconds> seen_days(const Call& call) const {
        std::set<UtcSeconds> found;
        for (std::size_t i = 0; i < looks_.size(); ++i) {
            if (up(call, looks_[i])) found.insert(midnight(looks_[i]));
            if (i > 0 && up(call, looks_[i - 1]) && looks_[i] != midnight(looks_[i]))
                found.insert(midnight(looks_[i]));
        }
        for (const UtcSeconds day : unseen_days) found.erase(day);
        return found;
    }

    std::set<std::string> never(const Asked& asked) {
        std::set<std::string> names;
        for (const std::size_t i : told_) {
            const UtcSeconds end = calls_[i].recorded_end();
            const std::set<UtcSeconds> seen = seen_days(calls_[i]);
            if (end >= from_datetime(asked.from) && end < from_datetime(asked.to) &&
                !seen.contains(midnight(end)) && !seen.contains(midnight(end) - days{1}))
                names.insert(name_of(i));
        }
        found += names.size();
        return names;
    }

    std::set<std::string> without(const Asked& asked) {
        std::optional<UtcSeconds> first_record;
        for (const std::size_t i : told_)
            first_record =
                std::min(first_record.value_or(calls_[i].recorded_end()), calls_[i].recorded_end());
        std::set<std::string> names;
        for (std::size_t i = 0; i < calls_.size(); ++i) {
            const auto last = std::ranges::find_if(looks_.rbegin(), looks_.rend(),
                                                   [&](UtcSeconds time) { return up(calls_[i], time); });
            if (last == looks_.rend() || last == looks_.rbegin() || told_.contains(i)) continue;
            const UtcSeconds gone = *(last - 1);
            if (first_record && *first_record < gone && gone > from_datetime(asked.from) &&
                gone <= from_datetime(asked.to) && gone + 2min < looks_.back() &&
                (!asked.domain || i % 2 == 1))
                names.insert(name_of(i));
        }
        found += names.size();
        return names;
    }

    std::set<std::string> told(const std::string& report, Asked asked) {
        std::set<std::string> names;
        asked.top = 1000;
        for (const auto& row : rows(report, asked)) CHECK(names.insert(*row.back()).second);
        return names;
    }

    std::mt19937 random_;
    std::vector<UtcSeconds> looks_;
    std::vector<Call> calls_;
    std::set<std::size_t> told_; ///< of which there is a record by now
};

} // namespace

TEST_CASE("calls without a record and records never live pair by Call-ID, added up or not, whenever the "
          "record comes") {
    const unsigned seed = GENERATE(1U, 2U, 3U);
    CAPTURE(seed);
    Unmatched scene(seed);
    scene.take(0);
    scene.check();
    for (UtcSeconds night = wednesday; night <= monday; night += days{1}) {
        INFO("added up to " << to_datetime(night));
        scene.roll_up(night);
        scene.check();
    }
    CHECK(scene.violations() == "");
    for (const int late : {1, 2}) {
        INFO("more records came " << late);
        scene.take(late);
        CHECK(scene.rig.rows("SELECT COUNT(*) > 0 FROM roll_up_due") == "1\n");
        scene.check();
        scene.roll_up(monday);
        CHECK(scene.rig.rows("SELECT COUNT(*) FROM roll_up_due") == "0\n");
        scene.check();
    }
    CHECK(scene.found > 200);
    CHECK(scene.violations() == "");

    // From now on the tables answer: what they do not know is not told, and what they know too much does no
    // harm.
    CHECK(scene.rig.rows("SELECT COUNT(*) > 10 FROM call_without_record") == "1\n");
    auto& sql = scene.rig.database.sql();
    sql.execute(
        "INSERT IGNORE INTO call_without_record SELECT node_id, valid_from, dlg_id FROM dialog_version");
    scene.check();
    CHECK(scene.violations() == "");
    sql.execute("DELETE FROM call_without_record");
    sql.execute("DELETE FROM record_never_live");
    const Asked all{.from = to_datetime(wednesday - days{4}), .to = to_datetime(monday)};
    CHECK(scene.rows("records-never-live", all).empty());
    CHECK_THAT(scene.violations(), ContainsSubstring("roll_ups: call_without_record, node sbc1, "));
    CHECK_THAT(scene.violations(), ContainsSubstring("roll_ups: record_never_live, node sbc1, "));
}

TEST_CASE("records of the day after are looked at again when the calls of a day change") {
    Unmatched scene(4);
    scene.take(0);
    scene.roll_up(monday);
    const Asked all{.from = to_datetime(wednesday - days{4}), .to = to_datetime(monday)};
    scene.check_never(all);
    const UtcSeconds day = wednesday + days{1};
    scene.rig.database.sql().execute("DELETE FROM dialog_version WHERE valid_from >= '" + to_datetime(day) +
                                     "' AND valid_from < '" + to_datetime(day + days{1}) + "'");
    scene.unseen_days.insert(day);
    {
        RetentionSession session(scene.rig.database.settings());
        RollUps roll_ups(session);
        CHECK(roll_ups.make_due(session.nodes().front(), day, day + days{1}) == 1);
    }
    scene.check_never(all);
    scene.roll_up(monday);
    scene.check_never(all);
}
