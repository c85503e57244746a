// What a check of the archive found, as text.
#pragma once

#include "sipkeep/db/archive_check.hpp"

#include <string>

namespace sipkeep::test {

/// "invariant: what" of each violation, a line each, and "invariant: and N more".
inline std::string violations_of(const ArchiveFindings& findings) {
    std::string text;
    for (const Violation& violation : findings.violations)
        text += std::string(to_string(violation.invariant)) + ": " + violation.what + "\n";
    for (std::size_t i = 0; i < invariants; ++i)
        if (const auto more = findings.more(Invariant(i)); more > 0)
            text += std::string(to_string(Invariant(i))) + ": and " + std::to_string(more) + " more\n";
    return text;
}

} // namespace sipkeep::test
