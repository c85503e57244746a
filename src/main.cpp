#include "sipkeep/app/cli.hpp"
#include "sipkeep/sys/log.hpp"

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

std::string variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

} // namespace

int main(int argc, char** argv) {
    using namespace sipkeep;
    const bool journald = is_journal(variable("JOURNAL_STREAM").c_str(), STDERR_FILENO);
    auto code = ExitCode::failed;
    try {
        SystemClock clock;
        const bool terminal = ::isatty(STDERR_FILENO) == 1;
        RealFileSystem files;
        const Environment env{
            std::cout,
            std::cerr,
            clock,
            files,
            journald,
            terminal,
            variable("CREDENTIALS_DIRECTORY"),
            screen_of(STDOUT_FILENO, variable("NO_COLOR"), variable("TERM"), variable("PAGER"))};
        code = run_command_line(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc), env);
        if (!std::cout.flush()) throw Error("the result can't be written to standard output");
    } catch (const std::exception& error) {
        const auto* const known = dynamic_cast<const Error*>(&error);
        code = known == nullptr ? ExitCode::failed : known->exit_code();
        Log(std::cerr, Level::error, journald).error(error.what());
    }
    return static_cast<int>(code);
}
