// A lock that the kernel releases when the process dies.
#pragma once

#include "sipkeep/sys/file_system.hpp"

#include <string>

namespace sipkeep {

/// Exclusive lock on a file, held from construction to destruction (flock(2)); the file itself stays.
/// Throws LockedError when another process holds it, Error when the file can't be opened.
class LockFile {
public:
    LockFile(FileSystem& files, const std::string& path);
    LockFile(const LockFile&) = delete;
    LockFile& operator=(const LockFile&) = delete;
    ~LockFile();

private:
    FileSystem& files_;
    int file_ = -1;
};

} // namespace sipkeep
