// As much of the MySQL protocol as a proxy needs that counts commands: plain connections, no TLS, no
// compression.
#pragma once

#include "support/mysql_proxy.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sipkeep::test {

/// Bytes of the first packet with its header; nothing while it is not whole. A payload of 16 MB and more
/// comes in several packets, of which only the first is a command.
[[nodiscard]] std::optional<std::size_t> whole_packet(std::string_view bytes);

/// Some commands are not answered.
[[nodiscard]] bool has_reply(int command_kind);

/// Follows one connection, so that it can name the statement that an execution is of.
class PacketReader {
public:
    /// Nothing: the packet goes on with the login, or with a command that was too large for one.
    [[nodiscard]] std::optional<ClientCommand> command_of(std::string_view packet);
    /// Bytes that the server sent.
    void add(std::string_view reply);

private:
    bool logged_in_ = false;
    std::optional<std::string> preparing_; ///< statement whose number the server is about to tell
    std::string reply_;
    std::map<std::uint32_t, std::string> prepared_;
};

} // namespace sipkeep::test
