// Text of others in our messages.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sipkeep {

/// Printable ASCII as it is, every other byte as \xNN and the backslash doubled, so that a reply can't forge
/// a line of a log; cut to about `limit` bytes.
[[nodiscard]] std::string escaped(std::string_view foreign, std::size_t limit = 200);

} // namespace sipkeep
