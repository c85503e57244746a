// What a report reads from where: minutes, or the hours and days that were rolled up; and from when on it is
// kept.
#pragma once

#include "sipkeep/db/reports.hpp"

namespace sipkeep {

class Connection;

/// From the nodes' numbers: finds where roll-ups take over and what is still kept, and cuts off what is not.
/// Throws DatabaseError.
void settle(Connection& connection, const Report& report, SettledQuestion& question);

} // namespace sipkeep
