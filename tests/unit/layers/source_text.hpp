// A C++ file taken apart just far enough to check house rules without being fooled by comments and strings.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sipkeep::rules {

inline constexpr auto npos = std::string_view::npos;

struct Literal {
    std::size_t line = 0;
    std::string text; ///< between the quotes, escapes as written; raw strings without their delimiters
};

struct SourceText {
    std::string path; ///< from the root of the source tree, with '/'
    std::string
        code; ///< comments, preprocessor lines and the insides of literals are blanks; as long as the file
    std::string without_comments;
    std::vector<Literal> literals;
};

[[nodiscard]] SourceText read_source(std::string path, std::string_view text);

[[nodiscard]] bool is_word_character(char c);
/// Where `word` begins as a word of its own, at or after `from`; npos when nowhere.
[[nodiscard]] std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0);
[[nodiscard]] std::size_t skip_blanks(std::string_view text, std::size_t at);
/// Counted from 1.
[[nodiscard]] std::size_t line_of(std::string_view text, std::size_t at);
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

} // namespace sipkeep::rules
