#include "sipkeep/sys/log.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <fcntl.h>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace sipkeep;

namespace {

std::string written(Level threshold, bool journald) {
    std::ostringstream stream;
    Log log(stream, threshold, journald);
    log.error("e");
    log.warning("w");
    log.info("i");
    return stream.str();
}

} // namespace

TEST_CASE("-q leaves errors, -v adds information") {
    CHECK(written(log_threshold(false, false), false) == "sipkeep: error: e\nsipkeep: warning: w\n");
    CHECK(written(log_threshold(true, false), false) == "sipkeep: error: e\n");
    CHECK(written(log_threshold(false, true), false) ==
          "sipkeep: error: e\nsipkeep: warning: w\nsipkeep: i\n");
}

TEST_CASE("the journal gets priorities instead of prefixes") {
    CHECK(written(Level::info, true) == "<3>e\n<4>w\n<6>i\n");
}

TEST_CASE("foreign text can't start a line of its own") {
    std::ostringstream stream;
    Log(stream, Level::info, true).error("a\n<0>forged\r\tb\x1b[2J\x7f\xc2\x9b");
    CHECK(stream.str() == "<3>a\\n<0>forged\\r\\tb\\x1b[2J\\x7f\\xc2\\x9b\n");
}

TEST_CASE("a zero byte does not end a message") {
    CHECK(printable(std::string_view("a\0b", 3)) == "a\\x00b");
}

TEST_CASE("UTF-8 letters stay as they are") {
    CHECK(printable("Gr\u00fc\u00dfe \u20ac \U0001F600 \u00a0") ==
          "Gr\u00fc\u00dfe \u20ac \U0001F600 \u00a0");
}

TEST_CASE("bytes that are no UTF-8 are made visible: the journal would show nothing of the message") {
    CHECK(printable("caf\xe9 \x9b[2J \xc0\x8a") == "caf\\xe9 \\x9b[2J \\xc0\\x8a");
    CHECK(printable("cut \xc2") == "cut \\xc2");
    CHECK(printable("cut \xf0\x9f\x98") == "cut \\xf0\\x9f\\x98");
}

TEST_CASE("line separators and changes of direction are made visible") {
    CHECK(printable("a\u2028b\u202egnp.exe") == "a\\xe2\\x80\\xa8b\\xe2\\x80\\xaegnp.exe");
    CHECK(printable("\u2066\u200f") == "\\xe2\\x81\\xa6\\xe2\\x80\\x8f");
}

TEST_CASE("what was made visible stays so when it is written again") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    CHECK(printable(printable(all)) == printable(all));
}

TEST_CASE("a message has an end") {
    const auto text = printable(std::string(1'000'000, '\n'));
    CHECK(text.size() <= 4010);
    CHECK(text.substr(text.size() - 3) == "...");
}

TEST_CASE("only the stream that systemd named is the journal") {
    const TemporaryFolder folder;
    const int fd = ::open(folder.write("stream", "").c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(fd >= 0);
    struct stat status {};
    REQUIRE(::fstat(fd, &status) == 0);
    const auto name = std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
    CHECK(is_journal(name.c_str(), fd));
    CHECK_FALSE(is_journal((name + "1").c_str(), fd));
    CHECK_FALSE(is_journal(nullptr, fd));
    CHECK_FALSE(is_journal("", fd));
    ::close(fd);
    CHECK_FALSE(is_journal(name.c_str(), -1));
}
