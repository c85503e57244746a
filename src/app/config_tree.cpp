#include "config_tree.hpp"

#include "sipkeep/core/error.hpp"

#include "text.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <utility>

namespace sipkeep {

namespace {

constexpr std::size_t deepest = 6;
constexpr std::size_t longest_quote = 100;
constexpr std::size_t most_entries =
    1000; // of one section or list; far above any use, and searched one by one

/// Builds the tree from events rather than from YAML::Node, so that what has no place in a configuration is
/// refused before it can grow, and so that keys keep their lines.
class TreeBuilder final : public YAML::EventHandler {
public:
    explicit TreeBuilder(const std::string& file) : file_(file) {}

    [[nodiscard]] ConfigNode take() { return std::move(root_); }
    [[nodiscard]] bool seen() const { return seen_; }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (seen_) fail(mark, "a second document; keep to one");
        seen_ = true;
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        place(mark, "", anchor, ConfigNode::Kind::empty);
        close();
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        fail(mark, "aliases are not used here; write the value out");
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        if (expects_key()) {
            refuse_extras(mark, tag, anchor);
            return start_key(mark, value);
        }
        place(mark, tag, anchor, ConfigNode::Kind::scalar).text = value;
        close();
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        place(mark, tag, anchor, ConfigNode::Kind::list);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        place(mark, tag, anchor, ConfigNode::Kind::map);
    }
    void OnMapEnd() override { close(); }

private:
    [[noreturn]] void fail(const YAML::Mark& mark, const std::string& reason,
                           const std::string& key = {}) const {
        std::string path;
        for (const auto* node : open_)
            if (!node->key.empty()) path += node->key + '.';
        path += key;
        if (!path.empty() && path.back() == '.') path.pop_back();
        throw UsageError(position(file_, line_of(mark)) + (path.empty() ? "" : path + ": ") + reason);
    }

    static std::size_t line_of(const YAML::Mark& mark) { return static_cast<std::size_t>(mark.line) + 1; }

    /// A map takes keys and values in turn; while a value is awaited, its still empty node is on top.
    [[nodiscard]] bool expects_key() const {
        return !open_.empty() && open_.back()->kind == ConfigNode::Kind::map;
    }

    void refuse_extras(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) const {
        if (anchor != 0) fail(mark, "anchors are not used here; write the value out");
        if (!tag.empty() && tag != "?" && tag != "!")
            fail(mark, "tags are not used here; write the plain value");
    }

    void start_key(const YAML::Mark& mark, const std::string& key) {
        if (!is_word(key, "_-.<", 64)) fail(mark, "a key must be a word of up to 64 characters");
        auto& map = *open_.back();
        if (const auto* earlier = map.find(key); earlier != nullptr)
            fail(mark, "is given twice, first in line " + std::to_string(earlier->line), key);
        open(mark, add_child(mark, map));
        open_.back()->key = key;
        awaits_value_ = true;
    }

    /// Makes the node for a value and leaves it on top.
    ConfigNode& place(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                      ConfigNode::Kind kind) {
        refuse_extras(mark, tag, anchor);
        if (expects_key()) fail(mark, "a key must be a word of up to 64 characters");
        if (!awaits_value_) open(mark, open_.empty() ? root_ : add_child(mark, *open_.back()));
        awaits_value_ = false;
        open_.back()->kind = kind;
        return *open_.back();
    }

    ConfigNode& add_child(const YAML::Mark& mark, ConfigNode& parent) const {
        if (parent.children.size() >= most_entries)
            fail(mark, "has more than " + std::to_string(most_entries) + " entries; is it the right file?");
        return parent.children.emplace_back();
    }

    /// Pointers stay valid: only the children of the innermost open node grow.
    void open(const YAML::Mark& mark, ConfigNode& node) {
        if (open_.size() >= deepest) fail(mark, "is nested too deeply");
        node.line = line_of(mark);
        open_.push_back(&node);
    }

    void close() { open_.pop_back(); }

    const std::string& file_;
    ConfigNode root_;
    std::vector<ConfigNode*> open_;
    bool awaits_value_ = false;
    bool seen_ = false;
};

} // namespace

const ConfigNode* ConfigNode::find(const std::string& wanted) const {
    for (const auto& child : children)
        if (child.key == wanted) return &child;
    return nullptr;
}

ConfigNode parse_config_tree(const std::string& text, const std::string& file) {
    TreeBuilder builder(file);
    try {
        std::istringstream stream(text);
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const YAML::Exception& error) {
        // yaml-cpp quotes what it did not like, however much that is.
        throw UsageError(position(file, static_cast<std::size_t>(error.mark.line) + 1) +
                         "not valid YAML: " + error.msg.substr(0, longest_quote));
    }
    auto root = builder.take();
    if (!builder.seen() || root.kind == ConfigNode::Kind::empty)
        throw UsageError(file + ": is empty; it needs at least node, history, and mi or live");
    if (root.kind != ConfigNode::Kind::map)
        throw UsageError(position(file, root.line) + "expected lines KEY: VALUE");
    return root;
}

} // namespace sipkeep
