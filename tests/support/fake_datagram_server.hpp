// An OpenSIPS behind mi_datagram.
#pragma once

#include "support/temp_dir.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <thread>

namespace sipkeep::test {

class CannedMi;

class FakeDatagramServer {
public:
    enum class Kind { unix_socket, udp4, udp6 };
    FakeDatagramServer(CannedMi& mi, Kind kind);
    FakeDatagramServer(const FakeDatagramServer&) = delete;
    FakeDatagramServer& operator=(const FakeDatagramServer&) = delete;
    ~FakeDatagramServer();

    [[nodiscard]] std::string url() const;
    /// For the client; the server's own socket is elsewhere.
    [[nodiscard]] const TempDir& reply_dir() const { return reply_dir_; }
    /// The reply to the first request is sent only when the second one came, before the second one's own.
    void delay_first_reply() { delay_first_ = true; }

private:
    struct Address {
        sockaddr_storage storage{};
        socklen_t length = sizeof(sockaddr_storage);
    };
    void serve();
    void send(const std::string& text, const Address& to) const;

    CannedMi& mi_;
    Kind kind_;
    TempDir dir_;
    TempDir reply_dir_;
    std::uint16_t port_ = 0;
    int receiver_;
    int sender_; ///< over unix OpenSIPS replies from a second socket that has no name
    std::atomic<bool> stop_{false};
    std::atomic<bool> delay_first_{false};
    std::thread thread_;
};

/// Whether this machine has ::1.
bool has_ipv6_loopback();

} // namespace sipkeep::test
