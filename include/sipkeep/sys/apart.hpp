// Work side by side, each piece in a process of its own: one that hangs or dies is its own trouble.
#pragma once

#include "sipkeep/core/time.hpp"

#include <cstddef>
#include <functional>
#include <ostream>
#include <string>

namespace sipkeep {

/// What became of one piece.
struct Apart {
    int exit_code = 0; ///< minus the signal when one ended it
    bool in_time = true;
    std::string out, err; ///< what it wrote
};

struct ApartLimits {
    std::size_t at_once = 1;
    Milliseconds patience{0}; ///< of each piece, from its start on
};

/// Runs `work(i)` for each i below `count`, the code that it returns being the exit code of its process, and
/// tells of each when it is over. To be called while this process has one thread. Ends those that take too
/// long, and all of them when this process ends. Throws Error when a process can't be made.
void run_apart(std::size_t count, const ApartLimits& limits,
               const std::function<int(std::size_t, std::ostream& out, std::ostream& err)>& work,
               const std::function<void(std::size_t, const Apart&)>& over);

} // namespace sipkeep
