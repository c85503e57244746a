// Dumps by the real mariadb-dump.
#pragma once

#include "support/mariadb_server.hpp"

#include <string>
#include <vector>

namespace sipkeep::test {

/// What `mariadb-dump OPTIONS DATABASE` writes. Throws std::runtime_error when it fails.
[[nodiscard]] std::string real_dump(const TestDatabase& database,
                                    const std::vector<std::string>& options = {});

} // namespace sipkeep::test
