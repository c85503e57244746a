#include "descriptor.hpp"

#include "sipkeep/core/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <poll.h>
#include <sys/random.h>
#include <system_error>
#include <unistd.h>

namespace sipkeep {

namespace {

sigset_t only_sigpipe() {
    sigset_t set{};
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    return set;
}

bool sigpipe_is_pending() {
    sigset_t pending{};
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
}

} // namespace

short wait_for(int fd, short events, const Deadline& deadline) {
    while (true) {
        const auto left =
            std::min<Milliseconds::rep>(deadline.left().count(), std::numeric_limits<int>::max());
        if (left == 0) return 0;
        pollfd waited{fd, events, 0};
        const int ready = ::poll(&waited, 1, static_cast<int>(left));
        if (ready > 0) return waited.revents;
        if (ready < 0 && errno != EINTR)
            throw SourceError("can't wait for MI: poll: " + system_message(errno));
    }
}

std::string unguessable_name() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<unsigned char, 16> bytes{};
    if (::getentropy(bytes.data(), bytes.size()) != 0)
        throw SourceError("can't name a reply of MI: getentropy: " + system_message(errno));
    std::string name;
    for (const auto byte : bytes) {
        name += digits[byte >> 4U];
        name += digits[byte & 0xFU];
    }
    return name;
}

std::string system_message(int error) {
    return std::generic_category().message(error);
}

NoSigpipe::NoSigpipe() : was_pending_(sigpipe_is_pending()) {
    const sigset_t sigpipe = only_sigpipe();
    pthread_sigmask(SIG_BLOCK, &sigpipe, &before_);
}

NoSigpipe::~NoSigpipe() {
    const sigset_t sigpipe = only_sigpipe();
    const timespec now{};
    if (!was_pending_ && sigpipe_is_pending()) sigtimedwait(&sigpipe, nullptr, &now);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

} // namespace sipkeep
