// The live tables of the small SBC, as SQL.
#pragma once

#include <string>

namespace sipkeep::small_sbc {

/// Statements that bring the existing tables location, dialog and dispatcher to their state at a minute, in
/// one transaction; for the tables of OpenSIPS 3.2 to 4.0. Bytes are UTF-8.
[[nodiscard]] std::string live_tables_sql(int minute);

} // namespace sipkeep::small_sbc
