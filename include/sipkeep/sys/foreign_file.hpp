// A file that somebody else has made, plain or compressed.
#pragma once

#include "sipkeep/sys/file_system.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace sipkeep {

/// What its first bytes say decides: gzip, Zstandard, or plain. Holds up to 128 MB of a Zstandard window.
/// Every method throws Error naming the path and why.
class ForeignFile {
public:
    ForeignFile(FileSystem& files, std::string path);
    ForeignFile(const ForeignFile&) = delete;
    ForeignFile& operator=(const ForeignFile&) = delete;
    ~ForeignFile();

    /// The next bytes of the content, at most so many; 0 at the end. What ends too early throws.
    [[nodiscard]] std::size_t read(char* to, std::size_t bytes);
    /// Bytes of the file itself, and how many of them were read.
    [[nodiscard]] std::uint64_t bytes() const;
    [[nodiscard]] std::uint64_t bytes_read() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace sipkeep
