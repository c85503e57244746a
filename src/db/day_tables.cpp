#include "day_tables.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/db/connection.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace sipkeep {

namespace {

using Order = DayKey::Order;
using std::chrono::days;

constexpr std::array<DayKey, 2> dialog_keys{{{"valid_from"}, {"dlg_id", Order::number}}};
constexpr std::array<DayKey, 2> location_keys{{{"valid_from"}, {"contact_id", Order::number}}};
constexpr std::array<DayKey, 2> refresh_keys{{{"valid_to"}, {"contact_id", Order::number}}};
constexpr std::array<DayKey, 5> dispatcher_keys{
    {{"valid_from"}, {"partition_name"}, {"set_id", Order::number}, {"uri"}, {"occurrence", Order::number}}};
constexpr std::array<DayKey, 3> mi_row_keys{{{"valid_from"}, {"name"}, {"row_key"}}};
constexpr std::array<DayKey, 3> minute_keys{{{"minute"}, {"domain"}, {"direction", Order::direction}}};
constexpr std::array<DayKey, 2> hour_keys{{{"hour"}, {"endpoint"}}};
constexpr std::array<DayKey, 3> domain_hour_keys{{{"hour"}, {"domain"}, {"direction", Order::direction}}};
constexpr std::array<DayKey, 2> day_keys{{{"day"}, {"number", Order::number}}};
constexpr std::array<DayKey, 3> failure_keys{{{"minute"}, {"code", Order::number}, {"reason"}}};
constexpr std::array<DayKey, 3> record_keys{{{"ended_at"}, {"life", Order::number}, {"id", Order::number}}};
constexpr std::array<DayKey, 1> capture_keys{{{"captured_at"}}};

constexpr std::array<DayTable, 13> by_day{
    {{"dialog_version", "valid_from", dialog_keys, "dialogs"},
     {"location_version", "valid_from", location_keys, "contacts"},
     {"location_refresh_closed", "valid_to", refresh_keys, "contacts", true},
     {"dispatcher_version", "valid_from", dispatcher_keys, "destinations"},
     {"mi_row_version", "valid_from", mi_row_keys, "mi_rows"},
     {"cdr_minute", "minute", minute_keys, ""},
     {"cdr_endpoint_hour", "hour", hour_keys, ""},
     {"cdr_hour", "hour", domain_hour_keys, ""},
     {"cdr_endpoint_day", "day", day_keys, ""},
     {"cdr_failure_minute", "minute", failure_keys, ""},
     {"acc_history", "ended_at", record_keys, ""},
     {"missed_calls_history", "ended_at", record_keys, ""},
     {"capture", "captured_at", capture_keys, ""}}};

/// Decimal digits, without leading zeros, as a server prints them.
std::strong_ordering compare_numbers(std::string_view one, std::string_view other) {
    const bool negative = one.starts_with('-');
    if (negative != other.starts_with('-'))
        return negative ? std::strong_ordering::less : std::strong_ordering::greater;
    if (negative) {
        std::swap(one, other);
        one.remove_prefix(1);
        other.remove_prefix(1);
    }
    if (one.size() != other.size()) return one.size() <=> other.size();
    return one <=> other;
}

/// utf8mb4_bin: the order of code points is that of their bytes.
std::strong_ordering compare_texts(std::string_view one, std::string_view other) {
    const std::size_t common = std::min(one.size(), other.size());
    if (const auto order = one.substr(0, common) <=> other.substr(0, common); std::is_neq(order))
        return order;
    const auto first_behind = [&](std::string_view text) {
        const auto at = text.find_first_not_of(' ', common);
        return static_cast<unsigned char>(at == std::string_view::npos ? ' ' : text[at]);
    };
    return first_behind(one) <=> first_behind(other);
}

/// As schema.sql lists them.
std::size_t number_of_direction(std::string_view name) {
    constexpr std::array<std::string_view, 3> names{"all", "out", "in"};
    return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

bool means_the_same(std::string_view one, std::string_view other) {
    const auto left = nlohmann::json::parse(one, nullptr, false);
    return !left.is_discarded() && left == nlohmann::json::parse(other, nullptr, false);
}

} // namespace

std::string DayTable::of_day(unsigned node_id, UtcSeconds day) const {
    const std::string column(time_column);
    return " WHERE node_id = " + std::to_string(node_id) + " AND " + column + (to_midnight ? " > " : " >= ") +
           literal(to_datetime(day)) + " AND " + column + (to_midnight ? " <= " : " < ") +
           literal(to_datetime(day + days{1}));
}

std::string DayTable::in_order() const {
    std::string list;
    for (const DayKey& key : keys) list += (list.empty() ? "" : ", ") + std::string(key.column);
    return " ORDER BY " + list;
}

std::span<const DayTable> day_tables() {
    return by_day;
}

std::vector<std::string> day_columns(Connection& connection, const DayTable& table) {
    std::vector<std::string> columns;
    auto row =
        connection.few("SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() "
                       "AND table_name = " +
                       literal(table.name) +
                       " AND column_name <> 'node_id' "
                       "AND COALESCE(generation_expression, '') = '' ORDER BY ordinal_position");
    while (row.next()) columns.push_back(row.string(0));
    return columns;
}

std::string column_list(const std::vector<std::string>& columns) {
    std::string list;
    for (const std::string& column : columns) list += (list.empty() ? "`" : ", `") + column + "`";
    return list;
}

KeyOrder::KeyOrder(const DayTable& table, const std::vector<std::string>& columns) {
    for (const DayKey& key : table.keys) {
        const auto found = std::ranges::find(columns, key.column);
        if (found == columns.end())
            throw Error(std::string(table.name) + " has no column " + std::string(key.column));
        places_.push_back({key, static_cast<std::size_t>(found - columns.begin())});
    }
}

std::strong_ordering KeyOrder::compare(RowView one, RowView other) const {
    for (const auto& [key, column] : places_) {
        const std::string_view left = one[column].value_or("");
        const std::string_view right = other[column].value_or("");
        const auto order = key.order == Order::number ? compare_numbers(left, right)
                           : key.order == Order::text
                               ? compare_texts(left, right)
                               : number_of_direction(left) <=> number_of_direction(right);
        if (std::is_neq(order)) return order;
    }
    return std::strong_ordering::equal;
}

std::string KeyOrder::shown(RowView row) const {
    std::string text;
    for (const auto& [key, column] : places_)
        text += (text.empty() ? "" : ", ") + std::string(key.column) + " " +
                std::string(row[column].value_or("NULL"));
    return text;
}

std::optional<std::size_t> difference(const std::vector<std::string>& columns, RowView one, RowView other) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (one[i] == other[i]) continue;
        // MySQL writes JSON in its own way.
        if (columns[i] == "extra" && one[i] && other[i] && means_the_same(*one[i], *other[i])) continue;
        return i;
    }
    return std::nullopt;
}

} // namespace sipkeep
