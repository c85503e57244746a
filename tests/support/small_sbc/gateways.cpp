#include "sbc.hpp"

namespace sipkeep::small_sbc {

std::vector<Gateway> gateways(int minute) {
    // Carrier B stops answering OPTIONS for three minutes.
    const bool carrier_b_is_silent = minute >= 4 && minute < 7;
    std::vector<Gateway> all(4);
    all[0] = {4, 2, "198.51.100.11:5060", GatewayState::active, 1, 0, {}, {}};
    all[1] = {3, 2, "198.51.100.12:5060", GatewayState::inactive, 1, 0, {}, "being replaced"};
    all[2] = {1, 1, "203.0.113.10:5060", GatewayState::active, 50, 1, "gw=a", "carrier A"};
    all[3] = {2,
              1,
              "203.0.113.20:5060",
              carrier_b_is_silent ? GatewayState::probing : GatewayState::active,
              50,
              1,
              "gw=b",
              "carrier B"};
    return all;
}

} // namespace sipkeep::small_sbc
