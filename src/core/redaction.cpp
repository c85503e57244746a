#include "sipkeep/core/redaction.hpp"

#include "sipkeep/core/sip_uri.hpp"
#include "sipkeep/core/text.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace sipkeep {

namespace {

constexpr std::array<std::pair<RedactAction, const char*>, 4> actions{
    {{RedactAction::pseudonym, "pseudonym"},
     {RedactAction::truncate, "truncate"},
     {RedactAction::pseudonym_truncate, "pseudonym+truncate"},
     {RedactAction::drop, "drop"}}};

/// Width of the history's columns, in characters.
constexpr std::size_t longest_text = 255;
constexpr std::size_t name_digits = 16;
constexpr std::size_t check_digits = 8;

std::string hex_of(const std::string& bytes, std::size_t digits) {
    std::string text = to_hex(bytes).substr(0, digits);
    std::ranges::transform(text, text.begin(), ascii_lower);
    return text;
}

bool contains(std::initializer_list<std::string_view> list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

/// Empty, or why a column has to stay as it is.
std::string needed_for(const TableSpec& table, std::string_view column) {
    const auto found = std::ranges::find(table.columns, column, &Column::name);
    if (found == table.columns.end()) return "";
    if (found->role == ColumnRole::key) return "rows are told apart by it";
    if (found->role == ColumnRole::refresh) return "refreshes are told by it";
    if (contains({"start_time"}, column)) return "calls are told apart by it";
    if (table.name == acc_table().name &&
        contains({"method", "sip_code", "time", "setuptime", "created", "duration", "ms_duration"}, column))
        return "calls are counted by it";
    return "";
}

/// Empty, or why a column can't be NULL.
std::string kept_for(const TableSpec& table, std::string_view column) {
    if (table.name == dialog_table().name && contains({"callid", "from_tag"}, column))
        return "calls are told apart by it";
    if (table.name == location_table().name && column == "contact")
        return "registrations are told apart by it";
    return "";
}

bool can_only_be_dropped(std::string_view column) {
    return contains({"caller_ping_cseq", "callee_ping_cseq", "state", "timeout", "module_flags", "flags", "q",
                     "methods", "vars", "profiles", "kv_store", "extra", "domain"},
                    column);
}

/// "transport=tcp", "lr": parameters that tell how, not who.
bool tells_nobody(std::string_view parameter) {
    std::string name(parameter.substr(0, parameter.find('=')));
    std::ranges::transform(name, name.begin(), ascii_lower);
    return contains({"transport", "user", "lr", "ob"}, name);
}

std::string kept_parameters(std::string_view parameters, const std::optional<std::string>& phone_context) {
    std::string kept = phone_context ? ";phone-context=" + *phone_context : "";
    while (!parameters.empty()) {
        parameters.remove_prefix(1); // the ';'
        const std::string_view parameter = parameters.substr(0, parameters.find(';'));
        if (tells_nobody(parameter)) kept += ";" + std::string(parameter);
        parameters.remove_prefix(parameter.size());
    }
    return kept;
}

} // namespace

const char* to_string(RedactAction action) {
    return actions.at(static_cast<std::size_t>(action)).second;
}

std::optional<RedactAction> redact_action(std::string_view text) {
    for (const auto& [action, name] : actions)
        if (name == text) return action;
    return std::nullopt;
}

std::vector<std::string_view> redactable(const TableSpec& table) {
    std::vector<std::string_view> names;
    for (const Column& column : table.columns)
        if (!column.own) names.push_back(column.name);
    if (table.name == acc_table().name) names.insert(names.end(), {caller_rule, callee_rule});
    return names;
}

std::string redact_refusal(const TableSpec& table, std::string_view column, RedactAction action) {
    if (const std::string why = needed_for(table, column); !why.empty())
        return "has to stay as it is: " + why;
    if (action == RedactAction::drop) {
        const std::string why = kept_for(table, column);
        return why.empty() ? "" : "can't be dropped: " + why + "; make it a pseudonym";
    }
    return can_only_be_dropped(column) ? "can only be dropped" : "";
}

std::string Pseudonyms::check_of(std::string_view name) const {
    return hex_of(hash_("check:" + std::string(name)), check_digits);
}

bool Pseudonyms::is_one(std::string_view text) const {
    return text.size() == name_digits + check_digits &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
           check_of(text.substr(0, name_digits)) == text.substr(name_digits);
}

std::string Pseudonyms::of(std::string_view text) const {
    if (text.empty() || is_one(text)) return std::string(text);
    const std::string name = hex_of(hash_("name:" + std::string(text)), name_digits);
    return name + check_of(name);
}

std::string Pseudonyms::of_uri(std::string_view text) const {
    const auto parts = split_sip_uri(text);
    if (!parts) return of(text);
    const SipUri parsed = parse_sip_uri(text);
    std::string uri = std::string(parts->scheme) + ":";
    if (!parts->user.empty()) uri += of(parsed.user ? std::string_view(*parsed.user) : parts->user);
    const bool has_host = !parts->host.empty();
    if (has_host) uri += (parts->user.empty() ? "" : "@") + std::string(parts->host);
    const std::string parameters =
        kept_parameters(parts->parameters, has_host ? std::nullopt : parsed.domain);
    const auto shaped = [&](const std::string& inner) {
        return parts->in_brackets ? "<" + inner + ">" : inner;
    };
    const auto fits = [&](const std::string& made) {
        return made.size() <= std::max(longest_text, text.size());
    };
    if (fits(shaped(uri + parameters))) return shaped(uri + parameters);
    return fits(shaped(uri)) ? shaped(uri) : of(text);
}

std::string Pseudonyms::of_party(std::string_view text) const {
    const auto at = text.find('@');
    if (text.find(':') != std::string_view::npos || at == std::string_view::npos) return of_uri(text);
    constexpr std::string_view scheme = "sip:";
    const std::string uri = of_uri(std::string(scheme) + std::string(text));
    return uri.starts_with(scheme) ? uri.substr(scheme.size()) : uri;
}

} // namespace sipkeep
