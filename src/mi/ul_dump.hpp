// The reply to ul_dump.
#pragma once

#include "sipkeep/core/listed.hpp"
#include "sipkeep/core/time.hpp"

#include "json_rpc.hpp"

#include <string>
#include <string_view>

namespace sipkeep {

/// The registrations of one usrloc domain (the name of the live table). `now` is when OpenSIPS was asked: the
/// reply has the seconds that are left. Throws SourceError for another shape.
[[nodiscard]] ListedContacts parse_ul_dump(const RpcMethod& method, int id, std::string_view bytes,
                                           const std::string& domain, UtcSeconds now);

} // namespace sipkeep
