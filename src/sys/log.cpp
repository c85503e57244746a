#include "sipkeep/sys/log.hpp"

#include "sipkeep/core/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <sys/stat.h>

namespace sipkeep {

namespace {

constexpr std::size_t longest_message = 4000;

struct Prefix {
    const char* plain;
    const char* journal;
};

constexpr std::array<Prefix, 3> prefixes{{
    {"sipkeep: error: ", "<3>"},
    {"sipkeep: warning: ", "<4>"},
    {"sipkeep: ", "<6>"},
}};

std::string hexadecimal(unsigned char byte) {
    constexpr std::string_view digits = "0123456789abcdef";
    return {'\\', 'x', digits[byte >> 4U], digits[byte & 15U]};
}

std::string escaped(char character) {
    switch (character) {
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return hexadecimal(static_cast<unsigned char>(character));
    }
}

bool is_control(unsigned char byte) {
    return byte < 0x20 || byte == 0x7f;
}

/// A character that steers a terminal or breaks a line though no byte of it is a control: C1
/// (U+0080..U+009F), the line and paragraph separators, and what turns the direction of writing.
bool steers(std::string_view character) {
    constexpr std::array<std::string_view, 14> others{"\u2028", "\u2029", "\u200e", "\u200f", "\u061c",
                                                      "\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
                                                      "\u2066", "\u2067", "\u2068", "\u2069"};
    const bool c1 = character.size() == 2 && character[0] == '\xc2' &&
                    (static_cast<unsigned char>(character[1]) & 0xe0U) == 0x80U;
    return c1 || std::find(others.begin(), others.end(), character) != others.end();
}

} // namespace

Level log_threshold(bool quiet, bool verbose) {
    if (quiet) return Level::error;
    return verbose ? Level::info : Level::warning;
}

Log::Log(std::ostream& stream, Level threshold, bool journald)
    : stream_(stream), threshold_(threshold), journald_(journald) {}

void Log::error(std::string_view message) {
    write(Level::error, message);
}
void Log::warning(std::string_view message) {
    write(Level::warning, message);
}
void Log::info(std::string_view message) {
    write(Level::info, message);
}

void Log::write(Level level, std::string_view message) {
    if (level > threshold_) return;
    const auto& prefix = prefixes.at(static_cast<std::size_t>(level));
    // One write for the whole line: two processes that share stderr must not tear each other's lines.
    stream_ << (std::string(journald_ ? prefix.journal : prefix.plain) + printable(message) + '\n')
            << std::flush;
}

std::string printable(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        if (result.size() >= longest_message) return result + "...";
        const std::size_t length = utf8_length(text, at);
        const auto character = text.substr(at, std::max<std::size_t>(length, 1));
        const bool one_byte = character.size() == 1;
        if (one_byte && (length == 0 || is_control(static_cast<unsigned char>(character[0]))))
            result += escaped(character[0]);
        else if (steers(character))
            for (const char byte : character) result += escaped(byte);
        else
            result += character;
        at += character.size();
    }
    return result;
}

bool is_journal(const char* journal_stream, int fd) {
    struct stat status {};
    if (journal_stream == nullptr || ::fstat(fd, &status) != 0) return false;
    return std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino) == journal_stream;
}

} // namespace sipkeep
