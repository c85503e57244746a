#include "sipkeep/sys/lock_file.hpp"

#include "sipkeep/core/error.hpp"

#include "descriptor.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace sipkeep {

namespace {

std::string why_not_opened(const std::string& path, int error) {
    std::error_code ignored;
    const auto folder = std::filesystem::path(path).parent_path();
    if (error == ENOENT && !folder.empty() && !std::filesystem::exists(folder, ignored))
        return "its folder " + folder.string() + " does not exist; create it or set lock_file";
    if (error == ELOOP)
        return "is a symbolic link, which a lock file must not be; remove it or set lock_file";
    if (error == ENXIO || error == EISDIR) return "is no regular file; remove it or set lock_file";
    return std::string("can't be opened: ") + std::strerror(error);
}

} // namespace

LockFile::LockFile(const std::string& path) {
    // O_NOFOLLOW: /run and /tmp may be writable by others, and a planted link would create or lock a file
    // elsewhere.
    constexpr int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    Descriptor file(::open(path.c_str(), flags, 0640));
    if (file.get() < 0) {
        const int error = errno;
        throw Error("lock file " + path + ": " + why_not_opened(path, error));
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        throw Error("lock file " + path + ": is no regular file; remove it or set lock_file");
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        const int error = errno;
        if (error == EWOULDBLOCK) throw LockedError("another run holds the lock " + path + "; let it finish");
        throw Error("lock file " + path + ": can't be locked: " + std::strerror(error));
    }
    fd_ = file.release();
}

LockFile::~LockFile() {
    ::close(fd_);
}

} // namespace sipkeep
