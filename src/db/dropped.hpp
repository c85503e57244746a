// What retention has dropped, by class.
#pragma once

#include "sipkeep/core/retention.hpp"
#include "sipkeep/core/time.hpp"

namespace sipkeep {

class Connection;

/// Of a partitioned table.
[[nodiscard]] RetentionClass class_of(std::string_view table);

/// Rows of the class that are older are gone; 1970 when none are. Throws DatabaseError.
[[nodiscard]] UtcSeconds dropped_to(Connection& connection, RetentionClass one);

/// Never moves back. Throws DatabaseError.
void note_dropped(Connection& connection, RetentionClass one, UtcSeconds to);

} // namespace sipkeep
