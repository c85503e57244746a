// Files that are there whole or not at all, whatever kills the process or the power.
#pragma once

#include "sipkeep/sys/file_system.hpp"

#include <string>
#include <string_view>

namespace sipkeep {

/// A file being written beside its name, as `.NAME.new`, readable by its owner only. keep() makes it appear
/// under its name, in place of one that was there; without keep() it goes with this object. Every method
/// throws Error naming the path and why.
class NewFile {
public:
    /// A `.NAME.new` that a killed process left is taken away first.
    NewFile(FileSystem& files, std::string folder, const std::string& name);
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    ~NewFile();

    void write(std::string_view bytes);
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    /// Whatever the umask is.
    void let_all_read();
    /// fsync, rename, fsync of the folder.
    void keep();

private:
    [[noreturn]] void fail(const std::string& what, ssize_t error);

    FileSystem& files_;
    std::string folder_, path_, new_path_;
    int file_ = -1;
    std::uint64_t bytes_ = 0;
};

/// A regular file that this user or root owns, opened for reading; a symbolic link is refused. Every method
/// throws Error naming the path and why.
class InputFile {
public:
    InputFile(FileSystem& files, std::string path);
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;
    ~InputFile();

    /// Returns how many of at most `bytes` were read; 0 at the end.
    [[nodiscard]] std::size_t read(char* to, std::size_t bytes);
    void seek(std::uint64_t offset);
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    FileSystem& files_;
    std::string path_;
    int file_ = -1;
    std::uint64_t bytes_ = 0;
};

/// Takes a file away, and sees to it that it stays away. Throws Error; a file that is not there is none.
void remove_durably(FileSystem& files, const std::string& folder, const std::string& name);

/// Moves a file within its folder or into one below it. Throws Error.
void rename_durably(FileSystem& files, const std::string& folder, const std::string& from,
                    const std::string& to);

/// Makes sure that `folder` is there (its parent must be), is one, belongs to this user or root, and that
/// nobody else may write to it. Throws Error saying which of these is not so.
void require_own_folder(FileSystem& files, const std::string& folder);

} // namespace sipkeep
