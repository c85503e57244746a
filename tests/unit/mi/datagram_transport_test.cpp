#include "sipkeep/core/error.hpp"
#include "sipkeep/mi/transport.hpp"

#include "support/canned_mi.hpp"
#include "support/catch.hpp"
#include "support/fake_datagram_server.hpp"
#include "support/fake_http_server.hpp"
#include "support/temp_dir.hpp"
#include "unit/mi/ask_pwd.hpp"

#include <fstream>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

using Kind = FakeDatagramServer::Kind;

} // namespace

TEST_CASE("datagram: a captured reply comes back") {
    CannedMi mi;
    mi.raw("pwd", fixture("datagram/unix-get_statistics-all.reply"));
    const FakeDatagramServer server(mi, Kind::unix_socket);
    CHECK(ask(server.url()) == fixture("datagram/unix-get_statistics-all.reply"));
}

TEST_CASE("datagram: the plain text for a too large reply names the other transports") {
    for (const auto kind : {Kind::unix_socket, Kind::udp4}) {
        CannedMi mi;
        mi.raw("pwd", fixture("datagram/unix-ul_dump.reply"));
        const FakeDatagramServer server(mi, kind);
        CHECK_THROWS_WITH(ask(server.url()), ContainsSubstring("use http: or fifo:"));
    }
}

TEST_CASE("datagram: the plain text for an unreadable request is an error of its own") {
    for (const auto kind : {Kind::unix_socket, Kind::udp4}) {
        CannedMi mi;
        mi.raw("pwd", fixture("datagram/unix-bad-json.reply"));
        const FakeDatagramServer server(mi, kind);
        CHECK_THROWS_WITH(ask(server.url()), ContainsSubstring("can't parse the request"));
    }
}

TEST_CASE("datagram: a truncated reply is never taken for a whole one") {
    for (const auto kind : {Kind::unix_socket, Kind::udp4}) {
        CannedMi mi;
        mi.raw("pwd", std::string(5000, 'x'));
        const FakeDatagramServer server(mi, kind);
        TransportSettings settings;
        settings.url = server.url();
        settings.max_reply_bytes = 4999;
        CHECK_THROWS_WITH(make_transport(settings)->exchange(ask_pwd, Deadline(20s)),
                          ContainsSubstring("truncated"));
    }
}

TEST_CASE("datagram: a late reply to an older request is not taken for this one's") {
    for (const auto kind : {Kind::unix_socket, Kind::udp4}) {
        CannedMi mi;
        mi.raw("pwd", "older");
        mi.raw("pwd", "newer");
        FakeDatagramServer server(mi, kind);
        server.delay_first_reply();
        CHECK_THROWS_AS(ask(server.url(), 300ms), SourceError);
        CHECK(ask(server.url()) == "newer");
    }
}

TEST_CASE("udp: a closed port is told at once, not at the timeout") {
    const auto url = "udp:127.0.0.1:" + std::to_string(closed_port());
    CHECK_THROWS_WITH(ask(url), ContainsSubstring("connection refused"));
}

TEST_CASE("udp: silence ends at the timeout") {
    CannedMi mi;
    mi.silent("pwd");
    const FakeDatagramServer server(mi, Kind::udp4);
    CHECK_THROWS_WITH(ask(server.url(), 150ms), ContainsSubstring("no reply within"));
}

TEST_CASE("unix: a missing socket, as after a clean stop, is told at once") {
    const TempDir dir;
    CHECK_THROWS_WITH(ask("unix:" + dir.path() + "/mi.sock"), ContainsSubstring("no such socket"));
}

TEST_CASE("unix: a socket that nobody reads, as a crash leaves it, is told at once") {
    const TempDir dir;
    std::ofstream(dir.path() + "/mi.sock") << "no socket at all";
    CHECK_THROWS_WITH(ask("unix:" + dir.path() + "/mi.sock"), ContainsSubstring("nobody listens"));
}

TEST_CASE("unix: nothing is left in reply_dir, reply or not") {
    CannedMi mi;
    mi.result("pwd", "{}");
    mi.silent("pwd");
    const FakeDatagramServer server(mi, Kind::unix_socket);
    TransportSettings settings;
    settings.url = server.url();
    settings.reply_dir = server.reply_dir().path();
    settings.timeout = 20s;
    static_cast<void>(make_transport(settings)->exchange(ask_pwd, Deadline(20s)));
    CHECK(server.reply_dir().size() == 0);
    CHECK_THROWS_AS(make_transport(settings)->exchange(ask_pwd, Deadline(150ms)), SourceError);
    CHECK(server.reply_dir().size() == 0);
}

TEST_CASE("unix: a reply_dir that is missing or too long for a socket is told") {
    CannedMi mi;
    const FakeDatagramServer server(mi, Kind::unix_socket);
    const TempDir dir;
    TransportSettings settings;
    settings.url = server.url();
    settings.reply_dir = "/no/such/dir";
    CHECK_THROWS_WITH(make_transport(settings)->exchange(ask_pwd, Deadline(5s)),
                      ContainsSubstring("/no/such/dir"));
    settings.reply_dir = dir.path() + "/" + std::string(80, 'd');
    std::filesystem::create_directory(settings.reply_dir);
    CHECK_THROWS_WITH(make_transport(settings)->exchange(ask_pwd, Deadline(5s)),
                      ContainsSubstring("too long"));
}
