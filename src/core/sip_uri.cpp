#include "sipkeep/core/sip_uri.hpp"

#include "sipkeep/core/text.hpp"

#include <algorithm>
#include <cstdint>

namespace sipkeep {

namespace {

constexpr std::size_t longest_part = 255;
constexpr auto npos = std::string_view::npos;

int hex_value(char c) {
    return is_digit(c) ? c - '0' : ascii_lower(c) - 'a' + 10;
}
bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
    return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                      [](char a, char b) { return ascii_lower(a) == b; });
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// The next code point, taken off `text`; nothing when the bytes are no UTF-8 (overlong, surrogate, cut, too
/// large).
std::optional<std::uint32_t> take_code_point(std::string_view& text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xc0 ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf8 ? 4
                                             : 0;
    if (length == 0 || text.size() < length) return std::nullopt;
    std::uint32_t point = length == 1 ? lead : lead & (0x7fU >> length);
    for (const char byte : text.substr(1, length - 1)) {
        const auto next = static_cast<unsigned char>(byte);
        if ((next & 0xc0U) != 0x80) return std::nullopt;
        point = point << 6U | (next & 0x3fU);
    }
    const std::uint32_t smallest = length == 1 ? 0 : length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
    if (point < smallest || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return std::nullopt;
    text.remove_prefix(length);
    return point;
}

bool is_printable_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto point = take_code_point(text);
        if (!point || *point < 0x20 || (*point >= 0x7f && *point < 0xa0)) return false;
    }
    return true;
}

/// Nothing when an escape is malformed.
std::optional<std::string> percent_decoded(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            result += text[i];
            continue;
        }
        if (text.size() - i < 3 || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2]))
            return std::nullopt;
        result += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
        i += 2;
    }
    return result;
}

std::optional<std::string> user_text(std::string_view written) {
    if (written.size() > 3 * longest_part) return std::nullopt;
    const auto decoded = percent_decoded(written);
    std::string user = decoded && is_printable_utf8(*decoded) ? *decoded : std::string(written);
    return user.size() <= longest_part ? std::optional(std::move(user)) : std::nullopt;
}

std::optional<std::string> domain_text(std::string_view written) {
    if (written.size() > longest_part) return std::nullopt;
    std::string domain(written);
    std::transform(domain.begin(), domain.end(), domain.begin(), ascii_lower);
    return domain;
}

bool is_ipv4(std::string_view text) {
    int parts = 0;
    for (;;) {
        const auto part = text.substr(0, text.find('.'));
        int value = 0;
        if (part.empty() || part.size() > 3 || !std::all_of(part.begin(), part.end(), is_digit)) return false;
        for (const char c : part) value = value * 10 + (c - '0');
        if (value > 255 || ++parts > 4) return false;
        if (part.size() == text.size()) return parts == 4;
        text.remove_prefix(part.size() + 1);
    }
}

/// A host name without the dot at its end, or an IPv4 address. '_' is no letter of a host name, but is in
/// use.
bool is_host_name(std::string_view text) {
    if (text.empty() || text.front() == '.' || text.back() == '.' || text.find("..") != npos) return false;
    if (!std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.'; }))
        return false;
    // A last label of digits alone is an address, or the number of somebody who left out the host.
    const auto last = text.substr(text.rfind('.') + 1);
    return !std::all_of(last.begin(), last.end(), is_digit) || is_ipv4(text);
}

/// With its brackets. What stands in them is checked as far as it keeps rubbish out: hex groups, colons, an
/// IPv4 tail.
bool is_ipv6_reference(std::string_view text) {
    if (text.size() < 4 || text.size() > 47 || text.front() != '[' || text.back() != ']') return false;
    const auto inner = text.substr(1, text.size() - 2);
    return std::count(inner.begin(), inner.end(), ':') >= 2 &&
           std::all_of(inner.begin(), inner.end(),
                       [](char c) { return is_hex_digit(c) || c == ':' || c == '.'; });
}

bool is_port(std::string_view text) {
    if (text.empty() || text.size() > 5 || !std::all_of(text.begin(), text.end(), is_digit)) return false;
    int value = 0;
    for (const char c : text) value = value * 10 + (c - '0');
    return value <= 65535;
}

/// The host of "host[:port]", nothing when either is wrong.
std::optional<std::string_view> host_of(std::string_view host_port) {
    const auto bracket = host_port.find(']');
    const auto colon = host_port.find(':', bracket == npos ? 0 : bracket);
    auto host = host_port.substr(0, colon);
    if (colon != npos && !is_port(host_port.substr(colon + 1))) return std::nullopt;
    if (is_ipv6_reference(host)) return host;
    if (host.size() > 1 && host.back() == '.') host.remove_suffix(1);
    return is_host_name(host) ? std::optional(host) : std::nullopt;
}

/// What follows "sip:" or "sips:".
SipUri parse_sip(std::string_view rest) {
    const auto at = rest.find('@');
    if (at != npos && rest.find('@', at + 1) != npos) return {};
    const auto after_user = at == npos ? rest : rest.substr(at + 1);
    const auto host = host_of(after_user.substr(0, after_user.find_first_of(";?")));
    if (!host) return {};
    if (at == npos) return {std::nullopt, domain_text(*host)};
    const auto user_info = rest.substr(0, at);
    const auto user = user_info.substr(0, user_info.find_first_of(":;"));
    return user.empty() ? SipUri{} : SipUri{user_text(user), domain_text(*host)};
}

std::optional<std::string> phone_context(std::string_view parameters) {
    constexpr std::string_view name = "phone-context=";
    while (!parameters.empty()) {
        auto parameter = parameters.substr(0, parameters.find(';'));
        parameters.remove_prefix(std::min(parameter.size() + 1, parameters.size()));
        if (!equals_ignoring_case(parameter.substr(0, name.size()), name)) continue;
        parameter.remove_prefix(name.size());
        if (parameter.size() > 1 && parameter.back() == '.') parameter.remove_suffix(1);
        return is_host_name(parameter) && !is_ipv4(parameter) ? domain_text(parameter) : std::nullopt;
    }
    return std::nullopt;
}

/// What follows "tel:": digits, visual separators, and in local numbers hex digits, '*' and '#'.
SipUri parse_tel(std::string_view rest) {
    const auto end = std::min(rest.find(';'), rest.size());
    const auto number = rest.substr(0, end);
    const bool global = !number.empty() && number.front() == '+';
    const auto digits = number.substr(global ? 1 : 0);
    const auto is_phone_digit = [global](char c) {
        return is_digit(c) || (!global && (is_hex_digit(c) || c == '*' || c == '#'));
    };
    if (!std::any_of(digits.begin(), digits.end(), is_phone_digit) ||
        !std::all_of(digits.begin(), digits.end(),
                     [&](char c) { return is_phone_digit(c) || std::string_view("-.()").find(c) != npos; }))
        return {};
    return {user_text(number), phone_context(rest.substr(std::min(end + 1, rest.size())))};
}

/// What is left of `text` after its quoted string; nothing when the string does not end.
std::optional<std::string_view> after_quoted_string(std::string_view text) {
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            return text.substr(i + 1);
    }
    return std::nullopt;
}

/// The URI of a name-addr or a bare URI; nothing when quotes or angle brackets don't add up.
std::optional<std::string_view> addr_spec(std::string_view text) {
    const bool quoted = !text.empty() && text.front() == '"';
    if (quoted) {
        const auto rest = after_quoted_string(text);
        if (!rest) return std::nullopt;
        text = trimmed(*rest);
    }
    const auto open = text.find('<');
    if (open == npos) return quoted ? std::nullopt : std::optional(text);
    const auto close = text.find('>', open);
    if (close == npos || (quoted && open != 0) || text.substr(0, open).find('"') != npos) return std::nullopt;
    const auto tail = trimmed(text.substr(close + 1));
    if (!tail.empty() && tail.front() != ';') return std::nullopt;
    return text.substr(open + 1, close - open - 1);
}

} // namespace

SipUri parse_sip_uri(std::string_view text) {
    text = trimmed(text);
    if (std::any_of(text.begin(), text.end(), is_control)) return {};
    const auto uri = addr_spec(text);
    if (!uri || uri->find_first_of(" \"<>") != npos) return {};
    const auto colon = uri->find(':');
    if (colon == npos) return {};
    const auto scheme = uri->substr(0, colon);
    const auto rest = uri->substr(colon + 1);
    if (equals_ignoring_case(scheme, "sip") || equals_ignoring_case(scheme, "sips")) return parse_sip(rest);
    if (equals_ignoring_case(scheme, "tel")) return parse_tel(rest);
    return {};
}

std::optional<SipUriParts> split_sip_uri(std::string_view text) {
    const SipUri parsed = parse_sip_uri(text);
    const auto uri = addr_spec(trimmed(text));
    if ((!parsed.user && !parsed.domain) || !uri) return std::nullopt;
    const auto colon = uri->find(':');
    SipUriParts parts;
    parts.scheme = uri->substr(0, colon);
    parts.in_brackets = uri->size() < trimmed(text).size();
    auto rest = uri->substr(colon + 1);
    if (!equals_ignoring_case(parts.scheme, "tel")) {
        const auto at = rest.find('@');
        if (at != npos) parts.user = rest.substr(0, std::min(at, rest.find_first_of(":;")));
        if (at != npos) rest.remove_prefix(at + 1);
        parts.host = rest.substr(0, rest.find_first_of(";?"));
        rest.remove_prefix(parts.host.size());
        rest = rest.substr(0, rest.find('?'));
    } else {
        parts.user = rest.substr(0, rest.find(';'));
        rest.remove_prefix(parts.user.size());
    }
    parts.parameters = rest;
    return parts;
}

SipUri parse_party(std::string_view text) {
    if (text.find(':') != npos) return parse_sip_uri(text);
    if (text.find('@') != npos) return parse_sip_uri("sip:" + std::string(text));
    const bool plain =
        !text.empty() && text.size() <= longest_part &&
        std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~' && c != '<'; });
    return plain ? SipUri{.user = std::string(text), .domain = {}} : SipUri{};
}

} // namespace sipkeep
