// What sipkeep asks OpenSIPS over MI, as values.
#pragma once

#include "sipkeep/core/statistics.hpp"
#include "sipkeep/core/time.hpp"
#include "sipkeep/mi/transport.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

/// Throws UsageError unless `group` names a statistics group: "core" or "core:". MI finds nothing for
/// "core:name".
void check_statistics_group(const std::string& group);

class MiClient {
public:
    /// `where` is the URL, for messages only. The transport must outlive the client.
    MiClient(Transport& transport, std::string where);

    /// get_statistics of the groups (none: all), joined with list_statistics; `uptime` when core:timestamp is
    /// not among them. A group that does not exist has no statistics, which is no error; a name is never
    /// given twice. Throws SourceError, UsageError for a group as check_statistics_group() does.
    [[nodiscard]] StatisticsCapture statistics(const std::vector<std::string>& groups, Deadline deadline);

    /// Every destination of every partition (`ds_list` with full=1), in the order of the reply; nothing when
    /// this OpenSIPS has no dispatcher module. Throws SourceError.
    [[nodiscard]] std::optional<std::vector<Destination>> dispatcher(Deadline deadline);

    /// What OpenSIPS's host shows as local time ("Now" of `uptime`): "2026-11-22 16:15:37". Throws
    /// SourceError.
    [[nodiscard]] std::string local_time(Deadline deadline);

private:
    Transport& transport_;
    std::string where_;
    int next_id_;
};

} // namespace sipkeep
