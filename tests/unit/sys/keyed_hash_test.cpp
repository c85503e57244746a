#include "sipkeep/core/text.hpp"
#include "sipkeep/sys/keyed_hash.hpp"

#include "support/catch.hpp"

using namespace sipkeep;

TEST_CASE("HMAC-SHA-256 is that of RFC 4231") {
    CHECK(to_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")) ==
          "B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7");
    CHECK(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
          "5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843");
    CHECK(hmac_sha256("Jefe", "").size() == 32);
}
