// The configuration file.
#include "sipkeep/app/config.hpp"
#include "sipkeep/core/error.hpp"

#include "fuzz.hpp"

#include <nlohmann/json.hpp>

using namespace sipkeep;
using namespace sipkeep::fuzz;

namespace {

std::string shown(const Config& config) {
    return show_config(config).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(text_of(data, size));
    // What it names is opened: nothing of this machine, please.
    if (text.find("_file") != std::string::npos) return 0;
    // As the only node, and as one of `nodes`.
    for (const ConfigContext& context : {ConfigContext{}, ConfigContext{"a1", {}, ConfigPurpose::node}}) {
        try {
            const Config config = parse_config(text, "f", context);
            promise(!config.node.empty() && !config.history.database.user.empty(),
                    "what must be there is there");
            promise(config.mi || config.live, "there is something to read");
            const std::string once = shown(config);
            promise(is_utf8(once) && !has_control(once), "what is shown is one line of JSON");
            // JSON is YAML, so what is shown must be read as the same configuration.
            if (is_utf8(text))
                promise(shown(parse_config(once, "f", {})) == once, "what is shown reads back");
        } catch (const UsageError& error) {
            const std::string_view complaint = error.what();
            promise(complaint.starts_with("f:") ||
                        complaint.starts_with("--node: a1 is none of the nodes in f: "),
                    "a complaint names the file");
            promise(complaint.size() < 1000, "a complaint has an end");
        }
    }
    return 0;
}
