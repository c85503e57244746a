// Takes back a capture that was written in part and never became visible.
#pragma once

#include "sipkeep/core/time.hpp"

namespace sipkeep {

class Connection;

/// Undoes what a capture of `captured_at` wrote before its process died, in bounded transactions that can be
/// cut off and repeated, and clears node.pending_at. Ends the current transaction. Throws DatabaseError.
void undo_unfinished_capture(Connection& connection, unsigned node_id, UtcSeconds captured_at);

} // namespace sipkeep
