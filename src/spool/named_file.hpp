// Failures that name the file once, wherever they were thrown.
#pragma once

#include "sipkeep/core/error.hpp"

#include <string>
#include <string_view>

namespace sipkeep {

/// Runs an action; an Error of it becomes a Failure with the path before its message, unless it stands there
/// already.
template <class Failure, class Action>
auto reading(const std::string& path, Action action) -> decltype(action()) {
    try {
        return action();
    } catch (const Error& error) {
        std::string_view text(error.what());
        if (text.starts_with(path + ": ")) text.remove_prefix(path.size() + 2);
        throw Failure(path + ": " + std::string(text));
    }
}

} // namespace sipkeep
