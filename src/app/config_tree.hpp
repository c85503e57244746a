// A YAML file as a tree that remembers its lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sipkeep {

struct ConfigNode {
    enum class Kind : std::uint8_t { empty, scalar, list, map };
    Kind kind = Kind::empty;
    std::size_t line = 0; ///< from 1; of the key where there is one, else of the value
    std::string key;      ///< the key it stands under in a map
    std::string text;     ///< of a scalar
    std::vector<ConfigNode> children;

    /// The child under `key`, or null.
    [[nodiscard]] const ConfigNode* find(const std::string& key) const;
};

/// Parses one YAML document whose top is a map. Refused besides invalid YAML: duplicate keys, anchors,
/// aliases, tags, a second document, nesting deeper than 4. Throws UsageError "FILE:LINE: KEY: ...".
[[nodiscard]] ConfigNode parse_config_tree(const std::string& text, const std::string& file);

} // namespace sipkeep
