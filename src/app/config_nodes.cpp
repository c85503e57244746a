#include "config_nodes.hpp"

#include "config_values.hpp"
#include "text.hpp"

#include <algorithm>

namespace sipkeep {

namespace {

constexpr const char* section = "nodes";

[[noreturn]] void fail(const std::string& file, const ConfigNode& at, const std::string& path,
                       const std::string& reason) {
    throw UsageError(position(file, at.line) + path + ": " + reason);
}

/// Keys of `over` win.
void lay_over(ConfigNode& under, const ConfigNode& over) {
    for (const ConfigNode& key : over.children) {
        const auto same = std::ranges::find(under.children, key.key, &ConfigNode::key);
        if (same == under.children.end())
            under.children.push_back(key);
        else
            *same = key;
    }
}

} // namespace

std::vector<std::string> node_names(const ConfigNode& tree, const std::string& file) {
    std::vector<std::string> names;
    const ConfigNode* const nodes = tree.find(section);
    if (nodes == nullptr) return names;
    if (nodes->kind != ConfigNode::Kind::map)
        fail(file, *nodes, section,
             "expected a section with a key for each node, and mi and live below that");
    if (const ConfigNode* const one = tree.find("node"))
        fail(file, *one, "node", "given beside nodes; choose one of them");
    for (const ConfigNode& node : nodes->children) {
        const std::string path = std::string(section) + '.' + node.key;
        if (!is_word(node.key, "._-", 64))
            fail(file, node, path, "a node's name has 1 to 64 letters, digits, '.', '_' or '-'");
        if (node.kind != ConfigNode::Kind::map)
            fail(file, node, path, "expected a section with mi, live or both");
        for (const ConfigNode& part : node.children) {
            if (part.key != "mi" && part.key != "live")
                fail(file, part, path + '.' + part.key,
                     "unknown key; a node has mi and live, all else is shared");
            if (part.kind != ConfigNode::Kind::map && !is_none(part))
                fail(file, part, path + '.' + part.key, "expected a section with keys of its own, or none");
        }
        names.push_back(node.key);
    }
    if (names.empty()) fail(file, *nodes, section, "names no node");
    return names;
}

ConfigNode as_of_node(const ConfigNode& tree, const std::string& node) {
    ConfigNode merged = tree;
    std::erase_if(merged.children, [](const ConfigNode& key) { return key.key == section; });
    const ConfigNode* const nodes = tree.find(section);
    const ConfigNode* const own = nodes == nullptr ? nullptr : nodes->find(node);
    if (own == nullptr) return merged;
    for (const ConfigNode& part : own->children) {
        const auto shared = std::ranges::find(merged.children, part.key, &ConfigNode::key);
        if (is_none(part))
            std::erase_if(merged.children, [&](const ConfigNode& key) { return key.key == part.key; });
        else if (shared == merged.children.end())
            merged.children.push_back(part);
        else
            lay_over(*shared, part);
    }
    return merged;
}

} // namespace sipkeep
