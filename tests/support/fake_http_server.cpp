#include "support/fake_http_server.hpp"

#include "support/canned_mi.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace sipkeep::test {

namespace {

int listen_on_loopback(std::uint16_t& port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (fd < 0 || ::bind(fd, generic, length) != 0 || ::listen(fd, 16) != 0 ||
        ::getsockname(fd, generic, &length) != 0)
        throw std::runtime_error("fake HTTP server: can't listen");
    port = ntohs(address.sin_port);
    return fd;
}

std::size_t content_length(const std::string& head) {
    const auto at = head.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 16, nullptr, 10);
}

bool receive_more(int fd, std::string& text) {
    std::array<char, 4096> chunk{};
    const ssize_t count = ::recv(fd, chunk.data(), chunk.size(), 0);
    if (count <= 0) return false;
    text.append(chunk.data(), static_cast<std::size_t>(count));
    return true;
}

bool receive_request(int fd, FakeHttpServer::Request& request) {
    std::string text;
    std::size_t end = std::string::npos;
    while ((end = text.find("\r\n\r\n")) == std::string::npos)
        if (!receive_more(fd, text)) return false;
    request.head = text.substr(0, end);
    request.body = text.substr(end + 4);
    while (request.body.size() < content_length(request.head))
        if (!receive_more(fd, request.body)) return false;
    return true;
}

} // namespace

FakeHttpServer::FakeHttpServer(Handler handler)
    : handler_(std::move(handler)), listener_(listen_on_loopback(port_)), thread_([this] { serve(); }) {}

FakeHttpServer::FakeHttpServer(HttpAnswer answer)
    : FakeHttpServer([answer = std::move(answer)](const Request&) { return answer; }) {}

FakeHttpServer::~FakeHttpServer() {
    stop_ = true;
    ::shutdown(listener_, SHUT_RDWR); // wakes accept()
    thread_.join();
    ::close(listener_);
    for (const int fd : held_) ::close(fd);
}

std::string FakeHttpServer::url() const {
    return "http://127.0.0.1:" + std::to_string(port_) + "/mi";
}

std::vector<FakeHttpServer::Request> FakeHttpServer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

void FakeHttpServer::serve() {
    while (!stop_) {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd >= 0) serve_connection(fd);
    }
}

void FakeHttpServer::serve_connection(int fd) {
    const timeval patience{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    Request request;
    HttpAnswer answer;
    if (receive_request(fd, request)) {
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(request);
        }
        answer = handler_(request);
        send(fd, answer);
    }
    if (answer.then == HttpAnswer::Then::hold)
        held_.push_back(fd);
    else
        ::close(fd);
}

bool FakeHttpServer::send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) return false;
        bytes_sent_ += static_cast<std::uint64_t>(count);
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

void FakeHttpServer::send(int fd, const HttpAnswer& answer) {
    if (answer.pause_between_bytes.count() > 0) {
        for (const char byte : answer.bytes) {
            if (stop_ || !send_all(fd, std::string_view(&byte, 1))) return;
            std::this_thread::sleep_for(answer.pause_between_bytes);
        }
    } else if (!send_all(fd, answer.bytes))
        return;
    const std::string flood(65536, 'x');
    while (answer.then == HttpAnswer::Then::flood && !stop_ && send_all(fd, flood)) {
    }
}

std::string http_ok(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 16:15:37 GMT\r\nConnection: close\r\n"
           "Content-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

FakeHttpServer::Handler mi_http(CannedMi& mi) {
    return [&mi](const FakeHttpServer::Request& request) -> HttpAnswer {
        const auto reply = mi.answer(request.body);
        if (!reply) return {"", HttpAnswer::Then::hold};
        return {http_ok(*reply)};
    };
}

std::uint16_t closed_port() {
    std::uint16_t port = 0;
    ::close(listen_on_loopback(port));
    return port;
}

} // namespace sipkeep::test
