// One question to OpenSIPS's management interface (MI), one answer: over HTTP, a FIFO or datagrams.
#pragma once

#include "sipkeep/core/time.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace sipkeep {

/// Longest request that every transport takes: httpd drops a body over its receive_buf_size (default 1,024)
/// unread.
inline constexpr std::size_t max_mi_request_bytes = 1024;

/// Seam: carries JSON-RPC 2.0 texts; knows nothing of methods.
class Transport {
public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    /// Sends one request and returns the bytes of its reply exactly as OpenSIPS wrote them (not always
    /// UTF-8). Ends at the deadline at the latest. Throws SourceError.
    [[nodiscard]] virtual std::string exchange(std::string_view json_request, Deadline deadline) = 0;
};

struct TransportSettings {
    std::string url;                ///< see check_mi_url()
    Milliseconds timeout{2000};     ///< for one request and its whole reply
    std::string reply_dir = "/tmp"; ///< fifo, unix: where OpenSIPS finds our reply FIFO or socket
    std::string ca_file =
        {}; ///< https, PEM: who must have signed OpenSIPS's certificate; empty: whom the system trusts
    std::string certificate_file = {}, key_file = {}; ///< https, PEM: how we identify ourselves
    bool verify = true;                               ///< https
    std::size_t max_reply_bytes = std::size_t{16} * 1024 * 1024;
};

/// Accepts "http://HOST[:PORT]/PATH" and "https://..", "fifo:/PATH", "unix:/PATH", "udp:IPV4:PORT",
/// "udp:[IPV6]:PORT". Throws UsageError naming these forms for anything else; a URL with user and password is
/// refused unprinted.
void check_mi_url(std::string_view url);

/// The transport that the URL asks for; opens nothing yet. Throws UsageError as check_mi_url() does.
[[nodiscard]] std::unique_ptr<Transport> make_transport(const TransportSettings& settings);

} // namespace sipkeep
