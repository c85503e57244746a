// The key frame: at each midnight open versions are split, so that no closed version crosses a day.
#pragma once

#include "sipkeep/core/table.hpp"
#include "sipkeep/core/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipkeep {

class Connection;

/// How far the open versions of one table of one node are split at the newest midnight. Splitting only
/// re-books the past; it is done in slices after midnight, and at once for versions that a capture is about
/// to end or refresh.
class KeyFrame {
public:
    struct Gap {
        UtcSeconds end;   ///< midnight after a day with captures
        UtcSeconds begin; ///< start of the next day with captures: nobody looked in between
    };

    /// Reads where the tables of a node stand, and moves them on to the midnight before `captured_at`; call
    /// it inside a transaction.
    static std::map<std::string_view, KeyFrame> of_tables(Connection& connection, unsigned node_id,
                                                          UtcSeconds captured_at);

    /// Some open versions may still begin before the newest midnight.
    [[nodiscard]] bool pending() const { return after_id_ != all_rows; }
    /// No open version begins before this.
    [[nodiscard]] UtcSeconds versions_from() const { return pending() ? since_ : midnight_; }
    /// When a version has ended that this capture finds gone or changed: at the capture. At one that is the
    /// very first moment of a day, with days before it in which nobody looked: where these began.
    [[nodiscard]] UtcSeconds end_of_gone(UtcSeconds captured_at);
    /// Splits the versions of some keys (a condition as in VersionSql); returns the number of rows written. A
    /// midnight that is not before `before` is left out: a version that a capture at midnight ends is ended
    /// by that capture.
    std::size_t split(const std::string& condition, UtcSeconds before);
    /// What versions that begin before the newest midnight are split at, oldest first.
    [[nodiscard]] const std::vector<Gap>& gaps();
    /// The newest of these while the day behind it has no capture in the ledger: what begins there was split
    /// off by a capture that is to be undone.
    [[nodiscard]] std::optional<Gap> undecided_gap();
    /// Splits the next versions by key and remembers how far it came: `least` of them, or more where only so
    /// the split ends within two hours of captures. Returns the number of rows written.
    std::size_t split_slice(std::size_t least, Seconds interval);

    /// Splits, a slice a call, all that midnights between captures are to split. False: something was split;
    /// call it again, in another transaction. What only a capture that is not stored would split is left.
    [[nodiscard]] bool settle(std::size_t rows);

private:
    static constexpr std::uint64_t all_rows = UINT64_MAX;

    KeyFrame(Connection& connection, unsigned node_id, const TableSpec& table)
        : connection_(connection), node_id_(node_id), table_(table) {}
    void move_on(UtcSeconds today);
    void add();
    void store();
    [[nodiscard]] std::vector<Gap> find_gaps();
    /// The last key of the next `rows` ones; all_rows when there are no more.
    [[nodiscard]] std::uint64_t key_after(const std::string& above, std::int64_t rows);

    Connection& connection_;
    unsigned node_id_;
    const TableSpec& table_;
    bool stored_ = false;
    UtcSeconds midnight_{};
    UtcSeconds since_{};
    std::uint64_t after_id_ = all_rows;
    std::optional<std::vector<Gap>> gaps_; ///< found when first needed
};

} // namespace sipkeep
