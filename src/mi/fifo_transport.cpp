#include "fifo_transport.hpp"

#include "sipkeep/core/error.hpp"

#include "descriptor.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sipkeep {

namespace {

/// OpenSIPS builds the reply's path in a buffer of this size.
constexpr std::size_t max_reply_path_bytes = 127;

struct CommandFifo {
    Descriptor fd;
    uid_t owner;
    gid_t group;
};

std::string explain_open(int error) {
    switch (error) {
    case ENOENT:
        return "no such FIFO; is OpenSIPS running, with mi_fifo on this path?";
    case ENXIO:
        return "nobody reads this FIFO; is OpenSIPS running?";
    case EACCES:
        return "no permission to write; join the FIFO's group, or set mi_fifo's fifo_group";
    default:
        return "can't open: " + system_message(error);
    }
}

CommandFifo open_command(const std::string& path) {
    CommandFifo command{Descriptor(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)), 0, 0};
    if (!command.fd) throw SourceError(explain_open(errno));
    struct stat status {};
    if (::fstat(command.fd.get(), &status) != 0)
        throw SourceError("can't look at it: " + system_message(errno));
    if (!S_ISFIFO(status.st_mode)) throw SourceError("not a FIFO; check mi_fifo's fifo_name");
    command.owner = status.st_uid;
    command.group = status.st_gid;
    return command;
}

/// Our FIFO for one reply; gone with this object.
class ReplyFifo {
public:
    ReplyFifo(const std::string& dir, const CommandFifo& command)
        : name_("sipkeep_" + unguessable_name()), path_(dir + "/" + name_) {
        if (path_.size() > max_reply_path_bytes)
            throw SourceError("the path of the reply, " + path_ +
                              ", is too long for OpenSIPS; shorten reply_dir");
        if (::mkfifo(path_.c_str(), S_IRUSR | S_IWUSR) != 0)
            throw SourceError("can't create a reply FIFO in " + dir + ": " + system_message(errno));
        try {
            open(command);
        } catch (...) {
            ::unlink(path_.c_str());
            throw;
        }
    }
    ReplyFifo(const ReplyFifo&) = delete;
    ReplyFifo& operator=(const ReplyFifo&) = delete;
    ~ReplyFifo() { ::unlink(path_.c_str()); }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] int fd() const { return fd_.get(); }

private:
    void open(const CommandFifo& command) {
        fd_ = Descriptor(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
        struct stat status {};
        if (!fd_ || ::fstat(fd_.get(), &status) != 0)
            throw SourceError("can't open the reply FIFO " + path_ + ": " + system_message(errno));
        if (!S_ISFIFO(status.st_mode) || status.st_uid != ::geteuid() || status.st_nlink != 1)
            throw SourceError("somebody replaced the reply FIFO " + path_ +
                              "; set reply_dir to a safe directory");
        // As little as lets OpenSIPS write: its user is us, or in the group of its FIFO, or we don't know.
        mode_t mode = S_IRUSR | S_IWUSR;
        if (command.owner != ::geteuid()) {
            const bool same_group = ::fchown(fd_.get(), static_cast<uid_t>(-1), command.group) == 0;
            mode |= same_group ? S_IWGRP : S_IWGRP | S_IWOTH;
        }
        if (::fchmod(fd_.get(), mode) != 0)
            throw SourceError("can't open the reply FIFO " + path_ +
                              " to OpenSIPS: " + system_message(errno));
    }

    std::string name_;
    std::string path_;
    Descriptor fd_;
};

/// In one write, which the kernel keeps whole up to PIPE_BUF: other programs use the same FIFO.
void send(int fd, const std::string& line, const Deadline& deadline) {
    const NoSigpipe no_sigpipe;
    if (line.size() > PIPE_BUF)
        throw SourceError("request of " + std::to_string(line.size()) + " bytes; a FIFO takes at most " +
                          std::to_string(PIPE_BUF) + " at once");
    while (::write(fd, line.data(), line.size()) < 0) {
        if (errno == EINTR) continue;
        if (errno == EPIPE) throw SourceError("nobody reads this FIFO any more; did OpenSIPS just stop?");
        if (errno != EAGAIN) throw SourceError("can't write: " + system_message(errno));
        if (wait_for(fd, POLLOUT, deadline) == 0)
            throw SourceError("the FIFO is full and nobody reads it; is OpenSIPS hanging?");
    }
}

/// Reads to the end of file. That takes a writer first: before one came, poll(2) does not report POLLHUP.
std::string receive(int fd, std::size_t max_bytes, const Deadline& deadline, const std::string& on_silence) {
    std::string reply;
    std::array<char, 65536>
        chunk; // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills what is used
    while (true) {
        if (wait_for(fd, POLLIN, deadline) == 0)
            throw SourceError(reply.empty() ? on_silence
                                            : "the reply did not end in time; is OpenSIPS overloaded?");
        const ssize_t count = ::read(fd, chunk.data(), chunk.size());
        if (count == 0) return reply;
        if (count < 0) {
            if (errno == EAGAIN || errno == EINTR) continue;
            throw SourceError("can't read the reply: " + system_message(errno));
        }
        const auto bytes = static_cast<std::size_t>(count);
        if (bytes > max_bytes - reply.size())
            throw SourceError("reply over " + std::to_string(max_bytes) +
                              " bytes; raise mi.max_reply_bytes, or ask for fewer groups");
        reply.append(chunk.data(), bytes);
    }
}

} // namespace

std::string FifoTransport::exchange(std::string_view json_request, Deadline deadline) {
    try {
        const Deadline until = deadline.within(settings_.timeout);
        const auto waited = until.left();
        if (waited.count() == 0) throw SourceError("no time left for the request");
        const CommandFifo command = open_command(path_);
        const ReplyFifo reply(settings_.reply_dir, command);
        send(command.fd.get(), ":" + reply.name() + ":" + std::string(json_request) + "\n", until);
        auto text = receive(reply.fd(), settings_.max_reply_bytes, until,
                            "no reply within " + std::to_string(waited.count()) +
                                " ms; does OpenSIPS see reply_dir " + settings_.reply_dir +
                                " (mi_fifo's reply_dir, systemd's PrivateTmp), or is it overloaded?");
        if (text.empty()) throw SourceError("empty reply; see OpenSIPS's log");
        return text;
    } catch (const SourceError& error) {
        throw SourceError("MI at " + settings_.url + ": " + error.what());
    }
}

} // namespace sipkeep
