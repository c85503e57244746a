// A small SBC that was never there: what its tables and its MI would hold at each minute, always the same.
#pragma once

#include "sipkeep/core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sipkeep::small_sbc {

/// A row of `location`; the columns that are not here are NULL or 0, as OpenSIPS leaves them.
struct Registration {
    std::uint64_t contact_id = 0;
    std::string username, domain, contact;
    std::optional<std::string> received;
    UtcSeconds expires;
    std::string callid;
    int cseq = 0;
    UtcSeconds last_modified;
    std::string user_agent, socket;
    std::optional<std::string> sip_instance;
};

/// A row of `dialog`: a call that was answered.
struct Call {
    std::uint64_t dlg_id = 0;
    std::string callid, from_uri, from_tag, to_uri, to_tag, callee_cseq, caller_contact, callee_contact;
    UtcSeconds start_time, timeout;
    std::uint32_t flags = 0;
};

enum class GatewayState : std::uint8_t { active = 0, inactive = 1, probing = 2 };

/// A row of `dispatcher`, and a destination of `ds_list`.
struct Gateway {
    int id = 0;
    int set_id = 0;
    std::string address; ///< "203.0.113.10:5060"
    GatewayState state = GatewayState::active;
    int weight = 1, priority = 0;
    std::optional<std::string> attr, description;
};

/// Minute 0 is 2026-11-20 09:00:00 UTC; the SBC's own time zone is UTC.
[[nodiscard]] UtcSeconds time_of(int minute);

// The rows at the start of a minute (0 to 10,000).
[[nodiscard]] std::vector<Registration> registrations(int minute);
[[nodiscard]] std::vector<Call> calls(int minute);
[[nodiscard]] std::vector<Gateway> gateways(int minute);

/// Calls answered and REGISTERs accepted from minute 0 on.
[[nodiscard]] std::int64_t calls_answered_by(int minute);
[[nodiscard]] std::int64_t registers_accepted_by(int minute);

/// Well spread and the same on every machine (the finalizer of MurmurHash3).
[[nodiscard]] constexpr std::uint64_t spread(std::uint64_t value) {
    value = (value ^ (value >> 33U)) * 0xff51afd7ed558ccdULL;
    value = (value ^ (value >> 33U)) * 0xc4ceb9fe1a85ec53ULL;
    return value ^ (value >> 33U);
}

} // namespace sipkeep::small_sbc
