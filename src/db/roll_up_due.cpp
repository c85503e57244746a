#include "roll_up_due.hpp"

#include "sipkeep/db/connection.hpp"

#include "time_literal.hpp"

#include <set>

namespace sipkeep {

void make_due(Connection& connection, unsigned node_id, std::initializer_list<UtcSeconds> times) {
    std::set<UtcSeconds> found;
    for (const UtcSeconds time : times) {
        found.insert(midnight(time));
        found.insert(midnight(time - Seconds{1}));
    }
    for (const UtcSeconds day : found) {
        const std::string id = std::to_string(node_id);
        const std::string date = on(day);
        if (connection.update("UPDATE roll_up_due SET turn = turn + 1 WHERE node_id = " + id +
                              " AND day = " + date) == 0)
            connection.execute("INSERT INTO roll_up_due (node_id, day) VALUES (" + id + ", " + date + ")");
    }
}

} // namespace sipkeep
