#include "statistic_names.hpp"

#include "sipkeep/db/connection.hpp"

#include <algorithm>
#include <array>

namespace sipkeep {

namespace {

constexpr std::array<const char*, 3> kinds{"unknown", "counter", "gauge"}; // as StatisticKind

} // namespace

StatisticKind statistic_kind(const std::string& name) {
    const auto found = std::ranges::find(kinds, name);
    return found == kinds.end() ? StatisticKind::unknown : static_cast<StatisticKind>(found - kinds.begin());
}

void StatisticNames::read() {
    known_.clear();
    auto rows = connection_.few("SELECT statistic_id, `group`, name, kind FROM statistic");
    while (rows.next())
        known_[{rows.string(1), rows.string(2)}] = {static_cast<unsigned>(rows.number(0)), rows.string(3)};
}

void StatisticNames::learn(const std::vector<Statistic>& statistics) {
    const auto is_known = [this](const Statistic& statistic) { return id_of(statistic).has_value(); };
    if (!std::ranges::all_of(statistics, is_known)) read();
    for (const Statistic& statistic : statistics) learn(statistic);
}

void StatisticNames::learn(const Statistic& statistic) {
    const std::string kind = kinds.at(static_cast<std::size_t>(statistic.kind));
    const auto known = known_.find({statistic.group, statistic.name});
    if (known != known_.end()) {
        if (known->second.kind == kind || statistic.kind == StatisticKind::unknown) return;
        connection_.execute("UPDATE statistic SET kind = " + literal(kind) +
                            " WHERE statistic_id = " + std::to_string(known->second.id));
        known->second.kind = kind;
        return;
    }
    Rows row(3);
    row.add(statistic.group);
    row.add(statistic.name);
    row.add(kind);
    try {
        connection_.insert("INSERT INTO statistic (`group`, name, kind) VALUES", row);
    } catch (const DatabaseError& error) {
        // Another node has just learnt it; or a name that differs in trailing spaces only, which stays
        // unstored.
        if (error.code() != database_error::duplicate_key) throw;
    }
    Rows name(2);
    name.add(statistic.group);
    name.add(statistic.name);
    if (const auto id = connection_.number_bound(
            "SELECT statistic_id FROM statistic WHERE `group` = ? AND name = ? AND LENGTH(name) = " +
                std::to_string(statistic.name.size()) +
                " AND LENGTH(`group`) = " + std::to_string(statistic.group.size()),
            name[0]))
        known_[{statistic.group, statistic.name}] = {static_cast<unsigned>(*id), kind};
}

void StatisticNames::tell_kinds(std::vector<Statistic>& statistics) {
    read();
    for (Statistic& statistic : statistics) {
        const auto known = known_.find({statistic.group, statistic.name});
        if (known == known_.end()) continue;
        const auto kind = std::ranges::find(kinds, known->second.kind);
        if (kind != kinds.end()) statistic.kind = static_cast<StatisticKind>(kind - kinds.begin());
    }
}

Rows StatisticNames::samples(const std::vector<Statistic>& statistics, unsigned node_id,
                             UtcSeconds captured_at) const {
    Rows rows(5);
    for (const Statistic& statistic : statistics) {
        const auto id = id_of(statistic);
        if (!id) continue;
        rows.add(std::to_string(node_id));
        rows.add(std::to_string(*id));
        rows.add(to_datetime(captured_at));
        rows.add(std::to_string(statistic.value));
        rows.add(std::to_string(int(statistic.flag)));
    }
    return rows;
}

std::optional<unsigned> StatisticNames::id_of(const Statistic& statistic) const {
    const auto known = known_.find({statistic.group, statistic.name});
    if (known == known_.end()) return std::nullopt;
    return known->second.id;
}

std::string statistic_id_list(Connection& connection) {
    std::string ids;
    auto row = connection.few("SELECT statistic_id FROM statistic");
    while (row.next()) ids += (ids.empty() ? "" : ", ") + row.string(0);
    return ids.empty() ? "NULL" : ids;
}

} // namespace sipkeep
