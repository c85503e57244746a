// What history knows of a node and of itself, for `sipkeep check`. Reads only.
#pragma once

#include "sipkeep/core/health.hpp"
#include "sipkeep/db/database_settings.hpp"

#include <string>

namespace sipkeep {

struct CourseOfHistory {
    UtcMilliseconds clock{}; ///< of its server, when the session began
    NodeCourse node;
    HistoryCourse history;
};

/// Reads the newest hour of captures one by one, and counts those of a day. Throws HistoryUnavailable,
/// SchemaError.
[[nodiscard]] CourseOfHistory read_course(const DatabaseSettings& settings, const std::string& node,
                                          Seconds interval);

/// What a database server takes for the time. `purpose` opens the message of the Error it throws.
[[nodiscard]] UtcMilliseconds server_clock(const DatabaseSettings& settings, const std::string& purpose);

} // namespace sipkeep
