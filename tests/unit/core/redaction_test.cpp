#include "sipkeep/core/redaction.hpp"
#include "sipkeep/core/sip_uri.hpp"

#include "support/catch.hpp"

using namespace sipkeep;

namespace {

/// No secret, but it depends on every byte: what is under test is what becomes of it.
std::string weak_hash(std::string_view text) {
    std::string hash;
    std::uint64_t state = 0xCBF29CE484222325U;
    for (const char byte : text) state = (state ^ static_cast<unsigned char>(byte)) * 0x100000001B3U;
    for (int i = 0; i < 32; ++i) {
        state = (state ^ state >> 29U) * 0xBF58476D1CE4E5B9U + 1;
        hash += static_cast<char>(state >> 56U);
    }
    return hash;
}

const Pseudonyms names{weak_hash};

bool is_pseudonym(const std::string& text) {
    return text.size() == 24 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

} // namespace

TEST_CASE("a pseudonym is the same for the same text, another for another, and stays one") {
    const std::string alice = names.of("alice");
    CHECK(is_pseudonym(alice));
    CHECK(names.of("alice") == alice);
    CHECK(names.of("Alice") != alice);
    CHECK(names.of(alice) == alice);
    CHECK(names.of("") == "");
    // One that was made up is text like any other.
    CHECK(names.of(std::string(24, 'a')) != std::string(24, 'a'));
    CHECK(Pseudonyms([](std::string_view text) {
              return weak_hash("other key" + std::string(text));
          }).of(alice) != alice);
}

TEST_CASE("of a URI only the user goes, wherever it stands") {
    const std::string alice = names.of("alice");
    CHECK(names.of_uri("sip:alice@example.com") == "sip:" + alice + "@example.com");
    CHECK(names.of_uri("sips:al%69ce:secret@Example.com:5061;transport=tls;rinstance=77;ob?Subject=x") ==
          "sips:" + alice + "@Example.com:5061;transport=tls;ob");
    CHECK(names.of_uri("\"Alice L\" <sip:alice;isub=1@[2001:db8::1]:5060;lr>;tag=abc") ==
          "<sip:" + alice + "@[2001:db8::1]:5060;lr>");
    CHECK(names.of_uri("sip:203.0.113.5:5060;transport=udp") == "sip:203.0.113.5:5060;transport=udp");
    CHECK(names.of_uri("tel:+49-30-1;ext=5;phone-context=example.com") ==
          "tel:" + names.of("+49-30-1") + ";phone-context=example.com");
    CHECK(names.of_uri("alice") == alice);
    CHECK(names.of_uri("abc@10.0.0.1") == names.of("abc@10.0.0.1"));
    CHECK(names.of_uri("<sip:1.2.3.4;lr>,<sip:5.6.7.8;lr>") == names.of("<sip:1.2.3.4;lr>,<sip:5.6.7.8;lr>"));
    CHECK(names.of_uri("") == "");
}

TEST_CASE("a party of a call keeps its host in every form") {
    const std::string alice = names.of("alice");
    CHECK(names.of_party("alice@example.com") == alice + "@example.com");
    CHECK(names.of_party("sip:alice@example.com") == "sip:" + alice + "@example.com");
    CHECK(names.of_party("alice") == alice);
    CHECK(names.of_party("a b@c@d") == names.of("sip:a b@c@d"));
}

TEST_CASE(
    "the parts of a redacted URI are the pseudonym and the domain, and redacting it again changes nothing") {
    for (const std::string uri :
         {"sip:alice@example.com", "sips:al%69ce:secret@Example.com:5061;transport=tls;rinstance=77",
          "\"A\" <sip:alice@[2001:db8::1]>;tag=1", "tel:+49301;phone-context=example.com", "tel:110", "alice",
          "", "sip:example.com", "alice@example.com", "no: uri at all"}) {
        INFO(uri);
        const std::string once = names.of_uri(uri);
        CHECK(names.of_uri(once) == once);
        CHECK(names.of_party(names.of_party(uri)) == names.of_party(uri));
        const SipUri before = parse_sip_uri(uri);
        const SipUri after = parse_sip_uri(once);
        CHECK(after.domain == before.domain);
        CHECK(after.user.has_value() == before.user.has_value());
        if (before.user) CHECK(after.user == names.of(*before.user));
    }
}

TEST_CASE("no pseudonym makes a URI too long for its column") {
    const std::string host = std::string(200, 'h') + ".example.com";
    const std::string with_parameters = "sip:a@" + host + ";transport=tcp;user=phone;ob;lr";
    CHECK(names.of_uri(with_parameters) == "sip:" + names.of("a") + "@" + host);
    const std::string huge = "sip:a@" + std::string(230, 'h') + ".example.com";
    CHECK(is_pseudonym(names.of_uri(huge)));
}

TEST_CASE("addresses lose their end, ports and host names stay") {
    const std::pair<const char*, const char*> pairs[] = {
        {"203.0.113.57", "203.0.113.0"},
        {"sip:alice@203.0.113.57:5060;transport=udp", "sip:alice@203.0.113.0:5060;transport=udp"},
        {"udp:10.1.2.3:5060", "udp:10.1.2.0:5060"},
        {"sip:a@10.0.0.1;alias=203.0.113.57~5060~1", "sip:a@10.0.0.0;alias=203.0.113.0~5060~1"},
        {"sip:a@[2001:db8:1:2:3:4:5:6]:5060", "sip:a@[2001:db8:1::]:5060"},
        {"2001:DB8::5", "2001:db8::"},
        {"2001:db8:0:7::", "2001:db8::"},
        {"::1", "::"},
        {"[::ffff:203.0.113.57]", "[::]"},
        {"udp:2001:db8:9::5", "udp:2001:db8:9::"},
        {"1:2:3:4:5:6:7:8", "1:2:3::"},
        {"at 203.0.113.57.", "at 203.0.113.0."},
        {"c=IN IP4 198.51.100.9\r\n", "c=IN IP4 198.51.100.0\r\n"},
        {"host.example.com:5060", "host.example.com:5060"},
        {"203.0.113.57.dyn.example.com", "203.0.113.57.dyn.example.com"},
        {"203-0-113-57.example.com", "203-0-113-57.example.com"},
        {"203.0.113.57.de", "203.0.113.57.de"},
        {"12:30:45", "12:30:45"},
        {"aa:bb:cc:dd:ee:ff", "aa:bb:cc:dd:ee:ff"},
        {"1.2.3", "1.2.3"},
        {"300.1.1.1", "300.1.1.1"},
        {"sip:feed@cafe.example.com", "sip:feed@cafe.example.com"},
        {"", ""},
    };
    for (const auto& [before, after] : pairs) {
        INFO(before);
        CHECK(truncate_addresses(before) == after);
        CHECK(truncate_addresses(after) == after);
    }
}

TEST_CASE("what rows are told apart by can't be dropped, and what is no text has no pseudonym") {
    using enum RedactAction;
    CHECK_THAT(redact_refusal(dialog_table(), "dlg_id", pseudonym),
               ContainsSubstring("has to stay as it is"));
    CHECK_THAT(redact_refusal(location_table(), "expires", drop),
               ContainsSubstring("refreshes are told by it"));
    CHECK_THAT(redact_refusal(dialog_table(), "callid", drop), ContainsSubstring("can't be dropped"));
    CHECK_THAT(redact_refusal(location_table(), "contact", drop), ContainsSubstring("can't be dropped"));
    CHECK_THAT(redact_refusal(acc_table(), "sip_code", drop), ContainsSubstring("calls are counted by it"));
    CHECK_THAT(redact_refusal(dialog_table(), "vars", pseudonym), ContainsSubstring("can only be dropped"));
    CHECK_THAT(redact_refusal(location_table(), "domain", pseudonym),
               ContainsSubstring("can only be dropped"));
    CHECK(redact_refusal(dialog_table(), "callid", pseudonym) == "");
    CHECK(redact_refusal(location_table(), "contact", pseudonym_truncate) == "");
    CHECK(redact_refusal(location_table(), "user_agent", drop) == "");
    CHECK(redact_refusal(acc_table(), "caller", drop) == "");
    for (const char* text : {"pseudonym", "truncate", "pseudonym+truncate", "drop"})
        CHECK(to_string(*redact_action(text)) == std::string(text));
    CHECK(!redact_action("hash"));
}
