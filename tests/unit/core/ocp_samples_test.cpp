#include "sipkeep/core/ocp_samples.hpp"

#include "support/catch.hpp"

#include <numeric>
#include <string>

using namespace sipkeep;

namespace {

const std::vector<Statistic> statistics{
    {.group = "core", .name = "rcv_requests", .kind = StatisticKind::counter},
    {.group = "dialog", .name = "active_dialogs", .kind = StatisticKind::gauge},
    {.group = "tm", .name = "unheard", .kind = StatisticKind::unknown},
    {.group = "shmem", .name = "used_size", .kind = StatisticKind::gauge},
};

/// Values of all statistics a poll, '-' for none: "5 0 1 -".
std::string left_of(const std::vector<std::vector<int>>& values) {
    std::vector<OcpPoll> polls;
    for (const auto& poll : values) {
        polls.push_back({UtcSeconds{Seconds{60 * static_cast<int>(polls.size())}}, {}});
        for (std::size_t i = 0; i < poll.size(); ++i)
            if (poll[i] >= 0) polls.back().values.push_back({i, poll[i]});
    }
    std::size_t before = 0;
    for (const OcpPoll& poll : polls) before += poll.values.size();
    const auto of_each = remove_missing(polls, statistics);
    CHECK(of_each.size() == polls.size());
    const std::size_t removed = std::accumulate(of_each.begin(), of_each.end(), std::size_t{0});
    std::size_t after = 0;
    std::string text;
    for (const OcpPoll& poll : polls) {
        after += poll.values.size();
        std::string line(statistics.size(), '-');
        for (const auto& [statistic, value] : poll.values) line[statistic] = static_cast<char>('0' + value);
        text += (text.empty() ? "" : " ") + line;
    }
    CHECK(before - after == removed);
    return text;
}

} // namespace

TEST_CASE("a counter's zero between values that only grow is none, however many there are") {
    CHECK(left_of({{3, 1}, {0, 1}, {3, 1}}) == "31-- -1-- 31--");
    CHECK(left_of({{3, 1}, {0, 1}, {0, 2}, {4, 0}}) == "31-- -1-- -2-- 40--");
}

TEST_CASE("a counter that begins anew behind a zero was reset, and the zero is one") {
    CHECK(left_of({{3, 1}, {0, 1}, {2, 1}}) == "31-- 01-- 21--");
    CHECK(left_of({{3}, {0}, {2}, {0}, {2}}) == "3--- 0--- 2--- ---- 2---");
}

TEST_CASE("a counter that has not begun to count, or is never heard of again, may be zero") {
    CHECK(left_of({{0, 1}, {0, 1}, {5, 1}, {0, 1}}) == "01-- 01-- 51-- 01--");
}

TEST_CASE("gauges, and statistics of which no kind is known, may be zero") {
    CHECK(left_of({{-1, 2, 2}, {-1, 0, 0}, {-1, 2, 2}}) == "-22- -00- -22-");
}

TEST_CASE("where a poll has nothing but zeros, and one is none, none of them is one") {
    CHECK(left_of({{3, 2, 2}, {0, 0, 0}, {3, 2, 2}}) == "322- ---- 322-");
    CHECK(left_of({{3, 2, 2}, {0, 1, 0}, {3, 2, 2}}) == "322- -10- 322-");
}

TEST_CASE("an OpenSIPS that uses no memory did not answer") {
    CHECK(left_of({{0, 1, 0, 0}}) == "-1--");
    CHECK(left_of({{0, 0, 0, 7}}) == "0007");
}

TEST_CASE("what OCP writes of a value is digits, or nothing that can be kept") {
    CHECK(ocp_value("0") == 0);
    CHECK(ocp_value("9223372036854775807") == 9223372036854775807);
    for (const char* text : {"", "-1", "1.5", "9223372036854775808", " 1", "1 ", "x", "0x1", "1e3"}) {
        INFO(text);
        CHECK_FALSE(ocp_value(text));
    }
}

TEST_CASE("the first colon ends the group") {
    CHECK(statistic_of("script:sbc:rejected_scans").group == "script");
    CHECK(statistic_of("script:sbc:rejected_scans").name == "sbc:rejected_scans");
    CHECK(statistic_of("alone").group.empty());
    CHECK(statistic_of("alone").name == "alone");
}
