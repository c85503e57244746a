#include "sipkeep/app/commands.hpp"
#include "sipkeep/app/config.hpp"
#include "sipkeep/app/credentials.hpp"
#include "sipkeep/db/schema.hpp"
#include "sipkeep/sys/log.hpp"

#include "configured.hpp"

#include <nlohmann/json.hpp>

#include <map>

namespace sipkeep {

namespace {

const char* name_of(SchemaState state) {
    switch (state) {
    case SchemaState::current:
        return "current";
    case SchemaState::missing:
        return "missing";
    case SchemaState::older:
        return "older";
    case SchemaState::newer:
        return "newer";
    case SchemaState::gap:
        break;
    }
    return "gap";
}

void print_report(const SchemaReport& report, bool json, bool verbose, std::ostream& out) {
    if (json) {
        nlohmann::ordered_json object{{"state", name_of(report.state)}, {"message", report.message}};
        object["tables"] = report.versions;
        object["upgrades"] = report.upgrades;
        out << object.dump() << '\n';
        return;
    }
    if (!verbose) return;
    for (const auto& [table, version] : report.versions) out << table << " version " << version << '\n';
}

ExitCode init(SchemaOwner& owner, const GlobalOptions& options, const Environment& env, Log& log) {
    const SchemaReport before = owner.inspect();
    if (before.state == SchemaState::current) {
        log.info("schema: current; nothing to do");
        return ExitCode::done;
    }
    if (options.dry_run) {
        env.out << embedded_schema().sql;
        return ExitCode::done;
    }
    owner.init(std::chrono::floor<Seconds>(env.clock.now()));
    log.info("schema: created");
    return ExitCode::done;
}

ExitCode upgrade(SchemaOwner& owner, const GlobalOptions& options, const Environment& env, Log& log) {
    if (options.dry_run) {
        const SchemaReport report = owner.inspect();
        env.out << (report.message.empty() ? "schema: current; nothing to do" : report.message) << '\n';
        return ExitCode::done;
    }
    for (const std::string& done : owner.upgrade()) log.info("schema: ran upgrade " + done);
    return ExitCode::done;
}

std::map<std::string, std::string> passwords_of(const Config& config, const DatabaseSettings& owner) {
    std::vector<const DatabaseSettings*> users{&owner, &config.history.database, &config.retention.database};
    if (config.live) users.push_back(&config.live->database);
    std::map<std::string, std::string> passwords;
    for (const DatabaseSettings* settings : users)
        if (!settings->password.empty()) passwords[settings->user] = settings->password;
    return passwords;
}

} // namespace

ExitCode schema_command(const GlobalOptions& options, const SchemaOptions& schema, const Environment& env) {
    using Action = SchemaOptions::Action;
    Log log(env.err, log_threshold(options.quiet, options.verbose), env.journald);
    const Config config = load_config(options.config_file,
                                      {options.node, env.credentials_directory,
                                       schema.grants ? ConfigPurpose::everything : ConfigPurpose::history});
    DatabaseSettings history = config.history.database;
    if (schema.option_file) apply(read_option_file(*schema.option_file, env.credentials_directory), history);
    if (schema.grants) {
        GrantNames names = grant_names(config);
        if (schema.passwords) names.passwords = passwords_of(config, history);
        env.out << grant_statements(names);
        return ExitCode::done;
    }
    if (schema.action == Action::show && !options.verbose && !options.json) {
        env.out << embedded_schema().sql;
        return ExitCode::done;
    }
    SchemaOwner owner(history);
    if (schema.action == Action::init) return init(owner, options, env, log);
    if (schema.action == Action::upgrade) return upgrade(owner, options, env, log);
    const SchemaReport report = owner.inspect();
    print_report(report, options.json, options.verbose, env.out);
    if (schema.action == Action::show || report.state == SchemaState::current) return ExitCode::done;
    throw SchemaError(report.message);
}

} // namespace sipkeep
