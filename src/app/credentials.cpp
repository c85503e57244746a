// Finding and checking credentials files, and password files.
#include "sipkeep/app/credentials.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/sys/small_file.hpp"

#include "text.hpp"

#include <algorithm>

namespace sipkeep {

namespace {

constexpr std::size_t largest_option_file = 64 * 1024;
constexpr std::string_view credential_prefix = "credential:";

struct Source {
    std::string name; ///< the path, for messages
    std::string text;
};

std::string credential_path(const std::string& location, const std::string& directory) {
    const auto name = location.substr(credential_prefix.size());
    if (!is_word(name, "._-", 255) || name == "." || name == "..")
        throw UsageError(location + ": a credential's name holds letters, digits, '.', '_' and '-'");
    if (directory.empty())
        throw UsageError(location + ": no credentials directory; run under systemd with LoadCredential=" +
                         name + ":PATH, or give the file's path");
    return directory + '/' + name;
}

Source read_source(const std::string& location, const std::string& directory,
                   const std::string& secret = "a password") {
    // systemd itself guards its credentials; their mode says nothing (0440 and an ACL, or owned by root).
    const bool credential = location.rfind(credential_prefix, 0) == 0;
    const std::string path = credential ? credential_path(location, directory) : location;
    SmallFile file;
    try {
        file = read_small_file(path, largest_option_file);
    } catch (const Error& error) {
        throw UsageError(error.what());
    }
    if (!credential && (file.mode & 07U) != 0)
        throw UsageError(path + ": holds " + secret + ", but others may access it; run chmod o= " + path);
    if (!credential && !has_trusted_owner(file))
        throw UsageError(path + ": belongs to another user; run chown root " + path);
    if (file.text.find('\0') != std::string::npos) throw UsageError(path + ": is no text file");
    return {path, std::move(file.text)};
}

/// One assignment of a shell script, its value read without ever expanding anything.
class ShellValue {
public:
    ShellValue(std::string_view text, std::string where) : rest_(text), where_(std::move(where)) {}

    std::string read() {
        while (!rest_.empty() && rest_.front() != ' ' && rest_.front() != '\t') segment();
        const auto tail = trimmed(rest_);
        if (!tail.empty() && tail.front() != '#') fail("put a value with blanks into single quotes");
        return value_;
    }

private:
    [[noreturn]] void fail(const std::string& reason) const { throw UsageError(where_ + reason); }

    char take() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    void segment() {
        const char c = take();
        if (c == '\'') return single_quoted();
        if (c == '"') return double_quoted();
        if (c == '\\') {
            if (rest_.empty()) fail("a value can't go on in the next line");
            value_ += take();
            return;
        }
        refuse_expansion(c);
        if (std::string_view(";&|<>()").find(c) != std::string_view::npos || (c == '~' && value_.empty()))
            fail("put a value with special characters into single quotes");
        value_ += c;
    }

    void single_quoted() {
        const auto end = rest_.find('\'');
        if (end == std::string_view::npos) fail("the single quote is not closed in this line");
        value_ += rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
    }

    void double_quoted() {
        while (!rest_.empty()) {
            const char c = take();
            if (c == '"') return;
            const bool escape = c == '\\' && !rest_.empty();
            if (escape && std::string_view("\"\\$`").find(rest_.front()) != std::string_view::npos) {
                value_ += take();
                continue;
            }
            refuse_expansion(c);
            value_ += c;
        }
        fail("the double quote is not closed in this line");
    }

    void refuse_expansion(char c) const {
        if (c == '$' || c == '`')
            fail("'$' and '`' are not expanded; put the value into single quotes to mean them as they are");
    }

    std::string_view rest_;
    std::string where_;
    std::string value_;
};

bool is_name(std::string_view text) {
    return is_word(text, "_", 128) && (text.front() < '0' || text.front() > '9');
}

/// Name and raw value of a line NAME=.. or export NAME=..
std::optional<std::pair<std::string_view, std::string_view>> assignment(std::string_view line) {
    line = trimmed(line);
    if (line.rfind("export ", 0) == 0 || line.rfind("export\t", 0) == 0) line = trimmed(line.substr(7));
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || !is_name(line.substr(0, equals))) return std::nullopt;
    return std::pair{line.substr(0, equals), line.substr(equals + 1)};
}

bool is_known(std::string_view name) {
    return name == "DB_NAME" || name == "DB_USER" || name == "DB_PASS" || name == "DB_HOST" ||
           name == "DB_PORT";
}

void set(std::string_view name, std::string value, const std::string& where, Credentials& to) {
    if (name == "DB_NAME")
        to.database = std::move(value);
    else if (name == "DB_USER")
        to.user = std::move(value);
    else if (name == "DB_PASS")
        to.password = std::move(value);
    else if (name == "DB_HOST")
        to.host = std::move(value);
    else if (to.port = port_number(value); !to.port)
        throw UsageError(where + "expected a port from 1 to 65535");
}

Credentials parse_shell(std::string_view text, const std::string& name) {
    Credentials result;
    for (const auto& [number, line] : numbered_lines(text)) {
        const auto content = trimmed(line);
        if (content.empty() || content.front() == '#') continue;
        const auto found = assignment(content);
        if (!found)
            throw UsageError(position(name, number) + "only lines NAME=VALUE are understood; nothing is run");
        if (!is_known(found->first)) continue;
        const auto where = position(name, number) + std::string(found->first) + ": ";
        set(found->first, ShellValue(found->second, where).read(), where, result);
    }
    if (!result.password) throw UsageError(name + ": has no line DB_PASS=...");
    return result;
}

} // namespace

Credentials parse_password_file(std::string_view text, const std::string& name) {
    const auto lines = numbered_lines(text);
    const bool shell = std::any_of(lines.begin(), lines.end(), [](const auto& line) {
        const auto found = assignment(line.second);
        return found && is_known(found->first);
    });
    if (shell) return parse_shell(text, name);
    if (lines.empty() || trimmed(text).empty())
        throw UsageError(name + ": is empty; it should hold the password");
    if (lines.size() > 1)
        throw UsageError(position(name, 2) +
                         "expected one line with the password, or lines DB_USER=, DB_PASS=");
    Credentials result;
    result.password = std::string(lines.front().second);
    return result;
}

Credentials read_option_file(const std::string& location, const std::string& credentials_directory) {
    const auto source = read_source(location, credentials_directory);
    return parse_option_file(source.text, source.name);
}

Credentials read_password_file(const std::string& location, const std::string& credentials_directory) {
    const auto source = read_source(location, credentials_directory);
    return parse_password_file(source.text, source.name);
}

std::string read_key_file(const std::string& location, const std::string& credentials_directory) {
    const auto source = read_source(location, credentials_directory, "a key");
    const auto key = trimmed(source.text);
    if (key.empty()) throw UsageError(source.name + ": is empty; it should hold the key");
    return std::string(key);
}

void apply(const Credentials& credentials, DatabaseSettings& settings) {
    const auto lay = [](auto& target, const auto& source) {
        if (source) target = *source;
    };
    lay(settings.host, credentials.host);
    lay(settings.port, credentials.port);
    lay(settings.socket, credentials.socket);
    lay(settings.user, credentials.user);
    lay(settings.password, credentials.password);
    lay(settings.database, credentials.database);
    lay(settings.ssl_ca, credentials.ssl_ca);
    lay(settings.ssl_cert, credentials.ssl_cert);
    lay(settings.ssl_key, credentials.ssl_key);
    lay(settings.ssl_enforce, credentials.ssl_enforce);
    lay(settings.ssl_verify_server_cert, credentials.ssl_verify_server_cert);
    if (credentials.host && !credentials.host->empty() && *credentials.host != "localhost")
        settings.socket.clear();
}

} // namespace sipkeep
