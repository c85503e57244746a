#include "unit/layers/source_text.hpp"

#include <algorithm>

namespace sipkeep::rules {

namespace {

class Splitter {
public:
    Splitter(std::string path, std::string_view text) : text_(text) {
        result_.path = std::move(path);
        result_.code = result_.without_comments = std::string(text);
    }

    SourceText run() {
        for (std::size_t at = 0; at < text_.size();) at = step(at);
        blank_preprocessor_lines();
        return std::move(result_);
    }

private:
    std::size_t step(std::size_t at) {
        const auto rest = text_.substr(at);
        if (rest.starts_with("//")) return comment(at, text_.find('\n', at));
        if (rest.starts_with("/*")) {
            const auto end = text_.find("*/", at + 2);
            return comment(at, end == npos ? npos : end + 2);
        }
        if (rest.starts_with("R\"") && (at == 0 || !is_word_character(text_[at - 1])))
            return raw_string(at + 1);
        if (text_[at] == '"') return quoted(at, '"');
        // 1'000 is a number, not a character.
        if (text_[at] == '\'' && (at == 0 || !is_word_character(text_[at - 1]))) return quoted(at, '\'');
        return at + 1;
    }

    std::size_t comment(std::size_t from, std::size_t to) {
        to = std::min(to, text_.size());
        blank(result_.code, from, to);
        blank(result_.without_comments, from, to);
        return to;
    }

    std::size_t quoted(std::size_t open, char quote) {
        auto close = open + 1;
        while (close < text_.size() && text_[close] != quote && text_[close] != '\n')
            close += text_[close] == '\\' ? 2U : 1U;
        close = std::min(close, text_.size());
        return literal(open, open + 1, close, quote == '"');
    }

    std::size_t raw_string(std::size_t open) {
        const auto parenthesis = std::min(text_.find('(', open), text_.size());
        const auto end = ")" + std::string(text_.substr(open + 1, parenthesis - open - 1)) + "\"";
        const auto close = std::min(text_.find(end, parenthesis), text_.size());
        literal(open, std::min(parenthesis + 1, close), close, true);
        return std::min(close + end.size(), text_.size());
    }

    std::size_t literal(std::size_t open, std::size_t from, std::size_t close, bool is_string) {
        if (is_string)
            result_.literals.push_back({line_of(text_, open), std::string(text_.substr(from, close - from))});
        blank(result_.code, open + 1, close);
        return std::min(close + 1, text_.size());
    }

    static void blank(std::string& text, std::size_t from, std::size_t to) {
        for (auto i = from; i < to; ++i)
            if (text[i] != '\n') text[i] = ' ';
    }

    void blank_preprocessor_lines() {
        auto& code = result_.code;
        bool continued = false;
        for (std::size_t begin = 0; begin < code.size();) {
            const auto end = std::min(code.find('\n', begin), code.size());
            const auto first = skip_blanks(code, begin);
            const bool directive = continued || (first < end && code[first] == '#');
            continued = directive && end > begin && code[end - 1] == '\\';
            if (directive) blank(code, begin, end);
            begin = end + 1;
        }
    }

    std::string_view text_;
    SourceText result_;
};

} // namespace

SourceText read_source(std::string path, std::string_view text) {
    return Splitter(std::move(path), text).run();
}

bool is_word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::size_t find_word(std::string_view text, std::string_view word, std::size_t from) {
    for (auto at = text.find(word, from); at != npos; at = text.find(word, at + 1)) {
        const auto end = at + word.size();
        if ((at == 0 || !is_word_character(text[at - 1])) &&
            (end == text.size() || !is_word_character(text[end])))
            return at;
    }
    return npos;
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
    return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
}

std::size_t line_of(std::string_view text, std::size_t at) {
    return 1 + static_cast<std::size_t>(
                   std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

} // namespace sipkeep::rules
