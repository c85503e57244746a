#include "support/mysql_proxy.hpp"

#include "support/mysql_packets.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <poll.h>
#include <set>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace sipkeep::test {

namespace {

constexpr int poll_ms = 20;

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) throw std::runtime_error("too long for a socket: " + path);
    path.copy(address.sun_path, path.size());
    return address;
}

int listen_on(const std::string& path) {
    ::unlink(path.c_str());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un address = address_of(path);
    if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(fd, 16) != 0)
        throw std::runtime_error("can't listen on " + path);
    return fd;
}

int connect_to(const std::string& path) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un address = address_of(path);
    if (fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    if (fd >= 0) ::close(fd);
    return -1;
}

bool readable(int fd, int timeout_ms) {
    pollfd wait{fd, POLLIN, 0};
    return ::poll(&wait, 1, timeout_ms) > 0;
}

bool send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

/// Nothing at the end of the stream.
std::string receive(int fd) {
    std::array<char, 65536> chunk{};
    const ssize_t count = ::recv(fd, chunk.data(), chunk.size(), 0);
    return count > 0 ? std::string(chunk.data(), static_cast<std::size_t>(count)) : std::string();
}

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Literals become ?, and lists of them one.
std::string without_literals(std::string_view text) {
    std::string shape;
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        if (c == '\'') {
            i = std::min(text.find('\'', i + 1), text.size() - 1) + 1;
            shape += '?';
        } else if (std::isdigit(static_cast<unsigned char>(c)) != 0 &&
                   (shape.empty() || !is_word(shape.back()) || shape.ends_with("PARTITION p"))) {
            while (i < text.size() && is_word(text[i])) ++i;
            shape += '?';
        } else {
            shape += c;
            ++i;
        }
    }
    for (const std::string_view repeated :
         {"?, ?", "?,?", "(?), (?)", "(?),(?)", "PARTITION p?, PARTITION p?"})
        for (auto at = shape.find(repeated); at != std::string::npos; at = shape.find(repeated))
            shape.erase(at, (repeated.size() + (repeated.find(", ") == std::string::npos ? 1 : 2)) / 2);
    return shape;
}

} // namespace

std::string ClientCommand::shape() const {
    static const std::map<int, std::string> names{{login, "login"},     {quit, "quit"},
                                                  {query, "query"},     {prepare, "prepare"},
                                                  {execute, "execute"}, {close_statement, "close"}};
    const auto name = names.find(kind);
    return (name == names.end() ? "command " + std::to_string(kind) : name->second) + " " +
           without_literals(text);
}

/// One connection of a client and the one to the server behind it, served by a thread of their own.
class MySqlProxy::Session {
public:
    Session(MySqlProxy& proxy, int client, int server)
        : proxy_(proxy), client_(client), server_(server), thread_([this] { serve(); }) {}
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() {
        stop_ = true;
        thread_.join();
        ::close(client_);
        ::close(server_);
    }
    [[nodiscard]] bool ended() const { return ended_; }
    [[nodiscard]] bool hanging() const { return hanging_; }

private:
    void serve() {
        while (!stop_ && step()) {
        }
        // The other sides see it at once; the descriptors go with the object.
        ::shutdown(client_, SHUT_RDWR);
        ::shutdown(server_, SHUT_RDWR);
        ended_ = true;
    }

    /// False: the connection is over.
    bool step() {
        std::array<pollfd, 2> waits{{{client_, POLLIN, 0}, {server_, POLLIN, 0}}};
        if (::poll(waits.data(), waits.size(), poll_ms) <= 0) return true;
        if (waits[1].revents != 0 && !pass_reply()) return false;
        return waits[0].revents == 0 || take_from_client();
    }

    bool pass_reply() {
        std::string bytes = receive(server_);
        if (bytes.empty()) return false;
        replies_.add(bytes);
        if (reply_left_ && *reply_left_ <= bytes.size()) {
            send_all(client_, std::string_view(bytes).substr(0, *reply_left_));
            return false;
        }
        if (reply_left_) *reply_left_ -= bytes.size();
        return send_all(client_, bytes);
    }

    bool take_from_client() {
        const std::string bytes = receive(client_);
        if (bytes.empty()) return false;
        pending_ += bytes;
        while (const auto size = whole_packet(pending_)) {
            const std::string packet = pending_.substr(0, *size);
            pending_.erase(0, *size);
            if (!handle(packet)) return false;
        }
        return true;
    }

    bool handle(const std::string& packet) {
        const auto command = replies_.command_of(packet);
        // A short reply may have been passed on in full: then the fault strikes with the next command.
        if (command && reply_left_) return false;
        const auto fault = command ? proxy_.next(*command) : std::nullopt;
        if (!fault) return send_all(server_, packet);
        switch (fault->kind) {
        case WireFault::Kind::cut_before:
            return false;
        case WireFault::Kind::hang_before:
            return hang();
        case WireFault::Kind::cut_amid_reply:
            reply_left_ = fault->reply_bytes;
            return send_all(server_, packet);
        case WireFault::Kind::cut_after:
        case WireFault::Kind::hang_after:
            send_all(server_, packet);
            if (has_reply(command->kind))
                while (!stop_ && !readable(server_, poll_ms)) {
                }
            return fault->kind == WireFault::Kind::hang_after && hang();
        }
        return false;
    }

    bool hang() {
        hanging_ = true;
        while (!stop_) readable(-1, poll_ms);
        return false;
    }

    MySqlProxy& proxy_;
    int client_, server_;
    std::atomic<bool> stop_{false};
    std::atomic<bool> ended_{false};
    std::atomic<bool> hanging_{false};
    std::string pending_;
    PacketReader replies_;
    std::optional<std::size_t> reply_left_;
    std::thread thread_;
};

MySqlProxy::MySqlProxy(std::string server_socket, std::string own_socket)
    : server_socket_(std::move(server_socket)), own_socket_(std::move(own_socket)),
      listener_(listen_on(own_socket_)), thread_([this] { serve(); }) {}

MySqlProxy::~MySqlProxy() {
    stop_ = true;
    thread_.join();
    sessions_.clear();
    ::close(listener_);
    ::unlink(own_socket_.c_str());
}

DatabaseSettings MySqlProxy::through(DatabaseSettings settings) const {
    settings.socket = own_socket_;
    return settings;
}

void MySqlProxy::serve() {
    while (!stop_) {
        if (!readable(listener_, poll_ms)) continue;
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        const int server = connect_to(server_socket_);
        if (client < 0 ||
            server < 0) { // the server is down: the client sees what it would see without a proxy
            if (client >= 0) ::close(client);
            if (server >= 0) ::close(server);
            continue;
        }
        const std::lock_guard lock(mutex_);
        sessions_.push_back(std::make_unique<Session>(*this, client, server));
    }
}

std::vector<std::unique_ptr<MySqlProxy::Session>> MySqlProxy::take_over() {
    const auto rest = std::partition(sessions_.begin(), sessions_.end(),
                                     [](const auto& s) { return !s->ended() && !s->hanging(); });
    std::vector<std::unique_ptr<Session>> over;
    std::move(rest, sessions_.end(), std::back_inserter(over));
    sessions_.erase(rest, sessions_.end());
    return over;
}

std::optional<WireFault> MySqlProxy::next(const ClientCommand& command) {
    const std::lock_guard lock(mutex_);
    const std::size_t number = commands_.size();
    commands_.push_back(command);
    if (!plan_ || broke_at_) return std::nullopt;
    auto fault = plan_(number, command);
    if (fault) broke_at_ = number;
    return fault;
}

void MySqlProxy::follow(Plan plan) {
    std::vector<std::unique_ptr<Session>> over; // outlives the lock, which their threads may be waiting for
    const std::lock_guard lock(mutex_);
    over = take_over();
    plan_ = std::move(plan);
    commands_.clear();
    broke_at_.reset();
}

std::vector<ClientCommand> MySqlProxy::commands() const {
    const std::lock_guard lock(mutex_);
    return commands_;
}

std::optional<std::size_t> MySqlProxy::broke_at() const {
    const std::lock_guard lock(mutex_);
    return broke_at_;
}

std::size_t MySqlProxy::open_connections() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(sessions_.begin(), sessions_.end(), [](const auto& s) { return !s->ended(); }));
}

std::vector<std::size_t> worth_striking(const std::vector<ClientCommand>& commands, WireFault::Kind kind) {
    std::vector<std::size_t> found;
    std::set<std::string> shapes;
    const auto changes = [](const std::string& text) {
        return std::ranges::any_of(std::array{"COMMIT", "UPDATE", "INSERT", "DELETE", "ALTER"},
                                   [&](const char* word) { return text.starts_with(word); });
    };
    for (std::size_t i = 0; i < commands.size(); ++i) {
        const std::string& text = commands[i].text;
        if (kind == WireFault::Kind::cut_after &&
            (!changes(text) || commands[i].kind == ClientCommand::prepare))
            continue;
        if (text == "COMMIT" || shapes.insert(commands[i].shape()).second) found.push_back(i);
    }
    return found;
}

} // namespace sipkeep::test
