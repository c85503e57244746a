// What every transport promises, the fake one included.
#include "sipkeep/core/error.hpp"
#include "sipkeep/core/time.hpp"
#include "sipkeep/mi/transport.hpp"

#include "support/canned_mi.hpp"
#include "support/catch.hpp"
#include "support/fake_datagram_server.hpp"
#include "support/fake_fifo_server.hpp"
#include "support/fake_http_server.hpp"
#include "support/fake_transport.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

constexpr auto request_7 = R"({"jsonrpc":"2.0","id":7,"method":"pwd"})";

/// One OpenSIPS and the settings that reach it.
struct Rig {
    CannedMi mi;
    TransportSettings settings;
    /// Called with the rig's own settings, changed by the test.
    std::function<std::unique_ptr<Transport>(const TransportSettings&)> make = make_transport;
    std::function<void()> stop;
};

template <typename Server, typename... Arguments>
std::unique_ptr<Rig> over(Arguments... arguments) {
    auto rig = std::make_unique<Rig>();
    auto server = std::make_shared<Server>(rig->mi, arguments...);
    rig->settings.url = server->url();
    if constexpr (std::is_same_v<Server, FakeFifoServer>) rig->settings.reply_dir = server->reply_dir();
    rig->stop = [server]() mutable { server.reset(); };
    return rig;
}

std::unique_ptr<Rig> over_http() {
    auto rig = std::make_unique<Rig>();
    auto server = std::make_shared<FakeHttpServer>(mi_http(rig->mi));
    rig->settings.url = server->url();
    rig->stop = [server]() mutable { server.reset(); };
    return rig;
}

std::unique_ptr<Rig> fake() {
    auto rig = std::make_unique<Rig>();
    auto stopped = std::make_shared<bool>(false);
    rig->settings.url = "fake:";
    rig->make = [mi = &rig->mi, stopped](const TransportSettings& settings) {
        auto transport = std::make_unique<FakeTransport>(*mi, settings);
        if (*stopped) transport->stop();
        return transport;
    };
    rig->stop = [stopped] { *stopped = true; };
    return rig;
}

using MakeRig = std::function<std::unique_ptr<Rig>()>;
using Kind = FakeDatagramServer::Kind;

std::vector<std::pair<std::string, MakeRig>> rigs() {
    std::vector<std::pair<std::string, MakeRig>> all{
        {"fake", fake},
        {"http", over_http},
        {"fifo", [] { return over<FakeFifoServer>(); }},
        {"unix", [] { return over<FakeDatagramServer>(Kind::unix_socket); }},
        {"udp", [] { return over<FakeDatagramServer>(Kind::udp4); }},
    };
    if (has_ipv6_loopback())
        all.emplace_back("udp over IPv6", [] { return over<FakeDatagramServer>(Kind::udp6); });
    return all;
}

} // namespace

TEST_CASE("transport contract: a reply comes back byte by byte, UTF-8 or not") {
    for (const auto& [name, make_rig] : rigs()) {
        DYNAMIC_SECTION(name) {
            const auto rig = make_rig();
            const std::string bytes = "{\"a\":\"caf\xE9 \xFF\xFE\x01 \xF0\x9F\x98\x80\"}\r\n";
            rig->mi.raw("pwd", bytes);
            CHECK(rig->make(rig->settings)->exchange(request_7, Deadline(5s)) == bytes);
        }
    }
}

TEST_CASE("transport contract: the request arrives as it was given") {
    for (const auto& [name, make_rig] : rigs()) {
        DYNAMIC_SECTION(name) {
            const auto rig = make_rig();
            rig->mi.result("pwd", "{}");
            static_cast<void>(rig->make(rig->settings)->exchange(request_7, Deadline(5s)));
            REQUIRE(rig->mi.requests().size() == 1);
            // mi_fifo takes a line.
            CHECK(rig->mi.requests().front() == request_7 + std::string(name == "fifo" ? "\n" : ""));
        }
    }
}

TEST_CASE("transport contract: a request of 1,024 bytes is taken") {
    for (const auto& [name, make_rig] : rigs()) {
        DYNAMIC_SECTION(name) {
            const auto rig = make_rig();
            rig->mi.result("pwd", "{}");
            std::string request = request_7;
            request.insert(1, std::string(max_mi_request_bytes - request.size(), ' '));
            CHECK(rig->make(rig->settings)->exchange(request, Deadline(5s)) ==
                  R"({"jsonrpc":"2.0","result":{},"id":7})");
        }
    }
}

TEST_CASE("transport contract: each request gets its own reply") {
    for (const auto& [name, make_rig] : rigs()) {
        DYNAMIC_SECTION(name) {
            const auto rig = make_rig();
            rig->mi.raw("pwd", "first");
            rig->mi.raw("pwd", "second");
            const auto transport = rig->make(rig->settings);
            CHECK(transport->exchange(request_7, Deadline(5s)) == "first");
            CHECK(transport->exchange(request_7, Deadline(5s)) == "second");
        }
    }
}

TEST_CASE("transport contract: a reply of 65,457 bytes is whole") {
    for (const auto& [name, make_rig] : rigs()) {
        DYNAMIC_SECTION(name) {
            const auto rig = make_rig();
            std::string bytes(65457, '.');
            for (std::size_t at = 0; at < bytes.size(); at += 100)
                bytes[at] = static_cast<char>('a' + at / 100 % 26);
            rig->mi.raw("pwd", bytes);
            CHECK((rig->make(rig->settings)->exchange(request_7, Deadline(5s)) == bytes));
        }
    }
}

TEST_CASE("transport contract: a reply over max_reply_bytes is refused, one of exactly that size is not") {
    for (const auto& [name, make_rig] : rigs()) {
        DYNAMIC_SECTION(name) {
            const auto rig = make_rig();
            rig->mi.raw("pwd", std::string(10001, 'x'));
            rig->mi.raw("pwd", std::string(10000, 'x'));
            rig->settings.max_reply_bytes = 10000;
            const auto transport = rig->make(rig->settings);
            CHECK_THROWS_AS(transport->exchange(request_7, Deadline(5s)), SourceError);
            CHECK(transport->exchange(request_7, Deadline(5s)).size() == 10000);
        }
    }
}

TEST_CASE("transport contract: silence ends at the timeout, and the next request works") {
    for (const auto& [name, make_rig] : rigs()) {
        DYNAMIC_SECTION(name) {
            const auto rig = make_rig();
            rig->mi.silent("pwd");
            rig->mi.raw("pwd", "{}");
            rig->settings.timeout = 150ms;
            const auto transport = rig->make(rig->settings);
            const Stopwatch watch;
            CHECK_THROWS_WITH(transport->exchange(request_7, Deadline(1h)), ContainsSubstring("no "));
            CHECK(watch.elapsed() < 30s);
            CHECK(rig->make({rig->settings.url, 5s, rig->settings.reply_dir})
                      ->exchange(request_7, Deadline(5s)) == "{}");
        }
    }
}

TEST_CASE("transport contract: the caller's deadline is kept when it is before the timeout") {
    for (const auto& [name, make_rig] : rigs()) {
        DYNAMIC_SECTION(name) {
            const auto rig = make_rig();
            rig->mi.silent("pwd");
            rig->settings.timeout = 1h;
            const auto transport = rig->make(rig->settings);
            CHECK_THROWS_AS(transport->exchange(request_7, Deadline(150ms)), SourceError);
        }
    }
}

TEST_CASE("transport contract: no time left asks nothing") {
    for (const auto& [name, make_rig] : rigs()) {
        DYNAMIC_SECTION(name) {
            const auto rig = make_rig();
            rig->mi.result("pwd", "{}");
            CHECK_THROWS_WITH(rig->make(rig->settings)->exchange(request_7, Deadline(0ms)),
                              ContainsSubstring("no time left"));
            CHECK(rig->mi.requests().empty());
        }
    }
}

TEST_CASE("transport contract: a stopped OpenSIPS is an error that names the URL, in one line") {
    for (const auto& [name, make_rig] : rigs()) {
        DYNAMIC_SECTION(name) {
            const auto rig = make_rig();
            rig->stop();
            const auto transport = rig->make(rig->settings);
            try {
                static_cast<void>(transport->exchange(request_7, Deadline(5s)));
                FAIL("no error");
            } catch (const SourceError& error) {
                const std::string message = error.what();
                CHECK_THAT(message, ContainsSubstring("MI at " + rig->settings.url));
                CHECK(message.find('\n') == std::string::npos);
            }
        }
    }
}

TEST_CASE("transport contract: an empty reply is an error") {
    for (const auto& [name, make_rig] : rigs()) {
        DYNAMIC_SECTION(name) {
            const auto rig = make_rig();
            rig->mi.raw("pwd", "");
            CHECK_THROWS_WITH(rig->make(rig->settings)->exchange(request_7, Deadline(5s)),
                              ContainsSubstring("empty reply"));
        }
    }
}
