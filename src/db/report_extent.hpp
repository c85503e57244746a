// What a report reads from where: minutes, or the hours and days that were rolled up; and from when on it is
// kept.
#pragma once

#include "sipkeep/db/reports.hpp"

namespace sipkeep {

class Connection;

/// Fills in what `question` leaves to the reader: numbers of nodes, where roll-ups take over, and a beginning
/// that is still kept. Throws DatabaseError.
ReportExtent settle(Connection& connection, const Report& report, ReportQuestion& question);

} // namespace sipkeep
