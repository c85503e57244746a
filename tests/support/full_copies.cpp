#include "support/full_copies.hpp"

#include <vector>

namespace sipkeep::test {

namespace {

constexpr std::size_t told_at_most = 5;

std::string columns_of(const TableSpec& table) {
    std::string list;
    for (const Column& column : table.columns)
        if (column.role != ColumnRole::extra && !column.own)
            list += (list.empty() ? "" : ", ") + std::string(column.name);
    return list;
}

std::optional<std::string> field(Result& row, std::size_t column) {
    return row.null(column) ? std::nullopt : std::optional(row.string(column));
}

std::string key_of(Result& row, std::size_t keys) {
    std::string key;
    for (std::size_t i = 0; i < keys; ++i) key += row.string(i) + " ";
    return key;
}

void compare_row(Result& expected, Result& found, std::size_t keys, Comparison& comparison) {
    for (std::size_t i = 0; i < expected.width(); ++i) {
        const auto left = field(expected, i);
        const auto right = field(found, i);
        if (left == right) continue;
        if (comparison.different++ < told_at_most)
            comparison.first += key_of(expected, keys) + expected.column_name(i) + ": " +
                                left.value_or("<null>") + " became " + right.value_or("<null>") + "\n";
    }
}

/// A query that counts what must not be there.
struct Forbidden {
    std::string what, query;
};

std::vector<Forbidden> forbidden() {
    std::vector<Forbidden> all{
        {"unfinished captures", "node WHERE pending_at IS NOT NULL"},
        {"versions of captures that the ledger lacks",
         "location_history h LEFT JOIN capture c ON c.node_id = h.node_id AND c.captured_at = h.began "
         "WHERE c.node_id IS NULL"},
        {"refreshes of captures that the ledger lacks",
         "location_refresh r LEFT JOIN capture c ON c.node_id = r.node_id AND c.captured_at = r.captured_at "
         "WHERE c.node_id IS NULL"},
        {"samples of captures that the ledger lacks",
         "sample s LEFT JOIN capture c ON c.node_id = s.node_id AND c.captured_at = s.captured_at "
         "WHERE c.node_id IS NULL"},
        {"notes of ended calls", "dialog_ended"},
        {"refreshes without their version",
         "location_refresh_closed r LEFT JOIN location_version v ON v.node_id = r.node_id AND "
         "v.valid_from = r.version_from AND v.contact_id = r.contact_id AND v.valid_to >= r.valid_to "
         "WHERE v.node_id IS NULL"},
    };
    const std::vector<std::pair<std::string, std::string>> tables{
        {"location", "contact_id"},
        {"dialog", "dlg_id"},
        {"dispatcher", "partition_name, set_id, uri, occurrence"}};
    for (const auto& [name, key] : tables) {
        all.push_back(
            {name + " versions that cross midnight",
             name +
                 "_version WHERE valid_to > DATE(valid_from) + INTERVAL 1 DAY AND valid_to < '9999-12-31'"});
        all.push_back({"open " + name + "s without their version",
                       name + "_open o LEFT JOIN " + name + "_version v USING (node_id, valid_from, " + key +
                           ") WHERE v.valid_to IS NULL OR v.valid_to <> '9999-12-31 00:00:00'"});
        all.push_back({name + " versions without end that are not open",
                       name + "_version v LEFT JOIN " + name + "_open o USING (node_id, valid_from, " + key +
                           ") WHERE v.valid_to = '9999-12-31 00:00:00' AND o.node_id IS NULL"});
    }
    return all;
}

} // namespace

Comparison compare_rows(Connection& expected_in, const std::string& expected_query, Connection& found_in,
                        const std::string& found_query, std::size_t keys) {
    auto expected = expected_in.query(expected_query);
    auto found = found_in.query(found_query);
    Comparison comparison;
    for (;;) {
        const bool more = expected.next();
        if (found.next() != more) {
            comparison.first += more ? "missing: " + key_of(expected, keys) + "\n"
                                     : "too much: " + key_of(found, keys) + "\n";
            ++comparison.different;
            break;
        }
        if (!more) break;
        ++comparison.rows;
        compare_row(expected, found, keys, comparison);
    }
    return comparison;
}

Comparison compare_with_copies(TestDatabase& live, TestDatabase& history, const TableSpec& table,
                               bool operator_columns, std::optional<UtcSeconds> captured_at) {
    const std::string name(table.name);
    const std::string of_capture =
        captured_at ? " WHERE captured_at = " + literal(to_datetime(*captured_at)) : std::string();
    const std::string order = " ORDER BY captured_at, " + std::string(table.columns.front().name);
    const std::string own = operator_columns ? ", note, token" : "";
    const std::string kept = operator_columns
                                 ? ", JSON_UNQUOTE(JSON_EXTRACT(IF(JSON_TYPE(JSON_EXTRACT(extra, '$.note')) "
                                   "= 'NULL', NULL, extra), '$.note')), "
                                   "UNHEX(JSON_UNQUOTE(JSON_EXTRACT(extra, '$.token.hex')))"
                                 : "";
    const std::string columns = "SELECT captured_at, " + columns_of(table);
    Comparison comparison =
        compare_rows(live.sql(), columns + own + " FROM copy_" + name + of_capture + order, history.sql(),
                     columns + kept + " FROM " + name + "_snapshot" + of_capture + order, 2);
    if (!comparison.first.empty()) comparison.first = name + ":\n" + comparison.first;
    return comparison;
}

std::string broken_foundations(TestDatabase& history) {
    std::string broken;
    for (const auto& [what, query] : forbidden())
        if (const auto count = history.sql().value("SELECT COUNT(*) FROM " + query); count != "0")
            broken += count.value_or("?") + " " + what + "\n";
    return broken;
}

} // namespace sipkeep::test
