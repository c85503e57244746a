// MI over HTTP: OpenSIPS's mi_http on httpd.
#pragma once

#include "sipkeep/mi/transport.hpp"

namespace sipkeep {

/// One POST a connection, as httpd answers only the first of several requests in time. No proxy, no
/// redirects.
class HttpTransport final : public Transport {
public:
    explicit HttpTransport(TransportSettings settings) : settings_(std::move(settings)) {}
    std::string exchange(std::string_view json_request, Deadline deadline) override;

private:
    TransportSettings settings_;
};

} // namespace sipkeep
