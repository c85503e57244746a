// Finds variables that outlive a function call and are not constant: at namespace scope, static members,
// static locals. A reader of declarations, not a compiler: it follows braces and looks at what stands before
// them.
#include "unit/layers/rules.hpp"

#include <algorithm>

namespace sipkeep::rules {

namespace {

bool has_word(std::string_view text, std::string_view word) {
    return find_word(text, word) != npos;
}

void erase_between(std::string& text, std::string_view open, std::string_view close) {
    for (auto from = text.find(open); from != npos; from = text.find(open)) {
        const auto to = text.find(close, from);
        text.erase(from, to == npos ? npos : to + close.size() - from);
    }
}

/// Takes out what stands in angle brackets, where '<' follows a name; the parentheses of
/// std::function<void(int)> and the const of std::vector<const char*> say nothing of the variable.
std::string without_template_arguments(std::string_view text) {
    std::string result;
    int depth = 0;
    int parentheses = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool arrow = c == '>' && i > 0 && text[i - 1] == '-';
        if (depth == 0) parentheses += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (c == '<' && parentheses == 0) ++depth;
        if (depth == 0) result += c;
        if (c == '>' && !arrow && depth > 0) --depth;
    }
    return result;
}

/// A declaration without template arguments, attributes, access labels, alignment and operator signs.
std::string plain(const std::string& written) {
    std::string text = written;
    if (const auto at = find_word(text, "operator"); at != npos) {
        auto end = at + std::string_view("operator").size();
        const auto begin = end;
        end = text.compare(end, 2, "()") == 0 ? end + 2 : std::min(text.find('(', end), text.size());
        text.erase(begin, end - begin);
    }
    erase_between(text, "[[", "]]");
    erase_between(text, "alignas(", ")");
    for (const std::string_view label : {"public", "protected", "private"})
        if (const auto at = find_word(text, label);
            at != npos && text[std::min(skip_blanks(text, at + label.size()), text.size() - 1)] == ':')
            text.erase(at, text.find(':', at) + 1 - at);
    text = without_template_arguments(text);
    return text.substr(skip_blanks(text, 0));
}

/// Up to the initializer: the first '=' or '{' outside parentheses.
std::string_view declarator(std::string_view text) {
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        depth += text[i] == '(' || text[i] == '[' ? 1 : text[i] == ')' || text[i] == ']' ? -1 : 0;
        if (depth == 0 && (text[i] == '=' || text[i] == '{')) return text.substr(0, i);
    }
    return text;
}

bool is_constant(std::string_view text) {
    if (has_word(text, "constexpr")) return true;
    auto name = declarator(text);
    name = name.substr(0, name.find('('));
    const auto star = name.rfind('*');
    return star == npos ? has_word(name, "const") : has_word(name.substr(star), "const");
}

/// Against functions. `text` is plain.
bool is_variable(std::string_view text) {
    const auto name = declarator(text);
    const auto open = name.find('(');
    if (open == npos) return true;
    const auto first = skip_blanks(name, open + 1);
    // int (*hook)(int) and std::string name("..") have parentheses, too.
    return first < name.size() &&
           (name[first] == '*' || name[first] == '"' || (name[first] >= '0' && name[first] <= '9'));
}

bool declares_type(std::string_view text) {
    if (text.find_first_of("(=") != npos) return false;
    return has_word(text, "class") || has_word(text, "struct") || has_word(text, "union") ||
           has_word(text, "enum");
}

bool declares_no_variable(std::string_view text) {
    for (const std::string_view word : {"using", "typedef", "namespace", "static_assert", "friend", "concept",
                                        "class", "struct", "union", "enum", "template", "extern template"})
        if (text.starts_with(word) && find_word(text, word) == 0) return true;
    return false;
}

/// Within "Type::Type() : member{..}", '{' after a name opens a member's initializer.
bool in_initializer_list(std::string_view text) {
    const auto close = text.find(')');
    for (auto at = close == npos ? npos : text.find(':', close); at != npos; at = text.find(':', at + 1)) {
        if (at + 1 < text.size() && text[at + 1] == ':')
            ++at;
        else {
            const auto last = text.find_last_not_of(" \t\n");
            return is_word_character(text[last]) || text[last] == '>';
        }
    }
    return false;
}

enum class Inside { names, type, body, value };

class Scanner {
public:
    explicit Scanner(const SourceText& source) : source_(source) {}

    Complaints run() {
        for (std::size_t at = 0; at < source_.code.size(); ++at) step(at, source_.code[at]);
        return std::move(complaints_);
    }

private:
    struct Scope {
        Inside inside = Inside::names;
        std::string head; ///< the statement that the scope interrupts
        std::size_t head_at = 0;
        int parentheses = 0;
    };

    void step(std::size_t at, char c) {
        if (c == '{') return open();
        if (c == '}') return close();
        parentheses_ += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (c == ';' && parentheses_ <= 0) return end_statement();
        if (skip_blanks(head_, 0) == head_.size()) head_at_ = at;
        head_ += c;
    }

    void open() {
        scopes_.push_back({kind_of_braces(), head_, head_at_, parentheses_});
        head_.clear();
        parentheses_ = 0;
    }

    void close() {
        if (scopes_.empty()) return;
        const auto scope = scopes_.back();
        scopes_.pop_back();
        parentheses_ = scope.parentheses;
        head_at_ = scope.head_at;
        switch (scope.inside) {
        case Inside::value:
            head_ = scope.head + "{}";
            break;
        // What follows a type's brace up to ';' is a variable of that type: struct { .. } state;
        case Inside::type:
            head_ = has_word(scope.head, "typedef") ? "typedef " : type_mark;
            break;
        case Inside::names:
        case Inside::body:
            head_.clear();
            break;
        }
    }

    [[nodiscard]] Inside inside() const { return scopes_.empty() ? Inside::names : scopes_.back().inside; }

    [[nodiscard]] Inside kind_of_braces() const {
        if (parentheses_ > 0) return Inside::value;
        const auto head = plain(head_);
        const bool in_code = inside() == Inside::body || inside() == Inside::value;
        if (has_word(head, "namespace") || head.starts_with("extern \"")) return Inside::names;
        if (declares_type(head)) return Inside::type;
        if (in_code)
            return has_word(head, "static") || has_word(head, "thread_local") ? Inside::value : Inside::body;
        if (in_initializer_list(head)) return Inside::value;
        return is_variable(head) ? Inside::value : Inside::body;
    }

    void end_statement() {
        const auto text = plain(head_);
        const bool lasting = has_word(text, "static") || has_word(text, "thread_local");
        bool bad = false;
        if (inside() == Inside::names) {
            const bool after_type = text.starts_with(type_mark);
            const bool empty = skip_blanks(text, after_type ? 1 : 0) == text.size();
            bad = !empty && (after_type || !declares_no_variable(text)) && is_variable(text) &&
                  !is_constant(text);
        } else if (inside() == Inside::type) {
            bad = lasting && is_variable(text) && !is_constant(text);
        } else {
            bad = lasting && !is_constant(text);
        }
        if (bad)
            complaints_.push_back(source_.path + ":" + std::to_string(line_of(source_.code, head_at_)) +
                                  ": mutable state outlives the call; make it const or a member");
        head_.clear();
        parentheses_ = 0;
    }

    static constexpr const char* type_mark = "}";

    const SourceText& source_;
    Complaints complaints_;
    std::vector<Scope> scopes_;
    std::string head_;
    std::size_t head_at_ = 0;
    int parentheses_ = 0;
};

} // namespace

Complaints check_mutable_state(const SourceText& source) {
    return Scanner(source).run();
}

} // namespace sipkeep::rules
