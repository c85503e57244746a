// How many rows a day brings to a table that has a time in its key, but no partitions.
#pragma once

#include "sipkeep/core/retention.hpp"
#include "sipkeep/core/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sipkeep {

class Connection;

/// Which day the rows of a midnight belong to.
enum class DayOf : std::uint8_t {
    end,  ///< the one that it ends: what a capture sees then happened before
    begin ///< the one that it begins
};

struct TimedTable {
    std::string_view name;
    std::string_view time_column; ///< behind node_id in the key, and before_time where that is named
    RetentionClass of;
    std::string_view before_time{}; ///< column of the key between node_id and the time, or empty
    bool has_hours = false;         ///< a column `hours` of roll-ups by hour
    DayOf midnight = DayOf::end;    ///< of a time; a column `day` needs none

    /// What a row tells of, at most.
    [[nodiscard]] std::chrono::days length() const {
        return std::chrono::days{time_column == "week" ? 7 : 1};
    }
};
[[nodiscard]] std::span<const TimedTable> timed_tables();

struct TimedRows {
    std::optional<UtcSeconds> oldest; ///< day of the first row; absent: there is none
    UtcSeconds end{};                 ///< of the newest whole day that has rows
    std::uint64_t days = 0; ///< that have rows, of the seven before it (all, of a week); 0: no whole day
    std::map<std::string, std::uint64_t> rows; ///< in these days, by node
    std::uint64_t hours_bytes = 0;             ///< of the column, in these days
};

/// Reads seven days by the key. Throws DatabaseError.
[[nodiscard]] TimedRows timed_rows(Connection& connection, const TimedTable& table, UtcSeconds today);

} // namespace sipkeep
