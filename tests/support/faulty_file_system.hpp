// The real file system, but for one call.
#pragma once

#include "sipkeep/sys/file_system.hpp"

#include <cerrno>
#include <optional>

namespace sipkeep::test {

/// Counts the system calls; the one numbered `at` (from 0) fails with `error`, and with `and_on` all after
/// it, too. Thrown out of it instead of failing: `killed`, as if the process had died there, before or after
/// the call.
class FaultyFileSystem final : public FileSystem {
public:
    struct Killed {};
    enum class Fault : std::uint8_t { error, error_from_then_on, killed_before, killed_after, short_write };

    FaultyFileSystem() = default;
    FaultyFileSystem(std::size_t at, Fault fault, int error = EIO) : at_(at), fault_(fault), error_(error) {}

    [[nodiscard]] std::size_t calls() const { return calls_; }
    /// The fault has happened.
    [[nodiscard]] bool struck() const { return calls_ > at_; }

    int open(const std::string& path, int flags, mode_t mode) override {
        return call<int>([&] { return real_.open(path, flags, mode); });
    }
    int close(int file) override {
        // Linux frees the descriptor whatever close() says. Destructors call this: nothing may be thrown.
        const int closed = real_.close(file);
        const bool now = calls_++ == at_;
        if (now && (fault_ == Fault::killed_before || fault_ == Fault::killed_after)) dead_ = true;
        return dead_ || (now && fault_ == Fault::error) ? -error_ : closed;
    }
    ssize_t read(int file, char* to, std::size_t bytes) override {
        return call<ssize_t>([&] { return real_.read(file, to, bytes); });
    }
    ssize_t write(int file, std::string_view bytes) override {
        const bool cut = fault_ == Fault::short_write && calls_ == at_ && bytes.size() > 1;
        return call<ssize_t>(
            [&] { return real_.write(file, cut ? bytes.substr(0, bytes.size() / 2) : bytes); });
    }
    int seek(int file, std::uint64_t offset) override {
        return call<int>([&] { return real_.seek(file, offset); });
    }
    int fsync(int file) override {
        return call<int>([&] { return real_.fsync(file); });
    }
    int fchmod(int file, mode_t mode) override {
        return call<int>([&] { return real_.fchmod(file, mode); });
    }
    int flock(int file, int operation) override {
        return call<int>([&] { return real_.flock(file, operation); });
    }
    int fstat(int file, FileStatus& status) override {
        return call<int>([&] { return real_.fstat(file, status); });
    }
    int lstat(const std::string& path, FileStatus& status) override {
        return call<int>([&] { return real_.lstat(path, status); });
    }
    int rename(const std::string& from, const std::string& to) override {
        return call<int>([&] { return real_.rename(from, to); });
    }
    int unlink(const std::string& path) override {
        return call<int>([&] { return real_.unlink(path); });
    }
    int mkdir(const std::string& path, mode_t mode) override {
        return call<int>([&] { return real_.mkdir(path, mode); });
    }
    int names(const std::string& folder, std::vector<std::string>& names) override {
        return call<int>([&] { return real_.names(folder, names); });
    }
    uid_t user() const override { return real_.user(); }

private:
    template <class Result, class Call>
    Result call(Call call) {
        const std::size_t number = calls_++;
        if (dead_) return -error_; // only destructors still run
        const bool now = number == at_;
        if (now && fault_ == Fault::killed_before) {
            dead_ = true;
            throw Killed{};
        }
        if ((now && fault_ == Fault::error) || (number >= at_ && fault_ == Fault::error_from_then_on))
            return -error_;
        const Result result = call();
        if (now && fault_ == Fault::killed_after) {
            dead_ = true;
            throw Killed{};
        }
        return result;
    }

    RealFileSystem real_;
    std::size_t at_ = SIZE_MAX;
    Fault fault_ = Fault::error;
    int error_ = EIO;
    std::size_t calls_ = 0;
    bool dead_ = false;
};

} // namespace sipkeep::test
