#include "sipkeep/core/ocp_samples.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace sipkeep {

namespace {

/// No OpenSIPS runs without.
bool never_zero(const Statistic& statistic) {
    if (statistic.group == "load") return statistic.name == "processes_number";
    return statistic.group == "shmem" &&
           (statistic.name == "total_size" || statistic.name == "used_size" ||
            statistic.name == "real_used_size" || statistic.name == "max_used_size");
}

/// One counter on its way through the polls.
class Counter {
public:
    /// The polls whose zero this value proves wrong.
    std::vector<std::size_t> at(std::size_t poll, std::int64_t value) {
        std::vector<std::size_t> wrong;
        if (value == 0) {
            if (last_ > 0) zeros_.push_back(poll);
            return wrong;
        }
        if (value >= last_) wrong.swap(zeros_);
        zeros_.clear();
        last_ = value;
        return wrong;
    }

private:
    std::int64_t last_ = 0; ///< but zeros
    std::vector<std::size_t> zeros_;
};

/// Which of a poll's zeros go: all, or those marked.
struct Doubts {
    bool all = false;
    std::vector<std::size_t> statistics;
};

bool all_zero(const OcpPoll& poll) {
    return std::ranges::all_of(poll.values, [](const OcpPoll::Value& value) { return value.value == 0; });
}

} // namespace

std::optional<std::int64_t> ocp_value(std::string_view text) {
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || value < 0 || text.front() == '-') return std::nullopt;
    return value;
}

std::vector<std::size_t> remove_missing(std::vector<OcpPoll>& polls,
                                        const std::vector<Statistic>& statistics) {
    std::vector<Doubts> doubts(polls.size());
    std::vector<Counter> counters(statistics.size());
    for (std::size_t i = 0; i < polls.size(); ++i)
        for (const auto& [statistic, value] : polls[i].values) {
            if (value == 0 && never_zero(statistics.at(statistic))) doubts[i].all = true;
            if (statistics.at(statistic).kind != StatisticKind::counter) continue;
            for (const std::size_t wrong : counters[statistic].at(i, value))
                doubts[wrong].statistics.push_back(statistic);
        }
    std::vector<std::size_t> removed;
    for (std::size_t i = 0; i < polls.size(); ++i) {
        const Doubts& doubt = doubts[i];
        const bool all = doubt.all || (!doubt.statistics.empty() && all_zero(polls[i]));
        removed.push_back(std::erase_if(polls[i].values, [&](const OcpPoll::Value& value) {
            return value.value == 0 &&
                   (all || std::ranges::find(doubt.statistics, value.statistic) != doubt.statistics.end());
        }));
    }
    return removed;
}

} // namespace sipkeep
