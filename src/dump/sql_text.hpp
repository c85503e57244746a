// The text of an SQL dump, piece by piece: what is quoted, what is a comment, what is a value.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

/// A stream of SQL. Holds a buffer of fixed size and one value at a time.
class SqlText {
public:
    /// Fills a buffer with up to so many bytes and returns how many; 0: there are no more.
    using Read = std::function<std::size_t(char*, std::size_t)>;
    /// Longer values than MySQL can store are refused.
    static constexpr std::size_t longest_value = 64U << 20U;

    explicit SqlText(Read read);

    /// The next byte, which take() takes; -1 at the end.
    [[nodiscard]] int peek() {
        if (at_ < end_ || fill()) return static_cast<unsigned char>(buffer_[at_]);
        return -1;
    }
    void take() { ++at_; }
    /// Takes the next byte if it is that one.
    bool take_if(char c) {
        if (peek() != static_cast<unsigned char>(c)) return false;
        take();
        return true;
    }
    /// Bytes taken so far.
    [[nodiscard]] std::uint64_t offset() const { return base_ + at_; }
    [[nodiscard]] std::uint64_t bytes_read() const { return base_ + end_; }

    /// Blanks and comments; the text of "-- .." comments is shown. What MySQL runs out of a comment
    /// (/*!40101 .. */) counts as text, its frame as blank.
    void skip_blanks(const std::function<void(std::string_view)>& comment = {});
    /// Letters, digits, _, $ and @, as they are written; "" when something else comes.
    [[nodiscard]] std::string word();
    /// A name, in backticks or as a word.
    [[nodiscard]] std::string name();
    /// A quoted text whose first quote comes next.
    void quoted(std::string& to);
    /// One value of a row; false: NULL. Throws Error for what is no literal.
    [[nodiscard]] bool value(std::string& to);
    /// Everything up to the end of the statement, and that end. `text`, if given, gets the first of it.
    void skip_statement(std::string* text = nullptr);
    /// What ends a statement; a semicolon at first.
    void set_delimiter(std::string delimiter) { delimiter_ = std::move(delimiter); }

    /// A backslash is a byte like any other.
    void no_backslash_escapes() { backslash_ = false; }

    [[noreturn]] void fail(const std::string& what) const;

private:
    bool fill();
    [[nodiscard]] int peek_behind(); ///< the byte behind the next one
    void skip_line(const std::function<void(std::string_view)>& comment);
    void skip_comment();
    void escaped(std::string& to);
    bool take_delimiter();
    void hex_digits(std::string& to, bool quoted);
    bool literal_word(std::string& to);

    Read read_;
    std::vector<char> buffer_;
    std::size_t at_ = 0, end_ = 0;
    std::uint64_t base_ = 0; ///< of the buffer, in the stream
    bool over_ = false;
    bool backslash_ = true;
    std::string delimiter_ = ";";
};

} // namespace sipkeep
