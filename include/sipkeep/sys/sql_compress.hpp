// What COMPRESS() of MySQL and MariaDB makes, so that their UNCOMPRESS() reads it.
#pragma once

#include <string>
#include <string_view>

namespace sipkeep {

/// Four bytes of length, lowest first, and a zlib stream (RFC 1950) at its highest level; '' of ''. At most
/// 1 GiB; more throws Error.
[[nodiscard]] std::string sql_compress(std::string_view text);

} // namespace sipkeep
