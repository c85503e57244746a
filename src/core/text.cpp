#include "sipkeep/core/text.hpp"

#include <algorithm>

namespace sipkeep {

namespace {

unsigned char byte_at(std::string_view text, std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : static_cast<unsigned char>(0);
}

bool is_continuation(unsigned char byte) {
    return (byte & 0xC0U) == 0x80U;
}

/// U+10FE80..U+10FEFF, which stand for bytes: F4 8F BA 80 to F4 8F BB BF.
bool is_escape(std::string_view text, std::size_t at) {
    return byte_at(text, at) == 0xF4 && byte_at(text, at + 1) == 0x8F &&
           (byte_at(text, at + 2) & 0xFEU) == 0xBAU && is_continuation(byte_at(text, at + 3));
}

void append_escape(std::string& text, unsigned char byte) {
    text += '\xF4';
    text += '\x8F';
    text += static_cast<char>(byte < 0xC0 ? 0xBA : 0xBB);
    text += static_cast<char>(0x80U | (byte & 0x3FU));
}

} // namespace

std::size_t utf8_length(std::string_view text, std::size_t at) {
    const unsigned char lead = byte_at(text, at);
    const unsigned char second = byte_at(text, at + 1);
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4 || !is_continuation(second)) return 0;
    if (lead < 0xE0) return 2;
    if (!is_continuation(byte_at(text, at + 2))) return 0;
    if (lead < 0xF0) {
        const bool overlong = lead == 0xE0 && second < 0xA0;
        const bool surrogate = lead == 0xED && second > 0x9F;
        return overlong || surrogate ? 0 : 3;
    }
    const bool overlong = lead == 0xF0 && second < 0x90;
    const bool beyond_unicode = lead == 0xF4 && second > 0x8F;
    return overlong || beyond_unicode || !is_continuation(byte_at(text, at + 3)) ? 0 : 4;
}

std::string to_storable(std::string_view bytes) {
    const auto is_plain = [](char byte) { return static_cast<unsigned char>(byte) < 0x80U; };
    // Nearly all text is plain: it is taken over as a whole.
    const auto plain =
        static_cast<std::size_t>(std::find_if_not(bytes.begin(), bytes.end(), is_plain) - bytes.begin());
    std::string text(bytes.substr(0, plain));
    text.reserve(bytes.size());
    for (std::size_t at = plain; at < bytes.size();) {
        const std::size_t length = is_escape(bytes, at) ? 0 : utf8_length(bytes, at);
        if (length == 0) {
            append_escape(text, byte_at(bytes, at));
            ++at;
        } else {
            text.append(bytes, at, length);
            at += length;
        }
    }
    return text;
}

std::string from_storable(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        if (is_escape(text, at)) {
            const unsigned base = byte_at(text, at + 2) == 0xBA ? 0x80U : 0xC0U;
            bytes += static_cast<char>(base | (byte_at(text, at + 3) & 0x3FU));
            at += 4;
        } else {
            bytes += text[at];
            ++at;
        }
    }
    return bytes;
}

std::string to_hex(std::string_view bytes) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        text += digits[byte_at(bytes, i) >> 4U];
        text += digits[byte_at(bytes, i) & 15U];
    }
    return text;
}

} // namespace sipkeep
