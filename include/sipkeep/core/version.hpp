// Version of the program, as CMake's project() states it.
#pragma once

#include <string_view>

namespace sipkeep {

[[nodiscard]] std::string_view program_version();

} // namespace sipkeep
