#include "sipkeep/sys/foreign_file.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/sys/compression.hpp"
#include "sipkeep/sys/descriptor.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <system_error>
#include <vector>
#include <zlib.h>

namespace sipkeep {

namespace {

constexpr int largest_window_log = 27;

/// gzip (RFC 1952), one member after the other.
class Inflater {
public:
    using Read = std::function<std::size_t(char*, std::size_t)>;

    explicit Inflater(Read read) : read_(std::move(read)), in_(1U << 16U) {
        constexpr int gzip_only = 15 + 16;
        if (inflateInit2(&stream_, gzip_only) != Z_OK) throw Error("no memory left to decompress with");
    }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater() { inflateEnd(&stream_); }

    std::size_t read(char* to, std::size_t bytes) {
        stream_.next_out = reinterpret_cast<Bytef*>(to);
        stream_.avail_out = static_cast<uInt>(bytes);
        while (stream_.avail_out == bytes) {
            if (stream_.avail_in == 0) {
                stream_.next_in = reinterpret_cast<Bytef*>(in_.data());
                stream_.avail_in = static_cast<uInt>(read_(in_.data(), in_.size()));
            }
            if (stream_.avail_in == 0) {
                if (in_member_) throw Error("ends in the middle: it was cut off");
                return 0;
            }
            in_member_ = true;
            const int result = inflate(&stream_, Z_NO_FLUSH);
            if (result == Z_STREAM_END) {
                in_member_ = false;
                inflateReset(&stream_);
            } else if (result != Z_OK) {
                throw Error("is damaged: it does not decompress");
            }
        }
        return bytes - stream_.avail_out;
    }

private:
    Read read_;
    std::vector<char> in_;
    z_stream stream_{};
    bool in_member_ = false;
};

} // namespace

struct ForeignFile::State {
    State(FileSystem& file_system, std::string name) : files(file_system), path(std::move(name)) {
        file = files.open(path, O_RDONLY | O_CLOEXEC, 0);
        if (file < 0) fail("can't be opened", file);
        FileStatus status;
        if (const int result = files.fstat(file, status); result < 0 || status.folder) {
            files.close(file);
            fail("can't be read", status.folder ? -EISDIR : result);
        }
        bytes = status.bytes;
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { files.close(file); }

    [[noreturn]] void fail(const std::string& what, long error) const {
        throw Error(path + ": " + what + ": " + std::generic_category().message(static_cast<int>(-error)));
    }

    std::size_t read(char* to, std::size_t size) {
        if (!start.empty()) {
            const std::size_t length = std::min(size, start.size());
            std::memcpy(to, start.data(), length);
            start.erase(0, length);
            return length;
        }
        for (;;) {
            const ssize_t length = files.read(file, to, size);
            if (length == -EINTR) continue;
            if (length < 0) fail("can't be read", length);
            taken += static_cast<std::uint64_t>(length);
            return static_cast<std::size_t>(length);
        }
    }

    void look_at_start() {
        std::string some(4, '\0');
        std::size_t length = 0;
        while (length < some.size()) {
            const std::size_t more = read(some.data() + length, some.size() - length);
            if (more == 0) break;
            length += more;
        }
        some.resize(length);
        start = some;
        const auto raw = [this](char* to, std::size_t size) { return read(to, size); };
        if (some.starts_with("\x1f\x8b"))
            inflater = std::make_unique<Inflater>(raw);
        else if (some == "\x28\xb5\x2f\xfd")
            zstandard = std::make_unique<Decompressor>(raw, largest_window_log);
    }

    FileSystem& files;
    std::string path;
    int file = -1;
    std::uint64_t bytes = 0, taken = 0;
    std::string start; ///< read already, to be read again
    std::unique_ptr<Inflater> inflater;
    std::unique_ptr<Decompressor> zstandard;
};

ForeignFile::ForeignFile(FileSystem& files, std::string path)
    : state_(std::make_unique<State>(files, std::move(path))) {
    state_->look_at_start();
}

ForeignFile::~ForeignFile() = default;

std::size_t ForeignFile::read(char* to, std::size_t bytes) {
    if (!state_->inflater && !state_->zstandard) return state_->read(to, bytes);
    try {
        return state_->inflater ? state_->inflater->read(to, bytes) : state_->zstandard->read(to, bytes);
    } catch (const Error& error) {
        if (std::string_view(error.what()).starts_with(state_->path + ": ")) throw;
        throw Error(state_->path + ": " + error.what());
    }
}

std::uint64_t ForeignFile::bytes() const {
    return state_->bytes;
}

std::uint64_t ForeignFile::bytes_read() const {
    return state_->taken;
}

} // namespace sipkeep
