// Whatever answers in OpenSIPS's place costs bounded time and memory, one line a source, and none of the
// rest.
#include "site.hpp"
#include "support/catch.hpp"
#include "support/fake_datagram_server.hpp"
#include "support/fake_fifo_server.hpp"

#include <functional>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

using Then = HttpAnswer::Then;
using Pace = FakeFifoServer::Pace;

constexpr std::uint64_t mib = 1024 * 1024;
/// What the program takes of one reply, and what the kernel's buffers hold besides.
constexpr std::uint64_t most_of_a_reply = 16 * mib + 16 * mib;
/// AddressSanitizer's share of it is about half.
constexpr long most_kib_with_a_reply = 512 * 1024;

std::string last_line(const std::string& text) {
    const auto end = text.rfind('\n', text.size() - 2);
    return end == std::string::npos ? text : text.substr(end + 1);
}

/// Runs at these settings: the sources of MI fail with these words, the tables are stored all the same.
void check_attack(Site& site, int minute, const std::vector<std::string>& says) {
    site.add_dialog(minute);
    const Stopwatch watch;
    const ProgramResult result = site.snapshot(minute);
    CHECK(watch.elapsed() < 40s); // both waits together come to a second or two
    INFO(result.err);
    CHECK(result.exit_code == 3);
    CHECK(result.out.empty());
    CHECK(lines_of(result.err) == says.size());
    for (const std::string& words : says) CHECK_THAT(result.err, ContainsSubstring(words));
    CHECK(result.peak_kib < most_kib_with_a_reply);
    CHECK(last_line(site.ledger("mi_status, dialog_status, location_status, dialogs")) ==
          "failed|ok|ok|" + std::to_string(minute + 1) + "\n");
    CHECK(last_line(site.ledger("samples IS NULL")) == "1\n");
}

void use(Site& site, const std::string& url, const std::string& timeout, const std::string& reply_dir = {}) {
    site.settings.mi_url = url;
    site.settings.mi_timeout = timeout;
    site.settings.mi_more =
        ", max_reply_bytes: 16MiB" + (reply_dir.empty() ? "" : ", reply_dir: " + reply_dir);
}

std::string nested(const std::string& opening) {
    std::string text = R"({"jsonrpc":"2.0","id":$ID,"result":)";
    for (int depth = 0; depth < 100'000; ++depth) text += opening;
    return text;
}

/// Good replies, but for one method's.
void fill(CannedMi& mi, const std::string& method, const std::string& bytes) {
    for (const auto& [name, result] : {std::pair{"get_statistics", R"({"core:timestamp":10,"a:b":1})"},
                                       {"list_statistics", R"({"a:b":"incremental"})"},
                                       {"ds_list", R"({"PARTITIONS":[]})"}})
        if (name != method) mi.result(name, result);
    mi.raw(method, bytes);
}

} // namespace

TEST_CASE("an MI server that drips a byte a second ends at the timeout") {
    Site& site = shared_site("drip");
    FakeHttpServer http(HttpAnswer{http_ok(std::string(1000, ' ')), Then::close, 1s});
    use(site, http.url(), "500ms");
    check_attack(site, 0, {"no complete reply within", "no complete reply within"});
    CHECK(http.bytes_sent() < 60);

    CannedMi mi;
    for (const char* method : {"get_statistics", "ds_list"}) mi.raw(method, std::string(60, ' '));
    FakeFifoServer fifo(mi, {1, 1s});
    use(site, fifo.url(), "500ms", fifo.reply_dir());
    check_attack(site, 1, {"the reply did not end in time", "MI at " + fifo.url()});
    CHECK(fifo.bytes_written() < 60);
}

TEST_CASE("a reply of 10 GB is cut off after 16 MiB") {
    Site& site = shared_site("flood");
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    int minute = 0;
    for (const char* more :
         {"Content-Length: 10000000000\r\n\r\n", "\r\n", "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n"}) {
        INFO(more);
        FakeHttpServer http(HttpAnswer{head + more, Then::flood});
        use(site, http.url(), "15s");
        check_attack(site, minute++, {"reply over 16777216 bytes", "reply over 16777216 bytes"});
        CHECK(http.bytes_sent() > 2 * 16 * mib);
        CHECK(http.bytes_sent() < 2 * most_of_a_reply);
    }
    CannedMi mi;
    for (const char* method : {"get_statistics", "ds_list"}) mi.raw(method, "{");
    FakeFifoServer fifo(mi, {4096, 0ms, Pace::Then::flood});
    use(site, fifo.url(), "15s", fifo.reply_dir());
    check_attack(site, minute, {"reply over 16777216 bytes", "reply over 16777216 bytes"});
    CHECK(fifo.bytes_written() > 2 * 16 * mib);
    CHECK(fifo.bytes_written() < 2 * most_of_a_reply);
}

TEST_CASE("the largest reply, of nothing but small values, is refused in bounded memory") {
    Site& site = shared_site("values");
    for (const auto& [name, piece] : {std::pair{"arrays", "[],"}, {"numbers", "0,"}, {"no UTF-8", "\xE9"}}) {
        INFO(name);
        std::string body = "[";
        while (body.size() < 16 * mib - 16) body += piece;
        FakeHttpServer http(HttpAnswer{http_ok(body)});
        body = {};
        use(site, http.url(), "15s");
        check_attack(site, static_cast<int>(lines_of(site.ledger("1"))), {"MI get_statistics", "MI ds_list"});
    }
}

TEST_CASE("JSON nested 100,000 deep is refused, whichever method and transport it comes by") {
    Site& site = shared_site("deep");
    int minute = 0;
    for (const char* method : {"get_statistics", "list_statistics"})
        for (const char* opening : {"[", R"({"a":)"}) {
            INFO(method << opening);
            const std::string says = "MI " + std::string(method) + " at ";
            const std::string why = "the reply is nested deeper than 32 levels";
            CannedMi mi;
            fill(mi, method, nested(opening));
            FakeHttpServer http(mi_http(mi));
            use(site, http.url(), "15s");
            check_attack(site, minute++, {says + http.url() + ": " + why});
            FakeFifoServer fifo(mi);
            use(site, fifo.url(), "15s", fifo.reply_dir());
            check_attack(site, minute++, {says + fifo.url() + ": " + why});
            if (opening != std::string("[")) continue; // the others fit in no datagram
            FakeDatagramServer datagram(mi, FakeDatagramServer::Kind::unix_socket);
            use(site, datagram.url(), "15s", datagram.reply_dir().path());
            check_attack(site, minute++, {says + datagram.url() + ": " + why});
            CHECK(datagram.reply_dir().size() == 0);
        }
    CannedMi mi;
    fill(mi, "ds_list", nested("["));
    FakeHttpServer http(mi_http(mi));
    use(site, http.url(), "15s");
    const ProgramResult result = site.snapshot(minute);
    CHECK(result.exit_code == 3);
    CHECK(lines_of(result.err) == 1);
    CHECK_THAT(result.err, ContainsSubstring("MI ds_list at " + http.url() + ": the reply is nested deeper"));
    CHECK(last_line(site.ledger("mi_status, dispatcher_status, samples")) == "ok|failed|2\n");
}

TEST_CASE("a connection that is never closed ends at the timeout") {
    Site& site = shared_site("held");
    const std::vector<std::string> says{"no complete reply within", "no complete reply within"};
    int minute = 0;
    for (const char* bytes : {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n\r\n{}",
                              "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}",
                              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"}) {
        INFO(bytes);
        FakeHttpServer http(HttpAnswer{bytes, Then::hold});
        use(site, http.url(), "300ms");
        check_attack(site, minute++, says);
    }
    CannedMi mi;
    fill(mi, "get_statistics", "{");
    FakeFifoServer fifo(mi, {4096, 0ms, Pace::Then::hold});
    use(site, fifo.url(), "300ms", fifo.reply_dir());
    check_attack(site, minute++, {"the reply did not end in time", "the reply did not end in time"});

    CannedMi silence;
    for (const char* method : {"get_statistics", "ds_list"}) silence.silent(method);
    FakeDatagramServer datagram(silence, FakeDatagramServer::Kind::unix_socket);
    use(site, datagram.url(), "300ms", datagram.reply_dir().path());
    check_attack(site, minute, {"no reply within", "no reply within"});
}

TEST_CASE("a whole reply is taken though its connection is never closed") {
    Site& site = shared_site("kept_open");
    CannedMi mi;
    fill(mi, "get_statistics", R"({"jsonrpc":"2.0","id":$ID,"result":{"core:timestamp":10,"a:b":1}})");
    FakeHttpServer http([&mi](const FakeHttpServer::Request& request) {
        return HttpAnswer{http_ok(mi.answer(request.body).value_or("")), Then::hold};
    });
    use(site, http.url(), "15s");
    const ProgramResult result = site.snapshot(0);
    CHECK(result.err.empty());
    CHECK(result.exit_code == 0);
}
