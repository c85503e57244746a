// A number in place of a text, as the server makes it.
#pragma once

#include <cstdint>
#include <string_view>

namespace sipkeep {

/// What schema/reports/parts/text_number.sql comes to: CRC-32 (ISO 3309) of the UTF-8 text, and in the lower
/// half that of its characters from the last to the first.
[[nodiscard]] std::uint64_t text_number(std::string_view text);

} // namespace sipkeep
