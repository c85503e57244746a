#include "sipkeep/core/error.hpp"
#include "sipkeep/core/table.hpp"
#include "sipkeep/core/text.hpp"
#include "sipkeep/mi/mi_client.hpp"

#include "support/canned_mi.hpp"
#include "support/catch.hpp"
#include "support/fake_transport.hpp"

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

const UtcMilliseconds now = from_datetime("2026-11-22 16:15:37") + 250ms;

ListedContacts listed(const std::string& result, const std::string& domain = "location") {
    FakeTransport transport;
    transport.mi().result("ul_dump", result);
    return MiClient(transport, "fake:").contacts(domain, now, Deadline(5s));
}

/// One domain with these AoRs.
std::string domain_of(const std::string& aors, const std::string& name = "location") {
    return R"({"Domains":[{"name":")" + name + R"(","hash_size":512,"AORs":[)" + aors + "]}]}";
}

std::string contact_field(const Rows& rows, std::size_t row, std::string_view column) {
    const Field text = rows[row][location_table().at(column)];
    return text ? std::string(*text) : "NULL";
}

} // namespace

TEST_CASE("ul_dump: the captured reply") {
    const ListedContacts found = listed(result_of(fixture("http/ul_dump.reply")));
    const Rows& rows = found.contacts;
    REQUIRE(rows.size() + found.leaving.size() == 704);
    std::size_t at = rows.size();
    std::size_t with_attr = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CHECK(is_from_memory(location_table(), rows[i]));
        CHECK(contact_field(rows, i, "last_modified") == "NULL");
        if (i > 0)
            CHECK(std::stoull(contact_field(rows, i - 1, "contact_id")) <
                  std::stoull(contact_field(rows, i, "contact_id")));
        if (contact_field(rows, i, "contact_id") == "1080863910568963303") at = i;
        if (contact_field(rows, i, "attr") == "attr-one") ++with_attr;
    }
    CHECK(with_attr == 1);
    REQUIRE(at < rows.size());
    CHECK(contact_field(rows, at, "username") == "1029");
    CHECK(contact_field(rows, at, "domain") == "sip.epsilon.com");
    CHECK(contact_field(rows, at, "contact") == "sip:1029-1@127.0.0.1:5083");
    CHECK(contact_field(rows, at, "expires") ==
          std::to_string(from_datetime("2026-11-22 16:15:37").time_since_epoch().count() + 3552));
    CHECK(contact_field(rows, at, "q") == "-1.00");
    CHECK(contact_field(rows, at, "callid") == "m1-1029@reg");
    CHECK(contact_field(rows, at, "cseq") == "95364089");
    CHECK(contact_field(rows, at, "flags") == "0");
    CHECK(contact_field(rows, at, "cflags") == "SIPPING");
    CHECK(contact_field(rows, at, "user_agent") == "baresip v3.5.1 (x86_64/Linux)");
    CHECK(contact_field(rows, at, "socket") == "udp:127.0.0.1:5060");
    CHECK(contact_field(rows, at, "methods") == "NULL");
    CHECK(contact_field(rows, at, "received") == "NULL");
}

TEST_CASE("ul_dump: bytes that are not UTF-8 are kept") {
    const auto found =
        listed(domain_of("{\"AOR\":\"a@b\",\"Contacts\":[{\"Contact\":\"sip:a@1\",\"ContactID\":\"7\","
                         "\"Expires\":60,\"User-agent\":\"T\xE9l\xE9phone\"}]}"));
    REQUIRE(found.contacts.size() == 1);
    CHECK(from_storable(contact_field(found.contacts, 0, "user_agent")) == "T\xE9l\xE9phone");
}

TEST_CASE("ul_dump: what never expires, what is over, q, an AoR without a domain, other usrloc domains") {
    const auto found = listed(
        R"({"Domains":[{"name":"location","AORs":[{"AOR":"alone","Contacts":[)"
        R"({"Contact":"sip:1","ContactID":"30","Expires":"permanent","Q":"0.7","Methods":6},)"
        R"({"Contact":"sip:2","ContactID":"9","Expires":"expired"},{"Contact":"sip:3","ContactID":"8","Expires":"deleted"},)"
        R"({"Contact":"sip:4","ContactID":"4","Expires":-3}]}]},)"
        R"({"name":"other","AORs":[{"AOR":"x@y","Contacts":[{"Contact":"sip:5","ContactID":"5","Expires":9}]}]}]})");
    REQUIRE(found.contacts.size() == 2);
    CHECK(found.leaving == std::vector<std::uint64_t>{8, 9});
    CHECK(contact_field(found.contacts, 0, "contact_id") == "4");
    CHECK(contact_field(found.contacts, 1, "contact_id") == "30");
    CHECK(contact_field(found.contacts, 1, "expires") == "0");
    CHECK(contact_field(found.contacts, 1, "q") == "0.70");
    CHECK(contact_field(found.contacts, 1, "methods") == "6");
    CHECK(contact_field(found.contacts, 1, "username") == "alone");
    CHECK(contact_field(found.contacts, 1, "domain") == "NULL");
}

TEST_CASE("ul_dump: nobody is registered") {
    CHECK(listed(domain_of("")).contacts.empty());
    CHECK(listed(R"({"Domains":[]})").contacts.empty());
}

TEST_CASE("ul_dump: many registrations, in one reply of many values") {
    std::string aors;
    for (int i = 0; i < 40'000; ++i)
        aors +=
            (i == 0 ? "" : ",") + (R"({"AOR":"u)" + std::to_string(i)) +
            R"(@b","Contacts":[{"Contact":"sip:u","ContactID":")" + std::to_string(1'000'000 - i) +
            R"(","Expires":60,"Q":"","Callid":"c","Cseq":1,"User-agent":"x","State":"CS_SYNC","Flags":0,"Cflags":"","Socket":"udp:1","Methods":4294967295}]})";
    const auto found = listed(domain_of(aors));
    REQUIRE(found.contacts.size() == 40'000);
    CHECK(contact_field(found.contacts, 0, "username") == "u39999");
}

TEST_CASE("ul_dump: another shape, an error, another's reply") {
    CHECK_THROWS_WITH(listed("{}"), ContainsSubstring("the reply has no \"Domains\""));
    CHECK_THROWS_WITH(listed(domain_of(R"({"AOR":"a@b","Contacts":[{"Expires":60}]})")),
                      ContainsSubstring("a contact without a \"ContactID\""));
    CHECK_THROWS_WITH(listed(std::string(200, '[') + std::string(200, ']')),
                      ContainsSubstring("nested deeper"));
    const auto complaint_about = [](const char* reply) {
        FakeTransport transport;
        if (reply != nullptr) transport.mi().raw("ul_dump", reply);
        try {
            static_cast<void>(MiClient(transport, "fake:").contacts("location", now, Deadline(5s)));
        } catch (const SourceError& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    CHECK_THAT(complaint_about(nullptr), ContainsSubstring("-32601"));
    CHECK_THAT(complaint_about(R"({"jsonrpc":"2.0","result":{"Domains":[]},"id":0})"),
               ContainsSubstring("for another request"));
    CHECK_THAT(complaint_about(R"({"jsonrpc":"2.0","result":{"Domains":[)"), ContainsSubstring("no JSON"));
}
