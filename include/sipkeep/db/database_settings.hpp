// How to reach one database; filled from option files, never from argv or the environment.
#pragma once

#include "sipkeep/core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace sipkeep {

struct DatabaseSettings {
    std::string host; ///< empty: use `socket`
    std::uint16_t port = 3306;
    std::string socket; ///< path of a unix socket; wins over host when both are given
    std::string user;
    std::string password; ///< secret: never printed, logged or spooled
    std::string database;
    std::string ssl_ca; ///< PEM file; setting any ssl_ key enforces TLS on TCP
    std::string ssl_cert;
    std::string ssl_key;
    std::string ssl_min_version = "1.2"; ///< of TLS: "1.2" or "1.3"
    std::optional<bool> ssl_enforce;     ///< absent: away from this host
    /// Of the certificate: that it comes from the authority, and is made for `host`. Absent: away from this
    /// host, where the session is encrypted.
    std::optional<bool> ssl_verify_server_cert;
    Milliseconds connect_timeout{3000};
    Milliseconds read_timeout{10000}; ///< longest silence of the server within a statement
    /// The server ends a session that has been silent for so long: a client that is gone without a word would
    /// hold its locks and its snapshot for hours. 0: as the server likes.
    Seconds idle_limit{0};

    /// Whether the session is encrypted, or there is none. Settles what is absent above.
    [[nodiscard]] bool encrypts() const;
    [[nodiscard]] bool verifies() const;
    /// The same for statements that may pass over a whole day before they answer: ten minutes of silence at
    /// least.
    [[nodiscard]] DatabaseSettings patient() const;
};

} // namespace sipkeep
