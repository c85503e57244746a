#include "support/fake_fifo_server.hpp"

#include "support/canned_mi.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace sipkeep::test {

namespace {

int open_command_fifo(const std::string& path) {
    // Its own writer keeps it from ever reading an end of file, as OpenSIPS does.
    const int fd = ::mkfifo(path.c_str(), 0660) == 0 ? ::open(path.c_str(), O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) throw std::runtime_error("fake mi_fifo: can't create " + path);
    return fd;
}

} // namespace

FakeFifoServer::FakeFifoServer(CannedMi& mi, Pace pace)
    : mi_(mi), pace_(pace), fd_(open_command_fifo(path())), thread_([this] { serve(); }) {}

FakeFifoServer::~FakeFifoServer() {
    stop_ = true;
    thread_.join();
    ::close(fd_);
    for (const int fd : held_) ::close(fd);
}

std::vector<FakeFifoServer::ReplyFifoSeen> FakeFifoServer::reply_fifos() const {
    const std::lock_guard lock(mutex_);
    return reply_fifos_;
}

std::vector<std::string> FakeFifoServer::lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
}

void FakeFifoServer::serve() {
    sigset_t sigpipe{};
    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe, nullptr);
    while (!stop_) {
        pollfd waited{fd_, POLLIN, 0};
        if (::poll(&waited, 1, 20) <= 0) continue;
        std::array<char, 4096> buffer{};
        const ssize_t count = ::read(fd_, buffer.data(), buffer.size());
        if (count > 0) serve_line(std::string(buffer.data(), static_cast<std::size_t>(count)));
    }
}

void FakeFifoServer::serve_line(const std::string& line) {
    const auto separator = line.find(':', 1);
    const std::string reply_path = reply_dir() + "/" + line.substr(1, separator - 1);
    struct stat status {};
    ::lstat(reply_path.c_str(), &status);
    {
        const std::lock_guard lock(mutex_);
        lines_.push_back(line);
        reply_fifos_.push_back({status.st_mode, status.st_gid});
    }
    if (const auto text = mi_.answer(line.substr(separator + 1))) reply(reply_path, *text);
}

bool FakeFifoServer::write(int fd, std::string_view bytes) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count > 0) bytes_written_ += static_cast<std::uint64_t>(count);
    return count >= 0;
}

void FakeFifoServer::reply(const std::string& path, const std::string& text) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return;
    ::fcntl(fd, F_SETFL, 0); // from here on writes block
    for (std::size_t at = 0; at < text.size() && !stop_; at += pace_.chunk_bytes) {
        if (!write(fd, std::string_view(text).substr(at, pace_.chunk_bytes))) break;
        if (pace_.pause.count() > 0) std::this_thread::sleep_for(pace_.pause);
    }
    const std::string flood(65536, 'x');
    while (pace_.then == Pace::Then::flood && !stop_ && write(fd, flood)) {
    }
    if (pace_.then == Pace::Then::hold)
        held_.push_back(fd);
    else
        ::close(fd);
}

} // namespace sipkeep::test
