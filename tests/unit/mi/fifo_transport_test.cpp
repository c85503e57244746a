#include "sipkeep/core/error.hpp"
#include "sipkeep/mi/transport.hpp"

#include "support/canned_mi.hpp"
#include "support/catch.hpp"
#include "support/fake_fifo_server.hpp"
#include "support/temp_dir.hpp"
#include "unit/mi/ask_pwd.hpp"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

std::string ask_fifo(const std::string& path, const std::string& reply_dir, Milliseconds timeout = 20s) {
    TransportSettings settings;
    settings.url = "fifo:" + path;
    settings.timeout = timeout;
    settings.reply_dir = reply_dir;
    return make_transport(settings)->exchange(ask_pwd, Deadline(20s));
}

std::size_t entries(const std::string& dir) {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(dir)) ++count;
    return count;
}

} // namespace

TEST_CASE("fifo: a captured reply of several writes is whole") {
    CannedMi mi;
    mi.raw("pwd", fixture("fifo/get_statistics-all.reply"));
    const FakeFifoServer server(mi);
    CHECK(ask_fifo(server.path(), server.reply_dir()) == fixture("fifo/get_statistics-all.reply"));
}

TEST_CASE("fifo: one line, and a reply name that OpenSIPS accepts") {
    CannedMi mi;
    mi.result("pwd", "{}");
    const FakeFifoServer server(mi);
    static_cast<void>(ask_fifo(server.path(), server.reply_dir()));
    static_cast<void>(ask_fifo(server.path(), server.reply_dir()));
    const auto lines = server.lines();
    REQUIRE(lines.size() == 2);
    for (const auto& line : lines) {
        CHECK(line.front() == ':');
        const auto name = line.substr(1, line.find(':', 1) - 1);
        CHECK(name.size() > 32);
        CHECK(name.find_first_of("./\\") == std::string::npos);
        CHECK(line == ":" + name + ":" + ask_pwd + "\n");
    }
    CHECK(lines[0] != lines[1]);
}

TEST_CASE("fifo: the reply FIFO is gone afterwards, reply or not") {
    CannedMi mi;
    mi.result("pwd", "{}");
    mi.silent("pwd");
    const FakeFifoServer server(mi);
    const auto before = entries(server.reply_dir());
    static_cast<void>(ask_fifo(server.path(), server.reply_dir()));
    CHECK(entries(server.reply_dir()) == before);
    CHECK_THROWS_AS(ask_fifo(server.path(), server.reply_dir(), 150ms), SourceError);
    CHECK(entries(server.reply_dir()) == before);
}

TEST_CASE("fifo: an OpenSIPS of our own user gets a private reply FIFO") {
    CannedMi mi;
    mi.result("pwd", "{}");
    const FakeFifoServer server(mi);
    static_cast<void>(ask_fifo(server.path(), server.reply_dir()));
    REQUIRE(server.reply_fifos().size() == 1);
    CHECK(S_ISFIFO(server.reply_fifos()[0].mode));
    CHECK((server.reply_fifos()[0].mode & 0777U) == 0600U);
}

TEST_CASE("fifo: an OpenSIPS of another user gets in by the group of its FIFO") {
    if (::geteuid() != 0) return; // only root can give its FIFO away
    CannedMi mi;
    mi.result("pwd", "{}");
    const FakeFifoServer server(mi);
    REQUIRE(::chown(server.path().c_str(), 4711, 4712) == 0);
    const mode_t before = ::umask(0077);
    CHECK(ask_fifo(server.path(), server.reply_dir()) == R"({"jsonrpc":"2.0","result":{},"id":1})");
    ::umask(before);
    REQUIRE(server.reply_fifos().size() == 1);
    CHECK((server.reply_fifos()[0].mode & 0777U) == 0620U);
    CHECK(server.reply_fifos()[0].group == 4712);
}

TEST_CASE("fifo: a FIFO that never answers ends at the timeout and tells of reply_dir") {
    CannedMi mi;
    mi.silent("pwd");
    const FakeFifoServer server(mi);
    CHECK_THROWS_WITH(ask_fifo(server.path(), server.reply_dir(), 150ms), ContainsSubstring("reply_dir"));
}

TEST_CASE("fifo: another reply_dir than OpenSIPS's ends at the timeout") {
    CannedMi mi;
    mi.result("pwd", "{}");
    const FakeFifoServer server(mi);
    const TempDir other;
    CHECK_THROWS_WITH(ask_fifo(server.path(), other.path(), 150ms), ContainsSubstring(other.path()));
    CHECK(other.size() == 0);
}

TEST_CASE("fifo: a drip of single bytes ends at the timeout") {
    CannedMi mi;
    mi.raw("pwd", std::string(100000, ' '));
    const FakeFifoServer server(mi, {1, 20ms});
    CHECK_THROWS_WITH(ask_fifo(server.path(), server.reply_dir(), 300ms),
                      ContainsSubstring("did not end in time"));
}

TEST_CASE("fifo: pauses within a reply do not end it") {
    CannedMi mi;
    mi.raw("pwd", "0123456789");
    const FakeFifoServer server(mi, {3, 30ms});
    CHECK(ask_fifo(server.path(), server.reply_dir()) == "0123456789");
}

TEST_CASE("fifo: a FIFO that nobody reads, as a crash leaves it, is told at once") {
    const TempDir dir;
    const auto path = dir.path() + "/opensips_fifo";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    CHECK_THROWS_WITH(ask_fifo(path, dir.path()), ContainsSubstring("nobody reads"));
}

TEST_CASE("fifo: no FIFO, as after a clean stop, is told at once") {
    const TempDir dir;
    CHECK_THROWS_WITH(ask_fifo(dir.path() + "/opensips_fifo", dir.path()), ContainsSubstring("no such FIFO"));
}

TEST_CASE("fifo: a file in place of the FIFO is not written to") {
    const TempDir dir;
    const auto path = dir.path() + "/opensips_fifo";
    std::ofstream(path) << "content";
    CHECK_THROWS_WITH(ask_fifo(path, dir.path()), ContainsSubstring("not a FIFO"));
    CHECK(std::filesystem::file_size(path) == 7);
    CHECK_THROWS_AS(ask_fifo(dir.path(), dir.path()), SourceError);
}

TEST_CASE("fifo: a full FIFO that nobody empties ends at the timeout") {
    const TempDir dir;
    const auto path = dir.path() + "/opensips_fifo";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    const int fd = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    const std::string page(4096, 'x');
    while (::write(fd, page.data(), page.size()) > 0) {
    }
    CHECK_THROWS_WITH(ask_fifo(path, dir.path(), 150ms), ContainsSubstring("the FIFO is full"));
    ::close(fd);
    CHECK(dir.size() == 1);
}

TEST_CASE("fifo: a reply_dir that is missing or too long for OpenSIPS is told") {
    CannedMi mi;
    const FakeFifoServer server(mi);
    CHECK_THROWS_WITH(ask_fifo(server.path(), "/no/such/dir"), ContainsSubstring("/no/such/dir"));
    CHECK_THROWS_WITH(ask_fifo(server.path(), "/" + std::string(100, 'd')),
                      ContainsSubstring("shorten reply_dir"));
}

TEST_CASE("fifo: a request over PIPE_BUF is refused, as it could mix with others") {
    CannedMi mi;
    const FakeFifoServer server(mi);
    TransportSettings settings;
    settings.url = server.url();
    settings.reply_dir = server.reply_dir();
    const auto transport = make_transport(settings);
    CHECK_THROWS_WITH(transport->exchange(std::string(4096, ' '), Deadline(5s)),
                      ContainsSubstring("at most 4096"));
}
