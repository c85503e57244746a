#include "sipkeep/sys/small_file.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/sys/descriptor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <vector>

namespace sipkeep {

namespace {

[[noreturn]] void fail(const std::string& path, const std::string& reason) {
    throw Error(path + ": " + reason);
}

bool in_group(gid_t group) {
    if (group == ::getegid()) return true;
    const int count = ::getgroups(0, nullptr);
    if (count <= 0) return false;
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    const int filled = ::getgroups(count, groups.data());
    return filled > 0 && std::find(groups.begin(), groups.begin() + filled, group) != groups.begin() + filled;
}

} // namespace

SmallFile read_small_file(const std::string& path, std::size_t max_bytes) {
    // O_NONBLOCK: opening a fifo must not wait for a writer; it changes nothing for a regular file.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (file.get() < 0) fail(path, std::string("can't be opened: ") + std::strerror(errno));
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) fail(path, std::strerror(errno));
    if (!S_ISREG(status.st_mode)) fail(path, "is no regular file");

    SmallFile result{{}, status.st_mode & 07777U, status.st_uid, status.st_gid};
    std::array<char, 16384> block{};
    for (;;) {
        const ssize_t length = ::read(file.get(), block.data(), block.size());
        if (length == 0) return result;
        if (length < 0 && errno == EINTR) continue;
        if (length < 0) fail(path, std::string("can't be read: ") + std::strerror(errno));
        result.text.append(block.data(), static_cast<std::size_t>(length));
        // Counted while reading: the size that fstat told may be outdated, or 0 as in /proc.
        if (result.text.size() > max_bytes)
            fail(path, "is larger than " + std::to_string(max_bytes / 1024) + " KiB; is it the right file?");
    }
}

bool has_trusted_owner(const SmallFile& file) {
    if (file.owner == 0 || file.owner == ::geteuid()) return true;
    return (file.mode & S_IRGRP) != 0 && in_group(file.group);
}

} // namespace sipkeep
