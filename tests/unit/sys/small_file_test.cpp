#include "sipkeep/core/error.hpp"
#include "sipkeep/sys/small_file.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace sipkeep;

TEST_CASE("a file is read whole, with its permissions") {
    const TemporaryFolder folder;
    const std::string text(100'000, 'x');
    const auto file = read_small_file(folder.write("file", text, 0604), 100'000);
    CHECK(file.text == text);
    CHECK(file.mode == 0604U);
    CHECK(file.owner == ::geteuid());
}

TEST_CASE("a file one byte too large is refused") {
    const TemporaryFolder folder;
    const auto path = folder.write("file", std::string(2049, 'x'));
    CHECK_THROWS_WITH(read_small_file(path, 2048), ContainsSubstring(path + ": is larger than 2 KiB"));
    CHECK(read_small_file(path, 2049).text.size() == 2049);
}

TEST_CASE("an endless device, a fifo, a folder and nothing at all are refused at once") {
    const TemporaryFolder folder;
    REQUIRE(::mkfifo(folder.path("fifo").c_str(), 0640) == 0);
    CHECK_THROWS_WITH(read_small_file(folder.path("fifo"), 10),
                      ContainsSubstring("fifo: is no regular file"));
    CHECK_THROWS_WITH(read_small_file("/dev/zero", 10), ContainsSubstring("/dev/zero: is no regular file"));
    CHECK_THROWS_WITH(read_small_file(folder.path(), 10), ContainsSubstring("is no regular file"));
    CHECK_THROWS_WITH(read_small_file(folder.path("none"), 10),
                      ContainsSubstring("none: can't be opened: No such file"));
}

TEST_CASE("a file whose size is told as 0 is bounded all the same") {
    CHECK_THROWS_WITH(read_small_file("/proc/self/maps", 64), ContainsSubstring("is larger"));
}

TEST_CASE("a stranger's file is trusted only through a group") {
    const uid_t stranger = ::geteuid() + 4711;
    const gid_t strangers = ::getegid() + 4711;
    CHECK(has_trusted_owner({"", 0600, 0, strangers}));
    CHECK(has_trusted_owner({"", 0600, ::geteuid(), strangers}));
    CHECK(has_trusted_owner({"", 0640, stranger, ::getegid()}));
    CHECK_FALSE(has_trusted_owner({"", 0600, stranger, ::getegid()}));
    CHECK_FALSE(has_trusted_owner({"", 0640, stranger, strangers}));
}
