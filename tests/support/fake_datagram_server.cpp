#include "support/fake_datagram_server.hpp"

#include "support/canned_mi.hpp"

#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace sipkeep::test {

namespace {

using Kind = FakeDatagramServer::Kind;

int family_of(Kind kind) {
    if (kind == Kind::unix_socket) return AF_UNIX;
    return kind == Kind::udp4 ? AF_INET : AF_INET6;
}

template <typename Address>
bool bind_to(int fd, const Address& address) {
    return ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool bind_unix(int fd, const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(&address.sun_path[0], sizeof(address.sun_path) - 1);
    return bind_to(fd, address);
}

bool bind_udp4(int fd) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return bind_to(fd, address);
}

bool bind_udp6(int fd) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    return bind_to(fd, address);
}

std::uint16_t port_of(int fd, Kind kind) {
    sockaddr_in6 address{};
    socklen_t length = sizeof address;
    if (kind == Kind::unix_socket || ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0)
        return 0;
    return ntohs(address.sin6_port); // at the same place as sin_port
}

int open_receiver(Kind kind, const std::string& path) {
    const int fd = ::socket(family_of(kind), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool bound = false;
    if (kind == Kind::unix_socket) bound = bind_unix(fd, path);
    if (kind == Kind::udp4) bound = bind_udp4(fd);
    if (kind == Kind::udp6) bound = bind_udp6(fd);
    if (!bound) throw std::runtime_error("fake mi_datagram: can't bind");
    return fd;
}

} // namespace

FakeDatagramServer::FakeDatagramServer(CannedMi& mi, Kind kind)
    : mi_(mi), kind_(kind), receiver_(open_receiver(kind, dir_.path() + "/mi.sock")),
      sender_(kind == Kind::unix_socket ? ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : receiver_) {
    port_ = port_of(receiver_, kind);
    thread_ = std::thread([this] { serve(); });
}

FakeDatagramServer::~FakeDatagramServer() {
    stop_ = true;
    thread_.join();
    if (sender_ != receiver_) ::close(sender_);
    ::close(receiver_);
}

std::string FakeDatagramServer::url() const {
    if (kind_ == Kind::unix_socket) return "unix:" + dir_.path() + "/mi.sock";
    return (kind_ == Kind::udp4 ? "udp:127.0.0.1:" : "udp:[::1]:") + std::to_string(port_);
}

void FakeDatagramServer::serve() {
    std::optional<std::pair<std::string, Address>> delayed;
    while (!stop_) {
        pollfd waited{receiver_, POLLIN, 0};
        if (::poll(&waited, 1, 20) <= 0) continue;
        std::string request(65536, '\0');
        Address from;
        const ssize_t count = ::recvfrom(receiver_, request.data(), request.size(), 0,
                                         reinterpret_cast<sockaddr*>(&from.storage), &from.length);
        if (count < 0) continue;
        request.resize(static_cast<std::size_t>(count));
        const auto reply = mi_.answer(request);
        if (!reply) continue;
        if (delay_first_.exchange(false)) {
            delayed.emplace(*reply, from);
            continue;
        }
        if (delayed) send(delayed->first, delayed->second);
        delayed.reset();
        send(*reply, from);
    }
}

void FakeDatagramServer::send(const std::string& text, const Address& to) const {
    ::sendto(sender_, text.data(), text.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to.storage),
             to.length);
}

bool has_ipv6_loopback() {
    const int fd = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool bound = fd >= 0 && bind_udp6(fd);
    if (fd >= 0) ::close(fd);
    return bound;
}

} // namespace sipkeep::test
