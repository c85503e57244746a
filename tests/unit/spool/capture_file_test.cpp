#include "sipkeep/core/error.hpp"
#include "sipkeep/spool/capture_file.hpp"

#include "support/captures.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <fstream>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

constexpr std::uint64_t no_limit = UINT64_MAX;

/// Writes it as `f`.
void write(const TemporaryFolder& folder, Capture capture, LiveReader* live,
           std::uint64_t max_bytes = no_limit) {
    RealFileSystem files;
    NewFile file(files, folder.path(), "f");
    write_capture(file, capture, live, {.max_bytes = max_bytes, .until = Deadline(std::chrono::seconds{60})});
    file.keep();
}

void write(const TemporaryFolder& folder, const Capture& capture, const FakeLiveTables& tables) {
    FakeLiveReader live(tables);
    static_cast<void>(live.contact_states());
    write(folder, capture, &live);
}

std::string contacts_of(LiveReader& reader) {
    Rows rows(location_table().columns.size());
    reader.each_contact([&](RowView row) { rows.add(row); }, Deadline(std::chrono::seconds{60}));
    return text_of(rows);
}

/// What reading the whole file says; empty: all is well.
std::string complaint_of_capture(const std::string& path) {
    RealFileSystem files;
    try {
        CaptureFile file(files, path);
        static_cast<void>(contacts_of(file));
        return "";
    } catch (const UnreadableCapture& error) {
        return error.what();
    }
}

} // namespace

TEST_CASE("a capture comes back from its file as it went in") {
    const TemporaryFolder folder;
    const FakeLiveTables tables = phones(1234);
    write(folder, capture_of(noon), tables);
    RealFileSystem files;
    CaptureFile file(files, folder.path("f"));
    CHECK(text_of(file.capture()) == text_of(capture_of(noon)));
    CHECK(file.contact_count() == 1234);
    FakeLiveReader live(tables);
    static_cast<void>(live.contact_states());
    CHECK(contacts_of(file) == contacts_of(live));
    CHECK(text_of(file.dialogs()) == text_of(capture_of(noon).dialogs));
}

TEST_CASE("its registrations are read in batches that ascend, and then from the front again") {
    const TemporaryFolder folder;
    const FakeLiveTables tables = phones(100);
    write(folder, capture_of(noon), tables);
    RealFileSystem files;
    CaptureFile file(files, folder.path("f"));
    FakeLiveReader live(tables);
    static_cast<void>(live.contact_states());

    const auto states = file.contact_states();
    const auto expected = live.contact_states();
    for (;;) {
        const auto state = states->next();
        CHECK(state == expected->next());
        if (!state) break;
    }
    using Ids = std::vector<std::uint64_t>;
    for (const Ids& ids : {Ids{3, 6}, Ids{9, 30}, Ids{33}, Ids{300}, Ids{3}, Ids{3}, Ids{297, 300}, Ids{}}) {
        if (ids.empty())
            CHECK(file.contacts(ids).empty());
        else
            CHECK(text_of(file.contacts(ids)) == text_of(live.contacts(ids)));
    }
    const Ids unknown{301};
    CHECK_THROWS_AS(file.contacts(unknown), UnreadableCapture);
}

TEST_CASE("sources that failed or were off come back so, without rows") {
    const TemporaryFolder folder;
    Capture capture;
    capture.node = "sbc1";
    capture.captured_at = noon;
    capture.started_at = noon;
    capture.mi = SourceStatus::failed;
    capture.errors = {"mi: no answer"};
    write(folder, capture, nullptr);
    RealFileSystem files;
    CaptureFile file(files, folder.path("f"));
    CHECK(text_of(file.capture()) == text_of(capture));
    CHECK(file.contact_count() == 0);
}

TEST_CASE("a live table that breaks while it is spooled is marked, and the rest is kept") {
    const TemporaryFolder folder;
    const FakeLiveTables tables = phones(3);
    FakeLiveReader live(tables);
    static_cast<void>(live.contact_states());
    live.fail_from(1, "server has gone away");
    write(folder, capture_of(noon), &live);
    RealFileSystem files;
    CaptureFile file(files, folder.path("f"));
    CHECK((file.capture().location == SourceStatus::failed));
    CHECK(file.capture().errors == std::vector<std::string>{"location: server has gone away"});
    CHECK(file.capture().dialogs.size() == 1);
}

TEST_CASE("registrations that take too long to be read are marked, and the rest is kept") {
    const TemporaryFolder folder;
    const FakeLiveTables tables = phones(3);
    FakeLiveReader live(tables);
    static_cast<void>(live.contact_states());
    RealFileSystem files;
    Capture capture = capture_of(noon);
    NewFile file(files, folder.path(), "f");
    write_capture(file, capture, &live, {.max_bytes = no_limit, .until = Deadline(Milliseconds{0})});
    file.keep();
    CaptureFile found(files, folder.path("f"));
    CHECK((found.capture().location == SourceStatus::failed));
    CHECK((capture.location == SourceStatus::failed));
    CHECK((found.capture().dialog == SourceStatus::ok));
}

TEST_CASE("a file that is cut off is never taken for a whole one, at any length") {
    const TemporaryFolder folder;
    write(folder, capture_of(noon), phones(5));
    const std::string bytes = bytes_of(folder.path("f"));
    REQUIRE(complaint_of_capture(folder.path("f")).empty());
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        folder.write("cut", bytes.substr(0, length));
        CHECK_THAT(complaint_of_capture(folder.path("cut")), ContainsSubstring(folder.path("cut") + ": "));
    }
    folder.write("longer", bytes + "x");
    CHECK(!complaint_of_capture(folder.path("longer")).empty());
}

TEST_CASE("a file with one damaged bit is refused, or gives back what was put in") {
    const TemporaryFolder folder;
    write(folder, capture_of(noon), phones(5));
    const std::string bytes = bytes_of(folder.path("f"));
    RealFileSystem files;
    std::string before;
    {
        CaptureFile file(files, folder.path("f"));
        before = text_of(file.capture()) + contacts_of(file);
    }
    std::size_t refused = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at)
        for (const int bit : {1, 128}) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(damaged[at] ^ bit);
            folder.write("damaged", damaged);
            if (!complaint_of_capture(folder.path("damaged")).empty()) {
                ++refused;
                continue;
            }
            CaptureFile file(files, folder.path("damaged"));
            CHECK((text_of(file.capture()) + contacts_of(file) == before));
        }
    CHECK(refused > bytes.size());
}

TEST_CASE("what is no capture file, or one of another format, is told apart") {
    const TemporaryFolder folder;
    CHECK_THAT(
        complaint_of_capture(folder.write("other", "#!/bin/sh\necho this is something else entirely\n")),
        ContainsSubstring("is no capture of sipkeep"));
    CHECK_THAT(complaint_of_capture(folder.write("newer", "sipkeep capture 2\n and so on")),
               ContainsSubstring("format that this sipkeep does not know"));
    CHECK_THAT(complaint_of_capture(folder.write("empty", "")), ContainsSubstring("cut off"));
    CHECK_THAT(complaint_of_capture(folder.path("missing")), ContainsSubstring("No such file"));
}

TEST_CASE("a capture larger than the spool may be is not written") {
    const TemporaryFolder folder;
    const FakeLiveTables tables = phones(1000);
    FakeLiveReader live(tables);
    static_cast<void>(live.contact_states());
    CHECK_THROWS_WITH(write(folder, capture_of(noon), &live, 100), ContainsSubstring("spool.max_bytes"));
    CHECK(std::filesystem::is_empty(folder.path()));
}
