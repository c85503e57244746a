#include "sipkeep/sys/durable_file.hpp"

#include "sipkeep/core/error.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <utility>

namespace sipkeep {

namespace {

[[noreturn]] void fail(const std::string& path, const std::string& what, ssize_t error) {
    throw Error(path + ": " + what + ": " + std::strerror(static_cast<int>(-error)));
}

void sync_folder(FileSystem& files, const std::string& folder) {
    const int file = files.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (file < 0) fail(folder, "can't be opened", file);
    const int error = files.fsync(file);
    files.close(file);
    if (error < 0) fail(folder, "can't be made durable", error);
}

bool is_own(const FileSystem& files, const FileStatus& status) {
    return status.owner == 0 || status.owner == files.user();
}

} // namespace

NewFile::NewFile(FileSystem& files, std::string folder, const std::string& name)
    : files_(files), folder_(std::move(folder)), path_(folder_ + "/" + name),
      new_path_(folder_ + "/." + name + ".new") {
    const int gone = files_.unlink(new_path_);
    if (gone < 0 && gone != -ENOENT) fail("can't be taken away", gone);
    // O_EXCL: neither a link nor anybody else's file is written to.
    file_ = files_.open(new_path_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file_ < 0) fail("can't be made", file_);
}

NewFile::~NewFile() {
    if (file_ < 0) return;
    files_.close(file_);
    static_cast<void>(files_.unlink(new_path_));
}

void NewFile::fail(const std::string& what, ssize_t error) {
    sipkeep::fail(new_path_, what, error);
}

void NewFile::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = files_.write(file_, bytes);
        if (written == -EINTR) continue;
        if (written < 0) fail("can't be written", written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
        bytes_ += static_cast<std::uint64_t>(written);
    }
}

void NewFile::let_all_read() {
    if (const int error = files_.fchmod(file_, 0644); error < 0) fail("can't be made readable", error);
}

void NewFile::keep() {
    if (const int error = files_.fsync(file_); error < 0) fail("can't be made durable", error);
    // Some file systems tell of a failed write only here.
    const int closed = files_.close(std::exchange(file_, -1));
    const int renamed = closed < 0 ? closed : files_.rename(new_path_, path_);
    if (renamed < 0) {
        static_cast<void>(files_.unlink(new_path_));
        fail(closed < 0 ? "can't be closed" : "can't be renamed", renamed);
    }
    sync_folder(files_, folder_);
}

InputFile::InputFile(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {
    // O_NONBLOCK: opening a fifo must not wait for a writer; it changes nothing for a regular file.
    file_ = files_.open(path_, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
    if (file_ == -ELOOP) throw Error(path_ + ": is a symbolic link, which is not followed; remove it");
    if (file_ < 0) fail(path_, "can't be opened", file_);
    FileStatus status;
    const int error = files_.fstat(file_, status);
    const bool own = is_own(files_, status);
    if (error < 0 || !status.regular || !own) {
        files_.close(std::exchange(file_, -1));
        if (error < 0) fail(path_, "can't be inspected", error);
        throw Error(path_ + (status.regular ? ": belongs to another user; see who put it there, and chown it"
                                            : ": is no regular file; remove it"));
    }
    bytes_ = status.bytes;
}

InputFile::~InputFile() {
    if (file_ >= 0) files_.close(file_);
}

std::size_t InputFile::read(char* to, std::size_t bytes) {
    for (;;) {
        const ssize_t length = files_.read(file_, to, bytes);
        if (length == -EINTR) continue;
        if (length < 0) fail(path_, "can't be read", length);
        return static_cast<std::size_t>(length);
    }
}

void InputFile::seek(std::uint64_t offset) {
    if (const int error = files_.seek(file_, offset); error < 0) fail(path_, "can't be read", error);
}

void remove_durably(FileSystem& files, const std::string& folder, const std::string& name) {
    const std::string path = folder + "/" + name;
    const int error = files.unlink(path);
    if (error < 0 && error != -ENOENT) fail(path, "can't be removed", error);
    sync_folder(files, folder);
}

void rename_durably(FileSystem& files, const std::string& folder, const std::string& from,
                    const std::string& to) {
    const std::string path = folder + "/" + from;
    if (const int error = files.rename(path, folder + "/" + to); error < 0)
        fail(path, "can't be renamed to " + to, error);
    sync_folder(files, folder);
    if (const auto slash = to.rfind('/'); slash != std::string::npos)
        sync_folder(files, folder + "/" + to.substr(0, slash));
}

void require_own_folder(FileSystem& files, const std::string& folder) {
    const int made = files.mkdir(folder, 0700);
    if (made < 0 && made != -EEXIST) fail(folder, "can't be made", made);
    const int file = files.open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
    // Linux says ENOTDIR for a symbolic link, too.
    if (file == -ENOTDIR || file == -ELOOP)
        throw Error(folder + ": is no folder, or a symbolic link to one; give the folder itself");
    if (file < 0) fail(folder, "can't be opened", file);
    FileStatus status;
    const int error = files.fstat(file, status);
    files.close(file);
    if (error < 0) fail(folder, "can't be inspected", error);
    if (!is_own(files, status))
        throw Error(folder + ": belongs to another user; chown it to the user that runs sipkeep");
    if ((status.mode & (S_IWGRP | S_IWOTH)) != 0)
        throw Error(folder + ": others may write to it; chmod go-w " + folder);
}

} // namespace sipkeep
