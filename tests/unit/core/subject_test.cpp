#include "sipkeep/core/error.hpp"
#include "sipkeep/core/subject.hpp"

#include "support/catch.hpp"

using namespace sipkeep;

namespace {

bool named(const std::vector<std::string>& values, const std::string& subject) {
    return named_in(values, parse_subject(subject));
}

} // namespace

TEST_CASE("a subject is an address of record or a domain, with or without its scheme") {
    const Subject alice = parse_subject("alice@Example.COM");
    CHECK(alice.users == std::vector<std::string>{"alice"});
    CHECK(alice.domain == "example.com");
    CHECK(!alice.is_domain());
    CHECK(alice.text() == "alice@example.com");
    CHECK(parse_subject("sip:al%69ce@example.com:5080").text() == "alice@example.com");
    CHECK(parse_subject("203.0.113.7").is_domain());
    CHECK(parse_subject("sips:example.com").text() == "example.com");
}

TEST_CASE("what is no subject is refused by its name") {
    for (const std::string text :
         {"", "*", "alice@", "@example.com", "a@b@c", "tel:+4930", "alice example.com"}) {
        INFO(text);
        CHECK_THROWS_AS(parse_subject(text), UsageError);
    }
    CHECK_THROWS_AS(parse_subject(std::string(300, 'a') + "@example.com"), UsageError);
}

TEST_CASE("users are told apart by case, domains are not") {
    const Subject alice = parse_subject("alice@example.com");
    CHECK(alice.is(parse_sip_uri("sip:alice@EXAMPLE.com.;transport=tcp")));
    CHECK(!alice.is(parse_sip_uri("sip:Alice@example.com")));
    CHECK(!alice.is(parse_sip_uri("sip:alice@example.org")));
    CHECK(!alice.is(parse_sip_uri("sip:example.com")));
    CHECK(parse_subject("example.com").is(parse_sip_uri("sip:example.com")));
    CHECK(!parse_subject("example.com").is(parse_sip_uri("sip:alice@sub.example.com")));
}

TEST_CASE("a record names a subject in any form that operators keep parties in") {
    CHECK(named({"x", "sip:alice@example.com"}, "alice@example.com"));
    CHECK(named({"\"A\" <sips:alice@example.com>;tag=1"}, "alice@example.com"));
    CHECK(named({"alice@example.com"}, "alice@example.com"));
    CHECK(named({"alice", "7", "Example.com"}, "alice@example.com"));
    CHECK(named({"bob@example.com"}, "example.com"));
    CHECK(named({"bob", "example.com"}, "example.com"));
    CHECK(!named({"alice", "sip:bob@example.org"}, "alice@example.com"));
    CHECK(!named({"alice"}, "alice@example.com"));
    CHECK(!named({"malice@example.com", "alice@example.com.org"}, "alice@example.com"));
    CHECK(!named({}, "example.com"));
}
