#include "node_number.hpp"

#include "sipkeep/db/connection.hpp"

namespace sipkeep {

std::optional<unsigned> node_number(Connection& connection, const std::string& node) {
    const auto found = connection.value("SELECT node_id FROM node WHERE node = " + literal(node));
    if (!found) return std::nullopt;
    return static_cast<unsigned>(std::stoul(*found));
}

unsigned make_node(Connection& connection, const std::string& node) {
    if (const auto found = node_number(connection, node)) return *found;
    try {
        connection.execute("INSERT INTO node (node) VALUES (" + literal(node) + ")");
    } catch (const DatabaseError& error) { // ON DUPLICATE KEY UPDATE takes a right that few have
        if (error.code() != database_error::duplicate_key) throw;
    }
    return node_number(connection, node).value_or(0);
}

} // namespace sipkeep
