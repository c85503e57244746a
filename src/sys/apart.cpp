#include "sipkeep/sys/apart.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/sys/descriptor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sstream>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace sipkeep {

namespace {

[[noreturn]] void fail(const std::string& what) {
    throw Error(what + ": " + std::strerror(errno));
}

Descriptor memory_file(const char* name) {
    Descriptor file(::memfd_create(name, MFD_CLOEXEC));
    if (!file) fail("no memory for what a process writes");
    return file;
}

void put(int file, const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t written = ::write(file, text.data() + done, text.size() - done);
        if (written < 0 && errno != EINTR) return;
        if (written > 0) done += static_cast<std::size_t>(written);
    }
}

std::string contents(int file) {
    std::string text;
    std::array<char, 65536> chunk{};
    for (ssize_t count = 0;
         (count = ::pread(file, chunk.data(), chunk.size(), static_cast<off_t>(text.size()))) > 0;)
        text.append(chunk.data(), static_cast<std::size_t>(count));
    return text;
}

/// A piece that is being worked on; ended with this object.
class Piece {
public:
    Piece(std::size_t number, Milliseconds patience,
          const std::function<int(std::size_t, std::ostream&, std::ostream&)>& work)
        : number_(number), out_(memory_file("out")), err_(memory_file("err")), until_(patience) {
        const pid_t parent = ::getpid();
        process_ = ::fork();
        if (process_ < 0) fail("no process can be made");
        if (process_ == 0) be(parent, work);
        watch_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, process_, 0)));
        if (!watch_) {
            end();
            fail("a process can't be watched");
        }
    }
    Piece(Piece&& other) noexcept
        : number_(other.number_), process_(std::exchange(other.process_, -1)), out_(std::move(other.out_)),
          err_(std::move(other.err_)), watch_(std::move(other.watch_)), until_(other.until_) {}
    Piece& operator=(Piece&& other) noexcept {
        std::swap(number_, other.number_);
        std::swap(process_, other.process_);
        std::swap(out_, other.out_);
        std::swap(err_, other.err_);
        std::swap(watch_, other.watch_);
        std::swap(until_, other.until_);
        return *this;
    }
    Piece(const Piece&) = delete;
    Piece& operator=(const Piece&) = delete;
    ~Piece() { end(); }

    [[nodiscard]] std::size_t number() const { return number_; }
    [[nodiscard]] int watch() const { return watch_.get(); }
    [[nodiscard]] const Deadline& until() const { return until_; }

    /// Waits for its end; kills it before when it is late.
    Apart result(bool in_time) {
        if (!in_time) ::kill(process_, SIGKILL);
        int status = 0;
        while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
        }
        process_ = -1;
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), in_time, contents(out_.get()),
                contents(err_.get())};
    }

private:
    [[noreturn]] void be(pid_t parent,
                         const std::function<int(std::size_t, std::ostream&, std::ostream&)>& work) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(1); // it has ended meanwhile
        std::ostringstream out, err;
        const int code = work(number_, out, err);
        put(out_.get(), out.str());
        put(err_.get(), err.str());
        ::_exit(code); // what this process shares with the other is the other's to clean up
    }

    void end() {
        if (process_ <= 0) return;
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = -1;
    }

    std::size_t number_;
    pid_t process_ = -1;
    Descriptor out_, err_, watch_;
    Deadline until_;
};

/// Until one of them is over, or late.
void wait_for_one(const std::vector<Piece>& running) {
    std::vector<pollfd> watched;
    Milliseconds left = running.front().until().left();
    for (const Piece& piece : running) {
        watched.push_back({piece.watch(), POLLIN, 0});
        left = std::min(left, piece.until().left());
    }
    if (::poll(watched.data(), watched.size(), static_cast<int>(left.count())) < 0 && errno != EINTR)
        fail("processes can't be waited for");
}

bool is_over(const Piece& piece) {
    pollfd watched{piece.watch(), POLLIN, 0};
    return ::poll(&watched, 1, 0) > 0;
}

} // namespace

void run_apart(std::size_t count, const ApartLimits& limits,
               const std::function<int(std::size_t, std::ostream&, std::ostream&)>& work,
               const std::function<void(std::size_t, const Apart&)>& over) {
    std::vector<Piece> running;
    for (std::size_t next = 0; next < count || !running.empty();) {
        while (next < count && running.size() < limits.at_once)
            running.emplace_back(next++, limits.patience, work);
        wait_for_one(running);
        for (std::size_t i = 0; i < running.size();) {
            const bool ended = is_over(running[i]);
            if (!ended && !running[i].until().passed()) {
                ++i;
                continue;
            }
            const std::size_t number = running[i].number();
            const Apart result = running[i].result(ended);
            running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
            over(number, result);
        }
    }
}

} // namespace sipkeep
