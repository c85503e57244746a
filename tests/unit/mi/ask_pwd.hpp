// The request that tests of transports send.
#pragma once

#include "sipkeep/mi/transport.hpp"

#include <chrono>
#include <string>

namespace sipkeep::test {

inline constexpr auto ask_pwd = R"({"jsonrpc":"2.0","id":1,"method":"pwd"})";

/// Asks an OpenSIPS that a URL alone leads to.
inline std::string ask(const std::string& url, Milliseconds timeout = std::chrono::seconds{20}) {
    TransportSettings settings;
    settings.url = url;
    settings.timeout = timeout;
    return make_transport(settings)->exchange(ask_pwd, Deadline(std::chrono::seconds{20}));
}

} // namespace sipkeep::test
