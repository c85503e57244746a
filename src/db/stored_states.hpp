// What history holds of each key at one time, one key after the other.
#pragma once

#include "sipkeep/core/table.hpp"
#include "sipkeep/core/timeline.hpp"
#include "sipkeep/db/connection.hpp"

#include <compare>
#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

/// A row's key in the order that streams are merged in: a number, or else a text.
struct MergeKey {
    std::uint64_t number = 0;
    std::string text;

    static MergeKey of(const TableSpec& table, RowView row);
    friend auto operator<=>(const MergeKey&, const MergeKey&) = default;
};

class StoredStates {
public:
    /// Reads the versions in force at `moment`, which no other statement of the connection may interrupt.
    /// `as_of`: what is in force then goes on through that later day, of which no piece is stored yet.
    StoredStates(Connection& connection, const TableSpec& table, unsigned node_id, UtcSeconds moment,
                 std::optional<UtcSeconds> as_of);
    /// None at all.
    explicit StoredStates(const TableSpec& table) : table_(table), row_(table.columns.size()) {}

    /// The key of the current row, nullopt behind the last one.
    [[nodiscard]] const std::optional<MergeKey>& key() const { return key_; }
    [[nodiscard]] const StoredState& state() const { return state_; }
    [[nodiscard]] RowView row() const { return row_[0]; }
    void advance();

private:
    struct Kept {
        MergeKey key;
        StoredState state;
        std::size_t row;
    };
    bool read(Rows& rows);
    void keep_all();

    const TableSpec& table_;
    std::optional<UtcSeconds> as_of_;
    std::optional<Result> result_;
    std::optional<MergeKey> key_;
    StoredState state_{};
    Rows row_;
    std::vector<Kept> kept_; ///< of a table whose key is no number: the server may sort texts otherwise
    std::optional<Rows> kept_rows_;
    std::size_t next_ = 0;
};

} // namespace sipkeep
