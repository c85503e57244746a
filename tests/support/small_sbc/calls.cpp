#include "phones.hpp"

#include <array>
#include <cstdio>

namespace sipkeep::small_sbc {

namespace {

constexpr Seconds between_calls{17};
constexpr Seconds longest_call{420};
constexpr Seconds write_every{10};
constexpr std::uint32_t flags_of_an_answered_call = 24688;

std::string hex(std::uint64_t value) {
    std::array<char, 17> digits{};
    std::snprintf(digits.data(), digits.size(), "%08llx",
                  static_cast<unsigned long long>(value & 0xffffffffU));
    return digits.data();
}

UtcSeconds answered_at(std::int64_t number) {
    return time_of(0) + number * between_calls + Seconds{spread(static_cast<std::uint64_t>(number)) % 11};
}

Seconds duration_of(std::int64_t number) {
    const auto mixed = spread(static_cast<std::uint64_t>(number) + 900);
    const bool long_one = mixed % 5 < 2;
    return Seconds{long_one ? 120 + (mixed >> 8U) % 300 : 15 + (mixed >> 8U) % 105};
}

/// The row comes and goes with OpenSIPS's timer; a call between two of its runs never has one.
bool in_table(UtcSeconds answered, UtcSeconds ended, UtcSeconds time) {
    const auto written = [](UtcSeconds event) {
        return UtcSeconds{event.time_since_epoch() / write_every * write_every + write_every};
    };
    return written(answered) <= time && time < written(ended);
}

Call call_of(std::uint64_t key, UtcSeconds answered) {
    const auto& all = phones();
    const auto mixed = spread(key + 40'000);
    const Phone& caller = all[mixed % all.size()];
    const Phone& callee = all[(mixed % all.size() + 1 + (mixed >> 8U) % (all.size() - 1)) % all.size()];
    const bool outside = (mixed >> 20U) % 2 == 0;
    Call call;
    call.dlg_id = ((mixed >> 24U) & 0xfffU) << 32U | (mixed & 0x7fffffffU);
    call.callid = hex(mixed) + "-" + hex(mixed >> 32U) + "@" + caller.domain;
    call.from_uri = caller.uri();
    call.from_tag = hex(mixed >> 16U);
    call.to_uri =
        outside ? "sip:+4930" + std::to_string(23125000 + mixed % 1000) + "@" + caller.domain : callee.uri();
    call.to_tag = "as" + hex(mixed >> 12U);
    call.callee_cseq = "1";
    call.caller_contact = caller.stays.front().contact;
    call.callee_contact = outside ? "sip:203.0.113.10:5060" : callee.stays.front().contact;
    call.start_time = answered;
    call.timeout = answered + std::chrono::hours{1};
    call.flags = flags_of_an_answered_call;
    return call;
}

/// The conference that outlasts all others, and whose caller puts it on hold: the one row that changes.
void add_conference(std::vector<Call>& rows, UtcSeconds time) {
    const UtcSeconds answered = time_of(0) - std::chrono::minutes{22};
    const UtcSeconds held = time_of(4) + Seconds{33};
    if (!in_table(answered, time_of(8) + Seconds{12}, time)) return;
    Call call = call_of(4'000'000, answered);
    call.to_uri = "sip:conference@office.example.net";
    if (held + write_every <= time) {
        call.callee_cseq = "2";
        call.caller_contact += ";transport=udp";
        call.flags += 8;
        call.timeout += Seconds{1};
    }
    rows.push_back(call);
}

} // namespace

std::vector<Call> calls(int minute) {
    const UtcSeconds time = time_of(minute);
    std::vector<Call> rows;
    add_conference(rows, time);
    const std::int64_t newest = (time - time_of(0)) / between_calls;
    for (std::int64_t number = newest - longest_call / between_calls - 2; number <= newest; ++number) {
        const UtcSeconds answered = answered_at(number);
        if (in_table(answered, answered + duration_of(number), time))
            rows.push_back(call_of(static_cast<std::uint64_t>(number), answered));
    }
    return rows;
}

std::int64_t calls_answered_by(int minute) {
    std::int64_t count = 0;
    const std::int64_t newest = (time_of(minute) - time_of(0)) / between_calls;
    for (std::int64_t number = 0; number <= newest; ++number)
        if (answered_at(number) <= time_of(minute)) ++count;
    return count;
}

} // namespace sipkeep::small_sbc
