// Reading a file that must be small: configuration and credentials.
#pragma once

#include <cstddef>
#include <string>
#include <sys/types.h>

namespace sipkeep {

/// A file's text together with who could have written or read it, taken from the same open file.
struct SmallFile {
    std::string text;
    mode_t mode = 0; ///< permission bits
    uid_t owner = 0;
    gid_t group = 0;
};

/// Reads a whole regular file of at most `max_bytes`; symbolic links are followed, nothing is waited for.
/// Throws Error naming the path when it can't be opened, is no regular file, or is larger.
[[nodiscard]] SmallFile read_small_file(const std::string& path, std::size_t max_bytes);

/// True when the file belongs to root or to the running user, or is readable through a group of this process.
[[nodiscard]] bool has_trusted_owner(const SmallFile& file);

} // namespace sipkeep
