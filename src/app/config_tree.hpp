// A YAML file as a tree that remembers its lines.
#pragma once

#include "sipkeep/core/error.hpp"

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

/// Something is wrong with a key below the one that is being read.
class InnerKeyError : public UsageError {
public:
    InnerKeyError(const ConfigNode& node, const std::string& reason)
        : UsageError(reason), line_(node.line), key_(node.key) {}
    [[nodiscard]] std::size_t line() const noexcept { return line_; }
    [[nodiscard]] const std::string& key() const noexcept { return key_; }

private:
    std::size_t line_;
    std::string key_;
};

/// Parses one YAML document whose top is a map. Refused besides invalid YAML: duplicate keys, anchors,
/// aliases, tags, a second document, nesting deeper than 6. Throws UsageError "FILE:LINE: KEY: ...".
[[nodiscard]] ConfigNode parse_config_tree(const std::string& text, const std::string& file);

} // namespace sipkeep
