#include "sipkeep/core/table.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/core/sip_uri.hpp"

#include <algorithm>

namespace sipkeep {

namespace {

std::vector<std::optional<std::string>> parties_of(RowView row) {
    const TableSpec& table = dialog_table();
    const SipUri from = parse_sip_uri(row[table.at("from_uri")].value_or(""));
    const SipUri to = parse_sip_uri(row[table.at("to_uri")].value_or(""));
    return {from.user, from.domain, to.user, to.domain};
}

} // namespace

std::size_t TableSpec::at(std::string_view column) const {
    const auto found =
        std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == column; });
    if (found == columns.end()) throw Error(std::string(name) + " has no column " + std::string(column));
    return static_cast<std::size_t>(found - columns.begin());
}

std::vector<std::size_t> TableSpec::with_role(ColumnRole role) const {
    std::vector<std::size_t> positions;
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (columns[i].role == role) positions.push_back(i);
    return positions;
}

const TableSpec& dialog_table() {
    using enum ColumnRole;
    static const TableSpec table{"dialog",
                                 {{"dlg_id", key},
                                  {"callid", identity},
                                  {"from_uri", identity},
                                  {"from_tag", identity},
                                  {"to_uri", identity},
                                  {"to_tag", identity},
                                  {"mangled_from_uri", identity},
                                  {"mangled_to_uri", identity},
                                  {"caller_cseq", identity},
                                  {"callee_cseq", identity},
                                  {"caller_ping_cseq", identity},
                                  {"callee_ping_cseq", identity},
                                  {"caller_route_set", identity},
                                  {"callee_route_set", identity},
                                  {"caller_contact", identity},
                                  {"callee_contact", identity},
                                  {"caller_sock", identity},
                                  {"callee_sock", identity},
                                  {"state", identity},
                                  {"start_time", identity},
                                  {"timeout", identity},
                                  {"vars", identity, true},
                                  {"profiles", identity},
                                  {"script_flags", identity},
                                  {"module_flags", identity},
                                  {"flags", identity},
                                  {"rt_on_answer", identity},
                                  {"rt_on_timeout", identity},
                                  {"rt_on_hangup", identity},
                                  {source_column, identity, false, true},
                                  {"extra", extra}},
                                 {"from_user", "from_domain", "to_user", "to_domain"},
                                 parties_of};
    return table;
}

const TableSpec& location_table() {
    using enum ColumnRole;
    static const TableSpec table{"location",
                                 {{"contact_id", key},
                                  {"username", identity},
                                  {"domain", identity},
                                  {"contact", identity},
                                  {"received", identity},
                                  {"path", identity},
                                  {"expires", refresh},
                                  {"q", identity},
                                  {"callid", identity},
                                  {"cseq", refresh},
                                  {"last_modified", refresh},
                                  {"flags", identity},
                                  {"cflags", identity},
                                  {"user_agent", identity},
                                  {"socket", identity},
                                  {"methods", identity},
                                  {"sip_instance", identity},
                                  {"kv_store", identity},
                                  {"attr", identity},
                                  {source_column, identity, false, true},
                                  {"extra", extra}},
                                 {},
                                 nullptr};
    return table;
}

const TableSpec& dispatcher_table() {
    using enum ColumnRole;
    static const TableSpec table{"dispatcher",
                                 {{"partition_name", key},
                                  {"set_id", key},
                                  {"uri", key},
                                  {"occurrence", key},
                                  {"state", identity},
                                  {"attr", identity},
                                  {"description", identity},
                                  {"priority", identity},
                                  {"weight", identity}},
                                 {},
                                 nullptr};
    return table;
}

const TableSpec& mi_row_table() {
    using enum ColumnRole;
    static const TableSpec table{
        "mi_row", {{"name", key}, {"row_key", key}, {"content", identity}}, {}, nullptr};
    return table;
}

const TableSpec& acc_table() {
    using enum ColumnRole;
    static const TableSpec table{"acc",
                                 {{"id", key},
                                  {"method", identity},
                                  {"from_tag", identity},
                                  {"to_tag", identity},
                                  {"callid", identity},
                                  {"sip_code", identity},
                                  {"sip_reason", identity},
                                  {"time", identity},
                                  {"setuptime", identity},
                                  {"created", identity},
                                  {"duration", identity},
                                  {"ms_duration", identity},
                                  {"extra", extra}},
                                 {},
                                 nullptr};
    return table;
}

const TableSpec& missed_calls_table() {
    using enum ColumnRole;
    static const TableSpec table{"missed_calls",
                                 {{"id", key},
                                  {"method", identity},
                                  {"from_tag", identity},
                                  {"to_tag", identity},
                                  {"callid", identity},
                                  {"sip_code", identity},
                                  {"sip_reason", identity},
                                  {"time", identity},
                                  {"setuptime", identity},
                                  {"created", identity},
                                  {"extra", extra}},
                                 {},
                                 nullptr};
    return table;
}

bool is_from_memory(const TableSpec& table, RowView row) {
    return row[table.at(source_column)] == from_memory;
}

bool is_answered_call(RowView dialog) {
    static const std::size_t state = dialog_table().at("state");
    const std::string_view text = dialog[state].value_or("");
    return !is_from_memory(dialog_table(), dialog) || (text != "1" && text != "2" && text != "5");
}

bool same(const TableSpec& table, ColumnRole role, RowView left, RowView right) {
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        if (table.columns[i].role == role && left[i] != right[i]) return false;
    return true;
}

std::string key_of(const TableSpec& table, RowView row) {
    std::string key;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        if (table.columns[i].role != ColumnRole::key) continue;
        const std::string_view part = row[i].value_or("");
        // The length in front keeps ("ab","c") and ("a","bc") apart whatever bytes the parts hold.
        key += std::to_string(part.size()) + ':';
        key += part;
    }
    return key;
}

} // namespace sipkeep
