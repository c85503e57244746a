// Checks the call sums and call records of one node.
#pragma once

#include "version_check.hpp"

namespace sipkeep {

/// What a minute says of its peak must follow from its course, in [from, before); `from` absent: from the
/// first one on.
void check_call_minutes(CheckedNode& node, const std::optional<UtcSeconds>& from, UtcSeconds before);

/// That cdr_hour, cdr_endpoint_day and cdr_failure_minute are sums of the minutes and hours of their days,
/// without the one that is being imported.
void check_call_sums(CheckedNode& node, const std::optional<UtcSeconds>& from, UtcSeconds before,
                     const std::optional<UtcSeconds>& importing);

/// Each record must be one that acc_taken calls kept, so there are no more of them (days that were dropped
/// are not missed).
void check_call_records(CheckedNode& node);

} // namespace sipkeep
