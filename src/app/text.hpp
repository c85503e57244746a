// Small questions to text that the readers of configuration share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sipkeep {

/// "FILE:LINE: ", as compilers and editors know it.
[[nodiscard]] std::string position(const std::string& file, std::size_t line);

/// Without spaces, tabs and line ends on both sides.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// ASCII letters lowered.
[[nodiscard]] std::string lower_case(std::string_view text);

/// The lines of `text` with their numbers from 1, without "\n" or "\r\n". A line end at the very end starts
/// no line.
[[nodiscard]] std::vector<std::pair<std::size_t, std::string_view>> numbered_lines(std::string_view text);

/// 1 to 65535 in decimal digits, nothing else.
[[nodiscard]] std::optional<std::uint16_t> port_number(std::string_view text);

/// True when every character is a letter, a digit or one of `others`, and there is one to `longest` of them.
[[nodiscard]] bool is_word(std::string_view text, std::string_view others, std::size_t longest);

/// The candidate that `word` was probably meant to be (edit distance), or an empty view when none is near.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       const std::vector<std::string_view>& candidates);

} // namespace sipkeep
