// The ids that a minute changed, as `population` writes them for `floor`: one a line, "L+ 123" (L
// registration, D call; + came, = refreshed, - went).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sipkeep::bench {

struct Changes {
    std::vector<std::uint64_t> came;
    std::vector<std::uint64_t> refreshed;
    std::vector<std::uint64_t> went;
};

struct MinuteChanges {
    Changes location;
    Changes dialog;
};

void write_changes(const std::string& file, const MinuteChanges& changes);
[[nodiscard]] MinuteChanges read_changes(const std::string& file);

/// "1,2,3" of ids[from, from + count), cut at the end.
[[nodiscard]] std::string id_list(const std::vector<std::uint64_t>& ids, std::size_t from, std::size_t count);

} // namespace sipkeep::bench
