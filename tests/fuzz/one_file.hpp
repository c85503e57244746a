// A file system for targets that read a file.
#pragma once

#include "sipkeep/sys/file_system.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

namespace sipkeep::fuzz {

/// One file, of this user, in memory; each descriptor has its own place in it.
class OneFile final : public FileSystem {
public:
    explicit OneFile(std::string content) : content_(std::move(content)) {}

    int open(const std::string& /*path*/, int /*flags*/, mode_t /*mode*/) override {
        places_.push_back(0);
        return static_cast<int>(places_.size()) - 1;
    }
    int close(int /*file*/) override { return 0; }
    ssize_t read(int file, char* to, std::size_t bytes) override {
        std::size_t& place = places_.at(static_cast<std::size_t>(file));
        const std::size_t length = std::min(bytes, content_.size() - std::min(place, content_.size()));
        if (length > 0) std::memcpy(to, content_.data() + place, length);
        place += length;
        return static_cast<ssize_t>(length);
    }
    int seek(int file, std::uint64_t offset) override {
        places_.at(static_cast<std::size_t>(file)) = offset;
        return 0;
    }
    int fstat(int /*file*/, FileStatus& status) override {
        status = {true, false, 0600, user(), content_.size()};
        return 0;
    }

    // Nothing else is asked for by one who reads.
    ssize_t write(int /*file*/, std::string_view /*bytes*/) override { return -EROFS; }
    int fsync(int /*file*/) override { return -EROFS; }
    int fchmod(int /*file*/, mode_t /*mode*/) override { return -EROFS; }
    int flock(int /*file*/, int /*operation*/) override { return -EROFS; }
    int lstat(const std::string& /*path*/, FileStatus& status) override { return fstat(0, status); }
    int rename(const std::string& /*from*/, const std::string& /*to*/) override { return -EROFS; }
    int unlink(const std::string& /*path*/) override { return -EROFS; }
    int mkdir(const std::string& /*path*/, mode_t /*mode*/) override { return -EROFS; }
    int names(const std::string& /*folder*/, std::vector<std::string>& /*names*/) override { return -EROFS; }
    uid_t user() const override { return 0; }

private:
    std::string content_;
    std::vector<std::size_t> places_;
};

} // namespace sipkeep::fuzz
