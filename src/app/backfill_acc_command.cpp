#include "sipkeep/app/backfill.hpp"
#include "sipkeep/core/error.hpp"

namespace sipkeep {

ExitCode backfill_acc_command(const GlobalOptions& /*global*/, const BackfillOptions& /*options*/,
                              const Environment& /*env*/) {
    throw UsageError("backfill acc: not in this version yet");
}

} // namespace sipkeep
