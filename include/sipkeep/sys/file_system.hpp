// Seam: the system calls on files that must not go wrong unnoticed: the lock file's and the spool's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace sipkeep {

/// What fstat(2) or lstat(2) says.
struct FileStatus {
    bool regular = false;
    bool folder = false;
    mode_t mode = 0; ///< permission bits
    uid_t owner = 0;
    std::uint64_t bytes = 0;
};

/// Seam: one method a system call, named for it, each described by its manual page. Results are as the kernel
/// gives them, but that a failure is minus errno. What none of our code calls is not here.
class FileSystem {
public:
    FileSystem() = default;
    FileSystem(const FileSystem&) = delete;
    FileSystem& operator=(const FileSystem&) = delete;
    virtual ~FileSystem() = default;

    [[nodiscard]] virtual int open(const std::string& path, int flags, mode_t mode) = 0;
    virtual int close(int file) = 0;
    [[nodiscard]] virtual ssize_t read(int file, char* to, std::size_t bytes) = 0;
    [[nodiscard]] virtual ssize_t write(int file, std::string_view bytes) = 0;
    [[nodiscard]] virtual int seek(int file, std::uint64_t offset) = 0; ///< lseek(2), SEEK_SET; 0 or -errno
    [[nodiscard]] virtual int fsync(int file) = 0;
    [[nodiscard]] virtual int fchmod(int file, mode_t mode) = 0;
    [[nodiscard]] virtual int flock(int file, int operation) = 0;
    [[nodiscard]] virtual int fstat(int file, FileStatus& status) = 0;
    [[nodiscard]] virtual int lstat(const std::string& path, FileStatus& status) = 0;
    [[nodiscard]] virtual int rename(const std::string& from, const std::string& to) = 0;
    [[nodiscard]] virtual int unlink(const std::string& path) = 0;
    [[nodiscard]] virtual int mkdir(const std::string& path, mode_t mode) = 0;
    /// opendir(3) and readdir(3): the names in a folder but "." and "..", in no order.
    [[nodiscard]] virtual int names(const std::string& folder, std::vector<std::string>& names) = 0;
    /// geteuid(2).
    [[nodiscard]] virtual uid_t user() const = 0;
};

class RealFileSystem final : public FileSystem {
public:
    [[nodiscard]] int open(const std::string& path, int flags, mode_t mode) override;
    int close(int file) override;
    [[nodiscard]] ssize_t read(int file, char* to, std::size_t bytes) override;
    [[nodiscard]] ssize_t write(int file, std::string_view bytes) override;
    [[nodiscard]] int seek(int file, std::uint64_t offset) override;
    [[nodiscard]] int fsync(int file) override;
    [[nodiscard]] int fchmod(int file, mode_t mode) override;
    [[nodiscard]] int flock(int file, int operation) override;
    [[nodiscard]] int fstat(int file, FileStatus& status) override;
    [[nodiscard]] int lstat(const std::string& path, FileStatus& status) override;
    [[nodiscard]] int rename(const std::string& from, const std::string& to) override;
    [[nodiscard]] int unlink(const std::string& path) override;
    [[nodiscard]] int mkdir(const std::string& path, mode_t mode) override;
    [[nodiscard]] int names(const std::string& folder, std::vector<std::string>& names) override;
    [[nodiscard]] uid_t user() const override;
};

} // namespace sipkeep
