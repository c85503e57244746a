#include "day_taken.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/db/connection.hpp"

#include "day_tables.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace sipkeep {

namespace {

constexpr std::uint64_t ids_a_block = 4096;
constexpr std::array<std::pair<const char*, const char*>, 2> versioned_sources{
    {{"acc", "acc_history"}, {"missed_calls", "missed_calls_history"}}};

struct Block {
    std::uint64_t life, number;
    friend auto operator<=>(const Block&, const Block&) = default;
};

/// Byte by byte; zeros at the end are left out, as they are in the table.
template <class Operation>
std::string combined(std::string_view one, std::string_view other, Operation operation) {
    std::string bytes(std::max(one.size(), other.size()), '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto at = [i](std::string_view text) {
            return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
        };
        bytes[i] = static_cast<char>(operation(at(one), at(other)));
    }
    bytes.resize(bytes.find_last_not_of('\0') + 1);
    return bytes;
}

std::string both(std::string_view one, std::string_view other) {
    return combined(one, other, [](unsigned a, unsigned b) { return a & b; });
}

std::string either(std::string_view one, std::string_view other) {
    return combined(one, other, [](unsigned a, unsigned b) { return a | b; });
}

std::map<Block, std::string> ids_of(Connection& connection, unsigned node_id, UtcSeconds day,
                                    std::string_view table) {
    const auto of = std::ranges::find(day_tables(), table, &DayTable::name);
    std::map<Block, std::string> blocks;
    auto row = connection.query("SELECT life, id FROM " + std::string(table) + of->of_day(node_id, day));
    while (row.next()) {
        const std::uint64_t id = row.number(1);
        std::string& bits = blocks[{row.number(0), id / ids_a_block}];
        const std::size_t at = id % ids_a_block / 8;
        if (bits.size() <= at) bits.resize(at + 1);
        bits[at] = static_cast<char>(static_cast<unsigned char>(bits[at]) | 1U << id % 8);
    }
    return blocks;
}

std::string of_block(unsigned node_id, const std::string& source, const Block& block) {
    return " WHERE node_id = " + std::to_string(node_id) + " AND source = " + literal(source) +
           " AND life = " + std::to_string(block.life) + " AND block = " + std::to_string(block.number);
}

std::uint64_t number_of(Field text) {
    const std::string digits(text.value_or(""));
    if (digits.empty() || digits.size() > 19 || digits.find_first_not_of("0123456789") != std::string::npos)
        throw Error("acc_taken: a number is none");
    return std::stoull(digits);
}

std::string of_row(unsigned node_id, RowView row) {
    return of_block(node_id, std::string(row[0].value_or("")), {number_of(row[1]), number_of(row[2])});
}

} // namespace

const std::vector<std::string>& taken_columns() {
    static const std::vector<std::string> columns{"source", "life",       "block",  "counted",
                                                  "kept",   "witness_id", "witness"};
    return columns;
}

Rows taken_of_day(Connection& connection, unsigned node_id, UtcSeconds day) {
    Rows rows(taken_columns().size());
    for (const auto& [source, table] : versioned_sources)
        for (const auto& [block, ids] : ids_of(connection, node_id, day, table)) {
            auto row = connection.few("SELECT counted, kept, witness_id, witness FROM acc_taken" +
                                      of_block(node_id, source, block));
            if (!row.next()) continue; // verify says so
            rows.add(source);
            rows.add(std::to_string(block.life));
            rows.add(std::to_string(block.number));
            rows.add(both(row.string(0), ids));
            rows.add(both(row.string(1), ids));
            rows.add(row.string(2));
            rows.add(row.string(3));
        }
    return rows;
}

MissingTaken missing_taken(Connection& connection, unsigned node_id, RowView row) {
    auto found =
        connection.few("SELECT counted, kept, witness_id, witness FROM acc_taken" + of_row(node_id, row));
    if (!found.next())
        return {.insert = true,
                .counted = std::string(row[3].value_or("")),
                .kept = std::string(row[4].value_or(""))};
    if (found.string(2) == row[5] && found.string(3) != row[6])
        throw Error("acc_taken has taken another row of " + std::string(row[0].value_or("")) + " under id " +
                    found.string(2));
    MissingTaken missing;
    const std::string counted = either(found.string(0), row[3].value_or(""));
    const std::string kept = either(found.string(1), row[4].value_or(""));
    if (counted == found.string(0) && kept == found.string(1)) return missing;
    missing.counted = counted;
    missing.kept = kept;
    return missing;
}

void add_taken(Connection& connection, unsigned node_id, RowView row, const MissingTaken& missing) {
    if (!missing.insert) {
        Rows bits(2);
        bits.add(missing.counted);
        bits.add(missing.kept);
        static_cast<void>(connection.update_each(
            "UPDATE acc_taken SET counted = ?, kept = ?" + of_row(node_id, row), bits));
        return;
    }
    Rows rows(1 + row.width());
    rows.add(std::to_string(node_id));
    rows.add(row);
    connection.insert("INSERT INTO acc_taken (node_id, " + column_list(taken_columns()) + ") VALUES", rows);
}

} // namespace sipkeep
