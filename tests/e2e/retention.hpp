// What tests of keeping and forgetting share.
#pragma once

#include "site.hpp"

namespace sipkeep::test {

inline constexpr int day = 24 * 60; ///< in minutes

/// Lets `sipkeep retain` and its like have a user of their own, and these `more` settings.
inline void with_its_own_user(Site& site, const std::string& more = "") {
    site.settings.more = "retention: { option_file: " + site.folder.path("retain.cnf") + more + " }\n";
}

} // namespace sipkeep::test
