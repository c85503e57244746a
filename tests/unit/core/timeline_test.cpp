// A capture put between two others: the pieces of one key equal those of the life in which it was never
// missing.
#include "sipkeep/core/timeline.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <sstream>

using namespace sipkeep;
using std::chrono::days;

namespace {

/// What one capture saw of the key: a version (0: nothing), and a refresh of it.
struct Sight {
    UtcSeconds at;
    bool read = true; ///< false: the source failed
    int version = 0;
    int refresh = 0;
};
/// Versions with the same contact go on with first_seen.
int contact_of(int version) {
    return version / 2;
}

struct Version {
    UtcSeconds to, began, first_seen;
    int version;
    friend bool operator==(const Version&, const Version&) = default;
};
struct Refreshed {
    UtcSeconds version_from, seen;
    int refresh;
    friend bool operator==(const Refreshed&, const Refreshed&) = default;
};

/// Everything that is stored of one key, by valid_from and by valid_to.
struct Stored {
    std::map<UtcSeconds, Version> versions;
    std::map<UtcSeconds, Refreshed> refreshes;
    friend bool operator==(const Stored&, const Stored&) = default;
};

std::string text_of(const Stored& stored) {
    std::ostringstream text;
    for (const auto& [from, v] : stored.versions)
        text << to_datetime(from) << " to " << to_datetime(v.to) << " began " << to_datetime(v.began)
             << " first " << to_datetime(v.first_seen) << " version " << v.version << "\n";
    for (const auto& [to, r] : stored.refreshes)
        text << "  refresh until " << to_datetime(to) << " of " << to_datetime(r.version_from) << " seen "
             << to_datetime(r.seen) << ": " << r.refresh << "\n";
    return text.str();
}

std::vector<UtcSeconds> days_of(const std::vector<Sight>& life) {
    std::set<UtcSeconds> found;
    for (const Sight& sight : life) found.insert(midnight(sight.at));
    return {found.begin(), found.end()};
}

/// The history of a whole life, from its definition.
class Definition {
public:
    explicit Definition(const std::vector<Sight>& life) : days_(days_of(life)) {
        for (const Sight& sight : life)
            if (sight.read) see(sight);
        end_version(open_end);
        end_refresh(open_end);
    }
    Stored stored;

private:
    void see(const Sight& now) {
        const bool same = now.version == version_;
        if (version_ != 0 && same && now.refresh == refresh_) return;
        if (version_ != 0) end_refresh(now.at);
        if (!same) {
            const bool goes_on =
                version_ != 0 && now.version != 0 && contact_of(version_) == contact_of(now.version);
            end_version(now.at);
            version_ = now.version;
            began_ = now.at;
            if (!goes_on) first_seen_ = now.at;
        }
        refresh_ = now.refresh;
        seen_ = now.at;
    }
    void end_version(UtcSeconds end) {
        if (version_ == 0) return;
        for (const UtcSeconds day : days_) {
            const UtcSeconds from = std::max(began_, day);
            const UtcSeconds to =
                end == open_end && day == days_.back() ? open_end : std::min(end, day + days{1});
            if (from < to) stored.versions[from] = {to, began_, first_seen_, version_};
        }
    }
    void end_refresh(UtcSeconds end) {
        if (version_ == 0) return;
        for (const UtcSeconds day : days_) {
            const UtcSeconds version_from = std::max(began_, day);
            const UtcSeconds to =
                end == open_end && day == days_.back() ? open_end : std::min(end, day + days{1});
            if (std::max(seen_, version_from) < to) stored.refreshes[to] = {version_from, seen_, refresh_};
        }
    }

    std::vector<UtcSeconds> days_;
    int version_ = 0, refresh_ = 0;
    UtcSeconds began_{}, first_seen_{}, seen_{};
};

std::optional<StoredState> state_at(const Stored& stored, UtcSeconds at) {
    for (const auto& [from, v] : stored.versions) {
        if (from > at || v.to <= at) continue;
        for (const auto& [to, r] : stored.refreshes)
            if (r.version_from == from && r.seen <= at && to > at)
                return StoredState{from, v.to, v.began, v.first_seen, r.seen, to};
    }
    return std::nullopt;
}

/// Gives one sight back to the history of the others.
class GivenBack {
public:
    GivenBack(std::vector<Sight> others, const Sight& sight)
        : others_(std::move(others)), sight_(sight), stored(Definition(others_).stored) {
        new_day();
        splice();
    }

private:
    std::vector<Sight> others_;
    Sight sight_;

public:
    Stored stored;

private:
    /// A day that had no capture gets a piece of all that went on through it.
    void new_day() {
        const UtcSeconds day = midnight(sight_.at);
        auto known = days_of(others_);
        if (std::ranges::binary_search(known, day)) return;
        const auto later = std::ranges::lower_bound(known, day);
        if (later == known.begin()) return;
        const UtcSeconds end = *(later - 1) + days{1};
        const Stored before = stored;
        for (const auto& [from, v] : before.versions)
            if (v.to == end) stored.versions[day] = {day + days{1}, v.began, v.first_seen, v.version};
        for (const auto& [to, r] : before.refreshes)
            if (to == end) stored.refreshes[day + days{1}] = {day, r.seen, r.refresh};
    }

    void splice() {
        if (!sight_.read) return;
        SpliceWindow window{.at = sight_.at, .next = {}, .days = {}};
        Sight next;
        for (const Sight& other : others_)
            if (other.read && other.at > sight_.at) {
                window.next = other.at;
                next = other;
                break;
            }
        others_.push_back(sight_);
        std::ranges::sort(others_, {}, &Sight::at);
        for (const UtcSeconds day : days_of(others_))
            if (day >= midnight(sight_.at) && (!window.next || day <= *window.next))
                window.days.push_back(day);
        KeyMoment moment;
        moment.before = state_at(stored, sight_.at);
        if (window.next) moment.after = state_at(stored, *window.next);
        moment.seen = sight_.version != 0;
        const auto like = [&](int version, int refresh) {
            return Likeness{version == sight_.version, refresh == sight_.refresh,
                            contact_of(version) == contact_of(sight_.version)};
        };
        if (moment.before)
            moment.like_before = like(stored.versions[moment.before->from].version,
                                      stored.refreshes[moment.before->seen_to].refresh);
        if (moment.after) moment.like_after = like(next.version, next.refresh);
        if (const auto rewrite = splice_key(window, moment, true)) apply(*rewrite, moment, next);
    }

    void apply(const KeyRewrite& rewrite, const KeyMoment& moment, const Sight& next) {
        Version before_version{};
        Refreshed before_refresh{};
        if (moment.before) {
            before_version = stored.versions[moment.before->from];
            before_refresh = stored.refreshes[moment.before->seen_to];
        }
        for (const UtcSeconds from : rewrite.old_versions) REQUIRE(stored.versions.erase(from) == 1);
        for (const UtcSeconds to : rewrite.old_refreshes) REQUIRE(stored.refreshes.erase(to) == 1);
        const auto of = [](RowOf row, int before, int seen, int after) {
            return row == RowOf::before ? before : row == RowOf::seen ? seen : after;
        };
        for (const VersionPiece& p : rewrite.versions)
            REQUIRE(stored.versions
                        .insert({p.from,
                                 {p.to, p.began, p.first_seen,
                                  of(p.row, before_version.version, sight_.version, next.version)}})
                        .second);
        for (const RefreshPiece& p : rewrite.refreshes)
            REQUIRE(stored.refreshes
                        .insert({p.to,
                                 {p.version_from, p.seen,
                                  of(p.row, before_refresh.refresh, sight_.refresh, next.refresh)}})
                        .second);
        if (moment.after) change_what_follows(rewrite, *moment.after);
    }

    void change_what_follows(const KeyRewrite& rewrite, const StoredState& after) {
        for (auto& [from, v] : stored.versions) {
            if (from < after.to) continue;
            if (rewrite.began && v.began == after.began) v.began = *rewrite.began;
            if (rewrite.first_seen && v.first_seen == after.first_seen) v.first_seen = *rewrite.first_seen;
        }
        for (auto& [to, r] : stored.refreshes) {
            if (to <= after.seen_to) continue;
            if (rewrite.version_from && r.version_from == after.from) r.version_from = *rewrite.version_from;
            if (rewrite.seen && r.seen == after.seen) r.seen = *rewrite.seen;
        }
    }
};

std::vector<Sight> random_life(std::mt19937& random) {
    std::vector<Sight> life;
    UtcSeconds now = from_datetime("2026-11-22 22:00:00");
    const int captures = 3 + int(random() % 8);
    for (int i = 0; i < captures; ++i) {
        switch (random() % 5) {
        case 0:
            now = midnight(now) + days{1 + random() % 3}; // at midnight itself, maybe after a pause
            break;
        case 1:
            now += Seconds{60 + random() % 200'000};
            break;
        default:
            now += Seconds{60};
        }
        Sight sight{.at = now};
        sight.read = random() % 5 != 0;
        sight.version = int(random() % 4);
        sight.refresh = int(random() % 3);
        life.push_back(sight);
    }
    return life;
}

} // namespace

TEST_CASE("a capture given back to the past of one key: the key's history is that of the whole life") {
    std::mt19937 random(5);
    for (int round = 0; round < 20'000; ++round) {
        const std::vector<Sight> life = random_life(random);
        std::vector<Sight> others = life;
        const std::size_t missing = random() % (life.size() - 1);
        others.erase(others.begin() + std::ptrdiff_t(missing));
        const Stored expected = Definition(life).stored;
        const GivenBack given(others, life[missing]);
        if (given.stored == expected) continue;
        INFO("round " << round << ", missing " << to_datetime(life[missing].at));
        INFO("without it\n" << text_of(Definition(others).stored));
        CHECK(text_of(given.stored) == text_of(expected));
        break;
    }
}

TEST_CASE("what a capture in the past changes is counted for it and for the next one") {
    const UtcSeconds day = from_datetime("2026-11-22 00:00:00");
    const UtcSeconds at = day + Seconds{7200};
    const SpliceWindow window{.at = at, .next = at + Seconds{60}, .days = {day}};
    const StoredState through{day + Seconds{60}, open_end,          day + Seconds{60},
                              day + Seconds{60}, day + Seconds{60}, open_end};
    StoredState begins = through;
    begins.from = begins.began = begins.first_seen = begins.seen = *window.next;

    KeyMoment gone{.before = through, .after = through, .seen = false, .like_before = {}, .like_after = {}};
    auto rewrite = splice_key(window, gone, true);
    REQUIRE(rewrite);
    CHECK(rewrite->closed == 1);
    CHECK(rewrite->next_opened == 1);
    CHECK(rewrite->was_open);

    KeyMoment sooner{
        .before = {}, .after = begins, .seen = true, .like_before = {}, .like_after = {true, true, true}};
    rewrite = splice_key(window, sooner, true);
    REQUIRE(rewrite);
    CHECK(rewrite->opened == 1);
    CHECK(rewrite->next_opened == -1);
    CHECK(rewrite->began == at);
    CHECK(rewrite->versions.size() == 1);

    KeyMoment equal{.before = through,
                    .after = through,
                    .seen = true,
                    .like_before = {true, true, true},
                    .like_after = {true, true, true}};
    CHECK(!splice_key(window, equal, true));
}
