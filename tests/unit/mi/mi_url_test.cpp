#include "sipkeep/core/error.hpp"
#include "sipkeep/mi/transport.hpp"

#include "support/catch.hpp"

#include <string>

using namespace sipkeep;

TEST_CASE("MI URLs that are accepted") {
    for (const auto* url : {"http://127.0.0.1:8888/mi", "https://sbc.example.org/mi", "http://[::1]:8888/mi",
                            "http://localhost/mi", "fifo:/run/opensips/opensips_fifo",
                            "unix:/run/opensips/mi.sock", "udp:127.0.0.1:8080", "udp:[::1]:8080"}) {
        INFO(url);
        CHECK_NOTHROW(check_mi_url(url));
    }
}

TEST_CASE("MI URLs that are refused name the accepted forms") {
    const std::string long_path = "unix:/" + std::string(107, 'x');
    for (const std::string& url : {std::string(),
                                   std::string("127.0.0.1:8888"),
                                   std::string("http://"),
                                   std::string("http:///mi"),
                                   std::string("http://:8888/mi"),
                                   std::string("http://host:0/mi"),
                                   std::string("http://host:65536/mi"),
                                   std::string("http://host:/mi"),
                                   std::string("http://ho st/mi"),
                                   std::string("http://host/mi\n"),
                                   std::string("fifo:"),
                                   std::string("fifo:relative"),
                                   std::string("fifo://run/x y"),
                                   std::string("unix:mi.sock"),
                                   long_path,
                                   std::string("udp:127.0.0.1"),
                                   std::string("udp:127.0.0.1:"),
                                   std::string("udp:127.0.0.1:70000"),
                                   std::string("udp:::1:8080"),
                                   std::string("udp:localhost:8080"),
                                   std::string("udp:[127.0.0.1]:8080"),
                                   std::string("ftp://host/mi"),
                                   std::string("HTTP://host/mi"),
                                   std::string("unix:/a\0b", 9)}) {
        INFO(url);
        CHECK_THROWS_AS(check_mi_url(url), UsageError);
        CHECK_THROWS_WITH(check_mi_url(url), ContainsSubstring("fifo:/run/opensips/opensips_fifo"));
    }
}

TEST_CASE("a bad URL makes no transport") {
    TransportSettings settings;
    settings.url = "gopher:x";
    CHECK_THROWS_AS(make_transport(settings), UsageError);
}

TEST_CASE("a secret in a URL is refused and never printed") {
    for (const auto* url : {"http://user:geheim@host/mi", "https://geheim@host:8888/mi",
                            "ftp://user:geheim@host/mi", "http://user:ge heim@host/mi"}) {
        try {
            check_mi_url(url);
            FAIL("accepted " << url);
        } catch (const UsageError& error) {
            CHECK(std::string(error.what()).find("heim") == std::string::npos);
        }
    }
}
