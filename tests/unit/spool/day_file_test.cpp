#include "sipkeep/core/error.hpp"
#include "sipkeep/spool/day_file.hpp"

#include "support/catch.hpp"
#include "support/table_rows.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <fstream>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

ExportedHead head_of(std::uint64_t rows) {
    return {
        .node = "sbc1",
        .day = from_datetime("2026-11-22 00:00:00"),
        .tables = {{.name = "statistic", .version = 1, .columns = {"group", "name"}, .rows = 0},
                   {.name = "dialog_version", .version = 2, .columns = {"dlg_id", "vars"}, .rows = rows}}};
}

Rows some_rows() {
    Rows rows(2);
    rows.add("18446744073709551615");
    rows.add(std::string("a\0b\xff\n", 5));
    rows.add("");
    rows.add(std::nullopt);
    return rows;
}

/// Returns its checksum.
std::string write(const TemporaryFolder& folder, const std::string& name, const ExportedHead& head,
                  const Rows& rows) {
    RealFileSystem files;
    NewFile file(files, folder.path(), name);
    DayFileWriter writer(file, head);
    writer.table(head.tables.front(), [](const auto&) {});
    writer.table(head.tables.back(), [&](const auto& add) {
        for (std::size_t i = 0; i < rows.size(); ++i) add(rows[i]);
    });
    std::string sum = writer.finish();
    file.keep();
    return sum;
}

/// Empty: all is well.
std::string complaint_of_day(const std::string& path) {
    RealFileSystem files;
    try {
        const DayFile file(files, path);
        return "";
    } catch (const Error& error) {
        return error.what();
    }
}

} // namespace

TEST_CASE("a day file gives back what was put in, as often as asked, and says what it is in its first line") {
    const TemporaryFolder folder;
    const ExportedHead head = head_of(2);
    const std::string sum = write(folder, "f", head, some_rows());
    RealFileSystem files;
    DayFile file(files, folder.path("f"));
    CHECK(file.head() == head);
    CHECK(file.sum() == sum);
    CHECK(sum.size() == 64);
    for (int i = 0; i < 2; ++i) {
        const auto rows = file.rows();
        Rows read(2);
        rows->begin(head.tables.front());
        CHECK_FALSE(rows->next(read));
        rows->begin(head.tables.back());
        while (rows->next(read)) {
        }
        CHECK(text_of(read) == text_of(some_rows()));
    }
    const std::string bytes = bytes_of(folder.path("f"));
    CHECK(bytes.substr(0, bytes.find('\n')) ==
          R"(sipkeep day 1 {"node":"sbc1","day":"2026-11-22","tables":[{"name":"statistic","version":1,)"
          R"("columns":["group","name"],"rows":0},{"name":"dialog_version","version":2,"columns":["dlg_id",)"
          R"("vars"],"rows":2}]})");
    CHECK(bytes.ends_with("sha256 " + sum + "\n"));
    CHECK(write(folder, "g", head, some_rows()) == sum);
    CHECK(bytes_of(folder.path("g")) == bytes);
}

TEST_CASE("a day file that lacks rows is not finished") {
    const TemporaryFolder folder;
    CHECK_THROWS_WITH(write(folder, "f", head_of(3), some_rows()),
                      ContainsSubstring("2 rows came where 3 were counted"));
    CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a day file that is cut anywhere, or goes on, is refused") {
    const TemporaryFolder folder;
    write(folder, "f", head_of(2), some_rows());
    const std::string bytes = bytes_of(folder.path("f"));
    REQUIRE(complaint_of_day(folder.path("f")).empty());
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        folder.write("cut", bytes.substr(0, length));
        CHECK_THAT(complaint_of_day(folder.path("cut")), ContainsSubstring(folder.path("cut") + ": "));
    }
    for (const char* more : {"x", "\n", "sha256 "}) {
        folder.write("longer", bytes + more);
        CHECK(!complaint_of_day(folder.path("longer")).empty());
    }
}

TEST_CASE("a day file with one damaged bit is refused") {
    const TemporaryFolder folder;
    write(folder, "f", head_of(2), some_rows());
    const std::string bytes = bytes_of(folder.path("f"));
    for (std::size_t at = 0; at < bytes.size(); ++at)
        for (int bit = 1; bit < 256; bit *= 2) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(damaged[at] ^ bit);
            folder.write("damaged", damaged);
            INFO("byte " << at);
            REQUIRE_THAT(complaint_of_day(folder.path("damaged")),
                         ContainsSubstring(folder.path("damaged") + ": "));
        }
}

TEST_CASE("what is no day file, or one of another format, is told apart") {
    const TemporaryFolder folder;
    CHECK_THAT(complaint_of_day(folder.write("other", "#!/bin/sh\necho this is something else entirely\n")),
               ContainsSubstring("is no day of sipkeep"));
    CHECK_THAT(complaint_of_day(folder.write("capture", "sipkeep capture 1\n and so on")),
               ContainsSubstring("is no day of sipkeep"));
    CHECK_THAT(complaint_of_day(folder.write("newer", "sipkeep day 2 {}\n and so on")),
               ContainsSubstring("format that this sipkeep does not know"));
    CHECK_THAT(complaint_of_day(folder.write("empty", "")), ContainsSubstring("cut off"));
    CHECK_THAT(complaint_of_day(folder.path("missing")), ContainsSubstring("No such file"));
    // Whole, but not made by sipkeep.
    const auto whole = [&](const std::string& text) {
        Sha256 sum;
        sum.add(text);
        return complaint_of_day(folder.write("made", text + "sha256 " + sum.finish() + "\n"));
    };
    CHECK_THAT(whole("sipkeep day 1 {}\n"), ContainsSubstring("its first line is not what sipkeep writes"));
    CHECK_THAT(whole("sipkeep day 1 {\"node\":\"a\",\"day\":\"x\",\"tables\":[]}\n"),
               ContainsSubstring("made"));
    CHECK_THAT(whole("sipkeep day 1 {\"node\":\"a\",\"day\":\"2026-01-01\",\"tables\":[]}\nx"),
               ContainsSubstring("is damaged"));
    CHECK_THAT(whole("sipkeep day 1 {\"node\":\"a\",\"day\":\"2026-01-01\",\"tables\":[{\"name\":\"t\","
                     "\"version\":1,\"columns\":[],\"rows\":0}]}\n"),
               ContainsSubstring("a table without columns"));
}

TEST_CASE("SHA-256 is that of FIPS 180") {
    Sha256 sum;
    sum.add("ab");
    sum.add("c");
    CHECK(sum.finish() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
