// Reads OpenSIPS's live tables without disturbing its writers.
#pragma once

#include "sipkeep/core/diff.hpp"
#include "sipkeep/core/rows.hpp"
#include "sipkeep/db/database_settings.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace sipkeep {

/// Seam: one look at the live tables. Everything one object returns is of one moment, as long as nothing
/// throws. Every method throws SourceError: what, where, what to do.
class LiveReader {
public:
    LiveReader() = default;
    LiveReader(const LiveReader&) = delete;
    LiveReader& operator=(const LiveReader&) = delete;
    virtual ~LiveReader() = default;

    /// All rows of `dialog`; columns as in dialog_table().
    [[nodiscard]] virtual Rows dialogs() = 0;
    /// The narrow columns of all rows of `location`. A table that can't be read throws here; the query itself
    /// waits for start(). Read the stream to its end or destroy it before the next call of this reader: from
    /// start() on it occupies the connection, and until it is destroyed it holds the snapshot.
    [[nodiscard]] virtual std::unique_ptr<ContactStates> contact_states() = 0;
    /// Full rows of some contacts (columns as in location_table()), ascending by contact_id. Call it after
    /// contact_states(), with at most `contact_batch` ids that it returned; in another thread, if you like,
    /// but call no other method meanwhile.
    [[nodiscard]] virtual Rows contacts(std::span<const std::uint64_t> ids) = 0;
    /// Lets go of the snapshot (a stream of it does when it is destroyed); harmless when nothing was read.
    virtual void finish() noexcept = 0;
};

/// IN lists of about 500 ids fetched fastest.
inline constexpr std::size_t contact_batch = 500;

struct LiveSource {
    DatabaseSettings database;
    std::string dialog_table = "dialog";
    std::string location_table = "location";
};

/// The real one: a plain, streamed SELECT inside START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY.
/// Connects at the first read. Needs SELECT on the two tables, nothing else.
[[nodiscard]] std::unique_ptr<LiveReader> make_live_reader(const LiveSource& settings);

} // namespace sipkeep
