// A hash that only who holds a key can make.
#pragma once

#include <string>
#include <string_view>

namespace sipkeep {

/// HMAC-SHA-256 (RFC 2104, FIPS 180-4), 32 bytes, by OpenSSL. Throws Error when that can't.
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view text);

} // namespace sipkeep
