#include "sipkeep/sys/screen.hpp"

#include "sipkeep/core/error.hpp"

#include <array>
#include <csignal>
#include <sys/ioctl.h>
#include <unistd.h>

namespace sipkeep {

std::optional<Screen> screen_of(int fd, const std::string& no_color, const std::string& term,
                                const std::string& pager) {
    if (::isatty(fd) != 1) return std::nullopt;
    Screen screen;
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) screen.columns = size.ws_col;
    screen.colours = no_color.empty() && term != "dumb" && !term.empty();
    screen.pager = pager;
    return screen;
}

class Pager::Pipe : public std::streambuf {
public:
    explicit Pipe(const std::string& command)
        : before_(std::signal(SIGPIPE, SIG_IGN)) { // NOLINT: readers may leave
        file_ = ::popen(command.c_str(), "w");
        if (file_ == nullptr) throw Error("the pager can't be started; set PAGER=cat");
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() override {
        ::pclose(file_);
        std::signal(SIGPIPE, before_);
    }

protected:
    std::streamsize xsputn(const char* text, std::streamsize length) override {
        std::fwrite(text, 1, static_cast<std::size_t>(length), file_);
        return length;
    }
    int_type overflow(int_type c) override {
        if (!traits_type::eq_int_type(c, traits_type::eof())) std::fputc(c, file_);
        return traits_type::not_eof(c);
    }

private:
    void (*before_)(int);
    std::FILE* file_ = nullptr;
};

Pager::Pager(const Screen& screen)
    // -F: one page needs no pager; -R: colours; -X: it stays on the screen afterwards.
    : pipe_(std::make_unique<Pipe>(
          screen.pager.empty()
              ? "command -v less >/dev/null 2>&1 && LESS=\"${LESS-FRX}\" exec less || exec cat"
              : screen.pager)),
      out_(pipe_.get()) {}

Pager::~Pager() = default;

} // namespace sipkeep
