// The narrow columns of a registration as one text: a fourth of the calls into Connector/C++, whose price is
// a string a column, and no more work for the server.
#pragma once

#include "sipkeep/core/diff.hpp"

#include <string_view>

namespace sipkeep {

/// Selected from `location` and from location_open alike.
inline constexpr std::string_view narrow_row =
    "CONCAT_WS(' ', contact_id, COALESCE(expires, 0), COALESCE(cseq, 0), COALESCE(last_modified, ''))";

/// "1234 1795367909 7 2026-11-22 16:17:15"; what is missing at the end is 0.
[[nodiscard]] ContactState parse_narrow_row(std::string_view text);

} // namespace sipkeep
