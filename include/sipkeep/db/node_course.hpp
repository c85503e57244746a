// What history knows of a node and of itself, for `sipkeep check`. Reads only.
#pragma once

#include "sipkeep/core/health.hpp"
#include "sipkeep/db/database_settings.hpp"

#include <string>
#include <vector>

namespace sipkeep {

struct CourseOfHistory {
    NodeCourse node;
    HistoryCourse history;
};

/// Reads the newest hour of captures one by one, and counts those of a day. Throws HistoryUnavailable,
/// SchemaError.
[[nodiscard]] CourseOfHistory read_course(const DatabaseSettings& settings, const std::string& node,
                                          Seconds interval);

/// A database server, as a user meets it.
struct MetServer {
    UtcMilliseconds clock{};
    std::vector<std::string> grants; ///< lines of SHOW GRANTS
};
/// `purpose` opens the message of the Error it throws.
[[nodiscard]] MetServer meet_server(const DatabaseSettings& settings, const std::string& purpose);

} // namespace sipkeep
