// An HTTP server of given bytes, for what no honest server would send.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sipkeep::test {

class CannedMi;

struct HttpAnswer {
    enum class Then {
        close, ///< ends the connection
        hold,  ///< leaves it open until the server goes
        flood, ///< goes on sending 'x' until the client goes
    };
    std::string bytes;
    Then then = Then::close;
    std::chrono::milliseconds pause_between_bytes{0}; ///< over zero: bytes are sent one by one
};

/// Listens on 127.0.0.1; serves one connection after the other, as httpd's one process does.
class FakeHttpServer {
public:
    /// Head up to and without the empty line, and body of one request.
    struct Request {
        std::string head;
        std::string body;
    };
    using Handler = std::function<HttpAnswer(const Request&)>;

    explicit FakeHttpServer(Handler handler);
    explicit FakeHttpServer(HttpAnswer answer);
    FakeHttpServer(const FakeHttpServer&) = delete;
    FakeHttpServer& operator=(const FakeHttpServer&) = delete;
    ~FakeHttpServer();

    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// http://127.0.0.1:PORT/mi
    [[nodiscard]] std::string url() const;
    [[nodiscard]] std::vector<Request> requests() const;
    /// Of all replies together.
    [[nodiscard]] std::uint64_t bytes_sent() const { return bytes_sent_; }

private:
    void serve();
    void serve_connection(int fd);
    void send(int fd, const HttpAnswer& answer);
    bool send_all(int fd, std::string_view bytes);

    Handler handler_;
    std::uint16_t port_ = 0; // before listener_, which fills it
    int listener_;
    std::atomic<bool> stop_{false};
    std::atomic<std::uint64_t> bytes_sent_{0};
    mutable std::mutex mutex_;
    std::vector<Request> requests_;
    std::vector<int> held_;
    std::thread thread_;
};

/// "HTTP/1.1 200 OK" and the headers of mi_http around the body.
std::string http_ok(const std::string& body);
/// mi_http over a CannedMi; silence holds the connection open.
FakeHttpServer::Handler mi_http(CannedMi& mi);
/// A port of 127.0.0.1 on which nobody listens.
std::uint16_t closed_port();

} // namespace sipkeep::test
