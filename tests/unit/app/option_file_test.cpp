#include "sipkeep/app/credentials.hpp"
#include "sipkeep/core/error.hpp"

#include "support/catch.hpp"

using namespace sipkeep;

namespace {

Credentials options_of(const std::string& text) {
    return parse_option_file(text, "live.cnf");
}

std::string complaint_of_options(const std::string& text) {
    try {
        static_cast<void>(options_of(text));
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no error";
}

std::string password(const std::string& written) {
    return options_of("[client]\npassword=" + written).password.value();
}

} // namespace

TEST_CASE("an option file gives address, user, password and TLS") {
    const auto found =
        options_of("# who\r\n[client]\r\nhost = db.example.org\r\nport=3307\r\n; socket\nsocket=/run/s.sock\n"
                   "user=\"sip keep\"\npassword='s3cret'\nssl-ca=/ca.pem\nssl_cert=/c.pem\nssl-key=/k.pem\n");
    CHECK(found.host == "db.example.org");
    CHECK(found.port == 3307);
    CHECK(found.socket == "/run/s.sock");
    CHECK(found.user == "sip keep");
    CHECK(found.password == "s3cret");
    CHECK(found.ssl_ca == "/ca.pem");
    CHECK(found.ssl_cert == "/c.pem");
    CHECK(found.ssl_key == "/k.pem");
    CHECK_FALSE(found.ssl_enforce);
    CHECK_FALSE(found.database);
}

TEST_CASE("[sipkeep] wins over [client] wherever it stands") {
    const auto found =
        options_of("[sipkeep]\nuser=ours\n[mysqld]\nuser=mysql\n[ client ]\nuser=theirs\nhost=h\n");
    CHECK(found.user == "ours");
    CHECK(found.host == "h");
}

TEST_CASE("what the mysql client skips is skipped") {
    const auto found =
        options_of("[client]\ndefault-character-set=utf8mb4\nprompt\nuser=u\n[other]\nport=nonsense\n");
    CHECK(found.user == "u");
    CHECK_FALSE(found.port);
}

TEST_CASE("quotes, escapes and comments are read as the mysql client reads them") {
    CHECK(password("plain") == "plain");
    CHECK(password("  blanks around \t") == "blanks around");
    CHECK(password("' blanks kept '") == " blanks kept ");
    CHECK(password("cut#here") == "cut");
    CHECK(password("\"not#here\" # here") == "not#here");
    CHECK(password("semi;colon") == "semi;colon");
    CHECK(password("a=b=c") == "a=b=c");
    CHECK(password("tab\\tnew\\nspace\\sback\\\\slash") == "tab\tnew\nspace back\\slash");
    CHECK(password("\"quo\\\"te#\"") == "quo\"te#");
    CHECK(password("unknown\\qescape") == "unknown\\qescape");
    CHECK(password("ends\\") == "ends\\");
    CHECK(password("\"") == "\"");
    CHECK(password("'\"mixed\"'") == "\"mixed\"");
    CHECK(password("") == "");
    CHECK(password("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
}

TEST_CASE("TLS modes of both families") {
    const auto mode = [](const std::string& lines) { return options_of("[client]\nssl-ca=/ca\n" + lines); };
    CHECK(mode("ssl-mode=REQUIRED").ssl_enforce == true);
    CHECK(mode("ssl-mode=required").ssl_verify_server_cert == false);
    CHECK(mode("ssl_mode=VERIFY_CA").ssl_verify_server_cert == true);
    CHECK(mode("ssl-mode=VERIFY_IDENTITY").ssl_enforce == true);
    CHECK(mode("ssl-mode=PREFERRED").ssl_enforce == false);
    CHECK(mode("ssl-mode=PREFERRED").ssl_ca == "/ca");
    CHECK(mode("ssl").ssl_enforce == true);
    CHECK(mode("ssl=1").ssl_enforce == true);
    CHECK(mode("ssl-verify-server-cert").ssl_verify_server_cert == true);
    CHECK(mode("skip-ssl-verify-server-cert").ssl_verify_server_cert == false);
}

TEST_CASE("TLS switched off is off, although a certificate authority is named") {
    for (const auto* line : {"ssl-mode=DISABLED", "ssl=0", "skip-ssl", "disable_ssl"}) {
        const auto found = options_of(std::string("[client]\nssl-ca=/ca\n") + line);
        CHECK(found.ssl_enforce == false);
        CHECK(found.ssl_ca == "");
    }
}

TEST_CASE("complaints about an option file name file, line and key") {
    CHECK(complaint_of_options("[client]\n\nport=0") == "live.cnf:3: port: expected a port from 1 to 65535");
    CHECK(complaint_of_options("[client]\nport=65536") ==
          "live.cnf:2: port: expected a port from 1 to 65535");
    CHECK(complaint_of_options("[client]\nport") == "live.cnf:2: port: expected a port from 1 to 65535");
    CHECK(complaint_of_options("user=x") ==
          "live.cnf:1: an option before any group; start the file with [client]");
    CHECK(complaint_of_options("[client\n") == "live.cnf:1: the group has no closing ']'");
    CHECK(complaint_of_options("[client]\nssl-mode=sure") ==
          "live.cnf:2: ssl-mode: expected DISABLED, PREFERRED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY");
    CHECK(complaint_of_options("[client]\nssl=maybe") == "live.cnf:2: ssl: expected 0 or 1");
    CHECK(complaint_of_options("[client]\npassword") ==
          "live.cnf:2: password: missing value; write password=...");
    CHECK(complaint_of_options("[sipkeep]\npasword=x") ==
          "live.cnf:2: unknown option; did you mean password?");
}

TEST_CASE("!include is refused, in other groups, too") {
    CHECK_THAT(complaint_of_options("[mysqld]\n!includedir /etc/mysql/conf.d/"),
               ContainsSubstring("live.cnf:2: !include"));
    CHECK_THAT(complaint_of_options("!include /etc/other.cnf"), ContainsSubstring("are not followed"));
}

TEST_CASE("complaints never hold what the line holds") {
    for (const auto* text :
         {"[client]\nport=s3cret", "[client]\nssl=s3cret", "[client]\nssl-mode=s3cret", "s3cret", "[s3cret",
          "[sipkeep]\npasswort=s3cret", "!include s3cret", "[sipkeep]\ns3cret", "[sipkeep]\npassword: s3cret",
          "[sipkeep]\npassword s3cret", "[sipkeep]\npassword:s3cret=", "[sipkeep]\ns3cret=1"}) {
        const auto message = complaint_of_options(text);
        CHECK_THAT(message, ContainsSubstring("live.cnf:"));
        CHECK(message.find("s3cret") == std::string::npos);
    }
}

TEST_CASE("a socket counts only for localhost") {
    DatabaseSettings settings;
    apply(options_of("[client]\nsocket=/run/s.sock\nhost=localhost\n"), settings);
    CHECK(settings.socket == "/run/s.sock");
    apply(options_of("[client]\nsocket=/run/s.sock\nhost=db\n"), settings);
    CHECK(settings.socket.empty());
    CHECK(settings.host == "db");
}

TEST_CASE("what credentials do not mention stays") {
    DatabaseSettings settings;
    settings.user = "before";
    settings.port = 1;
    apply(options_of("[client]\npassword=p"), settings);
    CHECK(settings.user == "before");
    CHECK(settings.port == 1);
    CHECK(settings.password == "p");
}
