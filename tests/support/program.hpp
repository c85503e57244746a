// Runs a program as a user would: arguments, environment, exit code, and what it printed.
#pragma once

#include "sipkeep/core/time.hpp"

#include <map>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace sipkeep::test {

struct ProgramResult {
    int exit_code = -1; ///< minus the signal when one ended it
    std::string out;
    std::string err;
    long peak_kib = 0; ///< the most memory it held at once, and no less than the test held when it started it
};

/// A started program. It gets PATH and the sanitizers' options of the test, and what `environment` adds,
/// nothing else. Killed when the object goes.
class RunningProgram {
public:
    explicit RunningProgram(const std::vector<std::string>& command,
                            const std::map<std::string, std::string>& environment = {});
    RunningProgram(const RunningProgram&) = delete;
    RunningProgram& operator=(const RunningProgram&) = delete;
    ~RunningProgram();

    /// Throws std::runtime_error when it is known to be over: its number may be anybody's then, and -1 is
    /// everybody's.
    [[nodiscard]] pid_t pid() const;
    /// Sends it a signal; false when it is over.
    bool signal(int number);
    [[nodiscard]] bool running();
    /// Throws std::runtime_error when it is not over within `patience`; it is killed then.
    ProgramResult wait(Milliseconds patience = Milliseconds{60000});

private:
    int out_;
    int err_;
    pid_t process_ = -1;
    int status_ = 0;
    long peak_kib_ = 0;
};

/// Starts it and waits for its end.
ProgramResult run_program(const std::vector<std::string>& command,
                          const std::map<std::string, std::string>& environment = {});

/// Asks again and again until `seen` says true; false when `patience` is over.
template <class Seen>
bool wait_until(Seen seen, Milliseconds patience = Milliseconds{20000}) {
    const Deadline deadline(patience);
    while (!seen()) {
        if (deadline.passed()) return false;
        std::this_thread::sleep_for(Milliseconds{1});
    }
    return true;
}

} // namespace sipkeep::test
