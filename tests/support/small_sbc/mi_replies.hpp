// What the small SBC answers to MI requests.
#pragma once

#include <string>

namespace sipkeep::small_sbc {

/// The JSON-RPC reply to a request at a minute: get_statistics, list_statistics, uptime, ds_list, version;
/// error -32601 for any other method. Names, kinds and their order are those of the captured replies in
/// tests/fixtures/mi/http, and values start from theirs.
[[nodiscard]] std::string mi_reply(const std::string& request, int minute);

} // namespace sipkeep::small_sbc
