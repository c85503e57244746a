// What can happen to a registration, as column `what` of registration_event tells it.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace sipkeep {

inline constexpr std::array<std::string_view, 5> registration_event_kinds{"came", "changed", "moved", "went",
                                                                          "left"};

/// "'came', 'changed', ..": the key has the kind before the time, so that a condition on time needs all.
inline std::string registration_event_kind_list() {
    std::string list;
    for (const std::string_view kind : registration_event_kinds)
        list += (list.empty() ? "'" : ", '") + std::string(kind) + "'";
    return list;
}

} // namespace sipkeep
