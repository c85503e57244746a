// From the tree of a file to a checked Config.
#include "sipkeep/app/config.hpp"

#include "sipkeep/app/credentials.hpp"
#include "sipkeep/core/error.hpp"
#include "sipkeep/sys/small_file.hpp"

#include "config_keys.hpp"
#include "config_nodes.hpp"
#include "config_tree.hpp"
#include "config_values.hpp"
#include "text.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace sipkeep {

namespace {

constexpr std::size_t largest_file = 1024 * 1024;

std::string text_of(const std::string& file) {
    try {
        return read_small_file(file, largest_file).text;
    } catch (const Error& error) {
        throw UsageError(error.what());
    }
}

/// The first few.
std::string listed(const std::vector<std::string>& names) {
    constexpr std::size_t enough = 8;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), enough); ++i) text += (i == 0 ? "" : ", ") + names[i];
    return text + (names.size() > enough ? ", .." : "");
}

class ConfigReader {
public:
    /// `nodes`: what the file has of them; `tree` is as the chosen one has it.
    ConfigReader(const ConfigNode& tree, const std::string& file, const ConfigContext& context,
                 std::vector<std::string> nodes)
        : tree_(tree), context_(context) {
        config_.file = file;
        config_.nodes = std::move(nodes);
        none_chosen_ = !config_.nodes.empty() && !context.node;
    }

    Config read() {
        for (const auto& node : tree_.children) check_known(node);
        for (const auto& section : config_section_table())
            if (tree_.find(section.name) != nullptr) section.add(config_);
        read_defaults();
        read_given();
        check_sections();
        if (config_.live && needs_live())
            read_credentials("live", config_.live->database, config_.live->files, true);
        read_credentials("history", config_.history.database, config_.history.files, false);
        // Once more, because what the file says itself wins over the credentials files it names.
        read_given();
        settle_node();
        if (config_.live && needs_live()) check_database("live", config_.live->database);
        check_database("history", config_.history.database);
        check_timeouts();
        set_idle_limits();
        settle_retention();
        if (config_.redact) settle_redaction(*config_.redact);
        return std::move(config_);
    }

private:
    [[nodiscard]] const ConfigNode* find(const std::string& section, const std::string& name) const {
        const auto* parent = section.empty() ? &tree_ : tree_.find(section);
        return parent == nullptr ? nullptr : parent->find(name);
    }

    [[noreturn]] void fail(std::size_t line, const std::string& path, const std::string& reason) const {
        throw UsageError(position(config_.file, line) + path + ": " + reason);
    }

    /// At the key when the file has it, else at its section.
    [[noreturn]] void fail(const std::string& section, const std::string& name,
                           const std::string& reason) const {
        const auto* node = find(section, name);
        if (node == nullptr) node = section.empty() ? &tree_ : tree_.find(section);
        fail(node == nullptr ? 1 : node->line, section.empty() ? name : section + '.' + name, reason);
    }

    [[nodiscard]] static bool is_section(const std::string& name) {
        const auto& sections = config_section_table();
        return std::any_of(sections.begin(), sections.end(), [&](const auto& s) { return s.name == name; });
    }

    void check_known(const ConfigNode& node) const {
        if (!is_section(node.key)) return check_known(node, "");
        if (node.kind != ConfigNode::Kind::map)
            fail(node.line, node.key,
                 node.kind == ConfigNode::Kind::empty
                     ? "missing value; expected a section, indent its keys below it"
                     : "expected a section with keys of its own");
        for (const auto& child : node.children) check_known(child, node.key);
    }

    void check_known(const ConfigNode& node, const std::string& section) const {
        std::vector<std::string_view> candidates;
        for (const auto& known : config_key_table()) {
            if (known.section != section) continue;
            if (known.name == node.key) return;
            candidates.push_back(known.name);
        }
        if (section.empty())
            for (const auto& known : config_section_table()) candidates.push_back(known.name);
        const auto path = section.empty() ? node.key : section + '.' + node.key;
        if (node.key == "password" && (section == "live" || section == "history"))
            fail(node.line, path, "passwords do not belong here; use option_file or password_file");
        const auto suggestion = nearest(node.key, candidates);
        fail(node.line, path,
             "unknown key" + (suggestion.empty() ? "" : "; did you mean " + std::string(suggestion) + "?"));
    }

    [[nodiscard]] bool is_present(const std::string& section) const {
        const auto& sections = config_section_table();
        return std::all_of(sections.begin(), sections.end(),
                           [&](const auto& s) { return s.name != section || s.present(config_); });
    }

    void read_defaults() {
        for (const auto& known : config_key_table()) {
            if (known.default_text.empty() || !is_present(known.section)) continue;
            ConfigNode node;
            node.kind = ConfigNode::Kind::scalar;
            node.text = known.default_text;
            known.read(config_, node);
        }
    }

    void read_given() {
        for (const auto& known : config_key_table()) {
            const auto* node = find(known.section, known.name);
            if (node == nullptr) continue;
            try {
                known.read(config_, *node);
            } catch (const InnerKeyError& error) {
                fail(error.line(), known.path() + '.' + error.key(), error.what());
            } catch (const UsageError& error) {
                fail(node->line, known.path(), error.what());
            }
        }
    }

    void check_sections() const {
        if (tree_.find("history") == nullptr)
            fail("", "history", "missing; it says where the history is kept");
        if (!config_.mi && !config_.live && !none_chosen_ && !is_unknown())
            fail("", "mi", "missing, and live, too: there is nothing to read; add at least one of them");
        if (config_.mi && config_.mi->url.empty())
            fail("mi", "url", "missing; it says where OpenSIPS answers MI");
        for (const MiQuestion& question : config_.mi ? config_.mi->extra : std::vector<MiQuestion>())
            if (std::ranges::find(config_.mi->more, question.name) != config_.mi->more.end())
                fail("mi", "extra", "name " + question.name + " is one of mi.more already");
        if (config_.mi) check_certificate("mi", config_.mi->ssl_cert, config_.mi->ssl_key);
        if (config_.mi && config_.mi->statistics.none() && !config_.mi->dispatcher)
            fail("mi", "statistics",
                 "none, and dispatcher is false: nothing is asked for; leave out mi instead");
        if (config_.live && !config_.live->dialog && !config_.live->location && !config_.live->acc)
            fail("live", "dialog", "false, and location, too: nothing is read; leave out live instead");
        for (const auto& [section, source, has_table] :
             {std::tuple("dialog", config_.dialog_source, config_.live && config_.live->dialog),
              std::tuple("location", config_.location_source, config_.live && config_.live->location)})
            if (const std::string why = source_refusal(section, source, config_.mi.has_value(), has_table);
                !why.empty() && !none_chosen_ && !is_unknown())
                fail(section, "source", why);
        if (config_.spool && config_.spool->dir.empty())
            fail("spool", "dir", "missing; it says where captures wait");
    }

    [[nodiscard]] bool needs_live() const {
        return context_.purpose == ConfigPurpose::node || context_.purpose == ConfigPurpose::everything;
    }

    /// A node of the history that is none of the file's.
    [[nodiscard]] bool is_unknown() const {
        return !config_.nodes.empty() && context_.node &&
               std::ranges::find(config_.nodes, *context_.node) == config_.nodes.end();
    }

    /// "%n" stands for the node's name; nodes must not share the file.
    void name_file(const char* key, std::string& path) const {
        const auto at = path.find("%n");
        if (at != std::string::npos)
            path.replace(at, 2, config_.node);
        else if (!path.empty() && !config_.nodes.empty())
            fail("", key, "all nodes would share it; write %n where the node's name belongs");
    }

    void settle_node() {
        if (none_chosen_) return;
        if (config_.node.empty() && !context_.node)
            fail("", "node", "missing; it names this OpenSIPS server");
        if (context_.node) config_.node = *context_.node;
        if (!is_word(config_.node, "._-", 64))
            throw UsageError("--node: expected 1 to 64 letters, digits, '.', '_' or '-'");
        name_file("lock_file", config_.lock_file);
        name_file("metrics_file", config_.metrics_file);
        if (config_.lock_file.empty()) config_.lock_file = "/run/sipkeep/" + config_.node + ".lock";
    }

    /// `takes_database`: the DB_NAME of a password file is OpenSIPS's database; the history must never land
    /// there just because both use the same file.
    void read_credentials(const std::string& section, DatabaseSettings& to, const CredentialFiles& files,
                          bool takes_database) const {
        if (!files.option_file.empty() && !files.password_file.empty())
            fail(section, "password_file", "given beside option_file; choose one of them");
        Credentials found;
        if (!files.option_file.empty())
            found = read_option_file(files.option_file, context_.credentials_directory);
        if (!files.password_file.empty())
            found = read_password_file(files.password_file, context_.credentials_directory);
        if (!takes_database) found.database.reset();
        apply(found, to);
    }

    void check_database(const std::string& section, DatabaseSettings& settings) const {
        const bool host_given = find(section, "host") != nullptr;
        if (host_given && find(section, "socket") != nullptr)
            fail(section, "socket", "given beside host; choose one of them");
        if (host_given) settings.socket.clear();
        if (settings.host.empty() && settings.socket.empty()) settings.host = "localhost";
        if (settings.user.empty()) fail(section, "user", "missing; give it here or in option_file");
        if (!is_word(settings.database, "_$-", 64))
            fail(section, "database",
                 "expected 1 to 64 letters, digits, '_', '$' or '-' (DB_NAME of password_file)");
        check_certificate(section, settings.ssl_cert, settings.ssl_key);
        if (settings.ssl_min_version != "1.2" && settings.ssl_min_version != "1.3")
            fail(section, "ssl_min_version", "expected 1.2 or 1.3");
    }

    void check_certificate(const std::string& section, const std::string& cert,
                           const std::string& key) const {
        if (cert.empty() != key.empty())
            fail(section, cert.empty() ? "ssl_key" : "ssl_cert", "ssl_cert and ssl_key need each other");
    }

    void check_timeouts() const {
        struct Wait {
            const char* section;
            const char* name;
            Milliseconds length;
        };
        std::vector<Wait> waits;
        if (config_.mi) waits.push_back({"mi", "timeout", config_.mi->timeout});
        if (config_.mi && (asks_memory(config_.dialog_source) || asks_memory(config_.location_source)))
            waits.push_back({"mi", "list_timeout", config_.mi->list_timeout});
        const auto add = [&waits](const char* section, const DatabaseSettings& settings) {
            waits.push_back({section, "connect_timeout", settings.connect_timeout});
            waits.push_back({section, "timeout", settings.read_timeout});
        };
        if (config_.live) add("live", config_.live->database);
        add("history", config_.history.database);

        Milliseconds sum{0};
        for (const auto& wait : waits) sum += wait.length;
        // Below a minute nobody expects every run to finish in time; the lock keeps runs apart.
        if (config_.interval < Seconds{60} || sum * 6 < Milliseconds{config_.interval} * 5) return;
        const auto longest = std::max_element(
            waits.begin(), waits.end(), [](const Wait& a, const Wait& b) { return a.length < b.length; });
        fail(longest->section, longest->name,
             "all timeouts together are " + std::to_string(sum.count()) +
                 "ms, but must stay under 5/6 of the interval (" +
                 std::to_string(config_.interval.count() * 5000 / 6) +
                 "ms); lower this one, it is the longest");
    }

    /// All waits of a run together stay under its interval, so no session of one is silent for longer.
    void set_idle_limits() {
        const Seconds limit = std::max(Seconds{60}, config_.interval);
        if (config_.live) config_.live->database.idle_limit = limit;
        config_.history.database.idle_limit = limit;
    }

    void settle_retention() {
        RetentionSettings& retention = config_.retention;
        // What is kept needs what it is read with: `longer` must outlive `shorter`.
        const auto outlives = [&](RetentionClass longer, RetentionClass shorter, const char* why) {
            const KeptFor& kept = retention.policy[longer];
            const KeptFor& other = retention.policy[shorter];
            if (kept && (!other || *other > *kept))
                fail("retention", std::string(to_string(longer)),
                     "shorter than retention." + std::string(to_string(shorter)) + ", " + why);
        };
        outlives(RetentionClass::location, RetentionClass::refresh, "whose rows belong to registrations");
        outlives(RetentionClass::rollup_day, RetentionClass::rollup_hour, "which lie in the same rows");
        for (const RetentionClass one : {RetentionClass::samples, RetentionClass::dialog,
                                         RetentionClass::location, RetentionClass::dispatcher})
            outlives(RetentionClass::ledger, one, "and nobody could tell what was seen when");
        for (const RetentionClass one : {RetentionClass::samples, RetentionClass::location,
                                         RetentionClass::dispatcher, RetentionClass::ledger})
            if (const KeptFor& kept = retention.policy[one];
                kept && *kept < retention.pack_after + std::chrono::days{1})
                fail("retention", std::string(to_string(one)),
                     "must be longer than pack_after: rolling up comes before");
        retention.database = config_.history.database;
        if (context_.purpose == ConfigPurpose::retention || context_.purpose == ConfigPurpose::everything)
            read_credentials("retention", retention.database,
                             {.option_file = retention.option_file, .password_file = ""}, false);
    }

    void settle_redaction(RedactSettings& redact) const {
        constexpr std::size_t shortest_key = 32;
        if (!redact.key_file.empty())
            redact.key = read_key_file(redact.key_file, context_.credentials_directory);
        if (!redact.key.empty() && redact.key.size() < shortest_key)
            fail("redact", "key_file", "holds fewer than 32 bytes; make one by `openssl rand -hex 32`");
        const std::pair<const char*, const RedactRules*> tables[] = {
            {"dialog", &redact.dialog}, {"location", &redact.location}, {"acc", &redact.acc}};
        for (const auto& [table, rules] : tables)
            for (const auto& [column, action] : *rules)
                if (redact.key.empty() &&
                    (action == RedactAction::pseudonym || action == RedactAction::pseudonym_truncate))
                    fail("redact", "key_file",
                         "missing; pseudonyms (" + std::string(table) + "." + column +
                             ") are made with a key");
    }

    const ConfigNode& tree_;
    const ConfigContext& context_;
    bool none_chosen_ = false;
    Config config_;
};

} // namespace

Config load_config(const std::string& file, const ConfigContext& context) {
    return parse_config(text_of(file), file, context);
}

std::vector<Config> load_nodes(const std::string& file, const ConfigContext& context) {
    const std::string text = text_of(file);
    std::vector<Config> nodes;
    std::map<std::string, std::string> readers; // of live tables
    for (const std::string& name : node_names(parse_config_tree(text, file), file)) {
        ConfigContext chosen = context;
        chosen.node = name;
        const Config& config = nodes.emplace_back(parse_config(text, file, chosen));
        if (!config.live || (!config.live->dialog && !config.live->location)) continue;
        const DatabaseSettings& live = config.live->database;
        const std::string place =
            (live.socket.empty() ? live.host + ":" + std::to_string(live.port) : live.socket) + "/" +
            live.database;
        const auto [first, alone] = readers.try_emplace(place, name);
        if (!alone)
            throw UsageError(file + ": nodes." + name + ".live: the same tables as " + first->second +
                             "'s, which would be kept twice; write live: none for one of them");
    }
    return nodes;
}

Config parse_config(const std::string& text, const std::string& file, const ConfigContext& context) {
    if (text.size() > largest_file) throw UsageError(file + ": is larger than 1 MiB; is it the right file?");
    auto tree = parse_config_tree(text, file);
    auto nodes = node_names(tree, file);
    if (nodes.empty()) return ConfigReader(tree, file, context, {}).read();
    const bool chosen = context.node && std::ranges::find(nodes, *context.node) != nodes.end();
    if (!chosen && context.purpose == ConfigPurpose::node)
        throw UsageError((context.node
                              ? "--node: " + *context.node + " is none of the nodes in " + file + ": "
                              : file + ": which of its nodes? give --node, one of ") +
                         listed(nodes));
    tree = as_of_node(tree, chosen ? *context.node : "");
    // What all share of these is only a part.
    if (!chosen)
        std::erase_if(tree.children,
                      [](const ConfigNode& key) { return key.key == "mi" || key.key == "live"; });
    return ConfigReader(tree, file, context, std::move(nodes)).read();
}

nlohmann::ordered_json show_config(const Config& config) {
    auto result = nlohmann::ordered_json::object();
    for (const auto& known : config_key_table()) {
        if (known.section.empty()) {
            if (auto value = known.show(config); value != "") result[known.name] = std::move(value);
            continue;
        }
        const auto& sections = config_section_table();
        const auto section = std::find_if(sections.begin(), sections.end(),
                                          [&](const auto& s) { return s.name == known.section; });
        if (!section->present(config)) continue;
        if (auto value = known.show(config); value != "")
            result[known.section][known.name] = std::move(value);
    }
    if (config.redact && !config.redact->key.empty()) result["redact"]["key"] = "***";
    if (config.live && !config.live->database.password.empty()) result["live"]["password"] = "***";
    if (!config.history.database.password.empty()) result["history"]["password"] = "***";
    return result;
}

} // namespace sipkeep
