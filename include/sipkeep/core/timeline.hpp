// Timeline: what a capture that is put between two others does to the versions of one key. Pure; no database.
#pragma once

#include "sipkeep/core/time.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace sipkeep {

/// valid_to of what is open.
inline constexpr UtcSeconds open_end = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31};

/// Where a capture goes, as one source sees it: no other capture between `at` and `next` has read it, nor any
/// between the state before and `at`.
struct SpliceWindow {
    UtcSeconds at;
    std::optional<UtcSeconds> next; ///< the next capture that read the source; absent: none has since
    /// Midnights that begin the days with captures, `at` among these, ascending from the day of `at` to that
    /// of `next` (absent: to the newest day).
    std::vector<UtcSeconds> days;
};

/// What history holds of one key at one time: the version's piece of that day, and the refresh in force.
/// Tables without refreshes leave `seen` and `seen_to` at those of the piece.
struct StoredState {
    UtcSeconds from, to, began, first_seen;
    UtcSeconds seen, seen_to;
};

/// How the row seen compares with a stored one.
struct Likeness {
    bool version = false; ///< all that makes a version
    bool refresh = false; ///< what a refresh moves
    bool contact = false; ///< location: the same contact, so first_seen goes on
};

/// One key at a capture that is spliced in.
struct KeyMoment {
    std::optional<StoredState> before; ///< just before the capture
    std::optional<StoredState> after;  ///< at the next one
    bool seen = false;                 ///< the capture itself has a row of this key
    Likeness like_before, like_after;  ///< of the row seen, where both are there
};

/// Whose row a piece holds.
enum class RowOf : std::uint8_t { before, seen, after };

struct VersionPiece {
    UtcSeconds from, to, began, first_seen;
    RowOf row;
};
struct RefreshPiece {
    UtcSeconds to, version_from, seen;
    RowOf row;
};

/// What to do for one key: take the old pieces away, put the new ones in, and change what follows them.
struct KeyRewrite {
    std::vector<UtcSeconds> old_versions;  ///< valid_from of each, ascending
    std::vector<UtcSeconds> old_refreshes; ///< valid_to of each, ascending; open_end: the one in force
    bool was_open = false;                 ///< the list of what is open holds one of them
    std::vector<VersionPiece> versions;
    std::vector<RefreshPiece> refreshes;

    // Of the version at the next capture, where that changes for pieces behind the window.
    std::optional<UtcSeconds> began, first_seen, version_from, seen;

    // For the ledger: what the capture did, and what the next one did more (or less) than before.
    int opened = 0, closed = 0, refreshed = 0;
    int next_opened = 0, next_closed = 0, next_refreshed = 0;
};

/// Nullopt: the capture changes nothing about this key. `with_refreshes`: the table has refreshes.
[[nodiscard]] std::optional<KeyRewrite> splice_key(const SpliceWindow& window, const KeyMoment& moment,
                                                   bool with_refreshes);

} // namespace sipkeep
