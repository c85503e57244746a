#include "sipkeep/core/version.hpp"

namespace sipkeep {

std::string_view program_version() {
    return SIPKEEP_VERSION;
}

} // namespace sipkeep
