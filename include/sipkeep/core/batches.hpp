// Work in bounded pieces.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace sipkeep {

/// Calls `use` with consecutive pieces of `all`, each of at most `size` elements.
template <class T, class Use> void in_batches(const std::vector<T>& all, std::size_t size, Use use) {
    for (std::size_t from = 0; from < all.size(); from += size)
        use(std::span<const T>(all).subspan(from, std::min(size, all.size() - from)));
}

} // namespace sipkeep
