// Sums of calls, against a count that visits every second.
#include "sipkeep/core/cdr_minutes.hpp"

#include "support/catch.hpp"

#include <random>

using namespace sipkeep;

namespace {

const UtcSeconds noon = from_datetime("2026-11-22 12:00:00");

Cdr call(UtcSeconds answer, Milliseconds talked, int code = 200, Seconds ringing = Seconds{0}) {
    return {.attempted_at = answer - ringing, .settled_at = answer, .talked = talked, .code = code};
}

CdrSums sums_of(const std::vector<Cdr>& calls) {
    CdrSums sums;
    for (const Cdr& cdr : calls) sums.add(cdr, {}, {}, {});
    return sums;
}

MinuteCalls minute(const CdrSums& sums, UtcSeconds at, const std::string& domain = "*",
                   CallDirection direction = CallDirection::all) {
    const auto all = sums.minutes();
    const auto found = all.find({at, domain, direction});
    return found == all.end() ? MinuteCalls{} : found->second;
}

/// Calls up in the second that begins at `second`, by looking at each.
std::int64_t up_at(const std::vector<Cdr>& calls, UtcSeconds second) {
    return std::ranges::count_if(calls, [&](const Cdr& cdr) {
        return cdr.answered() && cdr.settled_at <= second && second < cdr.ended_at();
    });
}

/// What a minute must hold, by visiting its seconds and milliseconds.
MinuteCalls counted(const std::vector<Cdr>& calls, UtcSeconds at) {
    MinuteCalls sum;
    const auto within = [&](UtcSeconds time) { return time >= at && time < at + Seconds{60}; };
    for (const Cdr& cdr : calls) {
        if (within(cdr.attempted_at)) ++sum.attempts;
        if (within(cdr.settled_at)) {
            if (cdr.answered()) ++sum.answered;
            if (cdr.code == 487) ++sum.cancelled;
            if (!cdr.answered() && cdr.code != 487) ++sum.failed.at(std::size_t(cdr.code / 100 - 3));
        }
        if (!cdr.answered()) continue;
        if (within(cdr.ended_at())) ++sum.ended;
        const UtcMilliseconds begin = cdr.settled_at;
        const UtcMilliseconds from = std::max<UtcMilliseconds>(begin, at);
        const UtcMilliseconds to = std::min<UtcMilliseconds>(begin + cdr.talked, at + Seconds{60});
        if (to > from) sum.talked += to - from;
    }
    sum.concurrent = up_at(calls, at);
    for (unsigned second = 1; second < 60; ++second)
        sum.course.add(second, std::int32_t(up_at(calls, at + Seconds{second}) -
                                            up_at(calls, at + Seconds{second - 1})));
    return sum;
}

void check_by_seconds(const std::vector<Cdr>& calls, const std::map<MinuteKey, MinuteCalls>& found,
                      UtcSeconds from, UtcSeconds to) {
    std::size_t minutes = 0;
    for (UtcSeconds at = from; at < to; at += Seconds{60}) {
        const MinuteCalls expected = counted(calls, at);
        const auto row = found.find({at, "*", CallDirection::all});
        INFO(to_datetime(at));
        REQUIRE((row == found.end() ? MinuteCalls{} : row->second) == expected);
        if (row == found.end()) continue;
        ++minutes;
        const MinuteCourse::Peak peak = row->second.course.peak(row->second.concurrent);
        std::int64_t highest = 0;
        for (unsigned second = 0; second < 60; ++second)
            highest = std::max(highest, up_at(calls, at + Seconds{second}));
        REQUIRE(peak.calls == highest);
        REQUIRE(up_at(calls, at + Seconds{peak.second}) == highest);
        for (unsigned second = 0; second < peak.second; ++second)
            REQUIRE(up_at(calls, at + Seconds{second}) < highest);
    }
    CHECK(minutes == found.size());
}

std::vector<Cdr> random_calls(std::mt19937& random, UtcSeconds around, std::size_t count) {
    const auto below = [&](int n) { return int(random() % unsigned(n)); };
    std::vector<Cdr> calls;
    for (std::size_t i = 0; i < count; ++i) {
        const UtcSeconds answer = around + Seconds{below(3600)};
        const int codes[] = {200, 200, 200, 200, 302, 404, 486, 487, 503, 603};
        const int code = codes[below(10)];
        Milliseconds talked{0};
        if (code == 200 && below(8) != 0)
            talked = Milliseconds{below(3) == 0   ? below(1000)
                                  : below(3) == 0 ? below(1800'000)
                                                  : below(90'000)};
        if (code == 200 && below(5) == 0) talked = Seconds{below(4) * 30}; // ends where others start
        calls.push_back(call(answer, talked, code, Seconds{below(40)}));
    }
    return calls;
}

} // namespace

TEST_CASE("a call that ends in the second in which another starts does not overlap it") {
    const auto sums =
        sums_of({call(noon + Seconds{5}, Milliseconds{10'400}), call(noon + Seconds{15}, Seconds{5})});
    const MinuteCalls found = minute(sums, noon);
    CHECK(found.course.text() == "5+1 20-1");
    CHECK(found.course.peak(found.concurrent).calls == 1);
    CHECK(found.course.peak(found.concurrent).second == 5);
}

TEST_CASE("a call of zero length is answered and ended, and never up") {
    for (const int ms : {0, 999}) {
        const MinuteCalls found = minute(sums_of({call(noon + Seconds{7}, Milliseconds{ms})}), noon);
        CHECK(found.answered == 1);
        CHECK(found.ended == 1);
        CHECK(found.talked == Milliseconds{ms});
        CHECK(found.course.text() == "");
        CHECK(found.concurrent == 0);
    }
}

TEST_CASE("a call from minute to minute is up at the first and not at the last") {
    const auto sums = sums_of({call(noon, Seconds{120})});
    CHECK(minute(sums, noon).concurrent == 1);
    CHECK(minute(sums, noon + Seconds{60}).concurrent == 1);
    CHECK(minute(sums, noon + Seconds{60}).talked == Seconds{60});
    const MinuteCalls last = minute(sums, noon + Seconds{120});
    CHECK(last.concurrent == 0);
    CHECK(last.ended == 1);
    CHECK(last.talked == Seconds{0});
    CHECK(sums.minutes().size() == 3);
}

TEST_CASE("a call over midnight, and one that lasts for days") {
    const UtcSeconds midnight = from_datetime("2026-11-23 00:00:00");
    const auto sums =
        sums_of({call(midnight - Seconds{10}, Seconds{20}), call(noon, Seconds{86'400 * 3 + 1})});
    CHECK(minute(sums, midnight).concurrent == 2);
    CHECK(minute(sums, midnight).course.text() == "10-1");
    CHECK(minute(sums, midnight + Seconds{86'400}).concurrent == 1);
    CHECK(minute(sums, midnight + Seconds{86'400}).talked == Seconds{60});
    CHECK(sums.minutes().size() == 3 * 1440 + 1);
}

TEST_CASE("failures are counted by class, 487 as cancelled") {
    std::vector<Cdr> calls;
    for (const int code : {302, 404, 486, 487, 503, 603, 699}) calls.push_back(call(noon, Seconds{0}, code));
    const CdrSums sums = sums_of(calls);
    const MinuteCalls found = minute(sums, noon);
    CHECK(found.failed == std::array<std::uint64_t, 4>{1, 2, 1, 2});
    CHECK(found.cancelled == 1);
    CHECK(found.answered == 0);
    CHECK(found.ended == 0);
    CHECK(found.attempts == 7);
    CHECK(sums.failures().size() == 7);
    CHECK(sums.failures().at({noon, 699, ""}) == 1);
}

TEST_CASE("failures: by the minute of the failure, code and reason; what was answered is none") {
    CdrSums sums;
    sums.add(call(noon + Seconds{59}, Seconds{0}, 486), {}, {}, "Busy Here");
    sums.add(call(noon + Seconds{60}, Seconds{0}, 486), {}, {}, "Busy Here");
    sums.add(call(noon, Seconds{0}, 486), {}, {}, "Busy Here");
    sums.add(call(noon, Seconds{0}, 486), {}, {}, {});
    sums.add(call(noon, Seconds{9}, 200), {}, {}, "OK");
    CHECK(sums.failures() ==
          std::map<FailureKey, std::uint64_t>{{{noon, 486, ""}, 1},
                                              {{noon, 486, "Busy Here"}, 2},
                                              {{noon + Seconds{60}, 486, "Busy Here"}, 1}});
    sums.clear();
    CHECK(sums.failures().empty());
}

TEST_CASE("domains and endpoints: out for the caller, in for the callee, unknown is unknown") {
    CdrSums sums;
    sums.add(call(noon, Seconds{30}, 200, Seconds{5}), "sip:1001@North.example.com",
             "sip:900@north.example.com:5070", "OK");
    sums.add(call(noon, Milliseconds{500}), "sip:1001@north.example.com", "no URI at all", "OK");
    sums.add(call(noon, Seconds{0}, 486), "sip:1001@north.example.com", {}, "Busy Here");
    CHECK(minute(sums, noon).answered == 2);
    CHECK(minute(sums, noon, "north.example.com", CallDirection::out).answered == 2);
    CHECK(minute(sums, noon, "north.example.com", CallDirection::in).answered == 1);
    CHECK(minute(sums, noon, "", CallDirection::in).answered == 1);
    CHECK(minute(sums, noon - Seconds{60}, "north.example.com", CallDirection::in).attempts == 1);

    const auto endpoints = sums.endpoints();
    CHECK(endpoints.size() == 3);
    const EndpointCalls caller = endpoints.at({noon, "1001@north.example.com"});
    CHECK(caller.out == 2);
    CHECK(caller.answered == 1);
    CHECK(caller.failed == 1);
    CHECK(caller.shortest == Milliseconds{500});
    CHECK(caller.longest == Milliseconds{500});
    const EndpointCalls earlier = endpoints.at({noon - Seconds{3600}, "1001@north.example.com"});
    CHECK(earlier.longest == Seconds{30});
    CHECK(endpoints.at({noon - Seconds{3600}, "900@north.example.com"}).in == 1);
}

TEST_CASE("parties without a scheme: user@domain, a number, or nothing that could be one") {
    CdrSums sums;
    sums.add(call(noon, Seconds{1}), "1001@A.org", "+49301234", {});
    sums.add(call(noon, Seconds{1}), "", "two words", {});
    CHECK(minute(sums, noon, "a.org", CallDirection::out).answered == 1);
    CHECK(minute(sums, noon, "", CallDirection::in).answered == 2);
    const auto endpoints = sums.endpoints();
    CHECK(endpoints.size() == 2);
    CHECK(endpoints.contains({noon, "1001@a.org"}));
    CHECK(endpoints.contains({noon, "+49301234"}));
}

TEST_CASE("the course of a minute is text and back") {
    MinuteCourse course;
    course.add(1, 2);
    course.add(59, -14);
    course.add(7, 1);
    course.add(7, -1);
    CHECK(course.text() == "1+2 59-14");
    CHECK(MinuteCourse::parse(course.text()) == course);
    CHECK(MinuteCourse::parse("") == MinuteCourse{});
    for (const char* odd : {"60+1", "0+1", "7", "7+", "x", "7+0", "7+1,8+1"})
        CHECK_THROWS_AS(MinuteCourse::parse(odd), Error);
}

TEST_CASE("random calls: equal to a count of every second, whole or in pieces of any order") {
    for (unsigned seed = 1; seed <= 12; ++seed) {
        std::mt19937 random(seed);
        const auto around = from_datetime(seed % 2 == 0 ? "2026-11-22 23:30:00" : "2026-10-25 00:20:00");
        std::vector<Cdr> calls = random_calls(random, around, 10 + seed * 12);
        const auto whole = sums_of(calls).minutes();
        INFO("seed " << seed);
        check_by_seconds(calls, whole, around - Seconds{3600}, around + Seconds{9000});

        std::map<MinuteKey, MinuteCalls> pieces;
        std::ranges::shuffle(calls, random);
        for (std::size_t from = 0; from < calls.size();) {
            const std::size_t count = std::min<std::size_t>(1 + random() % 9, calls.size() - from);
            const auto some = sums_of({calls.begin() + long(from), calls.begin() + long(from + count)});
            const auto minutes = some.minutes();
            CHECK(minutes.size() <= some.rows());
            for (const auto& [key, sum] : minutes) pieces[key].add(sum);
            from += count;
        }
        CHECK(pieces == whole);
    }
}
