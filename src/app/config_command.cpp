#include "sipkeep/app/commands.hpp"
#include "sipkeep/app/config.hpp"
#include "sipkeep/sys/log.hpp"

#include "text.hpp"

#include <nlohmann/json.hpp>

namespace sipkeep {

namespace {

using Json = nlohmann::ordered_json;

std::string json_text(const Json& value, int indent) {
    // A path may hold bytes that are no UTF-8; showing it must not fail.
    return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

/// A scalar as YAML: bare where no YAML reader could take it for anything else, else in JSON's quotes, which
/// YAML shares.
std::string yaml_scalar(const Json& value) {
    if (!value.is_string()) return json_text(value, -1);
    const auto text = value.get<std::string>();
    const bool starts_plain = !text.empty() && (text.front() == '/' || is_word(text.substr(0, 1), "", 1));
    const bool bare =
        starts_plain && is_word(text, "/._-", 4096) && text != "true" && text != "false" && text != "null";
    const bool number_like = text.find_first_not_of("0123456789.eExX+-_") == std::string::npos;
    return bare && !number_like ? text : json_text(value, -1);
}

void write_yaml(const Json& object, const std::string& indent, std::ostream& out) {
    for (const auto& [name, value] : object.items()) {
        out << indent << name << ':';
        if (value.is_object()) {
            out << '\n';
            write_yaml(value, indent + "  ", out);
        } else if (value.is_array()) {
            std::string separator = " [";
            for (const auto& item : value) {
                out << separator << yaml_scalar(item);
                separator = ", ";
            }
            out << "]\n";
        } else {
            out << ' ' << yaml_scalar(value) << '\n';
        }
    }
}

} // namespace

ExitCode config_command(const GlobalOptions& options, ConfigAction action, const Environment& env) {
    if (action == ConfigAction::check) {
        const ConfigContext context{options.node, env.credentials_directory, ConfigPurpose::everything};
        // Of a file with nodes all are read.
        const std::size_t nodes = options.node ? 0 : load_nodes(options.config_file, context).size();
        if (nodes == 0) static_cast<void>(load_config(options.config_file, context));
        if (options.json)
            env.out << json_text({{"file", options.config_file}, {"ok", true}}, -1) << '\n';
        else if (!options.quiet)
            env.out << printable(options.config_file) << ": ok"
                    << (nodes == 0 ? "" : ", " + std::to_string(nodes) + " nodes") << '\n';
        return ExitCode::done;
    }
    const auto config = load_config(options.config_file, {options.node, env.credentials_directory});
    const auto effective = show_config(config);
    if (options.json)
        env.out << json_text(effective, 2) << '\n';
    else
        write_yaml(effective, "", env.out);
    return ExitCode::done;
}

} // namespace sipkeep
