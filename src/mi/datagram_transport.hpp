// MI over datagrams: OpenSIPS's mi_datagram, on a unix socket or UDP.
#pragma once

#include "sipkeep/mi/transport.hpp"

#include <cstdint>

namespace sipkeep {

/// One request and one reply are a datagram each; OpenSIPS answers `500 Internal error` in plain text instead
/// of a reply over 65,457 bytes. Every request has a socket of its own, so that no late reply is taken for
/// another one.
class UnixTransport final : public Transport {
public:
    UnixTransport(TransportSettings settings, std::string path)
        : settings_(std::move(settings)), path_(std::move(path)) {}
    std::string exchange(std::string_view json_request, Deadline deadline) override;

private:
    TransportSettings settings_;
    std::string path_;
};

/// The same over UDP; `host` is a numeric IPv4 or IPv6 address.
class UdpTransport final : public Transport {
public:
    UdpTransport(TransportSettings settings, std::string host, std::uint16_t port)
        : settings_(std::move(settings)), host_(std::move(host)), port_(port) {}
    std::string exchange(std::string_view json_request, Deadline deadline) override;

private:
    TransportSettings settings_;
    std::string host_;
    std::uint16_t port_;
};

} // namespace sipkeep
