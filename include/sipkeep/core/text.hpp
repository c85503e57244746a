// Bytes from outside, made storable in a utf8mb4 column without losing any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sipkeep {

/// Bytes of the well-formed UTF-8 sequence that begins at `at` (Unicode, table 3-7), 0 when there is none.
[[nodiscard]] std::size_t utf8_length(std::string_view text, std::size_t at);

/// Valid UTF-8 comes back unchanged; each byte that is not part of valid UTF-8 becomes U+10FE00 + byte;
/// genuine U+10FE80..U+10FEFF in the input are treated byte by byte as well, so the mapping is injective and
/// from_storable() restores the exact bytes.
[[nodiscard]] std::string to_storable(std::string_view bytes);

/// The bytes that to_storable() was given.
[[nodiscard]] std::string from_storable(std::string_view text);

/// Two digits 0-9A-F a byte.
[[nodiscard]] std::string to_hex(std::string_view bytes);

/// A-Z becomes a-z, whatever the locale; all else stays.
[[nodiscard]] constexpr char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// <cctype> depends on the locale and must not be fed bytes above 127.
[[nodiscard]] constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_letter(char c) {
    return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}
[[nodiscard]] constexpr bool is_hex_digit(char c) {
    return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

} // namespace sipkeep
