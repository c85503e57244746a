// MySQL option files, read as the mysql client reads them.
#include "sipkeep/app/credentials.hpp"
#include "sipkeep/core/error.hpp"

#include "text.hpp"

#include <algorithm>
#include <array>

namespace sipkeep {

namespace {

/// One line "key = value" within a group. Complaints name the key, never the value.
struct Option {
    const std::string& file;
    std::size_t line;
    std::string key; ///< lower case, dashes
    bool has_value;
    std::string value;

    [[noreturn]] void fail(const std::string& reason) const {
        throw UsageError(position(file, line) + key + ": " + reason);
    }
};

/// A `#` outside quotes starts a comment, even in the middle of a word.
std::string_view without_end_comment(std::string_view line) {
    char quote = 0;
    bool escaped = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char c = line[at];
        if ((c == '\'' || c == '"') && !escaped) {
            if (quote == 0)
                quote = c;
            else if (quote == c)
                quote = 0;
        }
        if (quote == 0 && c == '#') return line.substr(0, at);
        escaped = quote != 0 && c == '\\' && !escaped;
    }
    return line;
}

std::string_view without_quotes(std::string_view value) {
    const bool quoted =
        value.size() > 1 && (value.front() == '"' || value.front() == '\'') && value.front() == value.back();
    return quoted ? value.substr(1, value.size() - 2) : value;
}

/// Escapes count without quotes, too; an unknown one stands for itself, backslash included.
std::string unescaped(std::string_view value) {
    constexpr std::string_view letters = "bnrts\"'\\";
    constexpr std::string_view meanings = "\b\n\r\t \"'\\";
    std::string result;
    for (std::size_t at = 0; at < value.size(); ++at) {
        const bool escape = value[at] == '\\' && at + 1 < value.size();
        const auto known = escape ? letters.find(value[at + 1]) : std::string_view::npos;
        if (known == std::string_view::npos) {
            result += value[at];
        } else {
            result += meanings[known];
            ++at;
        }
    }
    return result;
}

bool is_true(const Option& option) {
    if (!option.has_value) return true;
    const auto word = lower_case(option.value);
    if (word == "1" || word == "on" || word == "true") return true;
    if (word == "0" || word == "off" || word == "false") return false;
    option.fail("expected 0 or 1");
}

void set_ssl_mode(const Option& option, Credentials& to) {
    const auto mode = lower_case(option.value);
    const bool verify = mode == "verify_ca" || mode == "verify_identity";
    if (!verify && mode != "required" && mode != "preferred" && mode != "disabled")
        option.fail("expected DISABLED, PREFERRED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY");
    to.ssl_enforce = verify || mode == "required";
    to.ssl_verify_server_cert = verify;
    // The files alone would enforce TLS; empty they override what came before.
    if (mode == "disabled") to.ssl_ca = to.ssl_cert = to.ssl_key = std::string();
}

void set_ssl(bool on, Credentials& to) {
    to.ssl_enforce = on;
    if (!on) {
        to.ssl_verify_server_cert = false;
        to.ssl_ca = to.ssl_cert = to.ssl_key = std::string();
    }
}

struct TextOption {
    std::string_view key;
    std::optional<std::string> Credentials::*field;
};

constexpr std::array<TextOption, 7> text_options{{
    {"host", &Credentials::host},
    {"socket", &Credentials::socket},
    {"user", &Credentials::user},
    {"password", &Credentials::password},
    {"ssl-ca", &Credentials::ssl_ca},
    {"ssl-cert", &Credentials::ssl_cert},
    {"ssl-key", &Credentials::ssl_key},
}};

struct OtherOption {
    std::string_view key;
    void (*set)(const Option& option, Credentials& to);
};

void set_port(const Option& option, Credentials& to) {
    to.port = port_number(option.value);
    if (!to.port) option.fail("expected a port from 1 to 65535");
}

constexpr std::array<OtherOption, 8> other_options{{
    {"port", set_port},
    {"ssl-mode", set_ssl_mode},
    {"ssl", [](const Option& option, Credentials& to) { set_ssl(is_true(option), to); }},
    {"skip-ssl", [](const Option& option, Credentials& to) { set_ssl(!is_true(option), to); }},
    {"disable-ssl", [](const Option& option, Credentials& to) { set_ssl(!is_true(option), to); }},
    {"ssl-verify-server-cert",
     [](const Option& option, Credentials& to) { to.ssl_verify_server_cert = is_true(option); }},
    {"skip-ssl-verify-server-cert",
     [](const Option& option, Credentials& to) { to.ssl_verify_server_cert = !is_true(option); }},
    {"disable-ssl-verify-server-cert",
     [](const Option& option, Credentials& to) { to.ssl_verify_server_cert = !is_true(option); }},
}};

/// False when the option is unknown.
bool set(const Option& option, Credentials& to) {
    for (const auto& known : text_options) {
        if (option.key != known.key) continue;
        if (!option.has_value) option.fail("missing value; write " + option.key + "=...");
        to.*known.field = option.value;
        return true;
    }
    for (const auto& known : other_options) {
        if (option.key != known.key) continue;
        known.set(option, to);
        return true;
    }
    return false;
}

/// In a group of its own an unknown option is a slip of the pen; in [client] it is somebody else's.
/// It is not named: of a line such as "password: s3cret" all is the key.
void set_own(const Option& option, Credentials& to) {
    if (set(option, to)) return;
    std::vector<std::string_view> keys;
    for (const auto& known : text_options) keys.push_back(known.key);
    for (const auto& known : other_options) keys.push_back(known.key);
    const auto suggestion = nearest(option.key, keys);
    throw UsageError(position(option.file, option.line) + "unknown option" +
                     (suggestion.empty() ? "" : "; did you mean " + std::string(suggestion) + "?"));
}

Option option_of(std::string_view line, const std::string& file, std::size_t number) {
    line = without_end_comment(line);
    const auto equals = line.find('=');
    std::string key = lower_case(trimmed(line.substr(0, equals)));
    std::replace(key.begin(), key.end(), '_', '-');
    const bool has_value = equals != std::string_view::npos;
    auto value = has_value ? unescaped(without_quotes(trimmed(line.substr(equals + 1)))) : std::string();
    return {file, number, std::move(key), has_value, std::move(value)};
}

/// Fields of `over` that are present win.
void lay_over(Credentials& under, const Credentials& over) {
    const auto lay = [](auto& target, const auto& source) {
        if (source) target = source;
    };
    for (const auto& known : text_options) lay(under.*known.field, over.*known.field);
    lay(under.port, over.port);
    lay(under.ssl_enforce, over.ssl_enforce);
    lay(under.ssl_verify_server_cert, over.ssl_verify_server_cert);
}

} // namespace

Credentials parse_option_file(std::string_view text, const std::string& name) {
    Credentials client;
    Credentials sipkeep;
    std::string group;
    for (const auto& [number, raw] : numbered_lines(text)) {
        const auto line = trimmed(raw);
        const std::string at = position(name, number);
        if (line.empty() || line.front() == '#' || line.front() == ';') continue;
        if (line.front() == '!')
            throw UsageError(at + "!include and !includedir are not followed; put [client] into this file");
        if (line.front() == '[') {
            const auto end = line.find(']');
            if (end == std::string_view::npos) throw UsageError(at + "the group has no closing ']'");
            group = trimmed(line.substr(1, end - 1));
            continue;
        }
        if (group.empty()) throw UsageError(at + "an option before any group; start the file with [client]");
        // Both groups are collected first, because [sipkeep] wins wherever it stands in the file.
        if (group == "client") set(option_of(line, name, number), client);
        if (group == "sipkeep") set_own(option_of(line, name, number), sipkeep);
    }
    lay_over(client, sipkeep);
    return client;
}

} // namespace sipkeep
