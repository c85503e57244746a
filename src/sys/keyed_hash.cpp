#include "sipkeep/sys/keyed_hash.hpp"

#include "sipkeep/core/error.hpp"

#include <array>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <vector>

namespace sipkeep {

std::string hmac_sha256(std::string_view key, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned length = 0;
    const std::vector<unsigned char> bytes(text.begin(), text.end());
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes.data(), bytes.size(), hash.data(),
             &length) == nullptr)
        throw Error("OpenSSL could not compute an HMAC-SHA-256; is it installed whole?");
    return {hash.begin(), hash.begin() + length};
}

} // namespace sipkeep
