// The table of accepted keys: name, default and reader of each stand in one line.
#pragma once

#include "sipkeep/app/config.hpp"

#include "config_tree.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <vector>

namespace sipkeep {

struct ConfigKey {
    std::string section;      ///< "mi", or empty for a key at the top
    std::string name;         ///< "timeout"
    std::string default_text; ///< read like a value of the file; empty when there is none
    std::function<void(Config&, const ConfigNode&)> read;
    std::function<nlohmann::ordered_json(const Config&)> show;

    [[nodiscard]] std::string path() const { return section.empty() ? name : section + '.' + name; }
};

/// A part of the file that can be left out as a whole.
struct ConfigSection {
    std::string name;
    std::function<void(Config&)> add;
    std::function<bool(const Config&)> present;
};

[[nodiscard]] const std::vector<ConfigKey>& config_key_table();
[[nodiscard]] const std::vector<ConfigSection>& config_section_table();

} // namespace sipkeep
