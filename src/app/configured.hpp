// From the configuration to what a run works with.
#pragma once

#include "sipkeep/app/config.hpp"
#include "sipkeep/app/look.hpp"
#include "sipkeep/db/schema.hpp"
#include "sipkeep/mi/transport.hpp"
#include "sipkeep/spool/spool.hpp"

namespace sipkeep {

[[nodiscard]] ArchivePlan plan_of(const Config& config);

/// How to reach MI.
[[nodiscard]] TransportSettings transport_of(const MiSettings& settings);

/// Those of the configuration, or of an OpenSIPS as it comes.
[[nodiscard]] GrantNames grant_names(const Config& config);

/// The node's spool; the configuration must have one. Throws Error.
[[nodiscard]] Spool open_spool(const Config& config, FileSystem& files,
                               SpoolAccess access = SpoolAccess::write);

} // namespace sipkeep
