// Any command of MI as statistics and rows, by a description instead of code.
#pragma once

#include "sipkeep/core/rows.hpp"
#include "sipkeep/core/statistics.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sipkeep {

/// Where a reply's rows are, and what of them is kept.
struct MiQuestion {
    std::string name;     ///< of the rows, and the group of the statistics
    std::string method;   ///< "rl_list"
    std::string params{}; ///< JSON, or empty
    /// JSON pointer into the result, where * stands for every element of a list: "/Pipes",
    /// "/Destinations/*/Resources"; empty: the result itself. There is a list of objects or of texts, or one
    /// object.
    std::string rows{};
    /// Members that tell rows apart, of the row or what is around it; their values, with a blank between, are
    /// the row's key. Of a list of texts, these.
    std::vector<std::string> key{};
    std::vector<std::string>
        values{}; ///< members that are numbers: kept as statistics "name:key.member", gauges
    std::vector<std::string>
        keep{}; ///< members that make the row; empty: all texts and numbers but keys and values
};

/// What a reply told.
struct MiAnswer {
    Rows rows; ///< as mi_row_table()
    std::vector<Statistic> statistics;
    MiAnswer();
};

/// Throws UsageError unless its name is 1 to 64 of a-z 0-9 _ -, its rows a JSON pointer, its params JSON.
void check_mi_question(const MiQuestion& question);

/// The questions that mi.more knows by name: ratelimit, pike, load_balancer, tcp, processes, and profiles,
/// which is none (its answers come of several commands). Throws UsageError for another name.
[[nodiscard]] MiQuestion known_mi_question(std::string_view name);
[[nodiscard]] const std::vector<std::string_view>& known_mi_questions();
inline constexpr std::string_view profiles_question = "profiles";

} // namespace sipkeep
