// What sessions need that group or join hundreds of thousands of rows.
#pragma once

namespace sipkeep {

/// Temporary tables of up to 256 MB in the server's memory: on disk they take several times as long.
inline constexpr const char* large_groups =
    "SET SESSION tmp_table_size=268435456, max_heap_table_size=268435456";

} // namespace sipkeep
