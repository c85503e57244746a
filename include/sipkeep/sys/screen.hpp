// The terminal that results are read on, and the pager that long ones go through.
#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <ostream>
#include <streambuf>
#include <string>

namespace sipkeep {

struct Screen {
    std::size_t columns = 80;
    bool colours = false;
    std::string pager; ///< shell command, "" for the usual one, "cat" for none
};

/// What a file descriptor shows on; nullopt when it is no terminal. `no_color`, `term` and `pager` are the
/// environment variables of these names, empty when unset (https://no-color.org).
[[nodiscard]] std::optional<Screen> screen_of(int fd, const std::string& no_color, const std::string& term,
                                              const std::string& pager);

/// Shows what is written to out() a page at a time, on the terminal of the process. When the reader has seen
/// enough, the rest is thrown away.
class Pager {
public:
    /// Throws Error when no shell can be started.
    explicit Pager(const Screen& screen);
    Pager(const Pager&) = delete;
    Pager& operator=(const Pager&) = delete;
    /// Waits for the reader.
    ~Pager();
    [[nodiscard]] std::ostream& out() { return out_; }

private:
    class Pipe;
    std::unique_ptr<Pipe> pipe_;
    std::ostream out_;
};

} // namespace sipkeep
