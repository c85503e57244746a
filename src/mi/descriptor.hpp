// Waiting on file descriptors no longer than a deadline, and what else goes with them.
#pragma once

#include "sipkeep/core/time.hpp"
#include "sipkeep/sys/descriptor.hpp"

#include <csignal>
#include <string>

namespace sipkeep {

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
