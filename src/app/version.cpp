#include "sipkeep/app/commands.hpp"

namespace sipkeep {

std::string_view program_version() {
    return SIPKEEP_VERSION;
}

} // namespace sipkeep
