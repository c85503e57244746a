// Files of exported days. The first byte chooses: even, the rest is a file; odd, it is the first line and,
// behind
// "\n====\n", the content of the frames: these are compressed, and the checksum is right, so that what lies
// behind it is reached.
#include "sipkeep/core/error.hpp"
#include "sipkeep/spool/day_file.hpp"

#include "fuzz.hpp"
#include "one_file.hpp"

using namespace sipkeep;
using namespace sipkeep::fuzz;

namespace {

constexpr std::string_view apart = "\n====\n";

std::string whole(std::string_view text) {
    const auto end = std::min(text.find(apart), text.size());
    std::string file = std::string(text.substr(0, end)) + '\n';
    if (end < text.size()) {
        Compressor compressor([&file](std::string_view bytes) { file += bytes; });
        compressor.add(text.substr(end + apart.size()));
        compressor.end_frame();
    }
    Sha256 sum;
    sum.add(file);
    return file + "sha256 " + sum.finish() + '\n';
}

void read_all(FileSystem& files) {
    DayFile file(files, "f");
    const auto rows = file.rows();
    for (const ExportedTable& table : file.head().tables) {
        rows->begin(table);
        Rows row(table.columns.size());
        std::uint64_t count = 0;
        for (; rows->next(row); row.clear()) ++count;
        promise(count == table.rows, "what was found whole is read whole");
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto text = text_of(data + 1, size - 1);
    OneFile file(data[0] % 2 == 0 ? std::string(text) : whole(text));
    try {
        read_all(file);
    } catch (const Error& error) {
        const std::string_view complaint = error.what();
        promise(complaint.starts_with("f: ") && complaint.size() < 1000,
                "a complaint names the file and has an end");
    }
    return 0;
}
