#include "table_shape.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/core/text.hpp"
#include "sipkeep/db/connection.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sipkeep {

std::string identifier(const std::string& name) {
    const bool plain =
        !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
                   c == '-' || c == '$';
        });
    if (!plain) throw UsageError("'" + name + "' is no table name; give letters, digits and underscores");
    return "`" + name + "`";
}

std::string backticked(std::string_view column) {
    std::string text = "`";
    for (const char c : column) {
        if (c == '`') text += '`';
        text += c;
    }
    return text + "`";
}

std::string TableShape::select(const TableSpec& spec) const {
    std::string list;
    for (std::size_t i = 0; i < spec.columns.size(); ++i) {
        if (spec.columns[i].role == ColumnRole::extra) continue;
        if (!list.empty()) list += ", ";
        list += present[i] ? backticked(spec.columns[i].name) : "NULL";
    }
    for (const Extra& extra : extras) list += ", " + backticked(extra.name);
    return "SELECT " + list + " FROM " + table;
}

TableShape shape_of(Connection& connection, const TableSpec& spec, const std::string& table) {
    TableShape shape{identifier(table), std::vector<bool>(spec.columns.size(), false), {}};
    auto columns = connection.few("SELECT * FROM " + shape.table + " LIMIT 0");
    for (std::size_t i = 0; i < columns.width(); ++i) {
        const std::string name = columns.column_name(i);
        const auto known = std::find_if(spec.columns.begin(), spec.columns.end(), [&](const Column& c) {
            return c.name == name && c.role != ColumnRole::extra && !c.own;
        });
        if (known != spec.columns.end())
            shape.present[static_cast<std::size_t>(known - spec.columns.begin())] = true;
        else
            shape.extras.push_back({name, columns.column_is_binary(i)});
    }
    for (std::size_t i = 0; i < spec.columns.size(); ++i) {
        const bool needed =
            spec.columns[i].role == ColumnRole::key || spec.columns[i].role == ColumnRole::refresh;
        if (needed && !shape.present[i])
            throw SourceError(connection.where() + ": table " + table + " has no column " +
                              std::string(spec.columns[i].name) +
                              "; sipkeep reads the schemas of OpenSIPS 3.2 to 4.0");
    }
    return shape;
}

std::optional<std::string> extra_of(Result& row, const TableShape& shape, std::size_t first) {
    if (shape.extras.empty()) return std::nullopt;
    nlohmann::json object = nlohmann::json::object();
    for (std::size_t i = 0; i < shape.extras.size(); ++i) {
        const Field value = row.text(first + i);
        nlohmann::json& slot = object[shape.extras[i].name];
        if (value && shape.extras[i].binary)
            slot = {{"hex", to_hex(*value)}};
        else if (value)
            slot = to_storable(*value); // JSON takes valid text only, and no odd column may stop a capture
    }
    return object.dump();
}

void add_field(Rows& rows, const Column& column, Field value) {
    if (value && !column.bytes)
        rows.add(to_storable(*value));
    else
        rows.add(value);
}

} // namespace sipkeep
