// The tables of which a day can be exported row by row, and what tells their rows apart.
#pragma once

#include "sipkeep/core/rows.hpp"
#include "sipkeep/core/time.hpp"

#include <compare>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sipkeep {

class Connection;

/// A column of a primary key, behind node_id, and how the server orders it.
struct DayKey {
    enum class Order : std::uint8_t { number, text, direction };
    std::string_view column;
    Order order = Order::text; ///< a DATETIME is one, too
};

struct DayTable {
    std::string_view name;
    std::string_view time_column;
    std::span<const DayKey> keys;
    /// The ledger's count of what captures of the day saw of it: where it is not 0, there are rows.
    std::string_view ledger_count;
    bool to_midnight = false; ///< the midnight after the day belongs to it, the one before does not

    /// " WHERE node_id = .. AND ..".
    [[nodiscard]] std::string of_day(unsigned node_id, UtcSeconds day) const;
    /// " ORDER BY ..": as compare_keys() does.
    [[nodiscard]] std::string in_order() const;
};

/// All but samples and names; the ledger is the last.
[[nodiscard]] std::span<const DayTable> day_tables();

/// The table's columns without node_id and what the server computes, in their order.
[[nodiscard]] std::vector<std::string> day_columns(Connection& connection, const DayTable& table);

/// Two rows of `columns` as the server orders their keys: texts character by character, the shorter one as if
/// blanks followed.
class KeyOrder {
public:
    KeyOrder(const DayTable& table, const std::vector<std::string>& columns);
    [[nodiscard]] std::strong_ordering compare(RowView one, RowView other) const;
    /// "valid_from 2026-11-22 00:00:00, dlg_id 7".
    [[nodiscard]] std::string shown(RowView row) const;

private:
    struct Place {
        DayKey key;
        std::size_t column;
    };
    std::vector<Place> places_;
};

/// The first column in which two rows differ; JSON of the same meaning does not.
[[nodiscard]] std::optional<std::size_t> difference(const std::vector<std::string>& columns, RowView one,
                                                    RowView other);

/// "a, b, `group`".
[[nodiscard]] std::string column_list(const std::vector<std::string>& columns);

} // namespace sipkeep
