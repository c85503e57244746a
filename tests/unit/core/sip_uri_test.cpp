#include "sipkeep/core/sip_uri.hpp"

#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <random>
#include <vector>

using namespace sipkeep;

namespace {

constexpr const char* absent = nullptr;

struct Case {
    std::string text;
    const char* user;
    const char* domain;
};

std::string shown(const std::optional<std::string>& part) {
    return part ? "'" + *part + "'" : "absent";
}
bool is_utf8(const std::string& text) {
    try {
        return !nlohmann::json(text)
                    .dump()
                    .empty(); // an independent opinion: dump() throws for anything else
    } catch (const nlohmann::json::type_error&) {
        return false;
    }
}

std::string shown(const char* part) {
    return part == absent ? "absent" : "'" + std::string(part) + "'";
}

void check(const std::vector<Case>& cases) {
    for (const auto& [text, user, domain] : cases) {
        INFO(text);
        const auto uri = parse_sip_uri(text);
        CHECK(shown(uri.user) == shown(user));
        CHECK(shown(uri.domain) == shown(domain));
    }
}

void check_empty(const std::vector<std::string>& texts) {
    for (const auto& text : texts) check({{text, absent, absent}});
}

} // namespace

TEST_CASE("user and domain of plain SIP URIs") {
    check({
        {"sip:alice@example.com", "alice", "example.com"},
        {"sips:alice@example.com", "alice", "example.com"},
        {"SIP:alice@example.com", "alice", "example.com"},
        {"SiPs:Alice@Example.COM", "Alice", "example.com"},
        {"sip:+4930123456@sbc1.edge.lab", "+4930123456", "sbc1.edge.lab"},
        {"sip:1001@192.0.2.10", "1001", "192.0.2.10"},
        {"sip:anonymous@anonymous.invalid", "anonymous", "anonymous.invalid"},
        {"sip:a.b-c_d!e~f*g'h(i)j@example.com", "a.b-c_d!e~f*g'h(i)j", "example.com"},
        {"sip:a&b=c+d$e,f?g/h@example.com", "a&b=c+d$e,f?g/h", "example.com"},
        {"sip:*21#@example.com", "*21#", "example.com"},
        {"  sip:alice@example.com\t", "alice", "example.com"},
    });
}

TEST_CASE("a URI without user has a domain only") {
    check({
        {"sip:example.com", absent, "example.com"},
        {"sip:192.0.2.10:5060", absent, "192.0.2.10"},
        {"sip:[2001:DB8::1]:5060;lr", absent, "[2001:db8::1]"},
        {"<sip:example.com>", absent, "example.com"},
    });
}

TEST_CASE("ports, parameters and headers are no part of the domain") {
    check({
        {"sip:alice@example.com:5060", "alice", "example.com"},
        {"sip:alice@example.com:65535", "alice", "example.com"},
        {"sip:alice@example.com;transport=tcp", "alice", "example.com"},
        {"sip:alice@example.com:5061;transport=tls;lr", "alice", "example.com"},
        {"sip:alice@example.com?subject=hi&to=bob%40example.com", "alice", "example.com"},
        {"sip:alice@example.com;x=?y", "alice", "example.com"},
        {"sip:alice@example.com:5060?x=y", "alice", "example.com"},
        {"sip:alice@example.com;maddr=[::1]", "alice", "example.com"},
    });
}

TEST_CASE("a domain is a name, an IPv4 or an IPv6 address") {
    check({
        {"sip:a@[::1]", "a", "[::1]"},
        {"sip:a@[::1]:5060", "a", "[::1]"},
        {"sip:a@[2001:DB8:0:0:8:800:200C:417A];lr", "a", "[2001:db8:0:0:8:800:200c:417a]"},
        {"sip:a@[::ffff:192.0.2.1]", "a", "[::ffff:192.0.2.1]"},
        {"sip:a@localhost", "a", "localhost"},
        {"sip:a@example.com.", "a", "example.com"},
        {"sip:a@example.com.:5060", "a", "example.com"},
        {"sip:a@sbc_1.internal", "a", "sbc_1.internal"},
        {"sip:a@3f2a9c1b2d", "a", "3f2a9c1b2d"},
        {"sip:a@xn--bcher-kva.example", "a", "xn--bcher-kva.example"},
    });
}

TEST_CASE("what is no domain leaves nothing") {
    check_empty({"sip:a@",
                 "sip:a@:5060",
                 "sip:a@.",
                 "sip:a@..",
                 "sip:a@.example.com",
                 "sip:a@example..com",
                 "sip:a@example.com..",
                 "sip:a@[::1",
                 "sip:a@::1]",
                 "sip:a@[]",
                 "sip:a@[::1]x",
                 "sip:a@[::1]:",
                 "sip:a@[zz::1]",
                 "sip:a@[1234]",
                 "sip:a@[[::1]]",
                 "sip:a@::1",
                 "sip:a@300.1.1.1",
                 "sip:a@1.2.3",
                 "sip:a@1.2.3.4.5",
                 "sip:a@1.2.3.0004",
                 "sip:1234",
                 "sip:a@1234",
                 "sip:a@example.com:",
                 "sip:a@example.com:x",
                 "sip:a@example.com:65536",
                 "sip:a@example.com:050600",
                 "sip:a@example.com:-1",
                 "sip:a@example.com:5060:5060",
                 "sip:a@exam%70le.com",
                 "sip:a@b\xc3\xbc"
                 "cher.example",
                 "sip:a@example.com/path",
                 "sip:a@{host}"});
}

TEST_CASE("a password never gets out") {
    check({
        {"sip:alice:secret@example.com", "alice", "example.com"},
        {"sip:alice:@example.com", "alice", "example.com"},
        {"sip:alice:a:b@example.com:5060", "alice", "example.com"},
        {"sip:alice;x=1:secret@example.com", "alice", "example.com"},
        {"sip:alice:se;cret@example.com", "alice", "example.com"},
    });
    check_empty({"sip::secret@example.com", "sip:alice:secret@", "sip:alice:sec@ret@example.com"});
}

TEST_CASE("a telephone number as user ends at its parameters") {
    check({
        {"sip:1234;phone-context=+49@example.com", "1234", "example.com"},
        {"sip:+1-201-555-0123;isub=1@gw.example;user=phone", "+1-201-555-0123", "gw.example"},
        {"sip:1234;phone-context=example.net@example.com;user=phone", "1234", "example.com"},
        {"sip:1234;@example.com", "1234", "example.com"},
    });
    check_empty({"sip:;phone-context=x@example.com"});
}

TEST_CASE("a second at sign or an empty user leaves nothing") {
    check_empty({"sip:a@b@example.com", "sip:a@@example.com", "sip:@example.com", "sip:@", "sip:@@",
                 "sip:alice@example.com;x=a@b", "sip:alice@example.com?to=sip:bob@example.com"});
}

TEST_CASE("percent escapes are decoded where the result is text") {
    check({
        {"sip:al%69ce@example.com", "alice", "example.com"},
        {"sip:j%C3%B6rg@example.com", "j\xc3\xb6rg", "example.com"},
        {"sip:j%c3%b6rg@example.com", "j\xc3\xb6rg", "example.com"},
        {"sip:%F0%9F%93%9E@example.com", "\xf0\x9f\x93\x9e", "example.com"},
        {"sip:alice%40home.example@example.com", "alice@home.example", "example.com"},
        {"sip:a%20b@example.com", "a b", "example.com"},
        {"sip:%23100@example.com", "#100", "example.com"},
        {"sip:a%3Bb@example.com", "a;b", "example.com"},
        {"sip:a%3Apw@example.com", "a:pw", "example.com"},
        {"sip:100%25@example.com", "100%", "example.com"},
        {"sip:%2541@example.com", "%41", "example.com"}, // decoded once
    });
}

TEST_CASE("percent escapes that are no text stay as written, all of them") {
    check({
        {"sip:j%F6rg@example.com", "j%F6rg", "example.com"}, // latin1
        {"sip:a%00b@example.com", "a%00b", "example.com"},   // NUL
        {"sip:%61%0D%0Ab@example.com", "%61%0D%0Ab", "example.com"},
        {"sip:a%7F@example.com", "a%7F", "example.com"},
        {"sip:a%C2%85@example.com", "a%C2%85", "example.com"},     // C1 control
        {"sip:%C0%AF@example.com", "%C0%AF", "example.com"},       // overlong
        {"sip:%E0%80%AF@example.com", "%E0%80%AF", "example.com"}, // overlong
        {"sip:%ED%A0%80@example.com", "%ED%A0%80", "example.com"}, // surrogate
        {"sip:%F4%90%80%80@example.com", "%F4%90%80%80", "example.com"},
        {"sip:%C3@example.com", "%C3", "example.com"},
        {"sip:%61%zz@example.com", "%61%zz", "example.com"},
        {"sip:a%4@example.com", "a%4", "example.com"},
        {"sip:a%@example.com", "a%", "example.com"},
    });
}

TEST_CASE("bytes that are not ASCII stay as they are") {
    check({
        {"sip:j\xc3\xb6rg@example.com", "j\xc3\xb6rg", "example.com"},
        {"sip:j\xf6rg@example.com", "j\xf6rg", "example.com"},
    });
}

TEST_CASE("a URI is taken out of a name-addr") {
    check({
        {"<sip:alice@example.com>", "alice", "example.com"},
        {"<sip:alice@example.com;lr>;tag=1", "alice", "example.com"},
        {"Alice <sip:alice@example.com>", "alice", "example.com"},
        {"Alice Doe <sip:alice@example.com> ;tag=x", "alice", "example.com"},
        {"\"Alice\" <sips:alice@example.com:5061>;tag=1", "alice", "example.com"},
        {"\"Alice\"<sip:alice@example.com>", "alice", "example.com"},
        {"\"\" <sip:alice@example.com>", "alice", "example.com"},
        {R"("Al \"the\" <sip:bob@evil.example> \\" <sip:alice@example.com>)", "alice", "example.com"},
        {"\"sip:bob@evil.example\" <sip:alice@example.com>", "alice", "example.com"},
        {"J\xc3\xb6rg <sip:joerg@example.com>", "joerg", "example.com"},
        {"<tel:+4930123456>;tag=1", "+4930123456", absent},
    });
}

TEST_CASE("unbalanced quotes and angle brackets leave nothing") {
    check_empty({"\"Alice <sip:alice@example.com>", "\"Alice\\\" <sip:alice@example.com>",
                 "Al\"ice <sip:alice@example.com>", "\"Alice\" x <sip:alice@example.com>",
                 "\"Alice\" sip:alice@example.com", "<sip:alice@example.com", "sip:alice@example.com>",
                 "<<sip:alice@example.com>>", "<>", "<", ">", "\"", "\"\\", "<sip:alice@example.com> x",
                 "<sip:alice@example.com>, <sip:bob@example.com>", "< sip:alice@example.com>",
                 "<sip:alice@example.com >"});
}

TEST_CASE("numbers of tel URIs stay as written") {
    check({
        {"tel:+4930123456", "+4930123456", absent},
        {"TEL:+1-201-555-0123", "+1-201-555-0123", absent},
        {"tel:+1(201).555;ext=12", "+1(201).555", absent},
        {"tel:7042;phone-context=example.com", "7042", "example.com"},
        {"tel:7042;isub=1;Phone-Context=Example.COM.;x", "7042", "example.com"},
        {"tel:7042;phone-context=+49", "7042", absent},
        {"tel:7042;phone-context=", "7042", absent},
        {"tel:7042;phone-context=49", "7042", absent},
        {"tel:7042;phone-context=192.0.2.1", "7042", absent},
        {"tel:7042;phone-context=a@b", "7042", absent},
        {"tel:7042;phone-contextual=example.com", "7042", absent},
        {"tel:7042;phone-context", "7042", absent},
        {"tel:7042;", "7042", absent},
        {"tel:*21#", "*21#", absent},
        {"tel:1A2b", "1A2b", absent},
    });
    check_empty({"tel:", "tel:+", "tel:-", "tel:;ext=1", "tel:+abc", "tel:+1+2", "tel:alice",
                 "tel:+1@example.com", "tel:+1?x=y", "tel:%2B49"});
}

TEST_CASE("rubbish leaves nothing") {
    check_empty({"",
                 " ",
                 ":",
                 "@",
                 "sip",
                 "sip:",
                 "sips:",
                 "sip::",
                 "alice@example.com",
                 "alice",
                 "example.com",
                 "http://example.com",
                 "urn:service:sos",
                 "mailto:alice@example.com",
                 "sip :alice@example.com",
                 "sipx:alice@example.com",
                 "sip:alice @example.com",
                 "sip:alice@exam ple.com",
                 "sip:alice@example.com x",
                 "sip:al\tice@example.com",
                 "sip:alice@example.com\r\n",
                 "sip:al\x01ice@example.com",
                 "sip:al\x7fice@example.com",
                 std::string("sip:al\0ice@example.com", 22),
                 "*",
                 "NULL",
                 "n/a",
                 "sip:al\"ice@example.com",
                 "sip:al<ice@example.com"});
}

TEST_CASE("a part that does not fit its column is absent, the other stays") {
    const std::string widest_user(255, 'u');
    const std::string widest_domain = std::string(251, 'd') + ".com";
    check({
        {"sip:" + widest_user + "@" + widest_domain, widest_user.c_str(), widest_domain.c_str()},
        {"sip:" + widest_user + "u@example.com", absent, "example.com"},
        {"sip:alice@d" + widest_domain, "alice", absent},
        {"tel:" + std::string(256, '1') + ";phone-context=example.com", absent, "example.com"},
    });
    std::string escaped;
    for (int i = 0; i < 255; ++i) escaped += "%75";
    check({{"sip:" + escaped + "@example.com", widest_user.c_str(), "example.com"},
           {"sip:" + escaped + "u@example.com", absent, "example.com"},
           {"sip:" + escaped.substr(0, 252) + "%F6" + "@example.com",
            std::string(escaped.substr(0, 252) + "%F6").c_str(), "example.com"},
           {"sip:" + escaped.substr(0, 255) + "%F6" + "@example.com", absent, "example.com"}});
}

TEST_CASE("huge input is read once, without being copied") {
    const std::size_t million = 1'000'000;
    for (const auto* piece :
         {"@", "<", "\"", "\\", "%41", ";", ":", "[", ".", "a", " ", ";phone-context", "\xff"}) {
        std::string text = "sip:a@";
        while (text.size() < million) text += piece;
        for (const auto& whole : {text, "tel:1;" + text, "\"" + text, "<" + text + ">"}) {
            const auto uri = parse_sip_uri(whole);
            CHECK(uri.user.value_or("").size() <= 255);
            CHECK(uri.domain.value_or("").size() <= 255);
        }
    }
}

TEST_CASE("whatever the bytes, the parts keep their promises") {
    std::mt19937 random(20261122);
    const std::vector<std::string> pieces{
        "sip:", "sips:", "tel:", "@",     ":",        ";",           "?",     "<",
        ">",    "\"",    "\\",   "[",     "]",        "::1",         ".",     "%41",
        "%00",  "%C3",   "%",    "alice", "49",       "Example.COM", ":5060", "phone-context=",
        "=",    " ",     "\t",   "\n",    "\xc3\xb6", "\xf6",        "-",     "+"};
    int with_domain = 0;
    for (int round = 0; round < 200000; ++round) {
        std::string text;
        for (auto left = random() % 10; left > 0; --left) {
            if (random() % 8 == 0)
                text += static_cast<char>(random() % 256);
            else
                text += pieces[random() % pieces.size()];
        }
        if (round % 2 == 0) text = "sip:" + text + "@example.com";
        const auto uri = parse_sip_uri(text);
        const auto& domain = uri.domain;
        const auto& user = uri.user;
        const bool domain_kept =
            !domain || (!domain->empty() && domain->size() <= 255 &&
                        std::all_of(domain->begin(), domain->end(), [](char c) {
                            return std::string_view("abcdefghijklmnopqrstuvwxyz0123456789.-_:[]").find(c) !=
                                   std::string_view::npos;
                        }));
        const bool user_kept = !user || (!user->empty() && user->size() <= 255 &&
                                         std::none_of(user->begin(), user->end(), [](char c) {
                                             return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
                                         }));
        if (!domain_kept || !user_kept) FAIL("broken promise for: " << text);
        if (user && !is_utf8(*user) && is_utf8(text)) FAIL("no UTF-8 out of UTF-8 for: " << text);
        if (domain) ++with_domain;
    }
    CHECK(with_domain > 1000); // the generator does reach the good path
}
