// The number under which the tables keep a node.
#pragma once

#include <optional>
#include <string>

namespace sipkeep {

class Connection;

/// node.node_id of a name; absent: no such node yet. Throws DatabaseError.
[[nodiscard]] std::optional<unsigned> node_number(Connection& connection, const std::string& node);

/// The same, of a new row where there was none. Two that make one at once get the same. Throws DatabaseError.
[[nodiscard]] unsigned make_node(Connection& connection, const std::string& node);

} // namespace sipkeep
