// Days that were rolled up, or are being, and have changed since.
#pragma once

#include "sipkeep/core/time.hpp"

#include <initializer_list>

namespace sipkeep {

class Connection;

/// Notes the days of these times, and of the second before each: what a capture at midnight sees belongs to
/// both. Call it in the transaction that changes them, under the node's lock. Throws DatabaseError.
void make_due(Connection& connection, unsigned node_id, std::initializer_list<UtcSeconds> times);

} // namespace sipkeep
