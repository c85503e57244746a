// File descriptors, and waiting on them no longer than a deadline.
#pragma once

#include "sipkeep/core/time.hpp"

#include <csignal>
#include <string>
#include <utility>

namespace sipkeep {

/// Owns a file descriptor; -1 is none.
class Descriptor {
public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor();
    [[nodiscard]] int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

private:
    int fd_;
};

/// What poll(2) reports for the descriptor, 0 when the deadline passed first. Throws SourceError.
[[nodiscard]] short wait_for(int fd, short events, const Deadline& deadline);

/// 32 hex digits that nobody can guess. Throws SourceError.
[[nodiscard]] std::string unguessable_name();

/// The text of an errno.
[[nodiscard]] std::string system_message(int error);

/// While it lives, a write to a reader that went away is an error (EPIPE) and not the death of the process.
class NoSigpipe {
public:
    NoSigpipe();
    NoSigpipe(const NoSigpipe&) = delete;
    NoSigpipe& operator=(const NoSigpipe&) = delete;
    ~NoSigpipe();

private:
    sigset_t before_{};
    bool was_pending_ = false;
};

} // namespace sipkeep
