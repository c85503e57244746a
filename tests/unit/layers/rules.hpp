// The house rules of include/ and src/ as functions, so that they can be tried on small violations.
#pragma once

#include "unit/layers/source_text.hpp"

#include <map>
#include <string>
#include <vector>

namespace sipkeep::rules {

/// "path:line: what is wrong", one each; empty when the rule is kept.
using Complaints = std::vector<std::string>;

/// main -> app -> {mi, db, dump, spool} -> sys -> core: never sideways, never up.
[[nodiscard]] Complaints check_arrows(const SourceText& source);
/// Each third-party library is seen by one place only; core sees the standard library.
[[nodiscard]] Complaints check_third_party(const SourceText& source);
/// SQL only in src/db (and schema/, which is no C++).
[[nodiscard]] Complaints check_sql(const SourceText& source);
/// exit, abort and getenv only in main.cpp (and _exit in sys/apart.cpp, of processes it made); clocks only in core/time.cpp.
[[nodiscard]] Complaints check_calls(const SourceText& source);
/// No variable that outlives a function call, unless it is constant.
[[nodiscard]] Complaints check_mutable_state(const SourceText& source);
/// No class named Manager, Helper, Util or Data.
[[nodiscard]] Complaints check_names(const SourceText& source);
/// At most 400 lines.
[[nodiscard]] Complaints check_length(const SourceText& source);
/// Every .cpp file is named in a CMakeLists.txt beside or above it. `cmake_files` maps path to content.
[[nodiscard]] Complaints check_in_build(const std::string& path,
                                        const std::map<std::string, std::string>& cmake_files);

/// No two classes of one name, but for those that a file keeps to itself in a namespace without a name: the
/// linker takes one for the other, and says nothing.
[[nodiscard]] Complaints check_one_definition(const std::vector<SourceText>& sources);

/// All of one file: all but check_in_build and check_one_definition.
[[nodiscard]] Complaints check_source(const SourceText& source);

} // namespace sipkeep::rules
