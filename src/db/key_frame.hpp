// The key frame: at each midnight open versions are split, so that no closed version crosses a day.
#pragma once

#include "sipkeep/core/table.hpp"
#include "sipkeep/core/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sipkeep {

class Connection;

/// How far the open versions of one table of one node are split at the newest midnight. Splitting only
/// re-books the past; it is done in slices after midnight, and at once for versions that a capture is about
/// to end or refresh.
class KeyFrame {
public:
    /// Reads the state and moves on to the midnight before `captured_at`; call it inside a transaction.
    KeyFrame(Connection& connection, unsigned node_id, const TableSpec& table, UtcSeconds captured_at);

    /// Some open versions may still begin before the newest midnight.
    [[nodiscard]] bool pending() const { return after_id_ != all_rows; }
    /// Splits the versions of some keys; returns the number of rows written. A midnight that is not before
    /// `before` is left out: a version that a capture at midnight ends is booked by that capture.
    std::size_t split(const std::string& condition, UtcSeconds before);
    /// Splits the next `rows` versions by key and remembers how far it came; returns the number of rows
    /// written.
    std::size_t split_slice(std::size_t rows);

private:
    static constexpr std::uint64_t all_rows = UINT64_MAX;

    struct Gap {
        UtcSeconds end;   ///< midnight after a day with captures
        UtcSeconds begin; ///< start of the next day with captures: nobody looked in between
    };

    void load(UtcSeconds captured_at);
    void store();
    [[nodiscard]] std::vector<Gap> gaps();

    Connection& connection_;
    unsigned node_id_;
    const TableSpec& table_;
    UtcSeconds midnight_{};
    UtcSeconds since_{};
    std::uint64_t after_id_ = all_rows;
    std::vector<Gap> gaps_; ///< computed when first needed
};

} // namespace sipkeep
