// Capture files of the spool. The first byte chooses: even, the rest is a file; odd, it is the content of the
// file's frames, apart by "\n====\n", and is compressed first, so that what lies behind the checksums is
// reached.
#include "sipkeep/spool/capture_file.hpp"
#include "sipkeep/sys/compression.hpp"

#include "fuzz.hpp"
#include "one_file.hpp"

using namespace sipkeep;
using namespace sipkeep::fuzz;

namespace {

constexpr std::string_view first_line = "sipkeep capture 1\n";
constexpr std::string_view apart = "\n====\n";

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
