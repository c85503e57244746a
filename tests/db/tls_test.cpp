// Encrypted sessions, to a server and an MI with certificates made here; what should be refused is.
#include "sipkeep/core/error.hpp"
#include "sipkeep/db/connection.hpp"
#include "sipkeep/mi/transport.hpp"

#include "support/catch.hpp"
#include "support/certificates.hpp"
#include "support/fake_http_server.hpp"
#include "support/mariadb_server.hpp"
#include "support/program.hpp"

#include <cstdlib>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

/// A server of its own, on TCP, with whatever certificate a test wants.
class TlsServer {
public:
    TlsServer() {
        Connection admin(server_.settings(""), "test server");
        admin.execute("CREATE DATABASE sipkeep");
        for (const std::string host : {"localhost", "127.0.0.1"})
            for (const auto& [user, require] :
                 {std::pair<std::string, std::string>{"anybody", ""}, {"certified", " REQUIRE X509"}}) {
                admin.execute("CREATE USER '" + user + "'@'" + host + "'" + require);
                admin.execute("GRANT ALL ON sipkeep.* TO '" + user + "'@'" + host + "'");
            }
    }

    void with(const std::vector<std::string>& options) {
        server_.stop();
        std::vector<std::string> all{"--skip-networking=0", "--bind-address=127.0.0.1",
                                     "--port=" + std::to_string(port_)};
        all.insert(all.end(), options.begin(), options.end());
        server_.start(all);
    }
    void with(const Certificate& certificate, const std::string& ca,
              const std::vector<std::string>& more = {}) {
        std::vector<std::string> all{"--ssl-ca=" + ca, "--ssl-cert=" + certificate.file,
                                     "--ssl-key=" + certificate.key};
        all.insert(all.end(), more.begin(), more.end());
        with(all);
    }

    [[nodiscard]] DatabaseSettings settings(const std::string& user = "anybody") const {
        DatabaseSettings settings;
        settings.host = "127.0.0.1";
        settings.port = port_;
        settings.user = user;
        settings.database = "sipkeep";
        return settings;
    }

private:
    MariaDbServer server_;
    std::uint16_t port_ = closed_port();
};

/// The protocol of the session ("" in the clear), or why there is none.
std::string session(const DatabaseSettings& settings) {
    try {
        Connection connection(settings, "history database");
        auto row = connection.few("SHOW SESSION STATUS LIKE 'Ssl_version'");
        row.next();
        return row.string(1);
    } catch (const DatabaseError& error) {
        if (error.code() == 2026) CHECK(error.lost()); // a capture waits for better times
        return error.what();
    }
}

} // namespace

TEST_CASE("a database session is encrypted, and with whom it should be") {
    if (std::getenv("SIPKEEP_TEST_SOCKET") != nullptr)
        return; // somebody else's server has its own certificates
    Certificates make;
    const Certificate ca = make.authority("ca"), stranger = make.authority("stranger");
    const Certificate here = make.made_for("here", "DNS:localhost,IP:127.0.0.1", ca);
    const Certificate elsewhere = make.made_for("elsewhere", "DNS:elsewhere.example", ca);
    const Certificate sipkeep = make.made_for("sipkeep", "DNS:sipkeep", ca);
    const Certificate forged = make.made_for("forged", "DNS:sipkeep", stranger);
    const std::string advice = "is ssl_ca the authority that the server's certificate comes from";
    TlsServer server;

    server.with(here, ca.file);
    DatabaseSettings settings = server.settings();
    CHECK(session(settings).empty()); // on this host nobody asked for it
    settings.ssl_enforce = true;
    CHECK(session(settings).starts_with("TLSv1."));
    settings.ssl_verify_server_cert = true;
    CHECK_THAT(session(settings), ContainsSubstring("self-signed certificate in certificate chain") &&
                                      ContainsSubstring(advice));
    settings.ssl_ca = ca.file;
    CHECK(session(settings).starts_with("TLSv1."));
    settings.ssl_ca = stranger.file;
    CHECK_THAT(session(settings), ContainsSubstring(advice));
    settings.ssl_verify_server_cert = false;
    CHECK_THAT(session(settings), ContainsSubstring(advice)); // an authority that is named counts
    settings.ssl_ca = "/nowhere/ca.pem";
    CHECK_THAT(session(settings), ContainsSubstring("No such file"));

    DatabaseSettings certified = server.settings("certified");
    certified.ssl_ca = ca.file;
    CHECK_THAT(session(certified), ContainsSubstring("Access denied"));
    certified.ssl_cert = sipkeep.file;
    certified.ssl_key = sipkeep.key;
    CHECK(session(certified).starts_with("TLSv1."));
    certified.ssl_key = here.key;
    CHECK_THAT(session(certified), ContainsSubstring("key values mismatch"));
    certified.ssl_cert = forged.file;
    certified.ssl_key = forged.key;
    CHECK_THAT(session(certified), ContainsSubstring("history database sipkeep at 127.0.0.1"));

    // Of another host.
    server.with(elsewhere, ca.file);
    settings = server.settings();
    settings.ssl_ca = ca.file;
    CHECK(session(settings).starts_with("TLSv1."));
    settings.ssl_verify_server_cert = true;
    CHECK_THAT(session(settings), ContainsSubstring(advice));

    // Of old.
    server.with(here, ca.file, {"--tls-version=TLSv1.2"});
    settings = server.settings();
    settings.ssl_ca = ca.file;
    CHECK(session(settings) == "TLSv1.2");
    settings.ssl_min_version = "1.3";
    CHECK_THAT(session(settings), ContainsSubstring("protocol version"));

    // Not at all: nothing goes on in the clear unasked.
    server.with({"--skip-ssl"});
    settings = server.settings();
    CHECK(session(settings).empty());
    settings.ssl_enforce = true;
    CHECK_THAT(session(settings),
               ContainsSubstring("the session is not encrypted, as the server offers no TLS"));
    settings.ssl_verify_server_cert = true;
    CHECK_THAT(session(settings), ContainsSubstring("the server does not support it"));
}

TEST_CASE("away from this host a session is encrypted and the certificate checked, unless told otherwise") {
    DatabaseSettings settings;
    const auto both = [&] { return std::pair{settings.encrypts(), settings.verifies()}; };
    for (const char* host : {"localhost", "127.0.0.1", "127.1.2.3", "::1"}) {
        settings.host = host;
        CHECK(both() == std::pair{false, false});
    }
    for (const char* host : {"db1", "192.0.2.1", "2001:db8::1", "localhost.example.org", "127.example.org"}) {
        settings.host = host;
        CHECK(both() == std::pair{true, true});
    }
    settings.ssl_enforce = false;
    CHECK(both() == std::pair{false, false});
    settings.ssl_ca = "/ca.pem"; // asks for TLS by itself
    CHECK(both() == std::pair{true, true});
    settings.ssl_verify_server_cert = false;
    CHECK(both() == std::pair{true, false});
    settings.socket = "/run/s";
    settings.ssl_ca.clear();
    settings.ssl_enforce.reset();
    CHECK(both() == std::pair{false, false});
}

TEST_CASE("MI over https is asked only where its certificate is accepted") {
    Certificates make;
    const Certificate ca = make.authority("ca"), stranger = make.authority("stranger");
    const Certificate here = make.made_for("here", "IP:127.0.0.1", ca);
    const Certificate elsewhere = make.made_for("elsewhere", "DNS:elsewhere.example", ca);
    const Certificate sipkeep = make.made_for("sipkeep", "DNS:sipkeep", ca);
    const FakeHttpServer http(HttpAnswer{http_ok("\"hi\"")});

    const auto asked = [&](const Certificate& server, const std::string& client_ca,
                           TransportSettings settings) {
        const auto port = closed_port();
        std::vector<std::string> command{"/usr/bin/env",
                                         "python3",
                                         SIPKEEP_SOURCE_DIR "/tests/support/tls_front.py",
                                         std::to_string(port),
                                         std::to_string(http.port()),
                                         server.file,
                                         server.key};
        if (!client_ca.empty()) command.push_back(client_ca);
        const RunningProgram front(command);
        settings.url = "https://127.0.0.1:" + std::to_string(port) + "/mi";
        std::string said;
        REQUIRE(wait_until([&] {
            try {
                said = make_transport(settings)->exchange(R"({"jsonrpc":"2.0","method":"pwd","id":1})",
                                                          Deadline(Milliseconds{10000}));
            } catch (const SourceError& error) {
                said = error.what();
            }
            return said.find("can't connect") == std::string::npos; // it starts as fast as python does
        }));
        return said;
    };
    TransportSettings settings;
    settings.timeout = Milliseconds{10000};
    const std::string refused = "its certificate is not accepted";
    CHECK_THAT(asked(here, "", settings),
               ContainsSubstring(refused) && ContainsSubstring("is ssl_ca the authority it comes from"));
    settings.ca_file = stranger.file;
    CHECK_THAT(asked(here, "", settings), ContainsSubstring(refused));
    settings.ca_file = "/nowhere/ca.pem";
    CHECK_THAT(asked(here, "", settings), ContainsSubstring(refused));
    settings.ca_file = ca.file;
    CHECK(asked(here, "", settings) == "\"hi\"");
    CHECK_THAT(asked(elsewhere, "", settings), ContainsSubstring(refused));
    settings.verify = false;
    CHECK(asked(elsewhere, "", settings) == "\"hi\"");

    settings.verify = true;
    CHECK_THAT(asked(here, ca.file, settings),
               ContainsSubstring("does it ask for a certificate (ssl_cert)?"));
    settings.certificate_file = sipkeep.file;
    settings.key_file = here.key;
    CHECK_THAT(asked(here, ca.file, settings), ContainsSubstring("ssl_cert or ssl_key can't be used"));
    settings.key_file = sipkeep.key;
    CHECK(asked(here, ca.file, settings) == "\"hi\"");
}
