// Dumps: whatever is in them, a reader gives valid rows in order, or says what is wrong.
#include "sipkeep/core/error.hpp"
#include "sipkeep/dump/dump_file.hpp"

#include "fuzz.hpp"
#include "one_file.hpp"

#include <charconv>

using namespace sipkeep;
using namespace sipkeep::fuzz;

namespace {

void check(const TableSpec& table, RowView row) {
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        promise(!row[i] || table.columns[i].bytes || is_utf8(*row[i]),
                "what is no bytes column is valid UTF-8");
}

void read_all(FileSystem& files) {
    DumpFile dump(files, "f", {.database = "opensips"});
    for (std::size_t i = 0; i < dump.dialogs().size(); ++i) check(dialog_table(), dump.dialogs()[i]);
    promise(dump.dialog() == SourceStatus::ok || dump.dialogs().empty(),
            "rows come from a table that is there");
    bool first = true;
    std::uint64_t last = 0;
    dump.each_contact(
        [&](RowView row) {
            check(location_table(), row);
            const std::string_view text = row[location_table().at("contact_id")].value_or("");
            std::uint64_t id = 0;
            std::from_chars(text.data(), text.data() + text.size(), id);
            promise(first || id > last, "registrations ascend");
            first = false;
            last = id;
        },
        Deadline(Seconds{60}));
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    OneFile file{std::string(text_of(data, size))};
    try {
        read_all(file);
    } catch (const Error& error) {
        const std::string_view complaint = error.what();
        promise(complaint.starts_with("f: ") && complaint.size() < 1000,
                "a complaint names the file and has an end");
    }
    return 0;
}
