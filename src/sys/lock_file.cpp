#include "sipkeep/sys/lock_file.hpp"

#include "sipkeep/core/error.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <system_error>

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
    if (error == EACCES && std::filesystem::exists(path, ignored))
        return "belongs to another user; did root run sipkeep before? remove it or set lock_file";
    return std::string("can't be opened: ") + std::strerror(error);
}

} // namespace

LockFile::LockFile(FileSystem& files, const std::string& path) : files_(files) {
    // O_NOFOLLOW: /run and /tmp may be writable by others, and a planted link would create or lock a file
    // elsewhere.
    constexpr int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    file_ = files_.open(path, flags, 0640);
    if (file_ < 0) throw Error("lock file " + path + ": " + why_not_opened(path, -file_));
    FileStatus status;
    const int inspected = files_.fstat(file_, status);
    const int locked = inspected == 0 && status.regular ? files_.flock(file_, LOCK_EX | LOCK_NB) : 0;
    if (inspected == 0 && status.regular && locked == 0) return;
    files_.close(file_);
    if (inspected < 0)
        throw Error("lock file " + path + ": can't be inspected: " + std::strerror(-inspected));
    if (!status.regular)
        throw Error("lock file " + path + ": is no regular file; remove it or set lock_file");
    if (locked == -EWOULDBLOCK) throw LockedError("another run holds the lock " + path + "; let it finish");
    throw Error("lock file " + path + ": can't be locked: " + std::strerror(-locked));
}

LockFile::~LockFile() {
    files_.close(file_);
}

} // namespace sipkeep
