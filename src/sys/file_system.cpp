#include "sipkeep/sys/file_system.hpp"

#include <cerrno>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sipkeep {

namespace {

int result(int returned) {
    return returned < 0 ? -errno : returned;
}

FileStatus status_of(const struct stat& found) {
    return {.regular = S_ISREG(found.st_mode),
            .folder = S_ISDIR(found.st_mode),
            .mode = found.st_mode & 07777U,
            .owner = found.st_uid,
            .bytes = static_cast<std::uint64_t>(found.st_size)};
}

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

} // namespace

int RealFileSystem::open(const std::string& path, int flags, mode_t mode) {
    return result(::open(path.c_str(), flags, mode));
}

int RealFileSystem::close(int file) {
    return result(::close(file));
}

ssize_t RealFileSystem::read(int file, char* to, std::size_t bytes) {
    const ssize_t length = ::read(file, to, bytes);
    return length < 0 ? -errno : length;
}

ssize_t RealFileSystem::write(int file, std::string_view bytes) {
    const ssize_t length = ::write(file, bytes.data(), bytes.size());
    return length < 0 ? -errno : length;
}

int RealFileSystem::seek(int file, std::uint64_t offset) {
    return ::lseek(file, static_cast<off_t>(offset), SEEK_SET) < 0 ? -errno : 0;
}

int RealFileSystem::fsync(int file) {
    return result(::fsync(file));
}

int RealFileSystem::fchmod(int file, mode_t mode) {
    return result(::fchmod(file, mode));
}

int RealFileSystem::flock(int file, int operation) {
    return result(::flock(file, operation));
}

int RealFileSystem::fstat(int file, FileStatus& status) {
    struct stat found {};
    if (::fstat(file, &found) < 0) return -errno;
    status = status_of(found);
    return 0;
}

int RealFileSystem::lstat(const std::string& path, FileStatus& status) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) < 0) return -errno;
    status = status_of(found);
    return 0;
}

int RealFileSystem::rename(const std::string& from, const std::string& to) {
    return result(::rename(from.c_str(), to.c_str()));
}

int RealFileSystem::unlink(const std::string& path) {
    return result(::unlink(path.c_str()));
}

int RealFileSystem::mkdir(const std::string& path, mode_t mode) {
    return result(::mkdir(path.c_str(), mode));
}

int RealFileSystem::names(const std::string& folder, std::vector<std::string>& names) {
    names.clear();
    const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.c_str()));
    if (!open) return -errno;
    for (;;) {
        errno = 0;
        const dirent* const entry = ::readdir(open.get());
        if (entry == nullptr) return -errno;
        const std::string name(static_cast<const char*>(entry->d_name));
        if (name != "." && name != "..") names.push_back(name);
    }
}

uid_t RealFileSystem::user() const {
    return ::geteuid();
}

} // namespace sipkeep
