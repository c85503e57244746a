#include "live_tables.hpp"

#include "sbc.hpp"

#include <initializer_list>

namespace sipkeep::small_sbc {

namespace {

std::string quoted(const std::string& value) {
    std::string text = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') text += '\\';
        text += c;
    }
    return text + "'";
}

std::string quoted(const std::optional<std::string>& value) {
    return value ? quoted(*value) : "NULL";
}

std::string seconds(UtcSeconds time) {
    return std::to_string(time.time_since_epoch().count());
}

std::string row(std::initializer_list<std::string> values) {
    std::string text;
    for (const std::string& value : values) text += (text.empty() ? "(" : ", ") + value;
    return text + ")";
}

/// Empties a table and fills it with `rows`, each turned into "(..)" by `print`.
template <class Rows, class Print>
std::string refill(const std::string& table, const std::string& columns, const Rows& rows, Print print) {
    std::string text = "DELETE FROM " + table + ";\n";
    std::string values;
    for (const auto& one : rows) values += (values.empty() ? "\n  " : ",\n  ") + print(one);
    if (!values.empty()) text += "INSERT INTO " + table + " (" + columns + ") VALUES" + values + ";\n";
    return text;
}

std::string location_row(const Registration& one) {
    return row({std::to_string(one.contact_id), quoted(one.username), quoted(one.domain), quoted(one.contact),
                quoted(one.received), "NULL", seconds(one.expires), "-1.00", quoted(one.callid),
                std::to_string(one.cseq), quoted(to_datetime(one.last_modified)), "0",
                one.received ? "'SIPPING'" : "NULL", quoted(one.user_agent), quoted(one.socket), "NULL",
                quoted(one.sip_instance), "NULL", "NULL"});
}

std::string dialog_row(const Call& one) {
    return row({std::to_string(one.dlg_id), quoted(one.callid), quoted(one.from_uri), quoted(one.from_tag),
                quoted(one.to_uri), quoted(one.to_tag), "'0'", quoted(one.callee_cseq), "0", "0",
                quoted(one.caller_contact), quoted(one.callee_contact), "'udp:203.0.113.1:5060'",
                "'udp:203.0.113.1:5060'", "4", seconds(one.start_time), seconds(one.timeout),
                std::to_string(one.flags)});
}

std::string dispatcher_row(const Gateway& one) {
    return row({std::to_string(one.id), std::to_string(one.set_id), quoted("sip:" + one.address),
                std::to_string(static_cast<int>(one.state)), quoted(std::to_string(one.weight)),
                std::to_string(one.priority), quoted(one.attr.value_or("")),
                quoted(one.description.value_or(""))});
}

} // namespace

std::string live_tables_sql(int minute) {
    return "START TRANSACTION;\n" +
           refill("location",
                  "contact_id, username, domain, contact, received, path, expires, q, callid, cseq, "
                  "last_modified, flags, cflags, user_agent, socket, methods, sip_instance, kv_store, attr",
                  registrations(minute), location_row) +
           refill("dialog",
                  "dlg_id, callid, from_uri, from_tag, to_uri, to_tag, caller_cseq, callee_cseq, "
                  "caller_ping_cseq, callee_ping_cseq, caller_contact, callee_contact, caller_sock, "
                  "callee_sock, state, start_time, timeout, flags",
                  calls(minute), dialog_row) +
           refill("dispatcher", "id, setid, destination, state, weight, priority, attrs, description",
                  gateways(minute), dispatcher_row) +
           "COMMIT;\n";
}

} // namespace sipkeep::small_sbc
