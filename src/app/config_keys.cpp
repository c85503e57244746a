#include "config_keys.hpp"

#include "sipkeep/mi/transport.hpp"

#include "config_values.hpp"

#include <iterator>
#include <utility>

namespace sipkeep {

namespace {

// What a key's field is a member of; for a Config that may be const.
constexpr auto top = [](auto& config) -> decltype(auto) { return (config); };
constexpr auto mi = [](auto& config) -> decltype(auto) { return (*config.mi); };
constexpr auto live = [](auto& config) -> decltype(auto) { return (*config.live); };
constexpr auto live_database = [](auto& config) -> decltype(auto) { return (config.live->database); };
constexpr auto live_files = [](auto& config) -> decltype(auto) { return (config.live->files); };
constexpr auto history_database = [](auto& config) -> decltype(auto) { return (config.history.database); };
constexpr auto history_files = [](auto& config) -> decltype(auto) { return (config.history.files); };
constexpr auto retention = [](auto& config) -> decltype(auto) { return (config.retention); };
constexpr auto redact = [](auto& config) -> decltype(auto) { return (*config.redact); };
constexpr auto spool = [](auto& config) -> decltype(auto) { return (*config.spool); };

template <typename Owner, typename Class, typename Field>
ConfigKey key(std::string section, std::string name, std::string default_text, Owner owner,
              Field Class::*field) {
    return {std::move(section), std::move(name), std::move(default_text),
            [=](Config& config, const ConfigNode& node) { read_value(node, owner(config).*field); },
            [=](const Config& config) { return shown(owner(config).*field); }};
}

template <typename Owner, typename Class>
ConfigKey text(std::string section, std::string name, TextRule rule, std::string default_text, Owner owner,
               std::string Class::*field) {
    return {std::move(section), std::move(name), std::move(default_text),
            [=](Config& config, const ConfigNode& node) { read_text(node, rule, owner(config).*field); },
            [=](const Config& config) { return shown(owner(config).*field); }};
}

/// Yes or no, which follows from other keys where the file does not say.
template <typename Database>
ConfigKey settled(std::string section, std::string name, Database db,
                  std::optional<bool> DatabaseSettings::*field, bool (DatabaseSettings::*effective)() const) {
    return {std::move(section), std::move(name), "",
            [=](Config& config, const ConfigNode& node) { read_value(node, db(config).*field); },
            [=](const Config& config) { return shown((db(config).*effective)()); }};
}

ConfigKey kept(RetentionClass one, std::string default_text) {
    return {"retention", std::string(to_string(one)), std::move(default_text),
            [=](Config& config, const ConfigNode& node) { read_value(node, config.retention.policy[one]); },
            [=](const Config& config) { return shown(config.retention.policy[one]); }};
}

/// The keys that both databases share.
template <typename Database, typename Files>
std::vector<ConfigKey> database_keys(const std::string& section, const std::string& database,
                                     const std::string& timeout, Database db, Files files) {
    using Settings = DatabaseSettings;
    return {
        text(section, "option_file", TextRule::credential, "", files, &CredentialFiles::option_file),
        text(section, "password_file", TextRule::credential, "", files, &CredentialFiles::password_file),
        text(section, "host", TextRule::line, "", db, &Settings::host),
        key(section, "port", "3306", db, &Settings::port),
        text(section, "socket", TextRule::path, "", db, &Settings::socket),
        text(section, "user", TextRule::line, "", db, &Settings::user),
        text(section, "database", TextRule::identifier, database, db, &Settings::database),
        key(section, "connect_timeout", "3s", db, &Settings::connect_timeout),
        key(section, "timeout", timeout, db, &Settings::read_timeout),
        text(section, "ssl_ca", TextRule::path, "", db, &Settings::ssl_ca),
        text(section, "ssl_cert", TextRule::path, "", db, &Settings::ssl_cert),
        text(section, "ssl_key", TextRule::path, "", db, &Settings::ssl_key),
        text(section, "ssl_min_version", TextRule::line, "1.2", db, &Settings::ssl_min_version),
        settled(section, "ssl_enforce", db, &Settings::ssl_enforce, &Settings::encrypts),
        settled(section, "ssl_verify", db, &Settings::ssl_verify_server_cert, &Settings::verifies),
    };
}

ConfigKey redact_key(const TableSpec& table, RedactRules RedactSettings::*field) {
    return {"redact", std::string(table.name), "",
            [=, &table](Config& config, const ConfigNode& node) {
                read_value(node, table, (*config.redact).*field);
            },
            [=](const Config& config) { return shown((*config.redact).*field); }};
}

ConfigKey url_key() {
    auto result = text("mi", "url", TextRule::line, "", mi, &MiSettings::url);
    result.read = [read = result.read](Config& config, const ConfigNode& node) {
        read(config, node);
        check_mi_url(config.mi->url);
    };
    return result;
}

std::vector<ConfigKey> own_keys() {
    return {
        text("", "node", TextRule::node, "", top, &Config::node),
        key("", "interval", "60s", top, &Config::interval),
        text("", "lock_file", TextRule::path, "", top, &Config::lock_file),
        text("", "metrics_file", TextRule::path, "", top, &Config::metrics_file),
        key("", "metrics_statistics", "none", top, &Config::metrics_statistics),
        url_key(),
        key("mi", "timeout", "2s", mi, &MiSettings::timeout),
        key("mi", "list_timeout", "10s", mi, &MiSettings::list_timeout),
        key("mi", "max_reply_bytes", "64MiB", mi, &MiSettings::max_reply_bytes),
        key("mi", "budget", "none", mi, &MiSettings::budget),
        key("mi", "more", "none", mi, &MiSettings::more),
        key("mi", "extra", "none", mi, &MiSettings::extra),
        text("mi", "reply_dir", TextRule::path, "/tmp", mi, &MiSettings::reply_dir),
        key("mi", "statistics", "all", mi, &MiSettings::statistics),
        key("mi", "dispatcher", "true", mi, &MiSettings::dispatcher),
        text("mi", "ssl_ca", TextRule::path, "", mi, &MiSettings::ssl_ca),
        text("mi", "ssl_cert", TextRule::path, "", mi, &MiSettings::ssl_cert),
        text("mi", "ssl_key", TextRule::path, "", mi, &MiSettings::ssl_key),
        key("mi", "ssl_verify", "true", mi, &MiSettings::ssl_verify),
        key("dialog", "source", "auto", top, &Config::dialog_source),
        key("location", "source", "auto", top, &Config::location_source),
        text("live", "timezone", TextRule::timezone, "UTC", live, &LiveSettings::timezone),
        key("live", "dialog", "true", live, &LiveSettings::dialog),
        key("live", "location", "true", live, &LiveSettings::location),
        text("live", "dialog_table", TextRule::identifier, "dialog", live, &LiveSettings::dialog_table),
        text("live", "location_table", TextRule::identifier, "location", live, &LiveSettings::location_table),
        key("live", "acc", "false", live, &LiveSettings::acc),
        key("live", "acc_records", "true", live, &LiveSettings::acc_records),
        key("live", "missed_calls", "true", live, &LiveSettings::missed_calls),
        text("live", "acc_table", TextRule::identifier, "acc", live, &LiveSettings::acc_table),
        text("live", "missed_calls_table", TextRule::identifier, "missed_calls", live,
             &LiveSettings::missed_calls_table),
        text("live", "caller_column", TextRule::identifier, "", live, &LiveSettings::caller_column),
        text("live", "callee_column", TextRule::identifier, "", live, &LiveSettings::callee_column),
        key("live", "full_compare_every", "60", live, &LiveSettings::full_compare_every),
        key("retention", "pack_after", "2d", retention, &RetentionSettings::pack_after),
        kept(RetentionClass::samples, "2y"),
        kept(RetentionClass::dialog, "400d"),
        kept(RetentionClass::location, "400d"),
        kept(RetentionClass::refresh, "35d"),
        kept(RetentionClass::dispatcher, "forever"),
        kept(RetentionClass::mi_rows, "400d"),
        kept(RetentionClass::calls, "5y"),
        kept(RetentionClass::records, "400d"),
        kept(RetentionClass::ledger, "forever"),
        kept(RetentionClass::rollup_hour, "5y"),
        kept(RetentionClass::rollup_day, "forever"),
        key("retention", "disk_budget", "none", retention, &RetentionSettings::disk_budget),
        text("retention", "option_file", TextRule::credential, "", retention,
             &RetentionSettings::option_file),
        text("spool", "dir", TextRule::path, "", spool, &SpoolSettings::dir),
        key("spool", "max_bytes", "10GiB", spool, &SpoolSettings::max_bytes),
        key("spool", "max_files", "10080", spool, &SpoolSettings::max_files),
        text("redact", "key_file", TextRule::credential, "", redact, &RedactSettings::key_file),
        redact_key(dialog_table(), &RedactSettings::dialog),
        redact_key(location_table(), &RedactSettings::location),
        redact_key(acc_table(), &RedactSettings::acc),
    };
}

std::vector<ConfigKey> all_keys() {
    auto keys = own_keys();
    for (const auto& more : {database_keys("live", "opensips", "10s", live_database, live_files),
                             database_keys("history", "sipkeep", "15s", history_database, history_files)})
        keys.insert(keys.end(), more.begin(), more.end());
    return keys;
}

} // namespace

const std::vector<ConfigKey>& config_key_table() {
    static const std::vector<ConfigKey> keys = all_keys();
    return keys;
}

const std::vector<ConfigSection>& config_section_table() {
    static const std::vector<ConfigSection> sections{
        {"mi", [](Config& c) { c.mi.emplace(); }, [](const Config& c) { return c.mi.has_value(); }},
        {"dialog", [](Config&) {}, [](const Config&) { return true; }},
        {"location", [](Config&) {}, [](const Config&) { return true; }},
        {"live", [](Config& c) { c.live.emplace(); }, [](const Config& c) { return c.live.has_value(); }},
        {"history", [](Config&) {}, [](const Config&) { return true; }},
        {"retention", [](Config&) {}, [](const Config&) { return true; }},
        {"spool", [](Config& c) { c.spool.emplace(); }, [](const Config& c) { return c.spool.has_value(); }},
        {"redact", [](Config& c) { c.redact.emplace(); },
         [](const Config& c) { return c.redact.has_value(); }},
    };
    return sections;
}

std::vector<ConfigKeyInfo> config_keys() {
    std::vector<ConfigKeyInfo> infos;
    for (const auto& known : config_key_table()) infos.push_back({known.path(), known.default_text});
    return infos;
}

} // namespace sipkeep
