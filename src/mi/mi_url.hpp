// The one URL that says how to reach MI.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sipkeep {

struct MiUrl {
    enum class Scheme { http, fifo, unix_socket, udp };
    Scheme scheme;
    std::string path;       ///< fifo, unix_socket: absolute path
    std::string host;       ///< udp: numeric IPv4 or IPv6 address, without brackets
    std::uint16_t port = 0; ///< udp
};

/// Throws UsageError, see check_mi_url().
[[nodiscard]] MiUrl parse_mi_url(std::string_view url);

} // namespace sipkeep
