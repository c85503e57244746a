// Calls added up by domain, endpoint and code, as brute force counts them over any range.
#include "report_scene.hpp"

#include <cmath>
#include <random>
#include <tuple>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

const UtcSeconds first_call = from_datetime("2026-11-20 20:00:00");
constexpr auto length = std::chrono::hours{24 * 24};

struct SummedCall {
    UtcSeconds attempted, settled;
    int ms = 0; ///< 0: it failed
    std::string code, caller, callee;
    [[nodiscard]] UtcSeconds end() const { return settled + Seconds{ms / 1000}; }
};

std::string domain_of(const std::string& endpoint) {
    return endpoint.substr(endpoint.find('@') + 1);
}

std::vector<SummedCall> calls_to_sum() {
    std::mt19937 random(2026);
    const auto party = [&] {
        const auto domain = random() % 6; // a.org is the busiest
        return std::to_string(random() % 4) + "@" + (domain < 3 ? "a" : domain < 5 ? "b" : "c") + ".org";
    };
    std::vector<SummedCall> calls;
    for (int i = 0; i < 400; ++i) {
        SummedCall call;
        call.attempted = first_call + Seconds{random() % std::chrono::seconds(length - 6h).count()};
        call.settled = call.attempted + Seconds{random() % 90};
        const int failed = static_cast<int>(random() % 4);
        if (failed == 0)
            call.code = random() % 3 == 0 ? "487" : random() % 2 == 0 ? "404" : "503";
        else
            call.ms = 1 + static_cast<int>(random() % (failed == 1 ? 12'000'000 : 500'000));
        call.caller = party();
        call.callee = party();
        calls.push_back(call);
    }
    return calls;
}

struct Span {
    UtcSeconds from, to;
    [[nodiscard]] bool holds(UtcSeconds time) const { return time >= from && time < to; }
    [[nodiscard]] double talked(const SummedCall& call) const {
        const double first = std::max(0.0, double((from - call.settled).count()));
        const double last = std::min(call.ms / 1000.0, double((to - call.settled).count()));
        return std::max(0.0, last - first);
    }
};

/// The most calls up at once, in any second or (`by_minutes`) in the first second of a minute, and when
/// first.
std::pair<int, UtcSeconds> most_of(const std::vector<const SummedCall*>& calls, UtcSeconds from,
                                   UtcSeconds to, bool by_minutes) {
    std::map<UtcSeconds, int> changes;
    for (const SummedCall* call : calls)
        if (call->end() > call->settled) {
            ++changes[call->settled];
            --changes[call->end()];
        }
    std::set<UtcSeconds> looked_at{from};
    for (UtcSeconds minute = from; by_minutes && minute < to; minute += 60s) looked_at.insert(minute);
    for (const auto& [time, change] : changes)
        if (!by_minutes && time > from && time < to) looked_at.insert(time);
    std::pair<int, UtcSeconds> most{0, from};
    int up = 0;
    auto next = changes.begin();
    for (const UtcSeconds time : looked_at) {
        for (; next != changes.end() && next->first <= time; ++next) up += next->second;
        if (up > most.first) most = {up, time};
    }
    return most;
}

std::string seconds(double time) {
    return std::to_string(std::llround(time * 1000));
}

/// Up to the minute: what the tables of call sums know.
UtcSeconds minute_of(UtcSeconds time) {
    return UtcSeconds{std::chrono::floor<std::chrono::minutes>(time)};
}

using Line = std::vector<std::string>;

std::vector<Line> by_domain(const std::vector<SummedCall>& calls, const Span& span,
                            const std::optional<std::string>& only) {
    std::vector<Line> lines;
    for (const std::string domain : {"a.org", "b.org", "c.org"})
        for (const std::string direction : {"out", "in"}) {
            std::vector<const SummedCall*> some;
            int attempts = 0, answered = 0, failed = 0, cancelled = 0;
            bool any = false;
            double talked = 0;
            for (const SummedCall& call : calls) {
                if (domain_of(direction == "out" ? call.caller : call.callee) != domain) continue;
                some.push_back(&call);
                attempts += span.holds(minute_of(call.attempted)) ? 1 : 0;
                if (span.holds(minute_of(call.settled)))
                    ++(call.ms > 0 ? answered : call.code == "487" ? cancelled : failed);
                talked += span.talked(call);
                any =
                    any || span.holds(minute_of(call.attempted)) || span.holds(minute_of(call.settled)) ||
                    (call.ms > 0 && minute_of(call.end()) >= span.from && minute_of(call.settled) < span.to);
            }
            const auto [peak, at] = most_of(some, span.from, span.to, false);
            if (any && (!only || only == domain))
                lines.push_back({domain, direction, std::to_string(attempts), std::to_string(answered),
                                 std::to_string(failed), std::to_string(cancelled), seconds(talked),
                                 std::to_string(peak), peak > 0 ? to_datetime(at) : "-"});
        }
    return lines;
}

std::vector<Line> by_code(const std::vector<SummedCall>& calls, const Span& span) {
    std::map<std::string, int> counts;
    for (const SummedCall& call : calls)
        if (call.ms == 0 && span.holds(minute_of(call.settled))) ++counts[call.code];
    std::vector<Line> lines;
    for (const auto& [code, count] : counts) lines.push_back({code, "reason " + code, std::to_string(count)});
    return lines;
}

std::vector<Line> by_endpoint(const std::vector<SummedCall>& calls, const Span& span,
                              const std::optional<std::string>& only) {
    struct Sums {
        int out = 0, in = 0, answered = 0, failed = 0;
        double talked = 0, shortest = 1e9, longest = -1;
    };
    std::map<std::string, Sums> sums;
    for (const SummedCall& call : calls) {
        if (!span.holds(UtcSeconds{std::chrono::floor<std::chrono::hours>(call.attempted)})) continue;
        for (const auto& [endpoint, out] : {std::pair(call.caller, true), std::pair(call.callee, false)}) {
            if (only && domain_of(endpoint) != *only) continue;
            Sums& sum = sums[endpoint];
            ++(out ? sum.out : sum.in);
            ++(call.ms > 0 ? sum.answered : sum.failed);
            if (call.ms == 0) continue;
            sum.talked += call.ms / 1000.0;
            sum.shortest = std::min(sum.shortest, call.ms / 1000.0);
            sum.longest = std::max(sum.longest, call.ms / 1000.0);
        }
    }
    std::vector<Line> lines;
    for (const auto& [endpoint, sum] : sums) {
        const bool any = sum.longest >= 0;
        lines.push_back({endpoint, std::to_string(sum.out), std::to_string(sum.in),
                         std::to_string(sum.answered), std::to_string(sum.failed), seconds(sum.talked),
                         any ? seconds(sum.shortest) : "-", any ? seconds(sum.longest) : "-"});
    }
    return lines;
}

/// hour, domain, most, most_at of the busiest domain, and of all others.
std::vector<Line> concurrent(const std::vector<SummedCall>& calls, const Span& span) {
    std::map<std::string, double> talked;
    for (const SummedCall& call : calls) talked[domain_of(call.caller)] += span.talked(call);
    const auto busiest = std::ranges::max_element(talked, {}, [](const auto& one) { return one.second; });
    std::vector<Line> lines;
    for (UtcSeconds hour{std::chrono::floor<std::chrono::hours>(span.from)}; hour < span.to; hour += 1h)
        for (const bool first : {true, false}) {
            const Span step{std::max(hour, span.from), std::min(UtcSeconds{hour + 1h}, span.to)};
            std::vector<const SummedCall*> some;
            double sum = 0;
            for (const SummedCall& call : calls)
                if ((domain_of(call.caller) == busiest->first) == first) {
                    some.push_back(&call);
                    sum += step.talked(call);
                }
            const auto [most, at] = most_of(some, step.from, step.to, true);
            if (sum > 0 && most > 0)
                lines.push_back({to_datetime(step.from), first ? busiest->first : "(the rest)",
                                 std::to_string(most), to_datetime(at)});
        }
    return lines;
}

/// Some columns of what a report says; decimal numbers in thousandths.
std::vector<Line> told(ReportScene& scene, const std::string& report, const Asked& asked,
                       const std::vector<std::size_t>& columns, const std::set<std::size_t>& decimal) {
    std::vector<Line> lines;
    for (const auto& row : scene.rows(report, asked)) {
        Line line;
        for (const std::size_t column : columns)
            line.push_back(!row.at(column)            ? "-"
                           : decimal.contains(column) ? seconds(std::stod(*row[column]))
                                                      : *row[column]);
        lines.push_back(line);
    }
    std::ranges::sort(lines);
    return lines;
}

std::vector<Line> sorted(std::vector<Line> lines) {
    std::ranges::sort(lines);
    return lines;
}

} // namespace

TEST_CASE("calls by domain, endpoint and code over any range are what brute force counts") {
    ReportScene scene(midnight(first_call), 60s, "call_sums");
    const std::vector<SummedCall> calls = calls_to_sum();
    for (std::size_t i = 0; i < calls.size(); ++i)
        scene.call_record("c" + std::to_string(i), calls[i].settled, calls[i].ms, calls[i].caller,
                          calls[i].callee, calls[i].ms > 0 ? "200" : calls[i].code,
                          Seconds{calls[i].settled - calls[i].attempted});
    scene.take_records(first_call + length);

    std::mt19937 random(99);
    std::size_t found = 0;
    for (int turn = 0; turn < 24; ++turn) {
        // Within an hour, within a day, across weeks; on minutes, hours and midnights.
        const std::chrono::minutes grid{turn % 4 == 0 ? 60 : turn % 4 == 1 ? 1440 : 1};
        const auto drawn = [&](UtcSeconds from, std::chrono::minutes within) {
            const UtcSeconds time =
                from +
                std::chrono::minutes{1 + static_cast<int>(random() % static_cast<unsigned>(within.count()))};
            return UtcSeconds{std::chrono::ceil<std::chrono::minutes>(
                midnight(time) + (time - midnight(time) + grid - 1s) / grid * grid)};
        };
        Span span{drawn(first_call, 240h), {}};
        span.to = drawn(span.from, turn % 3 == 0 ? 50min : turn % 3 == 1 ? 24h : 300h);
        if (span.to == span.from) continue;
        Asked asked{.from = to_datetime(span.from), .to = to_datetime(span.to)};
        INFO(asked.from << " to " << asked.to);
        const auto codes = by_code(calls, span);
        CHECK(told(scene, "failures-by-code", asked, {4, 5, 6}, {}) == sorted(codes));
        asked.top = 100;
        for (const auto& only : {std::optional<std::string>{}, std::optional<std::string>{"b.org"}}) {
            asked.domain = only;
            const auto domains = by_domain(calls, span, only);
            CHECK(told(scene, "calls-by-domain", asked, {4, 5, 6, 7, 9, 10, 11, 12, 13}, {11}) ==
                  sorted(domains));
            const auto endpoints = by_endpoint(calls, span, only);
            CHECK(told(scene, "calls-by-endpoint", asked, {4, 5, 6, 7, 8, 9, 10, 11}, {9, 10, 11}) ==
                  sorted(endpoints));
            found += codes.size() + domains.size() + endpoints.size();
        }
        asked.domain.reset();
        asked.top = 1;
        std::vector<Line> busy;
        for (Line& line : told(scene, "concurrent-by-domain", asked, {1, 5, 7, 8}, {}))
            if (line[1] != "-" && line[2] != "0") busy.push_back(line);
        const auto expected = concurrent(calls, span);
        CHECK(busy == sorted(expected));
        found += expected.size();
    }
    CHECK(found > 500);
}
