// What the fuzz targets have in common. A target throws at one reader whatever libFuzzer (or replay.cpp)
// comes up with, and ends the process where the reader breaks a promise of its header.
#pragma once

#include "sipkeep/core/text.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// As libFuzzer calls it; always returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace sipkeep::fuzz {

inline void promise(bool kept, const char* what) {
    if (kept) return;
    std::fprintf(stderr, "broken promise: %s\n", what);
    std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

inline bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8_length(text, at);
        if (length == 0) return false;
        at += length;
    }
    return true;
}

inline bool has_control(std::string_view text) {
    for (const char c : text)
        if ((c >= 0 && c < ' ') || c == '\x7f') return true;
    return false;
}

} // namespace sipkeep::fuzz
