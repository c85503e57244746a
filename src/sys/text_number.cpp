#include "sipkeep/sys/text_number.hpp"

#include <string>
#include <zlib.h>

namespace sipkeep {

namespace {

std::uint64_t crc32_of(std::string_view text) {
    return ::crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
}

} // namespace

std::uint64_t text_number(std::string_view text) {
    std::string reversed;
    reversed.reserve(text.size());
    for (std::size_t end = text.size(); end > 0;) {
        std::size_t begin = end - 1;
        while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80U) --begin;
        reversed += text.substr(begin, end - begin);
        end = begin;
    }
    return (crc32_of(text) << 32U) + crc32_of(reversed);
}

} // namespace sipkeep
