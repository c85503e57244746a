#include "sipkeep/sys/sql_compress.hpp"

#include "sipkeep/core/error.hpp"

#include <cstdint>
#include <zlib.h>

namespace sipkeep {

std::string sql_compress(std::string_view text) {
    constexpr std::size_t longest = 1U << 30U;
    if (text.size() > longest) throw Error("more than 1 GiB to compress");
    if (text.empty()) return {};
    std::string packed(4 + ::compressBound(text.size()), '\0');
    for (unsigned i = 0; i < 4; ++i) packed[i] = static_cast<char>(text.size() >> (8 * i) & 0xFFU);
    uLongf length = packed.size() - 4;
    const int result =
        ::compress2(reinterpret_cast<Bytef*>(packed.data() + 4), &length,
                    reinterpret_cast<const Bytef*>(text.data()), text.size(), Z_BEST_COMPRESSION);
    if (result != Z_OK) throw Error("no memory left to compress with");
    packed.resize(4 + length);
    return packed;
}

} // namespace sipkeep
