#include "foreign_text.hpp"

namespace sipkeep {

std::string escaped(std::string_view foreign, std::size_t limit) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "'";
    for (const char c : foreign) {
        if (text.size() > limit) return text + "'...";
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\\')
            text += "\\\\";
        else if (byte >= 0x20 && byte < 0x7F)
            text += c;
        else
            text += {'\\', 'x', digits[byte >> 4U], digits[byte & 0xFU]};
    }
    return text + "'";
}

} // namespace sipkeep
