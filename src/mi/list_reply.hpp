// Replies that list thousands of objects: read as they come, never held as a tree.
#pragma once

#include "json_rpc.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sipkeep {

/// The texts and numbers of one object by their names, as text; what is null, or nested, is not among them.
using FlatObject = std::map<std::string, std::string, std::less<>>;

/// Reads a reply of any bytes as parse_reply() does, and shows each object of the arrays called `list`, at
/// any depth of the result: as the last of `path`, behind the objects around it as far as they have been
/// read. Throws SourceError as parse_reply() does, but for the number of values; and when the reply has no
/// array of that name and `inside` neither, which an empty list leaves out.
void each_listed(const RpcMethod& method, int id, std::string_view bytes, std::string_view inside,
                 std::string_view list, const std::function<void(const std::vector<FlatObject>& path)>& show);

} // namespace sipkeep
