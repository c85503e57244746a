#include "sipkeep/db/database_settings.hpp"

#include <algorithm>
#include <arpa/inet.h>

namespace sipkeep {

namespace {

/// What is sent there passes a network.
bool is_away(const DatabaseSettings& settings) {
    const std::string& host = settings.host;
    in_addr address{}; // a name may begin with 127. and be anybody's
    const bool loopback = host == "localhost" || host == "::1" ||
                          (host.starts_with("127.") && ::inet_pton(AF_INET, host.c_str(), &address) == 1);
    return settings.socket.empty() && !loopback;
}

} // namespace

bool DatabaseSettings::encrypts() const {
    return ssl_enforce.value_or(is_away(*this)) || !ssl_ca.empty() || !ssl_cert.empty();
}

bool DatabaseSettings::verifies() const {
    return encrypts() && ssl_verify_server_cert.value_or(is_away(*this));
}

DatabaseSettings DatabaseSettings::patient() const {
    DatabaseSettings same = *this;
    same.read_timeout = std::max<Milliseconds>(read_timeout, std::chrono::minutes{10});
    return same;
}

} // namespace sipkeep
