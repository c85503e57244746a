#include "dump_rows.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/core/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sipkeep {

void DumpRows::find_columns(const std::vector<DumpColumn>& columns) {
    if (std::ranges::equal(columns, known_names_, {}, &DumpColumn::name)) return;
    known_names_.clear();
    unknown_.clear();
    position_.assign(table_.columns.size(), -1);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        known_names_.push_back(columns[i].name);
        const auto known = std::ranges::find_if(table_.columns, [&](const Column& column) {
            return column.name == columns[i].name && column.role != ColumnRole::extra && !column.own;
        });
        if (known == table_.columns.end())
            unknown_.push_back(i);
        else
            position_[static_cast<std::size_t>(known - table_.columns.begin())] = std::ptrdiff_t(i);
    }
    for (std::size_t i = 0; i < table_.columns.size(); ++i) {
        const Column& column = table_.columns[i];
        if ((column.role == ColumnRole::key || column.role == ColumnRole::refresh) && position_[i] < 0)
            throw Error("table " + std::string(table_.name) + " has no column " + std::string(column.name) +
                        "; sipkeep reads the schemas of OpenSIPS 3.2 to 4.0");
    }
}

/// As the live reader's: binary columns as {"hex": ".."}.
std::string DumpRows::extra(const std::vector<DumpColumn>& columns,
                            const std::vector<DumpValue>& values) const {
    nlohmann::json object = nlohmann::json::object();
    for (const std::size_t i : unknown_) {
        nlohmann::json& slot = object[to_storable(columns[i].name)]; // JSON takes valid text only
        if (!values[i].null && columns[i].binary)
            slot = {{"hex", to_hex(values[i].text)}};
        else if (!values[i].null)
            slot = to_storable(values[i].text);
    }
    return object.dump();
}

void DumpRows::add(const std::vector<DumpColumn>& columns, const std::vector<DumpValue>& values, Rows& to) {
    find_columns(columns);
    for (std::size_t i = 0; i < table_.columns.size(); ++i) {
        const Column& column = table_.columns[i];
        if (column.role == ColumnRole::extra) {
            if (unknown_.empty())
                to.add(std::nullopt);
            else
                to.add(extra(columns, values));
            continue;
        }
        const DumpValue* const value = position_[i] < 0 ? nullptr : &values[std::size_t(position_[i])];
        if (value == nullptr || value->null)
            to.add(std::nullopt);
        else if (column.bytes)
            to.add(value->text);
        else
            to.add(to_storable(value->text));
    }
}

} // namespace sipkeep
