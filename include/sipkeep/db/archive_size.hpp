// How large the history is, of what, and how fast it grows.
#pragma once

#include "sipkeep/core/retention.hpp"
#include "sipkeep/core/time.hpp"
#include "sipkeep/db/connection.hpp"
#include "sipkeep/db/database_settings.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

/// A history table; of roll-ups their hours are a part of their own, as they are kept for another time.
struct ArchivePart {
    std::string table;
    std::optional<RetentionClass>
        of; ///< absent: what is open, and names and the like: all that is not kept by the day
    std::uint64_t bytes = 0; ///< data and indexes, as the server estimates them
    /// Mean of the newest whole days that have rows, seven at most; absent: there is no whole day yet.
    std::optional<std::uint64_t> bytes_a_day;
    std::optional<UtcSeconds> oldest; ///< first day that has rows; not one that was dropped and put back
    std::map<std::string, std::uint64_t>
        rows; ///< by node, of the newest whole days; empty where nodes are not told apart
};

/// A session that only reads, beside whatever else is at work: it needs SELECT on all history tables.
class ArchiveSize {
public:
    /// Days before `today`, a midnight, are whole. Throws HistoryUnavailable, SchemaError.
    ArchiveSize(const DatabaseSettings& settings, UtcSeconds today);

    /// Whether no node has ever been here. Throws HistoryUnavailable.
    [[nodiscard]] bool empty();

    enum class NodeRows : std::uint8_t { left_out, counted }; ///< of a day of samples there may be millions
    /// All of the database. Throws HistoryUnavailable.
    [[nodiscard]] std::vector<ArchivePart> parts(NodeRows rows);

private:
    Connection connection_;
    UtcSeconds today_;
};

} // namespace sipkeep
