#include "open_versions.hpp"

#include "sipkeep/core/batches.hpp"
#include "sipkeep/core/row_id.hpp"
#include "sipkeep/db/connection.hpp"

#include "fingerprint.hpp"
#include "version_sql.hpp"

#include <nlohmann/json.hpp>

#include <unordered_map>

namespace sipkeep {

namespace {

constexpr std::size_t fingerprints_a_statement = 500;

/// MySQL gives JSON back with its own spacing and order: compare in one form.
Field canonical_json(Field text, std::string& buffer) {
    if (!text) return text;
    buffer = nlohmann::json::parse(*text, nullptr, false).dump();
    return buffer;
}

void show_in_full(Connection& connection, const std::string& query, const TableSpec& table,
                  const std::function<void(RowView)>& show) {
    auto result = connection.query(query);
    Rows row(table.columns.size());
    while (result.next()) {
        row.clear();
        add_row(row, result, table);
        show(row[0]);
    }
}

Rows key_alone(const TableSpec& table, Field key) {
    Rows row(table.columns.size());
    for (const Column& column : table.columns) row.add(column.role == ColumnRole::key ? key : Field{});
    return row;
}

/// What the narrow row of an open registration tells: its id, whether its version equals the row seen, its
/// refresh.
struct OpenContact {
    std::uint64_t id;
    std::optional<std::size_t> equals; ///< index into the rows seen
};

/// The version as it is stored: what was seen, but for its refresh.
void add_equal(Rows& rows, RowView seen, RowView refresh) {
    const TableSpec& table = location_table();
    std::size_t next = 0;
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        rows.add(table.columns[i].role == ColumnRole::refresh ? refresh[next++] : seen[i]);
    rows.add(std::nullopt);
}

Rows read_in_full(Connection& connection, const VersionSql& versions, const std::vector<std::uint64_t>& ids) {
    const TableSpec& table = location_table();
    Rows rows(table.columns.size() + 1);
    if (ids.empty()) return rows;
    std::string columns;
    for (const Column& column : table.columns)
        columns += (column.role == ColumnRole::refresh ? "o." : "v.") + std::string(column.name) + ", ";
    auto result = connection.query("SELECT " + columns + "v.first_seen " + versions.from_open() +
                                   versions.of_node(in_list("o.contact_id", ids)) + " ORDER BY o.contact_id");
    while (result.next()) add_row(rows, result, table);
    return rows;
}

} // namespace

void add_row(Rows& rows, Result& result, const TableSpec& table) {
    std::string json;
    for (std::size_t i = 0; i < rows.width(); ++i) {
        const bool extra = i < table.columns.size() && table.columns[i].role == ColumnRole::extra;
        rows.add(extra ? canonical_json(result.text(i), json) : result.text(i));
    }
}

std::vector<std::uint64_t> ids_of(const Rows& rows) {
    std::vector<std::uint64_t> ids;
    ids.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) ids.push_back(id_of(rows[i]));
    return ids;
}

void show_open_versions(Connection& connection, const VersionSql& versions, const TableSpec& table,
                        const Rows& seen, const std::function<void(RowView)>& show) {
    if (versions.number_key().empty()) {
        show_in_full(connection, versions.select_open(""), table, show);
        return;
    }
    std::unordered_map<std::uint64_t, std::size_t> by_id;
    by_id.reserve(seen.size());
    for (std::size_t i = 0; i < seen.size(); ++i) by_id.emplace(id_of(seen[i]), i);

    Fingerprinter fingerprinter(table);
    std::vector<std::uint64_t> changed;
    {
        const std::string key = "o." + versions.number_key();
        auto open = connection.query("SELECT " + key + ", o.fingerprint FROM " + versions.open_table() +
                                     " o" + versions.of_node(""));
        while (open.next()) {
            const std::uint64_t id = open.number(0);
            const auto found = by_id.find(id);
            if (found == by_id.end())
                show(key_alone(table, std::to_string(id))[0]);
            else if (open.text(1) == fingerprinter.of(seen[found->second]))
                show(seen[found->second]);
            else
                changed.push_back(id);
        }
    }
    in_batches(changed, fingerprints_a_statement, [&](auto ids) {
        show_in_full(connection, versions.select_open(in_list("o." + versions.number_key(), ids)), table,
                     show);
    });
}

Rows read_open_contacts(Connection& connection, const VersionSql& versions, const Rows& seen) {
    const std::vector<std::uint64_t> ids = ids_of(seen);
    Rows rows(location_table().columns.size() + 1);
    if (ids.empty()) return rows;

    std::vector<OpenContact> contacts;
    Rows refreshes(3);
    std::vector<std::uint64_t> unequal;
    {
        Fingerprinter fingerprinter(location_table());
        auto open =
            connection.few("SELECT o.contact_id, o.fingerprint, o.expires, o.cseq, o.last_modified FROM "
                           "location_open o" +
                           versions.of_node(in_list("o.contact_id", ids)) + " ORDER BY o.contact_id");
        for (std::size_t at = 0; open.next();) {
            contacts.push_back({open.number(0), std::nullopt});
            while (ids[at] < contacts.back().id) ++at;
            if (open.text(1) == fingerprinter.of(seen[at]))
                contacts.back().equals = at;
            else
                unequal.push_back(contacts.back().id);
            for (const std::size_t column : {2U, 3U, 4U}) refreshes.add(open.text(column));
        }
    }
    const Rows full = read_in_full(connection, versions, unequal);
    std::size_t next_full = 0;
    for (std::size_t i = 0; i < contacts.size(); ++i) {
        if (contacts[i].equals)
            add_equal(rows, seen[*contacts[i].equals], refreshes[i]);
        else if (next_full < full.size())
            rows.add(full[next_full++]);
    }
    return rows;
}

} // namespace sipkeep
