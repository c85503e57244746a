#include "sipkeep/mi/transport.hpp"

#include "datagram_transport.hpp"
#include "fifo_transport.hpp"
#include "http_transport.hpp"
#include "mi_url.hpp"

namespace sipkeep {

void check_mi_url(std::string_view url) {
    static_cast<void>(parse_mi_url(url));
}

std::unique_ptr<Transport> make_transport(const TransportSettings& settings) {
    const MiUrl url = parse_mi_url(settings.url);
    switch (url.scheme) {
    case MiUrl::Scheme::fifo:
        return std::make_unique<FifoTransport>(settings, url.path);
    case MiUrl::Scheme::unix_socket:
        return std::make_unique<UnixTransport>(settings, url.path);
    case MiUrl::Scheme::udp:
        return std::make_unique<UdpTransport>(settings, url.host, url.port);
    case MiUrl::Scheme::http:
        break;
    }
    return std::make_unique<HttpTransport>(settings);
}

} // namespace sipkeep
