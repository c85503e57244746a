#include "sipkeep/db/database_settings.hpp"

namespace sipkeep {

namespace {

/// What is sent there passes a network.
bool is_away(const DatabaseSettings& settings) {
    const std::string& host = settings.host;
    return settings.socket.empty() && host != "localhost" && host != "::1" && !host.starts_with("127.");
}

} // namespace

bool DatabaseSettings::encrypts() const {
    return ssl_enforce.value_or(is_away(*this)) || !ssl_ca.empty() || !ssl_cert.empty();
}

bool DatabaseSettings::verifies() const {
    return encrypts() && ssl_verify_server_cert.value_or(is_away(*this));
}

} // namespace sipkeep
