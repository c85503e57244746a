#include "sipkeep/db/ocp_reader.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/core/text.hpp"
#include "sipkeep/db/connection.hpp"

#include "table_shape.hpp"

#include <algorithm>
#include <map>

namespace sipkeep {

namespace {

std::string quoted(const std::string& table) {
    const std::size_t dot = table.find('.');
    if (dot == std::string::npos) return identifier(table);
    return identifier(table.substr(0, dot)) + "." + identifier(table.substr(dot + 1));
}

std::string hex_literal(std::string_view text) {
    return "_utf8mb4 X'" + to_hex(text) + "'";
}

} // namespace

struct OcpReader::Session {
    Session(const DatabaseSettings& settings, std::string table_name)
        : table(std::move(table_name)), connection(settings, "live database") {}

    template <class Action>
    auto guarded(Action action) -> decltype(action()) {
        try {
            return action();
        } catch (const DatabaseError& error) {
            throw SourceError(table + ": " + error.what());
        }
    }

    std::string table;
    Connection connection;
};

OcpReader::OcpReader(const DatabaseSettings& settings, const std::string& table) {
    const std::string name = quoted(table);
    try {
        session_ = std::make_unique<Session>(settings, name);
    } catch (const DatabaseError& error) {
        throw SourceError(table + ": " + error.what());
    }
    session_->guarded([&] {
        session_->connection.execute("SET SESSION sql_mode=''");
        auto rows = session_->connection.few("SELECT DISTINCT name FROM " + name);
        while (rows.next()) {
            names_.push_back(rows.string(0));
            names_list_ += (names_list_.empty() ? "" : ", ") + hex_literal(names_.back());
        }
    });
}

OcpReader::~OcpReader() = default;

std::vector<std::uint64_t> OcpReader::boxes() {
    return session_->guarded([&] {
        std::vector<std::uint64_t> boxes;
        auto rows =
            session_->connection.few("SELECT DISTINCT box_id FROM " + session_->table + " ORDER BY 1");
        while (rows.next()) boxes.push_back(rows.number(0));
        return boxes;
    });
}

std::optional<OcpReader::Range> OcpReader::range() {
    return session_->guarded([&] {
        std::optional<Range> range;
        for (const std::string& name : names_) {
            // Both ends of one name are looked up in the index; without the name all of it is read.
            auto rows = session_->connection.few("SELECT MIN(time), MAX(time) FROM " + session_->table +
                                                 " WHERE name = " + hex_literal(name));
            while (rows.next()) {
                if (rows.null(0)) continue;
                const Range found{std::stoll(rows.string(0)), std::stoll(rows.string(1))};
                if (!range) range = found;
                range->first = std::min(range->first, found.first);
                range->last = std::max(range->last, found.last);
            }
        }
        return range;
    });
}

void OcpReader::each(
    std::uint64_t box, Range half_open,
    const std::function<void(std::size_t name, std::int64_t time, std::string_view value)>& show) {
    if (names_.empty()) return;
    std::map<std::string, std::size_t, std::less<>> positions;
    for (std::size_t i = 0; i < names_.size(); ++i) positions.emplace(names_[i], i);
    session_->guarded([&] {
        auto rows = session_->connection.query(
            "SELECT name, time, value FROM " + session_->table + " WHERE name IN (" + names_list_ +
            ") AND time >= " + std::to_string(half_open.first) + " AND time < " +
            std::to_string(half_open.last) + " AND box_id = " + std::to_string(box));
        while (rows.next()) {
            const auto [known, is_new] = positions.try_emplace(rows.string(0), names_.size());
            if (is_new)
                names_.push_back(known->first); // differs from one of them in what the collation ignores
            const std::int64_t time = std::stoll(rows.string(1));
            show(known->second, time, rows.text(2).value_or(""));
        }
    });
}

} // namespace sipkeep
