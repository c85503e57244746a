// small_sbc: the live side of ./quickstart and of tests, without an OpenSIPS.
#include "live_tables.hpp"
#include "mi_replies.hpp"
#include "support/fake_http_server.hpp"

#include <csignal>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <vector>

namespace {

using sipkeep::test::FakeHttpServer;
using sipkeep::test::HttpAnswer;

constexpr std::string_view usage =
    "usage: small_sbc load --minute N         prints SQL that brings the live tables to minute N\n"
    "       small_sbc serve --minute-file F   answers MI over HTTP as of the minute that F holds; prints its "
    "URL;\n"
    "                                         ends on SIGTERM or SIGINT\n";

int minute_of(const std::string& text) {
    constexpr int most = 10'000;
    std::size_t end = 0;
    const int minute = std::stoi(text, &end);
    if (end != text.size() || minute < 0 || minute > most) throw std::invalid_argument("minute " + text);
    return minute;
}

int minute_in(const std::string& file) {
    std::ifstream stream(file);
    std::string text;
    if (!(stream >> text)) throw std::runtime_error("no minute in " + file);
    return minute_of(text);
}

/// As mi_http: JSON to /mi, everything else is turned away.
HttpAnswer reply(const FakeHttpServer::Request& request, const std::string& minute_file) {
    if (!request.head.starts_with("POST /mi")) {
        const std::string body = "<html><body>Unable to parse URL!</body></html>";
        return {
            "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/html\r\nContent-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body};
    }
    if (request.head.find("Content-Type: application/json") == std::string::npos) return {""};
    return {sipkeep::test::http_ok(sipkeep::small_sbc::mi_reply(request.body, minute_in(minute_file)))};
}

void serve(const std::string& minute_file) {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);           // a caller that is killed takes it along
    ::pthread_sigmask(SIG_BLOCK, &ends, nullptr); // before the server's thread, which inherits it
    const FakeHttpServer server([&](const FakeHttpServer::Request& request) -> HttpAnswer {
        try {
            return reply(request, minute_file);
        } catch (const std::exception& error) {
            std::cerr << "small_sbc: " << error.what() << '\n';
            return {""};
        }
    });
    std::cout << server.url() << std::endl;
    int signal = 0;
    ::sigwait(&ends, &signal);
}

} // namespace

int main(int argc, char** argv) {
    try {
        const std::vector<std::string> args(argv + 1, argv + argc);
        if (args.size() == 3 && args[0] == "load" && args[1] == "--minute")
            std::cout << sipkeep::small_sbc::live_tables_sql(minute_of(args[2]));
        else if (args.size() == 3 && args[0] == "serve" && args[1] == "--minute-file")
            serve(args[2]);
        else {
            std::cerr << usage;
            return 2;
        }
        return std::cout.flush() ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << "small_sbc: " << error.what() << '\n';
        return 1;
    }
}
