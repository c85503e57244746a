// What tools that change old history share: one of a kind at a time, and rights of their own.
#pragma once

#include <string>

namespace sipkeep {

class Connection;
class DatabaseError;

/// Locks the row of a task in `retention_task`, made when missing, in a transaction of `turn` that lasts as
/// long as its session. False: another process holds it. Throws DatabaseError.
[[nodiscard]] bool take_turn(Connection& connection, Connection& turn, const std::string& task);

/// Throws Error that names the user with the rights where one is missing, else HistoryUnavailable.
[[noreturn]] void refuse_retention(const DatabaseError& error);

} // namespace sipkeep
