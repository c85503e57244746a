// Messages for the operator: one line each, whatever they hold.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

namespace sipkeep {

/// How bad a message is, worst first. A threshold lets through its own level and everything worse.
enum class Level : std::uint8_t { error, warning, info };

/// The threshold that `-q` and `-v` ask for: errors only, errors and warnings, everything.
[[nodiscard]] Level log_threshold(bool quiet, bool verbose);

/// Writes messages to one stream, one line and one flush each; neither timestamps nor colours.
/// Plain: "sipkeep: error: ...", "sipkeep: warning: ...", "sipkeep: ...".
/// For the journal: "<3>...", "<4>...", "<6>..." (sd-daemon(3)); the journal adds the name and the time.
class Log {
public:
    Log(std::ostream& stream, Level threshold, bool journald);

    void error(std::string_view message);
    void warning(std::string_view message);
    void info(std::string_view message);

private:
    void write(Level level, std::string_view message);

    std::ostream& stream_;
    Level threshold_;
    bool journald_;
};

/// `text` as valid UTF-8 in one line: what could start a line of its own or steer a terminal (C0, DEL, C1,
/// line separators, changes of direction) and what is no UTF-8 (the journal would hide the whole message)
/// become
/// "\n", "\t", "\r" and "\x1b", byte by byte. Cut after 4,000 bytes.
[[nodiscard]] std::string printable(std::string_view text);

/// True when file descriptor `fd` is the stream that systemd named in JOURNAL_STREAM ("device:inode").
/// `journal_stream` may be null. A redirected stderr inherits the variable but is no journal.
[[nodiscard]] bool is_journal(const char* journal_stream, int fd);

} // namespace sipkeep
