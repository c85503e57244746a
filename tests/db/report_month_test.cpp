// Reports over a random month against brute force: hourly captures with gaps, failures and restarts, about
// the day on which Berlin's clocks go back.
#include "sipkeep/core/time_text.hpp"
#include "sipkeep/db/history_dropper.hpp"

#include "report_scene.hpp"

#include <random>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

const UtcSeconds month_from = from_datetime("2026-10-05 00:00:00");
const UtcSeconds month_to = from_datetime("2026-11-04 00:00:00");
/// Nobody looked for two whole UTC days and some hours.
const UtcSeconds pause_from = from_datetime("2026-10-14 20:00:00");
const UtcSeconds pause_to = from_datetime("2026-10-17 03:00:00");
const std::vector<std::string> domains{"a.org", "b.org", "c.org", "d.org"};

/// What one capture saw.
struct Seen {
    UtcSeconds at;
    std::set<std::string> failed;
    std::size_t dialogs = 0;
    std::map<std::uint64_t, std::string> contacts; ///< domain by id
    std::int64_t requests = 0;
    UtcSeconds opensips_start;
    std::map<std::string, std::string> destinations;
    [[nodiscard]] bool ok(const std::string& source) const { return !failed.contains(source); }
};

struct CallMade {
    UtcSeconds settled;
    int ms;
};

class Month : public ReportScene {
public:
    explicit Month(std::uint32_t seed, UtcSeconds back = pause_to)
        : ReportScene(month_from, 3600s), random_(seed) {
        started_at = month_from - 1000s;
        counters["core:rcv_requests"] = 5000;
        destinations = {{"sip:gw1", "Active"}, {"sip:gw2", "Active"}};
        for (UtcSeconds at = month_from; at < month_to; at += 3600s) {
            pass_an_hour(at);
            if (at >= pause_from && at < back) continue;
            if (one_in(15) && at != back) continue;
            Seen now{
                at,         {},          rig.tables.dialog.size(), domain_of_, counters["core:rcv_requests"],
                started_at, destinations};
            for (const char* source : {"mi", "dispatcher", "dialog", "location"})
                if (one_in(25)) now.failed.insert(source);
            capture(at, now.failed);
            seen.push_back(now);
        }
        make_calls();
        take_records(seen.back().at);
    }

    std::vector<Seen> seen;
    std::vector<CallMade> calls;

private:
    std::int64_t below(std::int64_t n) { return std::int64_t(random_()) % n; }
    bool one_in(std::int64_t n) { return below(n) == 0; }

    void pass_an_hour(UtcSeconds at) {
        if (one_in(40)) {
            started_at = at - Seconds{10 + below(3000)};
            counters["core:rcv_requests"] = below(300);
        } else {
            counters["core:rcv_requests"] += below(1000);
        }
        for (std::uint64_t id = 1; id <= 12; ++id) {
            if (one_in(3)) rig.tables.dialog.erase(id);
            if (one_in(4)) rig.put_call(id);
        }
        for (std::uint64_t id = 1; id <= 30; ++id) {
            if (one_in(20)) {
                rig.tables.location.erase(id);
                domain_of_.erase(id);
            }
            if (one_in(20)) {
                rig.put_phone(id);
                rig.tables.location[id]["domain"] = domain_of_[id] = domains[id % 7 % domains.size()];
            }
        }
        for (auto& [uri, state] : destinations)
            if (one_in(12)) state = one_in(2) ? "Active" : one_in(2) ? "Probing" : "Inactive";
    }

    void make_calls() {
        for (int i = 0; i < 500; ++i) {
            const UtcSeconds settled = month_from + 100s + Seconds{below(30 * 86400 - 40000)};
            const bool answered = !one_in(4);
            const int ms = answered ? int(below(one_in(5) ? 30'000'000 : 200'000)) : 0;
            calls.push_back({settled, answered ? ms : -1});
            call_record("r" + std::to_string(i), settled, ms, "1@a.org", "2@b.org", answered ? "200" : "486",
                        0s);
        }
    }

    std::mt19937 random_;
    std::map<std::uint64_t, std::string> domain_of_;
};

/// Rounded half away from zero.
std::string quotient(std::int64_t sum, std::int64_t by, int digits) {
    std::int64_t scale = 1;
    for (int i = 0; i < digits; ++i) scale *= 10;
    const std::int64_t value = (sum * scale * 2 + by) / (by * 2);
    std::string fraction = std::to_string(scale + value % scale).substr(1);
    return std::to_string(value / scale) + (digits > 0 ? "." + fraction : "");
}

/// A step found hour by hour, without divide().
struct Step {
    UtcSeconds begins, ends;
};

std::vector<Step> steps_by(StepUnit unit, const std::string& tz) {
    const auto key = [&](UtcSeconds time) -> std::int64_t {
        if (unit == StepUnit::hour) return time.time_since_epoch().count();
        const auto day = std::chrono::floor<std::chrono::days>(utc_to_local(time, tz));
        const std::chrono::year_month_day date{day};
        if (unit == StepUnit::month) return int(date.year()) * 100 + int(unsigned(date.month()));
        const auto days = day.time_since_epoch().count();
        return unit == StepUnit::week ? (days + 3) / 7 : days; // 1970-01-01 was a Thursday
    };
    std::vector<Step> steps;
    for (UtcSeconds hour = month_from; hour < month_to; hour += 3600s) {
        if (steps.empty() || key(hour) != key(steps.back().begins)) steps.push_back({hour, hour});
        steps.back().ends = hour + 3600s;
    }
    return steps;
}

/// "begins|seen|asked|restarts" of a step.
std::string coverage_of(const Month& month, const Step& step, const std::string& source) {
    std::int64_t looks = 0;
    std::set<UtcSeconds> starts;
    for (const Seen& seen : month.seen) {
        if (seen.at >= step.begins && seen.at < step.ends && (source.empty() || seen.ok(source))) ++looks;
        if (seen.ok("mi") && seen.opensips_start >= step.begins && seen.opensips_start < step.ends)
            starts.insert(seen.opensips_start);
    }
    return to_datetime(step.begins) + "|" + std::to_string(looks * 60) + "|" +
           std::to_string((step.ends - step.begins) / 60s) + "|" + std::to_string(starts.size());
}

std::string concurrent_calls(const Month& month, const Step& step) {
    std::int64_t sum = 0, looks = 0;
    const Seen* most = nullptr;
    for (const Seen& seen : month.seen) {
        if (seen.at < step.begins || seen.at >= step.ends || !seen.ok("dialog")) continue;
        sum += std::int64_t(seen.dialogs);
        ++looks;
        if (most == nullptr || seen.dialogs > most->dialogs) most = &seen;
    }
    if (most == nullptr) return "|-|-|-";
    return "|" + quotient(sum, looks, 2) + "|" + std::to_string(most->dialogs) + "|" + to_datetime(most->at);
}

/// "|mean|least|least_at|most|most_at" of registrations.
std::string registrations_at_once(const Month& month, const Step& step) {
    std::int64_t sum = 0, looks = 0;
    const Seen *least = nullptr, *most = nullptr;
    for (const Seen& seen : month.seen) {
        if (seen.at < step.begins || seen.at >= step.ends || !seen.ok("location")) continue;
        sum += std::int64_t(seen.contacts.size());
        ++looks;
        if (least == nullptr || seen.contacts.size() < least->contacts.size()) least = &seen;
        if (most == nullptr || seen.contacts.size() > most->contacts.size()) most = &seen;
    }
    if (most == nullptr) return "|-|-|-|-|-";
    return "|" + quotient(sum, looks, 1) + "|" + std::to_string(least->contacts.size()) + "|" +
           to_datetime(least->at) + "|" + std::to_string(most->contacts.size()) + "|" + to_datetime(most->at);
}

std::string request_rate(const Month& month, const Step& step) {
    std::int64_t increase = 0, seconds = 0;
    const Seen* before = nullptr;
    for (const Seen& seen : month.seen) {
        if (!seen.ok("mi")) continue;
        if (before != nullptr && before->at >= step.begins && seen.at <= step.ends &&
            before->opensips_start == seen.opensips_start) {
            increase += seen.requests - before->requests;
            seconds += (seen.at - before->at).count();
        }
        before = &seen;
    }
    return "|" + (seconds == 0 ? "-" : quotient(increase, seconds, 3));
}

const Asked whole_month{.from = "2026-10-05 00:00:00", .to = "2026-11-04 00:00:00"};

Asked asked_by(StepUnit unit, const std::string& tz) {
    Asked asked = whole_month;
    asked.by = unit;
    asked.tz = tz;
    return asked;
}

/// Registrations of the domains chosen and of all others, as the captures saw them.
struct Levels {
    std::string name;
    std::set<std::string> of;
    [[nodiscard]] std::int64_t at(const Seen& seen) const {
        return std::ranges::count_if(seen.contacts,
                                     [&](const auto& contact) { return of.contains(contact.second); });
    }
};

std::vector<Levels> two_largest_and_the_rest(const Month& month) {
    std::vector<std::pair<std::int64_t, std::string>> peaks;
    for (const std::string& domain : domains) {
        std::int64_t peak = 0;
        for (const Seen& seen : month.seen)
            if (seen.ok("location")) peak = std::max(peak, Levels{domain, {domain}}.at(seen));
        peaks.emplace_back(-peak, domain);
    }
    std::ranges::sort(peaks);
    std::vector<Levels> levels{{peaks[0].second, {peaks[0].second}}, {peaks[1].second, {peaks[1].second}}};
    std::ranges::sort(levels, {}, &Levels::name);
    levels.push_back({"(the rest)", {peaks[2].second, peaks[3].second}});
    return levels;
}

/// "|name|at_start|least|most|came|went" of a step in which somebody looked.
std::string registrations_of(const Month& month, const Step& step, const Levels& levels) {
    std::optional<std::int64_t> level, at_start, least, most;
    std::int64_t came = 0, went = 0;
    const Seen* before = nullptr;
    const auto take = [&] {
        least = std::min(least.value_or(*level), *level);
        most = std::max(most.value_or(*level), *level);
    };
    for (const Seen& seen : month.seen) {
        if (!seen.ok("location")) continue;
        if (seen.at > step.begins && !at_start && before != nullptr && before->at <= step.begins) {
            at_start = level = levels.at(*before);
            take();
        }
        if (before != nullptr && seen.at > step.begins && seen.at <= step.ends) {
            for (const auto& [id, domain] : seen.contacts)
                if (levels.of.contains(domain) && !before->contacts.contains(id)) ++came;
            for (const auto& [id, domain] : before->contacts)
                if (levels.of.contains(domain) && !seen.contacts.contains(id)) ++went;
        }
        if (seen.at >= step.ends) break;
        if (seen.at >= step.begins) {
            level = levels.at(seen);
            if (seen.at == step.begins) at_start = level;
            take();
        }
        before = &seen;
    }
    if (!at_start && before != nullptr && before->at <= step.begins) {
        at_start = level = levels.at(*before);
        take();
    }
    // The capture at the end of the step belongs to what happened in it.
    return "|" + levels.name + "|" + (at_start ? std::to_string(*at_start) : "-") + "|" +
           std::to_string(*least) + "|" + std::to_string(*most) + "|" + std::to_string(came) + "|" +
           std::to_string(went);
}

const std::vector<StepUnit> all_units{StepUnit::hour, StepUnit::day, StepUnit::week, StepUnit::month};

enum class Ledger : std::uint8_t { kept, rolled_up };

void check_steps(Month& month, Ledger ledger = Ledger::kept) {
    for (const StepUnit unit : all_units)
        for (const std::string tz : {"UTC", "Europe/Berlin"}) {
            INFO(to_string(unit) << " in " << tz);
            std::string calls, requests, coverage, registrations;
            for (const Step& step : steps_by(unit, tz)) {
                calls += coverage_of(month, step, "dialog") + concurrent_calls(month, step) + "\n";
                requests += coverage_of(month, step, "mi") + request_rate(month, step) + "\n";
                coverage += coverage_of(month, step, "") + "\n";
                registrations +=
                    coverage_of(month, step, "location") + registrations_at_once(month, step) + "\n";
            }
            const Asked asked = asked_by(unit, tz);
            CHECK(difference(month.answer("concurrent-calls", asked), calls) == "");
            const auto columns = [&](const std::string& report, std::size_t from, std::size_t to) {
                std::string text;
                for (const auto& row : month.rows(report, asked)) {
                    for (std::size_t i = from; i < to; ++i)
                        text += (i == from ? "" : "|") + row[i].value_or("-");
                    text += "\n";
                }
                return text;
            };
            CHECK(difference(columns("requests", 1, 6), requests) == "");
            CHECK(difference(columns("registrations", 1, 10), registrations) == "");
            if (ledger == Ledger::kept) CHECK(difference(columns("coverage", 1, 5), coverage) == "");
        }
}

/// By domain, of all four.
void check_domains(Month& month, StepUnit unit, const std::string& tz) {
    INFO(to_string(unit) << " in " << tz);
    std::string expected;
    const UtcSeconds first =
        std::ranges::find_if(month.seen, [](const Seen& seen) { return seen.ok("location"); })->at;
    for (const Step& step : steps_by(unit, tz)) {
        if (step.ends <= first) { // nobody had looked yet
            expected += coverage_of(month, step, "location") + "|-|-|-|-|-|-\n";
            continue;
        }
        for (const std::string& domain : domains) {
            const std::string coverage = coverage_of(month, step, "location");
            const bool looked = !coverage.starts_with(to_datetime(step.begins) + "|0|");
            expected += coverage +
                        (looked ? registrations_of(month, step, Levels{domain, {domain}})
                                : "|" + domain + "|-|-|-|-|-") +
                        "\n";
        }
    }
    CHECK(difference(month.answer("registrations-by-domain", asked_by(unit, tz)), expected) == "");
}

/// What `--sql` prints of each report over the month answers what the report does.
void check_statements(Month& month) {
    for (const Report& report : embedded_reports()) {
        if (report.span != ReportSpan::range || report.needs_aor) continue;
        INFO(report.name);
        std::string answer;
        for (const auto& row : month.rows(report.name, whole_month))
            for (std::size_t i = 0; i < row.size(); ++i)
                answer += row[i].value_or("<null>") + (i + 1 == row.size() ? "\n" : "|");
        CHECK(difference(month.answer_of_statement(report.name, whole_month), answer) == "");
    }
}

struct Stay {
    std::uint64_t id;
    UtcSeconds came, went; ///< went: the first capture without it; 0: still there
};

/// Of every phone, as the captures saw it; those of the first one came nobody knows when.
std::vector<Stay> stays_of(const Month& month) {
    std::vector<Stay> stays;
    std::map<std::uint64_t, UtcSeconds> since;
    for (const Seen& seen : month.seen) {
        if (!seen.ok("location")) continue;
        for (auto it = since.begin(); it != since.end();) {
            if (seen.contacts.contains(it->first)) {
                ++it;
                continue;
            }
            stays.push_back({it->first, it->second, seen.at});
            it = since.erase(it);
        }
        for (const auto& [id, domain] : seen.contacts) since.emplace(id, seen.at);
    }
    for (const auto& [id, came] : since) stays.push_back({id, came, UtcSeconds{}});
    return stays;
}

void check_stays(Month& month) {
    const auto stays = stays_of(month);
    const UtcSeconds first =
        std::ranges::find_if(month.seen, [](const Seen& seen) { return seen.ok("location"); })->at;
    std::map<std::uint64_t, std::pair<int, int>> flaps;
    std::map<std::uint64_t, UtcSeconds> gone;
    std::array<int, 9> classes{};
    int ended = 0;
    for (const Stay& stay : stays) {
        if (stay.came > first) ++flaps[stay.id].first;
        gone[stay.id] = stay.went; // the last one counts
        if (stay.went == UtcSeconds{}) continue;
        ++flaps[stay.id].second;
        ++ended;
        const auto lasted = stay.went - stay.came;
        const std::array<Seconds, 7> bounds{60s, 300s, 900s, 3600s, 14400s, 86400s, 604800s};
        ++classes.at(
            stay.came <= first ? 8 : std::size_t(std::ranges::upper_bound(bounds, lasted) - bounds.begin()));
    }
    Asked asked = whole_month;
    asked.top = 100;
    std::map<std::uint64_t, std::pair<int, int>> flapping;
    for (const auto& row : month.rows("flapping", asked))
        flapping[std::stoull(row[4]->substr(1))] = {std::stoi(*row[5]), std::stoi(*row[6])};
    std::erase_if(flaps, [](const auto& one) { return one.second.first == 0; });
    CHECK(flapping == flaps);

    int found = 0;
    for (const auto& row : month.rows("registration-durations", whole_month)) {
        const std::array<std::string, 9> names{
            "under 1 minute",   "1 to 5 minutes",  "5 to 15 minutes",
            "15 to 60 minutes", "1 to 4 hours",    "4 to 24 hours",
            "1 to 7 days",      "7 days and more", "since before the first capture"};
        const auto place = std::ranges::find(names, row[4].value()) - names.begin();
        INFO(*row[4]);
        CHECK(row[5] == std::to_string(classes.at(std::size_t(place))));
        found += std::stoi(*row[5]);
    }
    CHECK(found == ended);

    std::map<std::uint64_t, std::string> lost;
    for (const auto& row : month.rows("never-came-back", asked))
        lost[std::stoull(row[4]->substr(1))] = *row[5];
    std::map<std::uint64_t, std::string> expected;
    for (const auto& [id, at] : gone)
        if (at != UtcSeconds{}) expected[id] = to_datetime(at);
    CHECK(lost == expected);
}

/// Packs and rolls up all days before `before`.
void retain(const Month& month, UtcSeconds before) {
    month.pack(before);
    month.roll_up(before);
}

/// Drops what is older than `before`, of some classes.
std::size_t drop_minutes(Month& month, UtcSeconds before, std::initializer_list<RetentionClass> classes) {
    RetentionSession session(month.rig.database.settings());
    RetentionPolicy policy;
    for (const RetentionClass one : classes) policy[one] = std::chrono::days{3};
    HistoryDropper dropper(session, policy, before + std::chrono::days{3});
    std::size_t dropped = 0;
    for (const OldPartition& partition : dropper.old_partitions()) {
        INFO(partition.table << " " << partition.name << ": " << partition.stays);
        CHECK(partition.stays == "");
        CHECK(dropper.drop(partition));
        ++dropped;
    }
    return dropped + dropper.drop_captures();
}

void check_registrations(Month& month) {
    for (const auto& [unit, tz] : std::vector<std::pair<StepUnit, std::string>>{
             {StepUnit::day, "UTC"}, {StepUnit::day, "Europe/Berlin"}, {StepUnit::week, "UTC"}}) {
        INFO(to_string(unit) << " in " << tz);
        std::string expected;
        for (const Step& step : steps_by(unit, tz))
            for (const Levels& levels : two_largest_and_the_rest(month)) {
                const std::string coverage = coverage_of(month, step, "location");
                const bool looked = coverage.find("|0|") == std::string::npos ||
                                    !coverage.starts_with(to_datetime(step.begins) + "|0|");
                expected +=
                    coverage +
                    (looked ? registrations_of(month, step, levels) : "|" + levels.name + "|-|-|-|-|-") +
                    "\n";
            }
        Asked asked = asked_by(unit, tz);
        asked.top = 2;
        CHECK(difference(month.answer("registrations-by-domain", asked), expected) == "");
    }
    int looks = 0;
    for (const Seen& seen : month.seen) {
        if (!seen.ok("location") || ++looks % 12 != 0) continue;
        std::map<std::string, std::int64_t> online;
        for (const auto& [id, domain] : seen.contacts) ++online[domain];
        for (const auto& row : month.rows("online-by-domain", {.at = to_datetime(seen.at)})) {
            CHECK(row[3] == std::to_string(online[row[2].value()]));
            online.erase(row[2].value());
        }
        CHECK(online.empty());
    }
}

void check_dispatcher(Month& month) {
    std::string expected;
    for (const std::string uri : {"sip:gw1", "sip:gw2"}) {
        std::int64_t looks = 0, active = 0, outages = 0, down = 0, repaired = 0, repair = 0, longest = 0;
        std::string state;
        UtcSeconds since{};
        const auto end_outage = [&](UtcSeconds at, bool back) {
            const std::int64_t lasted = (at - since).count();
            down += lasted;
            longest = std::max(longest, lasted);
            if (back) ++repaired, repair += lasted;
        };
        for (const Seen& seen : month.seen) {
            if (!seen.ok("dispatcher")) continue;
            const std::string& now = seen.destinations.at(uri);
            ++looks;
            if (now == "Active") ++active;
            const bool was_down = !state.empty() && state != "Active";
            if (now != "Active" && !was_down) ++outages, since = seen.at;
            if (now == "Active" && was_down) end_outage(seen.at, true);
            state = now;
        }
        if (state != "Active") end_outage(month_to, false);
        const Step all{month_from, month_to};
        expected += coverage_of(month, all, "dispatcher").substr(20) + "|1|" + uri + "|" +
                    std::to_string(looks) + "|" + quotient(100 * active, looks, 3) + "|" +
                    std::to_string(outages) + "|" + std::to_string(down) + "|" +
                    (repaired == 0 ? "-" : quotient(repair, repaired, 0)) + "|" +
                    (outages == 0 ? "-" : std::to_string(longest)) + "|" + state + "\n";
    }
    CHECK(difference(month.answer("dispatcher-availability", whole_month), expected) == "");
}

/// Of the hours (days) before `before` in which somebody looked, by the views.
void check_added_up(Month& month, StepUnit unit, UtcSeconds before) {
    std::string expected, destinations;
    const std::vector<std::string> sources{"any", "mi", "dispatcher", "dialog", "location"};
    std::map<std::string, std::string> state;
    for (const Step& step : steps_by(unit, "UTC")) {
        if (step.ends > before) break;
        std::map<std::string, int> looks;
        std::map<std::string, std::array<int, 3>> seen_at; // captures, active, outages
        std::size_t calls = 0;
        for (const Seen& seen : month.seen) {
            if (seen.at < step.begins || seen.at >= step.ends) continue;
            for (const std::string& source : sources)
                if (source == "any" || seen.ok(source)) ++looks[source];
            if (seen.ok("dialog")) calls += seen.dialogs;
            if (!seen.ok("dispatcher")) continue;
            for (const auto& [uri, now] : seen.destinations) {
                auto& [captures, active, outages] = seen_at[uri];
                ++captures;
                if (now == "Active") ++active;
                if (now != "Active" && (state[uri].empty() || state[uri] == "Active")) ++outages;
                state[uri] = now;
            }
        }
        const std::string begins = to_datetime(step.begins);
        for (const std::string& source : sources)
            if (looks[source] > 0)
                expected += begins + "|" + source + "|" + std::to_string(looks[source]) + "|" +
                            (source == "dialog" ? std::to_string(calls) : "-") + "\n";
        for (const auto& [uri, counts] : seen_at)
            destinations += begins + "|" + uri + "|" + std::to_string(counts[0]) + "|" +
                            std::to_string(counts[1]) + "|" + std::to_string(counts[2]) + "\n";
    }
    const std::string suffix = unit == StepUnit::day ? "_day" : "_hour";
    CHECK(difference(month.rig.database.rows("SELECT begins, source, looks, CASE WHEN source = 'dialog' THEN "
                                             "total ELSE '-' END FROM capture" +
                                             suffix + " ORDER BY begins, source"),
                     expected) == "");
    CHECK(difference(month.rig.database.rows("SELECT begins, uri, captures, active, outages FROM dispatcher" +
                                             suffix + " WHERE captures > 0 ORDER BY begins, uri"),
                     destinations) == "");
}

/// Second by second.
void check_traffic(Month& month) {
    std::vector<std::int64_t> up(std::size_t((month_to - month_from) / 1s) + 1);
    for (const CallMade& call : month.calls) {
        if (call.ms < 0) continue;
        ++up.at(std::size_t((call.settled - month_from) / 1s));
        --up.at(std::size_t((call.settled - month_from + std::chrono::floor<Seconds>(Milliseconds{call.ms})) /
                            1s));
    }
    for (std::size_t i = 1; i < up.size(); ++i) up[i] += up[i - 1];
    const auto first_call = std::ranges::min_element(month.calls, {}, &CallMade::settled)->settled;
    std::string expected;
    for (const Step& step : steps_by(StepUnit::day, "Europe/Berlin")) {
        // Nobody knows whether there were calls before the first known one, nor after the last look at the
        // records.
        if (step.ends <= first_call || step.begins >= month.seen.back().at) {
            expected += "-|-|-|-|-|-\n";
            continue;
        }
        std::int64_t attempts = 0, answered = 0, ended = 0, talked_ms = 0;
        for (const CallMade& call : month.calls) {
            const auto in_step = [&](UtcSeconds at) { return at >= step.begins && at < step.ends; };
            if (in_step(call.settled)) ++attempts;
            if (call.ms < 0) continue;
            if (in_step(call.settled)) ++answered;
            if (in_step(std::chrono::floor<Seconds>(call.settled + Milliseconds{call.ms}))) ++ended;
            const auto from = std::max<UtcMilliseconds>(call.settled, step.begins);
            const auto to = std::min<UtcMilliseconds>(call.settled + Milliseconds{call.ms}, step.ends);
            if (to > from) talked_ms += (to - from).count();
        }
        const auto first = up.begin() + (step.begins - month_from) / 1s;
        const auto peak = std::max_element(first, up.begin() + (step.ends - month_from) / 1s);
        expected += std::to_string(attempts) + "|" + std::to_string(answered) + "|" + std::to_string(ended) +
                    "|" + std::to_string(talked_ms / 1000) + "." +
                    std::to_string(1000 + talked_ms % 1000).substr(1) + "|" + std::to_string(*peak) + "|" +
                    (*peak == 0 ? "-" : to_datetime(month_from + Seconds{peak - up.begin()})) + "\n";
    }
    std::string answered;
    for (const auto& row : month.rows("call-traffic", asked_by(StepUnit::day, "Europe/Berlin")))
        for (const std::size_t i : {5U, 6U, 7U, 8U, 10U, 11U})
            answered += row[i].value_or("-") + (i == 11 ? "\n" : "|");
    CHECK(difference(answered, expected) == "");
}

} // namespace

TEST_CASE("reports over a random month equal brute force") {
    Month month(1);
    check_steps(month);
    check_registrations(month);
    check_stays(month);
    check_dispatcher(month);
    check_traffic(month);
}

TEST_CASE("reports over a random month answer the same from roll-ups, and still when the minutes are gone") {
    Month month(2);
    const UtcSeconds before = from_datetime("2026-10-29 00:00:00");
    retain(month, before);
    check_steps(month);
    for (const StepUnit unit : all_units) check_domains(month, unit, "UTC");
    check_domains(month, StepUnit::day, "Europe/Berlin");
    check_stays(month);
    check_dispatcher(month);
    for (const StepUnit unit : {StepUnit::hour, StepUnit::day}) check_added_up(month, unit, before);

    const UtcSeconds kept_from = from_datetime("2026-10-25 00:00:00");
    CHECK(drop_minutes(month, kept_from,
                       {RetentionClass::samples, RetentionClass::location, RetentionClass::refresh}) > 20);
    check_steps(month);
    check_dispatcher(month);
    for (const StepUnit unit : all_units) check_domains(month, unit, "UTC");
    check_domains(month, StepUnit::day, "Europe/Berlin");
    const std::string rolled = month.answer("requests", asked_by(StepUnit::minute, "UTC"));
    CHECK(rolled.starts_with("2026-10-25 00:00:00|")); // minutes that are gone are not asked for

    CHECK(drop_minutes(month, kept_from,
                       {RetentionClass::samples, RetentionClass::location, RetentionClass::refresh,
                        RetentionClass::dialog, RetentionClass::dispatcher, RetentionClass::ledger}) > 350);
    check_steps(month, Ledger::rolled_up);
    for (const StepUnit unit : all_units) check_domains(month, unit, "UTC");
    check_dispatcher(month);
    check_statements(month);
    for (const char* report : {"coverage", "concurrent-calls"})
        CHECK(month.rows(report, asked_by(StepUnit::minute, "UTC")).front().at(1) == "2026-10-25 00:00:00");
    CHECK(month.rows("coverage", asked_by(StepUnit::day, "UTC")).front().at(1) == "2026-10-25 00:00:00");
}

// What a first look at midnight misses, went then: only versions of the day before the pause tell.
TEST_CASE("the day before a pause is kept until the day after it is rolled up") {
    Month month(3, from_datetime("2026-10-17 00:00:00"));
    const auto stays = [&](UtcSeconds day) {
        RetentionSession session(month.rig.database.settings());
        RetentionPolicy policy;
        policy[RetentionClass::location] = policy[RetentionClass::dispatcher] = std::chrono::days{3};
        HistoryDropper dropper(session, policy, day + std::chrono::days{4});
        std::string kept;
        for (const OldPartition& partition : dropper.old_partitions()) {
            if (partition.stays.empty())
                CHECK(dropper.drop(partition));
            else
                kept += partition.table + " " + to_datetime(partition.day).substr(0, 10) + " " +
                        partition.stays + "\n";
        }
        return kept;
    };
    const UtcSeconds day = midnight(pause_from);
    retain(month, day + std::chrono::days{2});
    const std::string why = " 2026-10-14 it is not rolled up yet of node " + month.rig.plan.node + "\n";
    CHECK(stays(day) == "location_version" + why + "dispatcher_version" + why);
    retain(month, from_datetime("2026-10-29 00:00:00"));
    for (const StepUnit unit : all_units) check_domains(month, unit, "UTC");
    check_dispatcher(month);
    CHECK(stays(day).empty());
    for (const StepUnit unit : all_units) check_domains(month, unit, "UTC");
    check_dispatcher(month);
}

// Minutes: build/release/tests/reports_test "[long]"
TEST_CASE("reports over twenty random months equal brute force", "[.][long]") {
    for (std::uint32_t seed = 100; seed < 120; ++seed) {
        INFO("seed " << seed);
        Month month(seed);
        check_steps(month);
        check_registrations(month);
        check_stays(month);
        check_dispatcher(month);
        check_traffic(month);
        retain(month, from_datetime("2026-10-29 00:00:00"));
        check_steps(month);
        for (const StepUnit unit : all_units) check_domains(month, unit, "UTC");
        check_stays(month);
        check_dispatcher(month);
    }
}
