// What OpenSIPS's memory holds of registrations, as MI lists it.
#pragma once

#include "sipkeep/core/rows.hpp"
#include "sipkeep/core/table.hpp"

#include <cstdint>
#include <vector>

namespace sipkeep {

/// ul_dump: registrations as rows of location_table(), ascending by contact_id, without last_modified, which
/// MI does not tell; `expires` may be a second off, as MI tells what is left.
struct ListedContacts {
    Rows contacts{location_table().columns.size()};
    /// Ids of those that are over, and wait for OpenSIPS's timer to take them away; ascending.
    std::vector<std::uint64_t> leaving;
};

} // namespace sipkeep
