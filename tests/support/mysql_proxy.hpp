// Stands between a client and a MariaDB server, counts what the client asks for, and breaks the connection
// where told.
#pragma once

#include "sipkeep/db/database_settings.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace sipkeep::test {

/// One command of a client, as the MySQL protocol numbers them (COM_QUERY = 3, ..); `login` is the first
/// answer to the greeting.
struct ClientCommand {
    static constexpr int login = 0x100;
    static constexpr int quit = 0x01;
    static constexpr int query = 0x03;
    static constexpr int prepare = 0x16;
    static constexpr int execute = 0x17;
    static constexpr int close_statement = 0x19;

    int kind = 0;
    std::string
        text; ///< of the statement; for execute and close, that of their preparation. At most 2000 bytes.

    /// What stays the same when only numbers, times and lists differ: "query SELECT ? FROM t WHERE id IN
    /// (?)".
    [[nodiscard]] std::string shape() const;
};

/// What happens to the connection at a command.
struct WireFault {
    enum class Kind : std::uint8_t {
        cut_before,     ///< the server never gets it
        cut_after,      ///< the server has done it, the client is not told
        cut_amid_reply, ///< the client gets `reply_bytes` of the reply
        hang_before,    ///< both ends stay open and silent
        hang_after,     ///< the same, and the server has done it
    };
    Kind kind = Kind::cut_before;
    std::size_t reply_bytes = 0;
};

/// Listens on a unix socket of its own. Commands are counted over all connections, from 0.
class MySqlProxy {
public:
    /// Asked at each command, by one thread at a time; its fault is carried out, once. Later connections are
    /// served.
    using Plan = std::function<std::optional<WireFault>(std::size_t number, const ClientCommand&)>;

    MySqlProxy(std::string server_socket, std::string own_socket);
    MySqlProxy(const MySqlProxy&) = delete;
    MySqlProxy& operator=(const MySqlProxy&) = delete;
    ~MySqlProxy();

    /// The same server by way of the proxy.
    [[nodiscard]] DatabaseSettings through(DatabaseSettings settings) const;
    /// Forgets what was counted, ends hanging connections, and follows this plan from now on.
    void follow(Plan plan);
    /// Counts only.
    void follow_nothing() { follow({}); }
    [[nodiscard]] std::vector<ClientCommand> commands() const;
    /// The number of the command at which the fault was carried out.
    [[nodiscard]] std::optional<std::size_t> broke_at() const;
    /// Connections that are open, or hang.
    [[nodiscard]] std::size_t open_connections() const;

private:
    class Session;

    void serve();
    std::optional<WireFault> next(const ClientCommand& command);
    /// The connections that have ended or hang.
    std::vector<std::unique_ptr<Session>> take_over();

    std::string server_socket_, own_socket_;
    int listener_;
    std::atomic<bool> stop_{false};
    mutable std::mutex mutex_;
    Plan plan_;
    std::vector<ClientCommand> commands_;
    std::optional<std::size_t> broke_at_;
    std::vector<std::unique_ptr<Session>> sessions_;
    std::thread thread_;
};

/// Where to strike: one command of each shape; of those that the server has done when the connection breaks,
/// the ones that change something.
[[nodiscard]] std::vector<std::size_t> worth_striking(const std::vector<ClientCommand>& commands,
                                                      WireFault::Kind kind);

} // namespace sipkeep::test
