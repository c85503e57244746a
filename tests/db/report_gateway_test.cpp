// Calls by gateway: from versions, from days that were added up, and from both, as brute force counts them.
#include "sipkeep/db/archive_check.hpp"

#include "report_scene.hpp"
#include "support/archive_findings.hpp"

#include <random>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;
using std::chrono::days;

namespace {

const UtcSeconds first_day = from_datetime("2026-11-20 00:00:00");

/// A call as a capture shows it.
struct Up {
    std::string caller, callee, domain;
    int start = 0, timeout = 0;
    bool operator==(const Up&) const = default;
};

class Calls : public ReportScene {
public:
    Calls(const std::string& name, Seconds every) : ReportScene(first_day, every, name) {}

    void look(UtcSeconds time, const std::map<std::uint64_t, Up>& up) {
        rig.tables.dialog.clear();
        for (const auto& [id, call] : up)
            rig.tables.put_dialog(id, {{"callid", "c" + std::to_string(id)},
                                       {"from_uri", "sip:1@" + call.domain},
                                       {"to_uri", "sip:2@elsewhere.org"},
                                       {"caller_contact", "<sip:1@" + call.caller + ";ob>"},
                                       {"callee_contact", "sip:2@" + call.callee},
                                       {"start_time", std::to_string(call.start)},
                                       {"timeout", std::to_string(call.timeout)},
                                       {"state", "4"}});
        capture(time);
        seen.emplace_back(time, up);
    }
    std::string violations() const { return violations_of(check_archive(rig.database.settings(), {})); }
    /// side|gateway|calls|seconds
    std::string told(UtcSeconds from, UtcSeconds to, const std::optional<std::string>& domain = {}) {
        Asked asked{.from = to_datetime(from), .to = to_datetime(to)};
        asked.domain = domain;
        asked.top = 100;
        std::set<std::string> lines;
        for (const auto& row : rows("calls-by-gateway", asked))
            lines.insert(*row[4] + "|" + row[5].value_or("-") + "|" + *row[7] + "|" + *row[8]);
        std::string text;
        for (const std::string& line : lines) text += line + "\n";
        return text;
    }
    std::string counted(UtcSeconds from, UtcSeconds to, const std::optional<std::string>& domain = {}) const;

    std::vector<std::pair<UtcSeconds, std::map<std::uint64_t, Up>>> seen;
};

/// Look by look. A call is up from one to the next one, and over a pause of whole days as long as the days
/// last on which somebody looked.
std::string Calls::counted(UtcSeconds from, UtcSeconds to, const std::optional<std::string>& domain) const {
    struct Stay {
        bool found = false; ///< by midnight, as it had been before
        Seconds lasted{};
    };
    using Key = std::tuple<UtcSeconds, std::string, std::string, std::uint64_t, int>;
    std::map<Key, Stay> stays;
    std::optional<UtcSeconds> begins;
    const auto add = [&](UtcSeconds since, UtcSeconds until, std::uint64_t id, const Up& up, bool found) {
        const UtcSeconds day = midnight(since);
        if (day >= midnight(from) && since < to) begins = std::min(begins.value_or(day), day);
        if (day < midnight(from) || since >= to || until <= from) return;
        if (domain && up.domain != *domain) return;
        for (const bool called : {true, false}) {
            Stay& stay =
                stays[{day, called ? "called" : "calling", called ? up.callee : up.caller, id, up.start}];
            stay.found = stay.found || found;
            stay.lasted += std::min(until, to) - std::max(since, from);
        }
    };
    for (std::size_t i = 0; i < seen.size(); ++i) {
        const auto& [time, up] = seen[i];
        const UtcSeconds day = midnight(time);
        const UtcSeconds next = i + 1 < seen.size() ? seen[i + 1].first : day + days{1};
        for (const auto& [id, call] : up) {
            const auto before = i == 0 ? up.end() : seen[i - 1].second.find(id);
            const bool goes_on = i > 0 && before != seen[i - 1].second.end() && before->second == call;
            add(time, std::min(next, day + days{1}), id, call, goes_on && time == day);
            if (next > day + days{1}) add(midnight(next), next, id, call, true);
        }
    }
    std::map<std::pair<std::string, std::string>, std::pair<int, Seconds>> sums;
    for (const auto& [key, stay] : stays) {
        auto& [calls, lasted] = sums[{std::get<1>(key), std::get<2>(key)}];
        if (!stay.found || std::get<0>(key) == *begins) ++calls;
        lasted += stay.lasted;
    }
    std::set<std::string> lines;
    for (const auto& [key, sum] : sums)
        lines.insert(key.first + "|" + key.second + "|" + std::to_string(sum.first) + "|" +
                     std::to_string(sum.second.count()));
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

const UtcSeconds second_day = first_day + days{1}, third_day = first_day + days{2},
                 fourth_day = first_day + days{3};

} // namespace

TEST_CASE("calls by gateway, over midnights and added up, by hand") {
    Calls scene("gateway", 3600s);
    const Up one{"10.0.0.1:5060", "gw1", "a.org", 100, 900};
    Up later = one;
    later.timeout = 950;
    Up moved = later;
    moved.callee = "gw2";
    const Up two{"10.0.0.2", "gw1", "b.org", 200, 900};
    scene.look(first_day + 22h, {{1, one}});
    scene.look(first_day + 23h, {{1, later}});           // the same call
    scene.look(second_day + 1h, {{1, later}, {2, two}}); // midnight splits it
    scene.look(second_day + 2h, {{1, moved}, {2, two}}); // to another gateway
    scene.look(second_day + 3h, {{2, two}});
    scene.look(third_day, {{2, two}});
    scene.look(third_day + 1h, {});
    scene.look(fourth_day + 1h, {});
    const auto check = [&] {
        CHECK(scene.told(first_day, fourth_day) == "called|gw1|2|" + std::to_string(4 * 3600 + 24 * 3600) +
                                                       "\ncalled|gw2|1|3600\ncalling|10.0.0.1:5060|1|" +
                                                       std::to_string(5 * 3600) + "\ncalling|10.0.0.2|1|" +
                                                       std::to_string(24 * 3600) + "\n");
        CHECK(scene.told(second_day, third_day) == "called|gw1|2|" + std::to_string(2 * 3600 + 23 * 3600) +
                                                       "\ncalled|gw2|1|3600\ncalling|10.0.0.1:5060|1|10800\n"
                                                       "calling|10.0.0.2|1|" +
                                                       std::to_string(23 * 3600) + "\n");
        // The call of b.org begins behind the first part, and ends behind the last.
        CHECK(scene.told(first_day + 23h, third_day + 30min) ==
              "called|gw1|2|" + std::to_string(3 * 3600 + 23 * 3600 + 1800) +
                  "\ncalled|gw2|1|3600\ncalling|10.0.0.1:5060|1|" + std::to_string(4 * 3600) +
                  "\ncalling|10.0.0.2|1|" + std::to_string(23 * 3600 + 1800) + "\n");
        CHECK(scene.told(third_day, fourth_day) == "called|gw1|1|3600\ncalling|10.0.0.2|1|3600\n");
        CHECK(scene.told(first_day, fourth_day, "b.org") == "called|gw1|1|86400\ncalling|10.0.0.2|1|86400\n");
    };
    check();
    scene.roll_up(fourth_day);
    CHECK(scene.rig.rows(
              "SELECT day, side, gateway, at_start, began, seconds FROM gateway_roll_up ORDER BY day, side, "
              "gateway") ==
          "2026-11-20|called|gw1|0|1|7200\n2026-11-20|calling|10.0.0.1:5060|0|1|7200\n"
          "2026-11-21|called|gw1|1|1|90000\n2026-11-21|called|gw2|0|1|3600\n"
          "2026-11-21|calling|10.0.0.1:5060|1|0|10800\n2026-11-21|calling|10.0.0.2|0|1|82800\n"
          "2026-11-22|called|gw1|1|0|3600\n2026-11-22|calling|10.0.0.2|1|0|3600\n");
    check();
    CHECK(scene.violations() == "");
    // From now on it answers: what it does not know is not told.
    scene.rig.database.sql().execute(
        "UPDATE gateway_roll_up SET began = 70 WHERE day = '2026-11-21' AND gateway = 'gw2'");
    CHECK_THAT(scene.violations(), ContainsSubstring("roll_ups: gateway_roll_up, node sbc1, 2026-11-21: "));
    CHECK_THAT(scene.told(first_day + 1h, third_day + 1h), ContainsSubstring("called|gw2|70|3600\n"));
    CHECK_THAT(scene.told(second_day + 1h, third_day + 1h), ContainsSubstring("called|gw2|1|3600\n"));
    CHECK_THAT(scene.told(first_day, fourth_day, "a.org"), ContainsSubstring("called|gw2|1|3600\n"));
}

TEST_CASE("calls by gateway answer the same of random days before and after they are added up, and as brute "
          "force counts") {
    const int seed = GENERATE(1, 2, 3);
    CAPTURE(seed);
    Calls scene("gateway" + std::to_string(seed), 10800s);
    std::mt19937 random(static_cast<unsigned>(seed));
    const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    const auto host = [&](const char* name) { return name + std::to_string(below(3)); };
    std::map<std::uint64_t, Up> up;
    const UtcSeconds end = first_day + days{7};
    for (UtcSeconds time = first_day; time < end; time += 10800s) {
        for (std::uint64_t id = 1; id <= 6; ++id) {
            const unsigned what = below(7);
            if (what == 0) up.erase(id);
            if (what == 1) up[id] = {host("phone"), host("gw"), host("d"), int(random() % 100000), 1};
            if (what == 2 && up.contains(id)) ++up[id].timeout;
            if (what == 3 && up.contains(id)) up[id].callee = host("gw");
        }
        const bool paused = time >= first_day + 60h && time < first_day + 123h;
        if (!paused && (below(6) != 0 || time == first_day)) scene.look(time, up);
    }
    const auto check = [&] {
        for (int i = 0; i < 12; ++i) {
            const UtcSeconds from = first_day + Seconds{i == 0 ? 0 : 1800 * below(7 * 48 - 2)};
            const UtcSeconds to = i == 0 ? end : from + Seconds{1800 * (1 + below(4 * 48))};
            INFO(to_datetime(from) << " to " << to_datetime(to));
            CHECK(difference(scene.told(from, std::min(to, end)), scene.counted(from, std::min(to, end))) ==
                  "");
            CHECK(difference(scene.told(from, std::min(to, end), "d1"),
                             scene.counted(from, std::min(to, end), "d1")) == "");
        }
    };
    check();
    scene.roll_up(first_day + days{6});
    CHECK(scene.rig.rows("SELECT COUNT(DISTINCT day) > 2 FROM gateway_roll_up") == "1\n");
    CHECK(scene.violations() == "");
    check();
}
