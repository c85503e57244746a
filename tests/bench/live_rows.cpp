#include "live_rows.hpp"

#include "bare_connection.hpp"

#include <array>
#include <initializer_list>
#include <string_view>

namespace sipkeep::bench {

namespace {

constexpr std::array<const char*, 5> phones{"Yealink SIP-T46S 66.86.0.15", "snomD785/10.1.169.16",
                                            "Grandstream GXP2170 1.0.11.64", "PolycomVVX-VVX_450-UA/6.4.4.5",
                                            "FRITZ!OS 7.57 FRITZ!Box 7590 AX"};

/// Appends the parts, joined, as one SQL literal.
void append_text(std::string& statement, std::initializer_list<std::string> parts) {
    std::string text;
    for (const std::string& part : parts) text += part;
    append_quoted(statement, text);
}

std::string digits(std::uint64_t value, std::size_t width) {
    std::string text = std::to_string(value);
    return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

std::string hex(std::uint64_t value, std::size_t width) {
    static constexpr std::string_view symbols = "0123456789abcdef";
    std::string text(width, '0');
    for (auto at = text.rbegin(); at != text.rend(); ++at, value >>= 4U) *at = symbols[value & 15U];
    return text;
}

std::string private_address(std::uint64_t bits) {
    return "192.168." + std::to_string((bits >> 8U) % 256) + "." + std::to_string((bits >> 16U) % 254 + 1);
}

std::uint64_t mixed(std::uint64_t id) { // splitmix64
    id += 0x9E3779B97F4A7C15U;
    id = (id ^ (id >> 30U)) * 0xBF58476D1CE4E5B9U;
    id = (id ^ (id >> 27U)) * 0x94D049BB133111EBU;
    return id ^ (id >> 31U);
}

} // namespace

const char* const insert_location =
    "INSERT INTO location (contact_id, username, domain, contact, received, path, expires, q, callid, cseq, "
    "last_modified, flags, cflags, user_agent, socket, methods, sip_instance, kv_store, attr) VALUES ";

const char* const insert_dialog =
    "INSERT INTO dialog (dlg_id, callid, from_uri, from_tag, to_uri, to_tag, mangled_from_uri, "
    "mangled_to_uri, "
    "caller_cseq, callee_cseq, caller_ping_cseq, callee_ping_cseq, caller_route_set, callee_route_set, "
    "caller_contact, callee_contact, caller_sock, callee_sock, state, start_time, timeout, vars, profiles, "
    "script_flags, module_flags, flags, rt_on_answer, rt_on_timeout, rt_on_hangup) VALUES ";

std::uint64_t new_contact_id(std::mt19937_64& random) {
    const std::uint64_t bits = random();
    return ((bits & 0xFFFFU) << 46U) | (((bits >> 16U) & 0xFFFFFFFFU) << 14U) | ((bits >> 48U) & 0x3FFFU);
}

std::uint64_t new_dlg_id(std::mt19937_64& random) {
    const std::uint64_t bits = random();
    return ((bits & 0xFFFU) << 32U) | (bits >> 32U);
}

std::string username_of(std::uint64_t phone) {
    return "4930" + digits(mixed(phone) % 100'000'000, 8);
}

void append_location(std::string& statement, std::uint64_t contact_id, std::uint64_t phone,
                     std::int64_t registered_at) {
    const std::uint64_t bits = mixed(phone);
    const std::uint64_t more = mixed(contact_id);
    const std::string user = username_of(phone);
    const std::string host = private_address(mixed(bits));
    statement += "(" + std::to_string(contact_id) + ",";
    append_text(statement, {user});
    statement += ',';
    append_text(statement, {"pbx", digits((bits >> 32U) % 100, 2), ".customers.example.net"});
    statement += ',';
    append_text(statement, {"sip:", user, "@", host, ":5060;transport=udp;line=", hex(bits, 16)});
    statement += ',';
    append_text(statement,
                {"sip:203.0.113.", std::to_string(more % 256), ":", std::to_string(1024 + more % 60'000)});
    statement += ",NULL," + std::to_string(registered_at + registered_for_s) + ",-1.00,";
    append_text(statement, {hex(more, 16), "-", hex(bits, 16), "@", host});
    statement += "," + std::to_string(bits % 1000) + ",'" + datetime_of(registered_at) + "',0,'NAT',";
    append_text(statement, {phones.at((bits >> 40U) % phones.size())});
    statement += ",'udp:198.51.100.10:5060',5951,";
    append_text(statement,
                {"<urn:uuid:", hex(more, 8), "-", hex(bits, 4), "-4000-8000-", hex(bits >> 8U, 12), ">"});
    statement += ",NULL,NULL)";
}

void append_dialog(std::string& statement, std::uint64_t dlg_id, std::int64_t started_at) {
    const std::uint64_t bits = mixed(dlg_id);
    const std::uint64_t more = mixed(bits);
    const std::string from = "4930" + digits(bits % 100'000'000, 8);
    const std::string to = "0049" + digits(more % 100'000'000, 8);
    const std::string domain = "pbx" + digits((bits >> 32U) % 100, 2) + ".customers.example.net";
    const std::string host = private_address(more);
    statement += "(" + std::to_string(dlg_id) + ",";
    append_text(statement, {hex(bits, 16), "@", host});
    statement += ',';
    append_text(statement, {"sip:", from, "@", domain});
    statement += ',';
    append_text(statement, {hex(bits >> 8U, 8)});
    statement += ',';
    append_text(statement, {"sip:", to, "@", domain});
    statement += ',';
    append_text(statement, {"as", hex(more >> 8U, 8)});
    statement += ",NULL,NULL,'1','0',0,0,NULL,NULL,";
    append_text(statement, {"sip:", from, "@", host, ":5060;transport=udp"});
    statement += ',';
    append_text(statement, {"sip:", to, "@10.20.30.", std::to_string(more % 254 + 1), ":5060"});
    statement += ",'udp:198.51.100.10:5060','udp:198.51.100.10:5060',4," + std::to_string(started_at) + "," +
                 std::to_string(started_at + 43'200) + ",NULL,NULL,NULL,0,0,NULL,NULL,NULL)";
}

} // namespace sipkeep::bench
