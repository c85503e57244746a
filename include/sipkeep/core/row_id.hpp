// The number by which calls and registrations are told apart.
#pragma once

#include "sipkeep/core/rows.hpp"

#include <charconv>
#include <cstdint>

namespace sipkeep {

/// The number in the first column, as in dialog_table() and location_table(); 0 where there is none.
[[nodiscard]] inline std::uint64_t id_of(RowView row) {
    const std::string_view text = row[0].value_or("");
    std::uint64_t id = 0;
    std::from_chars(text.data(), text.data() + text.size(), id);
    return id;
}

} // namespace sipkeep
