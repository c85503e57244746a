#include "config_values.hpp"

#include "sipkeep/core/error.hpp"

#include "text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <limits>
#include <system_error>

namespace sipkeep {

namespace {

using Json = nlohmann::ordered_json;

struct Unit {
    std::string_view name;
    std::uint64_t size;
};

constexpr std::array<Unit, 4> duration_units{{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};

constexpr std::uint64_t kib = 1024;
constexpr std::array<Unit, 10> size_units{{{"TiB", kib* kib* kib* kib},
                                           {"GiB", kib* kib* kib},
                                           {"MiB", kib* kib},
                                           {"KiB", kib},
                                           {"TB", 1'000'000'000'000},
                                           {"GB", 1'000'000'000},
                                           {"MB", 1'000'000},
                                           {"KB", 1000},
                                           {"kB", 1000},
                                           {"B", 1}}};

/// A whole number and one of the units; nothing when it is neither or too large to be counted.
template <std::size_t Count>
std::optional<std::uint64_t> quantity(std::string_view text, const std::array<Unit, Count>& units) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return std::nullopt;
    const auto unit = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
    const auto* const found =
        std::find_if(units.begin(), units.end(), [unit](const Unit& u) { return u.name == unit; });
    if (found == units.end()) return std::nullopt;
    if (number > std::numeric_limits<std::uint64_t>::max() / found->size) return std::nullopt;
    return number * found->size;
}

std::uint64_t duration_ms(const ConfigNode& node) {
    const auto value = quantity(scalar(node, "a duration such as 60s, 2m or 500ms"), duration_units);
    if (!value) throw UsageError("expected a duration such as 60s, 2m or 500ms");
    return *value;
}

void check_timezone(const std::string& name) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    const fs::path zones = "/usr/share/zoneinfo";
    const bool named = is_word(name, "_+-/", 64) && name.front() != '/';
    // Without the zone files nothing can be said here; UTC needs none.
    if (named && (name == "UTC" || !fs::exists(zones, ignored) || fs::is_regular_file(zones / name, ignored)))
        return;
    throw UsageError("expected a time zone of this machine such as UTC or Europe/Berlin");
}

void check_text(const std::string& text, TextRule rule) {
    if (text.empty()) throw UsageError("missing value");
    if (std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }))
        throw UsageError("holds a control character");
    const bool absolute = text.front() == '/';
    switch (rule) {
    case TextRule::line:
        return;
    case TextRule::node:
        if (!is_word(text, "._-", 64)) throw UsageError("expected 1 to 64 letters, digits, '.', '_' or '-'");
        return;
    case TextRule::path:
        if (!absolute) throw UsageError("expected a path from the root on, such as /run/sipkeep");
        return;
    case TextRule::credential:
        if (!absolute && text.rfind("credential:", 0) != 0)
            throw UsageError("expected a path from the root on, or credential:NAME");
        return;
    case TextRule::identifier:
        if (!is_word(text, "_$-", 64)) throw UsageError("expected 1 to 64 letters, digits, '_', '$' or '-'");
        return;
    case TextRule::timezone:
        return check_timezone(text);
    }
}

} // namespace

// string_view, because g++ 13 suspects the result to point into a std::string made for the call
// (-Wdangling-reference).
const std::string& scalar(const ConfigNode& node, std::string_view what) {
    const std::string expected(what);
    switch (node.kind) {
    case ConfigNode::Kind::scalar:
        return node.text;
    case ConfigNode::Kind::empty:
        throw UsageError("missing value; expected " + expected);
    case ConfigNode::Kind::list:
        throw UsageError("expected " + expected + ", not a list");
    case ConfigNode::Kind::map:
        break;
    }
    throw UsageError("expected " + expected + ", not a section");
}

bool is_none(const ConfigNode& node) {
    return node.kind == ConfigNode::Kind::scalar && node.text == "none";
}

void read_text(const ConfigNode& node, TextRule rule, std::string& value) {
    const auto& text = scalar(node, "a text");
    check_text(text, rule);
    value = text;
}

void read_value(const ConfigNode& node, bool& value) {
    const auto& text = scalar(node, "true or false");
    if (text != "true" && text != "false") throw UsageError("expected true or false");
    value = text == "true";
}

void read_value(const ConfigNode& node, std::optional<bool>& value) {
    read_value(node, value.emplace());
}

void read_value(const ConfigNode& node, std::uint16_t& port) {
    const auto number = port_number(scalar(node, "a port"));
    if (!number) throw UsageError("expected a port from 1 to 65535");
    port = *number;
}

void read_value(const ConfigNode& node, Milliseconds& duration) {
    const auto value = duration_ms(node);
    if (value < 1 || value > 3'600'000) throw UsageError("expected 1ms to 1h");
    duration = Milliseconds{static_cast<Milliseconds::rep>(value)};
}

void read_value(const ConfigNode& node, Seconds& interval) {
    constexpr std::uint64_t day = 86'400'000;
    const auto value = duration_ms(node);
    if (value < 1000 || value % 1000 != 0 || day % value != 0)
        throw UsageError("expected whole seconds that divide a day evenly, such as 1s, 30s, 60s, 5m or 1h");
    interval = Seconds{static_cast<Seconds::rep>(value / 1000)};
}

void read_value(const ConfigNode& node, std::uint64_t& bytes) {
    const auto value = quantity(scalar(node, "a size such as 10GiB or 500MB"), size_units);
    if (!value) throw UsageError("expected a size such as 10GiB or 500MB");
    if (*value < kib * kib || *value > kib * kib * kib * kib * kib)
        throw UsageError("expected 1MiB to 1024TiB");
    bytes = *value;
}

void read_value(const ConfigNode& node, int& captures) {
    const auto& text = scalar(node, "a number of captures");
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 1 || value > 10080)
        throw UsageError("expected a number of captures from 1 to 10080");
    captures = value;
}

void read_value(const ConfigNode& node, std::chrono::days& age) {
    const auto& text = scalar(node, "a number of days such as 2d");
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || std::string_view(end) != "d" || value < 1 || value > 3650)
        throw UsageError("expected 1d to 3650d");
    age = std::chrono::days{value};
}

void read_value(const ConfigNode& node, KeptFor& kept) {
    const auto& text = scalar(node, "an age such as 400d or 2y, or forever");
    if (text == "forever") {
        kept.reset();
        return;
    }
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool years = std::string_view(end) == "y";
    if (error != std::errc{} || (!years && std::string_view(end) != "d") || value < 1 ||
        value > (years ? 100 : 36500))
        throw UsageError("expected 1d to 36500d, 1y to 100y (of 365 days), or forever");
    kept = std::chrono::days{years ? 365 * value : value};
}

void read_value(const ConfigNode& node, std::optional<std::uint64_t>& bytes) {
    if (scalar(node, "a size such as 200GiB, or none") == "none") {
        bytes.reset();
        return;
    }
    read_value(node, bytes.emplace());
}

void read_value(const ConfigNode& node, StatisticsChoice& choice) {
    constexpr const char* expected = "all, none, or a list of groups such as [core, tm, dialog]";
    if (node.kind != ConfigNode::Kind::list) {
        const auto& text = scalar(node, expected);
        if (text != "all" && text != "none") throw UsageError(std::string("expected ") + expected);
        choice = {text == "all", {}};
        return;
    }
    choice = {false, {}};
    if (node.children.empty()) throw UsageError("an empty list; write none, or name groups");
    if (node.children.size() > 200) throw UsageError("more than 200 groups; write all");
    for (const auto& child : node.children) {
        const auto& group = scalar(child, "the name of a group");
        if (!is_word(group, "._-", 64))
            throw UsageError("a group's name holds letters, digits, '.', '_' and '-'");
        if (std::find(choice.groups.begin(), choice.groups.end(), group) != choice.groups.end())
            throw UsageError("group " + group + " is given twice");
        choice.groups.push_back(group);
    }
}

Json shown(const std::string& text) {
    return text;
}
Json shown(bool value) {
    return value;
}
Json shown(std::uint16_t port) {
    return port;
}
Json shown(int captures) {
    return captures;
}
Json shown(Seconds interval) {
    return std::to_string(interval.count()) + "s";
}

Json shown(std::chrono::days age) {
    return std::to_string(age.count()) + "d";
}

Json shown(const KeptFor& kept) {
    if (!kept) return "forever";
    return kept->count() % 365 == 0 ? Json(std::to_string(kept->count() / 365) + "y") : shown(*kept);
}

Json shown(const std::optional<std::uint64_t>& bytes) {
    return bytes ? shown(*bytes) : Json("none");
}

Json shown(Milliseconds duration) {
    const auto count = duration.count();
    return count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms";
}

Json shown(std::uint64_t bytes) {
    for (const auto& unit : size_units)
        if (bytes >= unit.size && bytes % unit.size == 0)
            return std::to_string(bytes / unit.size) + std::string(unit.name);
    return std::to_string(bytes) + "B";
}

Json shown(const StatisticsChoice& choice) {
    if (choice.all) return "all";
    if (choice.none()) return "none";
    return choice.groups;
}

void read_value(const ConfigNode& node, std::optional<Milliseconds>& duration) {
    duration.reset();
    if (is_none(node)) return;
    Milliseconds given{0};
    read_value(node, given);
    duration = given;
}

void read_value(const ConfigNode& node, const TableSpec& table, RedactRules& rules) {
    if (node.kind != ConfigNode::Kind::map)
        throw UsageError("expected columns and what becomes of them, as { from_uri: pseudonym }");
    rules.clear();
    const std::vector<std::string_view> known = redactable(table);
    for (const ConfigNode& rule : node.children) {
        const bool extra = rule.key.starts_with(extra_prefix) && rule.key.size() > extra_prefix.size();
        if (!extra && std::find(known.begin(), known.end(), rule.key) == known.end()) {
            const auto suggestion = nearest(rule.key, known);
            throw InnerKeyError(
                rule, "unknown column; " +
                          (suggestion.empty() ? "" : "did you mean " + std::string(suggestion) + "? ") +
                          "a column of your own is named extra." + rule.key);
        }
        const auto action = rule.kind == ConfigNode::Kind::scalar ? redact_action(rule.text) : std::nullopt;
        if (!action) throw InnerKeyError(rule, "expected pseudonym, truncate, pseudonym+truncate or drop");
        const std::string refusal = extra ? "" : redact_refusal(table, rule.key, *action);
        if (!refusal.empty()) throw InnerKeyError(rule, refusal);
        rules.emplace(rule.key, *action);
    }
}

Json shown(const RedactRules& rules) {
    if (rules.empty()) return "";
    Json object = Json::object();
    for (const auto& [column, action] : rules) object[column] = to_string(action);
    return object;
}

Json shown(const std::optional<Milliseconds>& duration) {
    return duration ? shown(*duration) : Json("none");
}

} // namespace sipkeep
