#include "retention_task.hpp"

#include "sipkeep/db/connection.hpp"
#include "sipkeep/db/history_store.hpp"

namespace sipkeep {

bool take_turn(Connection& connection, Connection& turn, const std::string& task) {
    const std::string row = " FROM retention_task WHERE task = " + literal(task);
    if (!connection.value("SELECT 1" + row))
        connection.execute("INSERT INTO retention_task (task) VALUES (" + literal(task) + ")");
    turn.execute("START TRANSACTION");
    try {
        static_cast<void>(turn.value("SELECT task" + row + " FOR UPDATE NOWAIT"));
        return true;
    } catch (const DatabaseError& error) {
        if (error.code() != database_error::lock_wait_timeout && error.code() != database_error::lock_nowait)
            throw;
        return false;
    }
}

void refuse_retention(const DatabaseError& error) {
    if (database_error::denied(error.code()))
        throw Error(std::string(error.what()) +
                    "; name a user with the rights of sipkeep_retain (`sipkeep schema "
                    "init --grants`) in retention.option_file");
    throw HistoryUnavailable(error.what());
}

} // namespace sipkeep
