#include "sql_text.hpp"

#include "sipkeep/core/error.hpp"

#include <cstring>

namespace sipkeep {

namespace {

constexpr std::size_t buffer_size = 1U << 18U;

bool is_word(int c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           c == '$' || c == '@' || c >= 0x80;
}

bool is_number(int c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

int hex_of(int c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_blank(int c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

} // namespace

SqlText::SqlText(Read read) : read_(std::move(read)), buffer_(buffer_size) {}

bool SqlText::fill() {
    if (over_) return false;
    base_ += end_;
    at_ = end_ = 0;
    end_ = read_(buffer_.data(), buffer_.size());
    over_ = end_ == 0;
    return !over_;
}

int SqlText::peek_behind() {
    if (peek() < 0) return -1;
    if (at_ + 1 == end_ && !over_) {
        // The last byte moves to the front, and the rest of the buffer is filled behind it.
        buffer_[0] = buffer_[at_];
        base_ += at_;
        at_ = 0;
        end_ = 1 + read_(buffer_.data() + 1, buffer_.size() - 1);
    }
    return at_ + 1 < end_ ? static_cast<unsigned char>(buffer_[at_ + 1]) : -1;
}

void SqlText::fail(const std::string& what) const {
    throw Error("byte " + std::to_string(offset()) + ": " + what);
}

void SqlText::skip_line(const std::function<void(std::string_view)>& comment) {
    std::string line;
    for (int c = peek(); c >= 0 && c != '\n'; c = peek()) {
        if (line.size() < 200 && c != '\r') line += static_cast<char>(c);
        take();
    }
    if (comment) comment(line);
}

/// At "/*".
void SqlText::skip_comment() {
    take();
    take();
    if (peek() == 'M' && peek_behind() == '!') take();
    if (peek() == '!') {
        take();
        while (peek() >= '0' && peek() <= '9') take();
        return; // what follows is text; the end of the comment is a blank
    }
    for (int c = peek(); c >= 0; c = peek()) {
        take();
        if (c == '*' && take_if('/')) return;
    }
    fail("a comment does not end");
}

void SqlText::skip_blanks(const std::function<void(std::string_view)>& comment) {
    for (;;) {
        const int c = peek();
        if (is_blank(c)) {
            take();
        } else if (c == '#' || (c == '-' && peek_behind() == '-')) {
            skip_line(comment);
        } else if (c == '/' && peek_behind() == '*') {
            skip_comment();
        } else if (c == '*' && peek_behind() == '/') {
            take();
            take();
        } else {
            return;
        }
    }
}

std::string SqlText::word() {
    std::string text;
    for (int c = peek(); is_word(c) && text.size() < 64; c = peek()) {
        text += static_cast<char>(c);
        take();
    }
    return text;
}

std::string SqlText::name() {
    if (peek() != '`') {
        std::string text = word();
        if (text.empty()) fail("a name is missing");
        return text;
    }
    take();
    std::string text;
    for (int c = peek(); c >= 0; c = peek()) {
        take();
        if (c == '`' && !take_if('`')) return text;
        text += static_cast<char>(c);
        if (text.size() > 256) break;
    }
    fail("a name in backticks does not end");
}

void SqlText::escaped(std::string& to) {
    const int c = peek();
    if (c < 0) fail("a quoted text does not end");
    take();
    switch (c) {
    case '0':
        to += '\0';
        break;
    case 'b':
        to += '\b';
        break;
    case 'n':
        to += '\n';
        break;
    case 'r':
        to += '\r';
        break;
    case 't':
        to += '\t';
        break;
    case 'Z':
        to += '\x1a';
        break;
    case '%':
    case '_':
        to += '\\';
        [[fallthrough]];
    default:
        to += static_cast<char>(c);
    }
}

void SqlText::quoted(std::string& to) {
    to.clear();
    const char quote = static_cast<char>(peek());
    take();
    for (;;) {
        if (peek() < 0) fail("a quoted text does not end");
        const char* const from = buffer_.data() + at_;
        const char* const last = buffer_.data() + end_;
        const char* p = from;
        if (backslash_)
            while (p != last && *p != quote && *p != '\\') ++p;
        else
            while (p != last && *p != quote) ++p;
        to.append(from, p);
        at_ += static_cast<std::size_t>(p - from);
        if (to.size() > longest_value) fail("a value is longer than 64 MiB");
        if (p == last) continue;
        take();
        if (*p == '\\') {
            escaped(to);
        } else if (take_if(quote)) {
            to += quote;
        } else {
            return;
        }
    }
}

void SqlText::hex_digits(std::string& to, bool in_quotes) {
    std::string digits;
    for (int c = peek(); hex_of(c) >= 0; c = peek()) {
        digits += static_cast<char>(c);
        take();
        if (digits.size() > 2 * longest_value) fail("a value is longer than 64 MiB");
    }
    if (in_quotes && !take_if('\'')) fail("a value in hex digits does not end");
    if (digits.size() % 2 != 0) {
        if (in_quotes) fail("a value has an odd number of hex digits");
        digits.insert(0, "0");
    }
    for (std::size_t i = 0; i < digits.size(); i += 2)
        to += static_cast<char>(hex_of(digits[i]) * 16 + hex_of(digits[i + 1]));
}

/// NULL, and what stands in front of a quoted text: _binary, _utf8mb4, x, N.
bool SqlText::literal_word(std::string& to) {
    const std::string text = word();
    if (text == "NULL" || text == "null") return false;
    if (text.starts_with('_')) { // a character set, and then what is in it
        skip_blanks();
        const bool follows = peek() == '\'' || peek() == '"' || peek() == '0' || peek_behind() == '\'';
        if (!follows) fail("'" + text + "' stands in front of no text");
        return value(to);
    }
    if ((text == "x" || text == "X") && take_if('\'')) {
        hex_digits(to, true);
        return true;
    }
    if ((text == "N" || text == "n") && peek() == '\'') {
        quoted(to);
        return true;
    }
    fail("'" + text + "' is no value that a dump has");
}

bool SqlText::value(std::string& to) {
    to.clear();
    const int c = peek();
    if (c == '\'' || c == '"') {
        quoted(to);
        return true;
    }
    if (c == '0' && (peek_behind() == 'x' || peek_behind() == 'X')) {
        take();
        take();
        hex_digits(to, false);
        return true;
    }
    if (!is_number(c) || c == 'e' || c == 'E') {
        if (!is_word(c)) fail("a value is missing");
        return literal_word(to);
    }
    for (int digit = c; is_number(digit); digit = peek()) {
        to += static_cast<char>(digit);
        take();
        if (to.size() > 100) fail("a number is too long");
    }
    return true;
}

bool SqlText::take_delimiter() {
    // Dumps have ";;" around triggers; of a longer one two bytes tell it apart.
    if (delimiter_.size() > 1 && peek_behind() != static_cast<unsigned char>(delimiter_[1])) return false;
    for (std::size_t i = 0; i < delimiter_.size(); ++i) static_cast<void>(take_if(delimiter_[i]));
    return true;
}

void SqlText::skip_statement(std::string* text) {
    constexpr std::size_t kept = 4096;
    std::string value;
    for (int c = peek(); c >= 0; c = peek()) {
        if (c == static_cast<unsigned char>(delimiter_.front())) {
            if (take_delimiter()) return;
        }
        if (c == '\'' || c == '"') {
            quoted(value);
            if (text != nullptr && text->size() < kept) *text += "'" + value.substr(0, kept) + "'";
            continue;
        }
        if (c == '`') {
            static_cast<void>(name());
            continue;
        }
        const bool comment =
            (c == '-' && peek_behind() == '-') || c == '#' || (c == '/' && peek_behind() == '*');
        if (comment) {
            skip_blanks();
            continue;
        }
        if (text != nullptr && text->size() < kept) *text += static_cast<char>(c);
        take();
    }
}

} // namespace sipkeep
