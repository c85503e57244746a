#include "sipkeep/app/backfill.hpp"
#include "sipkeep/core/error.hpp"

namespace sipkeep {

ExitCode backfill_dump_command(const GlobalOptions& /*global*/, const BackfillOptions& /*options*/,
                               const Environment& /*env*/) {
    throw UsageError("backfill dump: not in this version yet");
}

} // namespace sipkeep
