// Samples that OpenSIPS Control Panel (OCP) kept, and which of its zeros are none.
#pragma once

#include "sipkeep/core/statistics.hpp"
#include "sipkeep/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sipkeep {

/// The values of one run of OCP's cron job, which stores them all with the same time.
struct OcpPoll {
    struct Value {
        std::size_t statistic; ///< index in a list of statistics
        std::int64_t value;
    };
    UtcSeconds at;
    std::vector<Value> values; ///< ascending by statistic
};

/// A column `value` of OCP: digits. nullopt: anything else, or more than 2^63 - 1.
[[nodiscard]] std::optional<std::int64_t> ocp_value(std::string_view text);

/// OCP stores 0 for what MI did not answer. Takes out the zeros that OpenSIPS can't have meant:
/// - of a counter that stood above zero before, and behind them no lower: had OpenSIPS restarted, it would
///   have begun anew;
/// - all of a poll, where one of them can't be: shared memory in use and processes are never zero, and where
///   every value is zero and one was found to be none, MI was not there.
/// `polls`: ascending. What is not a counter by `statistics` may well be zero. Returns how many went of
/// each poll.
[[nodiscard]] std::vector<std::size_t> remove_missing(std::vector<OcpPoll>& polls,
                                                      const std::vector<Statistic>& statistics);

} // namespace sipkeep
