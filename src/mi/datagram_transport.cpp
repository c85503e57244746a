#include "datagram_transport.hpp"

#include "sipkeep/core/error.hpp"

#include "descriptor.hpp"
#include "foreign_text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace sipkeep {

namespace {

/// More than a datagram can hold over UDP, and than Linux sends over a unix socket by default.
constexpr std::size_t max_datagram_bytes = std::size_t{256} * 1024;

Descriptor open_socket(int family) {
    Descriptor fd(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd) throw SourceError("can't create a socket: " + system_message(errno));
    return fd;
}

void check_plain_text(const std::string& reply) {
    if (reply.starts_with("500 "))
        throw SourceError("OpenSIPS answers " + escaped(reply) +
                          ": the reply does not fit in a datagram (65,457 bytes); use http: or fifo:");
    if (reply.starts_with("400 "))
        throw SourceError("OpenSIPS answers " + escaped(reply) +
                          ": it can't parse the request; is it older than 3.0?");
}

std::string receive(int fd, const TransportSettings& settings, const Deadline& deadline,
                    const std::string& on_silence) {
    std::string reply(std::min(settings.max_reply_bytes, max_datagram_bytes), '\0');
    ssize_t count = -1;
    do {
        if (wait_for(fd, POLLIN, deadline) == 0) throw SourceError(on_silence);
        // MSG_TRUNC: the true length of the datagram, also when it did not fit.
        count = ::recv(fd, reply.data(), reply.size(), MSG_TRUNC | MSG_DONTWAIT);
    } while (count < 0 && (errno == EAGAIN || errno == EINTR));
    if (count < 0) {
        if (errno == ECONNREFUSED)
            throw SourceError("connection refused; is OpenSIPS running, with mi_datagram here?");
        throw SourceError("can't read the reply: " + system_message(errno));
    }
    const auto bytes = static_cast<std::size_t>(count);
    if (bytes > reply.size())
        throw SourceError("reply truncated, " + std::to_string(bytes) + " bytes where " +
                          std::to_string(reply.size()) + " are taken; ask for fewer groups");
    if (bytes == 0) throw SourceError("empty reply; is this mi_datagram?");
    reply.resize(bytes);
    check_plain_text(reply);
    return reply;
}

sockaddr_un unix_address(const std::string& path) {
    sockaddr_un address{};
    if (path.size() >= sizeof(address.sun_path))
        throw SourceError("the path " + path + " is too long for a unix socket; shorten reply_dir");
    address.sun_family = AF_UNIX;
    path.copy(&address.sun_path[0], path.size());
    return address;
}

template <typename Address>
const sockaddr* generic(const Address& address) {
    return reinterpret_cast<const sockaddr*>(&address); // NOLINT: how the sockets API takes every address
}

/// Our end of a unix socket, bound in a directory of its own that OpenSIPS can enter but nobody can list.
class ReplySocket {
public:
    explicit ReplySocket(const std::string& parent)
        : dir_(parent + "/sipkeep-XXXXXX"), fd_(open_socket(AF_UNIX)) {
        if (::mkdtemp(dir_.data()) == nullptr)
            throw SourceError("can't create a directory for the reply in " + parent + ": " +
                              system_message(errno));
        path_ = dir_ + "/" + unguessable_name();
        try {
            bind();
        } catch (...) {
            remove();
            throw;
        }
    }
    ReplySocket(const ReplySocket&) = delete;
    ReplySocket& operator=(const ReplySocket&) = delete;
    ~ReplySocket() { remove(); }
    [[nodiscard]] int fd() const { return fd_.get(); }

private:
    void bind() {
        constexpr mode_t enter_only = S_IRWXU | S_IXGRP | S_IXOTH;
        constexpr mode_t write_by_all = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH;
        const sockaddr_un address = unix_address(path_);
        const bool ready = ::bind(fd_.get(), generic(address), sizeof address) == 0 &&
                           ::chmod(path_.c_str(), write_by_all) == 0 &&
                           ::chmod(dir_.c_str(), enter_only) == 0;
        if (!ready) throw SourceError("can't bind " + path_ + ": " + system_message(errno));
    }
    void remove() const {
        ::unlink(path_.c_str());
        ::rmdir(dir_.c_str());
    }

    std::string dir_;
    std::string path_;
    Descriptor fd_;
};

std::string explain_send(int error) {
    switch (error) {
    case ENOENT:
        return "no such socket; is OpenSIPS running, with mi_datagram on this path?";
    case ECONNREFUSED:
        return "nobody listens on this socket; is OpenSIPS running?";
    case EACCES:
        return "no permission to write; join the socket's group, or set mi_datagram's unix_socket_group";
    case EPROTOTYPE:
        return "not a datagram socket; check mi_datagram's socket_name";
    case EAGAIN:
        return "the socket's queue is full; is OpenSIPS hanging?";
    default:
        return "can't send: " + system_message(error);
    }
}

/// A unix socket's queue is short; a busy OpenSIPS has until the deadline to take the request out.
void send(int fd, std::string_view request, const sockaddr* to, socklen_t to_length,
          const Deadline& deadline) {
    const auto left = std::max<Milliseconds::rep>(deadline.left().count(), 1);
    const timeval limit{left / 1000, left % 1000 * 1000};
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (::sendto(fd, request.data(), request.size(), MSG_NOSIGNAL, to, to_length) < 0)
        throw SourceError(explain_send(errno));
}

template <typename Exchange>
std::string within(const TransportSettings& settings, const Deadline& deadline, const Exchange& exchange) {
    try {
        const Deadline until = deadline.within(settings.timeout);
        if (until.passed()) throw SourceError("no time left for the request");
        return exchange(until);
    } catch (const SourceError& error) {
        throw SourceError("MI at " + settings.url + ": " + error.what());
    }
}

sockaddr_storage udp_address(const std::string& host, std::uint16_t port, socklen_t& length) {
    sockaddr_storage storage{};
    sockaddr_in ipv4{};
    sockaddr_in6 ipv6{};
    if (inet_pton(AF_INET, host.c_str(), &ipv4.sin_addr) == 1) {
        ipv4.sin_family = AF_INET;
        ipv4.sin_port = htons(port);
        length = sizeof ipv4;
        std::memcpy(&storage, &ipv4, sizeof ipv4);
    } else {
        inet_pton(AF_INET6, host.c_str(), &ipv6.sin6_addr);
        ipv6.sin6_family = AF_INET6;
        ipv6.sin6_port = htons(port);
        length = sizeof ipv6;
        std::memcpy(&storage, &ipv6, sizeof ipv6);
    }
    return storage;
}

} // namespace

std::string UnixTransport::exchange(std::string_view json_request, Deadline deadline) {
    return within(settings_, deadline, [&](const Deadline& until) {
        const auto waited = std::to_string(until.left().count());
        const ReplySocket reply(settings_.reply_dir);
        const sockaddr_un server = unix_address(path_);
        // Not connected: OpenSIPS replies from a socket without a name, which a connected one would not hear.
        send(reply.fd(), json_request, generic(server), sizeof server, until);
        return receive(reply.fd(), settings_, until,
                       "no reply within " + waited + " ms; does OpenSIPS see reply_dir " +
                           settings_.reply_dir + " (systemd's PrivateTmp), or is it overloaded?");
    });
}

std::string UdpTransport::exchange(std::string_view json_request, Deadline deadline) {
    return within(settings_, deadline, [&](const Deadline& until) {
        const auto waited = std::to_string(until.left().count());
        socklen_t length = 0;
        const sockaddr_storage server = udp_address(host_, port_, length);
        const Descriptor fd = open_socket(server.ss_family);
        // Connected: only OpenSIPS's address is heard, and a refusal comes back as an error instead of
        // silence.
        if (::connect(fd.get(), generic(server), length) != 0)
            throw SourceError("can't reach it: " + system_message(errno));
        send(fd.get(), json_request, nullptr, 0, until);
        return receive(fd.get(), settings_, until,
                       "no reply within " + waited +
                           " ms; is OpenSIPS running, with mi_datagram on this address?");
    });
}

} // namespace sipkeep
