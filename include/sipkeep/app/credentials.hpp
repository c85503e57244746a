// Where user, password and address of a database come from: files only, never argv or the environment.
#pragma once

#include "sipkeep/db/database_settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sipkeep {

/// What a credentials file says; a field it does not mention is absent.
struct Credentials {
    std::optional<std::string> host;
    std::optional<std::uint16_t> port;
    std::optional<std::string> socket;
    std::optional<std::string> user;
    std::optional<std::string> password; ///< secret
    std::optional<std::string> database; ///< DB_NAME of a shell-style password file
    std::optional<std::string> ssl_ca;
    std::optional<std::string> ssl_cert;
    std::optional<std::string> ssl_key;
    std::optional<bool> ssl_enforce;
    std::optional<bool> ssl_verify_server_cert;
};

/// Parses a MySQL option file as the mysql client does: `[client]`, and `[sipkeep]` over it; other groups are
/// skipped, and so are unknown options of `[client]`. `!include` and `!includedir` are refused.
/// Throws UsageError "NAME:LINE: KEY: ..." which never holds a value.
/// Source: MySQL Reference Manual, "Using Option Files"; mysys/my_default.c.
[[nodiscard]] Credentials parse_option_file(std::string_view text, const std::string& name);

/// Parses a password file: one line that is the password itself, or lines DB_USER=.., DB_PASS=.., DB_NAME=..,
/// DB_HOST=.., DB_PORT=.. as a shell would source them (quotes, `export`, comments), except that nothing is
/// expanded or run: an unescaped `$` or backtick is refused. Throws UsageError "NAME:LINE: KEY: ..." which
/// never holds a value.
[[nodiscard]] Credentials parse_password_file(std::string_view text, const std::string& name);

/// Reads a credentials file of at most 64 KiB. `location` is a path or `credential:NAME`, a file of that name
/// in `credentials_directory` (systemd's $CREDENTIALS_DIRECTORY, empty when there is none). A file elsewhere
/// must give others no access and be of a trusted owner. Symbolic links are followed; what is checked is
/// their target. Throws UsageError naming the path.
[[nodiscard]] Credentials read_option_file(const std::string& location,
                                           const std::string& credentials_directory);
[[nodiscard]] Credentials read_password_file(const std::string& location,
                                             const std::string& credentials_directory);

/// The key in a file, found and checked in the same way: all it holds but blanks and line ends around it.
/// Throws UsageError naming the path.
[[nodiscard]] std::string read_key_file(const std::string& location,
                                        const std::string& credentials_directory);

/// Lays what `credentials` say over `settings`. As in the mysql client, a socket counts only for localhost:
/// one given beside another host is dropped.
void apply(const Credentials& credentials, DatabaseSettings& settings);

} // namespace sipkeep
