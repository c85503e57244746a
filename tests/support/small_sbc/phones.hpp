// The phones of the small SBC, and where each of them registers from, and when.
#pragma once

#include "sbc.hpp"

namespace sipkeep::small_sbc {

/// What a phone uses from one REGISTER on.
struct Stay {
    UtcSeconds from;
    std::string contact;
    std::optional<std::string> received;
    std::string socket;
    int contact_label = 0; ///< another label is another contact_id
};

struct Phone {
    int number = 0; ///< counts all phones
    std::string username, domain, user_agent;
    std::optional<std::string> sip_instance;
    Seconds refresh_every{0};
    Seconds expires{0};
    std::vector<Stay> stays; ///< ascending by time
    std::optional<UtcSeconds> gone;

    [[nodiscard]] std::string uri() const { return "sip:" + username + "@" + domain; }
};

[[nodiscard]] const std::vector<Phone>& phones();

} // namespace sipkeep::small_sbc
