// Capture files of the spool. The first byte chooses: even, the rest is a file; odd, it is the content of the
// file's frames, apart by "\n====\n", and is compressed first, so that what lies behind the checksums is
// reached.
#include "sipkeep/spool/capture_file.hpp"
#include "sipkeep/sys/compression.hpp"

#include "fuzz.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

using namespace sipkeep;
using namespace sipkeep::fuzz;

namespace {

constexpr std::string_view first_line = "sipkeep capture 1\n";
constexpr std::string_view apart = "\n====\n";

/// One file, of this user, in memory; each descriptor has its own place in it.
class OneFile final : public FileSystem {
public:
    explicit OneFile(std::string content) : content_(std::move(content)) {}

    int open(const std::string& /*path*/, int /*flags*/, mode_t /*mode*/) override {
        places_.push_back(0);
        return static_cast<int>(places_.size()) - 1;
    }
    int close(int /*file*/) override { return 0; }
    ssize_t read(int file, char* to, std::size_t bytes) override {
        std::size_t& place = places_.at(static_cast<std::size_t>(file));
        const std::size_t length = std::min(bytes, content_.size() - std::min(place, content_.size()));
        if (length > 0) std::memcpy(to, content_.data() + place, length);
        place += length;
        return static_cast<ssize_t>(length);
    }
    int seek(int file, std::uint64_t offset) override {
        places_.at(static_cast<std::size_t>(file)) = offset;
        return 0;
    }
    int fstat(int /*file*/, FileStatus& status) override {
        status = {true, false, 0600, user(), content_.size()};
        return 0;
    }

    // Nothing else is asked for by one who reads.
    ssize_t write(int /*file*/, std::string_view /*bytes*/) override { return -EROFS; }
    int fsync(int /*file*/) override { return -EROFS; }
    int flock(int /*file*/, int /*operation*/) override { return -EROFS; }
    int lstat(const std::string& /*path*/, FileStatus& status) override { return fstat(0, status); }
    int rename(const std::string& /*from*/, const std::string& /*to*/) override { return -EROFS; }
    int unlink(const std::string& /*path*/) override { return -EROFS; }
    int mkdir(const std::string& /*path*/, mode_t /*mode*/) override { return -EROFS; }
    int names(const std::string& /*folder*/, std::vector<std::string>& /*names*/) override { return -EROFS; }
    uid_t user() const override { return 0; }

private:
    std::string content_;
    std::vector<std::size_t> places_;
};

std::string compressed(std::string_view frames) {
    std::string file(first_line);
    Compressor compressor([&file](std::string_view bytes) { file += bytes; });
    while (true) {
        const auto frame = frames.substr(0, frames.find(apart));
        compressor.add(frame);
        compressor.end_frame();
        if (frame.size() == frames.size()) return file;
        frames.remove_prefix(frame.size() + apart.size());
    }
}

void read_all(FileSystem& files) {
    CaptureFile file(files, "f");
    std::uint64_t contacts = 0;
    file.each_contact([&](RowView) { ++contacts; }, Deadline(Seconds{60}));
    promise(contacts == file.contact_count(), "what was found whole is read whole");
    const auto states = file.contact_states();
    states->start();
    std::uint64_t narrow = 0;
    while (states->next()) ++narrow;
    promise(narrow == contacts, "each registration has a state");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto text = text_of(data + 1, size - 1);
    OneFile file(data[0] % 2 == 0 ? std::string(text) : compressed(text));
    try {
        read_all(file);
    } catch (const UnreadableCapture& error) {
        const std::string_view complaint = error.what();
        promise(complaint.starts_with("f: ") && complaint.size() < 1000,
                "a complaint names the file and has an end");
    }
    return 0;
}
