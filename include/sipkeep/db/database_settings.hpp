// How to reach one database; filled from option files, never from argv or the environment.
#pragma once

#include "sipkeep/core/time.hpp"

#include <cstdint>
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
    bool ssl_enforce = false;
    bool ssl_verify_server_cert = false;
    Milliseconds connect_timeout{3000};
    Milliseconds read_timeout{10000}; ///< longest silence of the server within a statement
    /// The server ends a session that has been silent for so long: a client that is gone without a word would
    /// hold its locks and its snapshot for hours. 0: as the server likes.
    Seconds idle_limit{0};
};

} // namespace sipkeep
