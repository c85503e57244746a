#include "sipkeep/core/redaction.hpp"
#include "sipkeep/core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace sipkeep {

namespace {

/// Four numbers up to 255; empty when the text is none.
std::vector<std::string_view> ipv4_parts(std::string_view text) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto part = text.substr(0, text.find('.'));
        unsigned value = 0;
        const bool number = !part.empty() && part.size() <= 3 && std::ranges::all_of(part, is_digit);
        if (number) std::from_chars(part.data(), part.data() + part.size(), value);
        if (!number || value > 255 || parts.size() == 4) return {};
        parts.push_back(part);
        if (part.size() == text.size()) break;
        text.remove_prefix(part.size() + 1);
    }
    return parts.size() == 4 ? parts : std::vector<std::string_view>{};
}

/// The 16-bit groups between colons; an IPv4 address at the end counts for two. Nullopt: they are none.
std::optional<std::vector<unsigned>> groups_in(std::string_view text) {
    std::vector<unsigned> groups;
    while (!text.empty()) {
        const auto group = text.substr(0, text.find(':'));
        const bool last = group.size() == text.size();
        if (last && !ipv4_parts(group).empty()) {
            groups.insert(groups.end(), {0, 0}); // far behind the bits that stay
            return groups;
        }
        if (group.empty() || group.size() > 4 || !std::ranges::all_of(group, is_hex_digit))
            return std::nullopt;
        unsigned value = 0;
        std::from_chars(group.data(), group.data() + group.size(), value, 16);
        groups.push_back(value);
        if (last) return groups;
        text.remove_prefix(group.size() + 1);
        if (text.empty()) return std::nullopt;
    }
    return groups;
}

/// The first three groups of an IPv6 address; nullopt when the text is none.
std::optional<std::array<unsigned, 3>> ipv6_prefix(std::string_view text) {
    constexpr std::size_t all_groups = 8;
    const auto gap = text.find("::");
    const auto before = groups_in(text.substr(0, gap));
    const auto after =
        gap == std::string_view::npos ? std::vector<unsigned>{} : groups_in(text.substr(gap + 2));
    if (!before || !after) return std::nullopt;
    const std::size_t known = before->size() + after->size();
    if (gap == std::string_view::npos ? known != all_groups : known >= all_groups) return std::nullopt;
    std::vector<unsigned> groups = *before;
    groups.resize(all_groups - after->size());
    groups.insert(groups.end(), after->begin(), after->end());
    return std::array<unsigned, 3>{groups[0], groups[1], groups[2]};
}

std::string hex_of(unsigned group) {
    std::array<char, 4> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), group, 16).ptr;
    return {digits.data(), end};
}

std::string truncated_ipv6(const std::array<unsigned, 3>& prefix) {
    std::size_t count = prefix.size();
    while (count > 0 && prefix.at(count - 1) == 0) --count;
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ":") + hex_of(prefix.at(i));
    return text + "::";
}

/// A run of hex digits, dots and colons, or nullopt when no address stands there.
std::optional<std::string> truncated(std::string_view run) {
    if (std::ranges::count(run, ':') >= 2)
        if (const auto prefix = ipv6_prefix(run)) return truncated_ipv6(*prefix);
    // An IPv4 address with what stands around it: "203.0.113.5:5060".
    const auto address = run.substr(0, run.find(':'));
    const auto parts = ipv4_parts(address);
    if (parts.empty()) return std::nullopt;
    return std::string(address.substr(0, address.size() - parts.back().size())) + "0" +
           std::string(run.substr(address.size()));
}

} // namespace

std::string truncate_addresses(std::string_view text) {
    const auto in_run = [](char c) { return is_hex_digit(c) || c == ':' || c == '.'; };
    const auto in_name = [](char c) {
        return is_digit(c) || is_letter(c) || c == '-' || c == '_' || c == '.';
    };
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && in_run(text[end])) ++end;
        if (end == at) {
            result += text[at++];
            continue;
        }
        std::string_view run = text.substr(at, end - at);
        at = end;
        // The colon behind a scheme, and the dot or colon at the end of a sentence, belong to no address.
        const auto lead = run.find_first_not_of(':') == 1 ? 1U : 0U;
        auto tail = run.size();
        while (tail > lead &&
               (run[tail - 1] == '.' || (run[tail - 1] == ':' && (tail < 2 || run[tail - 2] != ':'))))
            --tail;
        const auto begin = static_cast<std::size_t>(run.data() - text.data());
        const bool part_of_name =
            (lead == 0 && begin > 0 && in_name(text[begin - 1])) ||
            (end < text.size() && tail == run.size() && in_name(text[end])) ||
            (end < text.size() && tail < run.size() && run[tail] == '.' && in_name(text[end]));
        const auto shorter = part_of_name ? std::nullopt : truncated(run.substr(lead, tail - lead));
        result += shorter ? std::string(run.substr(0, lead)) + *shorter + std::string(run.substr(tail))
                          : std::string(run);
    }
    return result;
}

} // namespace sipkeep
