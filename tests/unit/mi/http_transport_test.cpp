#include "sipkeep/core/error.hpp"
#include "sipkeep/core/time.hpp"
#include "sipkeep/mi/transport.hpp"

#include "support/canned_mi.hpp"
#include "support/catch.hpp"
#include "support/fake_http_server.hpp"
#include "unit/mi/ask_pwd.hpp"

#include <cstdlib>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

using Then = HttpAnswer::Then;

/// A captured reply without the note that its body never ended.
std::string head_of(const std::string& name) {
    const auto bytes = fixture("http/" + name + ".reply");
    return bytes.substr(0, bytes.find("\r\n\r\n") + 4);
}

/// Asks a server whose body never ends; a client that waits for it runs into the timeout of 20 s.
void check_unfinished(const std::string& head, const std::string& expected) {
    const FakeHttpServer server({head, Then::hold});
    const Stopwatch watch;
    CHECK_THROWS_WITH(ask(server.url()), ContainsSubstring(expected));
    CHECK(watch.elapsed() < 10s);
}

} // namespace

TEST_CASE("http: a captured reply gives its body") {
    const auto bytes = fixture("http/get_statistics-group-shmem.reply");
    const FakeHttpServer server({bytes});
    CHECK(ask(server.url()) == bytes.substr(bytes.find("\r\n\r\n") + 4));
}

TEST_CASE("http: mi_http wants POST and application/json") {
    const FakeHttpServer server({http_ok("{}")});
    CHECK(ask(server.url()) == "{}");
    REQUIRE(server.requests().size() == 1);
    const auto request = server.requests().front();
    CHECK_THAT(request.head, ContainsSubstring("POST /mi HTTP/1.1\r\n"));
    CHECK_THAT(request.head, ContainsSubstring("Content-Type: application/json"));
    CHECK_THAT(request.head,
               ContainsSubstring("Content-Length: " + std::to_string(std::string(ask_pwd).size())));
    CHECK(request.head.find("Expect") == std::string::npos);
    CHECK(request.head.find("chunked") == std::string::npos);
    CHECK(request.body == ask_pwd);
}

TEST_CASE("http: the body of a 202 never ends") {
    check_unfinished(head_of("no-id-notification"), "HTTP 202");
}

TEST_CASE("http: the body of a 400 never ends") {
    check_unfinished(head_of("request-over-1024"), "receive_buf_size");
}

TEST_CASE("http: the body of a 405 never ends") {
    check_unfinished(head_of("GET"), "HTTP 405");
}

TEST_CASE("http: the body of a 500 on a too large reply never ends") {
    check_unfinished(head_of("overflow-get_statistics-all-buf3000"), "raise httpd's buf_size");
}

TEST_CASE("http: an error is told even when not all of its headers come") {
    check_unfinished("HTTP/1.1 500 Internal Server Error\r\nDate:", "HTTP 500");
}

TEST_CASE("http: other statuses have messages of their own") {
    const auto check = [](const std::string& bytes, const std::string& expected) {
        const FakeHttpServer server({bytes});
        CHECK_THROWS_WITH(ask(server.url()), ContainsSubstring(expected));
    };
    check(fixture("http/PUT.reply"), "HTTP 406");
    check(fixture("http/wrong-path.reply"), "HTTP 400");
    check("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "access refused");
    check("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "nothing at this path");
    check("HTTP/1.1 503 Service Unavailable\r\n\r\n", "HTTP 503");
    check("HTTP/1.1 20\r\n\r\n", "MI at ");
}

TEST_CASE("http: an informational status before the answer is passed over") {
    const FakeHttpServer server({"HTTP/1.1 100 Continue\r\n\r\n" + http_ok("{}")});
    CHECK(ask(server.url()) == "{}");
}

TEST_CASE("http: redirects are not followed") {
    const FakeHttpServer target({http_ok("{}")});
    const FakeHttpServer server(
        {"HTTP/1.1 302 Found\r\nLocation: " + target.url() + "\r\nContent-Length: 0\r\n\r\n"});
    CHECK_THROWS_WITH(ask(server.url()), ContainsSubstring("redirects are not followed"));
    CHECK(target.requests().empty());
}

TEST_CASE("http: a proxy in the environment is not used") {
    const FakeHttpServer proxy({http_ok("\"proxied\"")});
    const FakeHttpServer server({http_ok("{}")});
    const std::string url = "http://127.0.0.1:" + std::to_string(proxy.port());
    for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::setenv(name, url.c_str(), 1);
    const auto body = ask(server.url());
    for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
    CHECK(body == "{}");
    CHECK(proxy.requests().empty());
}

TEST_CASE("http: an empty close, as on a wrong content type, is an error of its own") {
    const FakeHttpServer server({""});
    CHECK_THROWS_WITH(ask(server.url()), ContainsSubstring("closed without a reply"));
}

TEST_CASE("http: a connection closed in the middle of the reply is an error") {
    const auto whole = http_ok("{\"jsonrpc\":\"2.0\"}");
    const FakeHttpServer server({whole.substr(0, whole.size() - 3)});
    CHECK_THROWS_WITH(ask(server.url()), ContainsSubstring("in the middle of the reply"));
}

TEST_CASE("http: a request over 1,024 bytes is refused before it is sent") {
    const FakeHttpServer server({http_ok("{}")});
    TransportSettings settings;
    settings.url = server.url();
    const auto transport = make_transport(settings);
    CHECK_THROWS_WITH(transport->exchange(std::string(1025, ' '), Deadline(5s)),
                      ContainsSubstring("1025 bytes"));
    CHECK(server.requests().empty());
}

TEST_CASE("http: nobody listening is told at once") {
    const auto url = "http://127.0.0.1:" + std::to_string(closed_port()) + "/mi";
    CHECK_THROWS_WITH(ask(url), ContainsSubstring("is OpenSIPS running, with httpd"));
}

TEST_CASE("http: a drip of single bytes ends at the timeout") {
    const FakeHttpServer server({http_ok(std::string(100000, ' ')), Then::close, 20ms});
    CHECK_THROWS_WITH(ask(server.url(), 300ms), ContainsSubstring("no complete reply within"));
}

TEST_CASE("http: a body that never comes ends at the timeout") {
    const FakeHttpServer server({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{", Then::hold});
    CHECK_THROWS_WITH(ask(server.url(), 300ms), ContainsSubstring("no complete reply within"));
}

TEST_CASE("http: an endless reply ends at the cap") {
    const FakeHttpServer server({"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", Then::flood});
    TransportSettings settings;
    settings.url = server.url();
    settings.timeout = 20s;
    settings.max_reply_bytes = 1000000;
    CHECK_THROWS_WITH(make_transport(settings)->exchange(ask_pwd, Deadline(20s)),
                      ContainsSubstring("over 1000000 bytes"));
}

TEST_CASE("http: endless headers end") {
    std::string head = "HTTP/1.1 200 OK\r\n";
    for (int line = 0; line < 3000; ++line) head += "X-Header: 0123456789012345678901234567890\r\n";
    const FakeHttpServer server({head, Then::hold});
    CHECK_THROWS_AS(ask(server.url()), SourceError);
}

TEST_CASE("http: what does not speak HTTP is an error") {
    const FakeHttpServer server({"SSH-2.0-OpenSSH_9.2\r\n"});
    CHECK_THROWS_AS(ask(server.url()), SourceError);
}
