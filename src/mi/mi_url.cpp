#include "mi_url.hpp"

#include "sipkeep/core/error.hpp"

#include "foreign_text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <optional>
#include <sys/un.h>

namespace sipkeep {

namespace {

constexpr std::string_view accepted_forms = "accepted: http://127.0.0.1:8888/mi (or https), "
                                            "fifo:/run/opensips/opensips_fifo, unix:/run/opensips/mi.sock, "
                                            "udp:127.0.0.1:8080, udp:[::1]:8080";

[[noreturn]] void refuse(std::string_view url, const std::string& why) {
    throw UsageError("MI URL " + escaped(url) + ": " + why + "; " + std::string(accepted_forms));
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

MiUrl parse_http(std::string_view url, std::string_view rest) {
    const auto authority = rest.substr(0, rest.find_first_of("/?#"));
    if (authority.find('@') != std::string_view::npos)
        throw UsageError(
            "the MI URL holds a user or password, which would show in messages: take them out; " +
            std::string(accepted_forms));
    const auto bracket = authority.rfind(']');
    const auto colon = authority.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    if (authority.empty() || colon == 0) refuse(url, "no host");
    if (has_port && !parse_port(authority.substr(colon + 1))) refuse(url, "not a port from 1 to 65535");
    return {MiUrl::Scheme::http, {}, {}, 0};
}

MiUrl parse_path(std::string_view url, std::string_view path, MiUrl::Scheme scheme) {
    if (!path.starts_with('/')) refuse(url, "the path must be absolute");
    if (scheme == MiUrl::Scheme::unix_socket && path.size() >= sizeof(sockaddr_un::sun_path))
        refuse(url, "the path of a unix socket has at most " +
                        std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes");
    return {scheme, std::string(path), {}, 0};
}

/// Names are not resolved: the resolver knows no deadline.
MiUrl parse_udp(std::string_view url, std::string_view rest) {
    const auto colon = rest.rfind(':');
    if (colon == std::string_view::npos) refuse(url, "no port");
    const auto port = parse_port(rest.substr(colon + 1));
    if (!port) refuse(url, "not a port from 1 to 65535");
    auto host = rest.substr(0, colon);
    const bool ipv6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (ipv6) host = host.substr(1, host.size() - 2);
    std::array<unsigned char, sizeof(in6_addr)> address{};
    const std::string text(host);
    if (inet_pton(ipv6 ? AF_INET6 : AF_INET, text.c_str(), address.data()) != 1)
        refuse(url, "udp needs an IP address, IPv6 in brackets");
    return {MiUrl::Scheme::udp, {}, text, *port};
}

} // namespace

MiUrl parse_mi_url(std::string_view url) {
    const auto after = [&](std::string_view scheme) { return url.substr(scheme.size()); };
    const bool printable = std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7F; });
    for (const std::string_view scheme : {"http://", "https://"})
        if (printable && url.starts_with(scheme)) return parse_http(url, after(scheme));
    // A secret may hide in what we did not understand.
    if (url.find('@') != std::string_view::npos && url.find("//") != std::string_view::npos)
        throw UsageError("the MI URL is not understood; " + std::string(accepted_forms));
    if (!printable) refuse(url, "empty, or with spaces or control characters");
    if (url.starts_with("fifo:")) return parse_path(url, after("fifo:"), MiUrl::Scheme::fifo);
    if (url.starts_with("unix:")) return parse_path(url, after("unix:"), MiUrl::Scheme::unix_socket);
    if (url.starts_with("udp:")) return parse_udp(url, after("udp:"));
    refuse(url, "unknown scheme");
}

} // namespace sipkeep
