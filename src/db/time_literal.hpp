// Times in statements.
#pragma once

#include "sipkeep/core/time.hpp"
#include "sipkeep/db/connection.hpp"

#include <string>

namespace sipkeep {

/// A DATETIME.
inline std::string at(UtcSeconds time) {
    return literal(to_datetime(time));
}

/// A DATE: that of the time.
inline std::string on(UtcSeconds day) {
    return literal(to_date(day));
}

} // namespace sipkeep
