#include "phones.hpp"

#include <array>

namespace sipkeep::small_sbc {

namespace {

using std::chrono::minutes;

struct Site {
    const char* domain;
    int first_number;
    int phones;
};
constexpr std::array sites{Site{"north.example.com", 1001, 30}, Site{"south.example.com", 2001, 20},
                           Site{"office.example.net", 3001, 12}};

// One has quotes and a backslash: they must come through as they are.
constexpr std::array user_agents{"Yealink SIP-T46U 108.86.0.20",
                                 "Grandstream GXP2170 1.0.11.64",
                                 "PolycomVVX-VVX_411-UA/6.4.6.2453",
                                 "snomD785/10.1.141.13",
                                 "Linphone-Desktop/5.2.4 (O'Brien's PC)",
                                 "MicroSIP/3.21.3",
                                 R"(Acme "Desk\Phone" 7.1)"};

constexpr const char* udp_socket = "udp:203.0.113.1:5060";

std::string text(const std::string& before, int number) {
    return before + std::to_string(number);
}

std::string instance_of(const Phone& phone) {
    std::string digits = "000000000000";
    std::uint64_t rest = spread(static_cast<std::uint64_t>(phone.number) + 77);
    for (char& digit : digits) {
        digit = "0123456789abcdef"[rest & 15U];
        rest >>= 4U;
    }
    return "\"<urn:uuid:f81d4fae-7dec-11d0-a765-" + digits + ">\"";
}

/// Two of three phones sit behind a router: they register often, and are reached at `received`.
Phone ordinary_phone(int number, const Site& site, int index) {
    Phone phone;
    phone.number = number;
    phone.username = std::to_string(site.first_number + index);
    phone.domain = site.domain;
    phone.user_agent = user_agents[static_cast<std::size_t>(number) % user_agents.size()];
    if (number % 4 == 0) phone.sip_instance = instance_of(phone);
    const bool behind_router = number % 3 != 0;
    phone.refresh_every = behind_router ? Seconds{150} : Seconds{1800};
    phone.expires = phone.refresh_every * 2;
    Stay stay;
    stay.from = time_of(0) - std::chrono::days{1} + Seconds{number * 37};
    stay.socket = udp_socket;
    const std::string local = text("192.168.1.", 20 + number);
    const std::string global = text("198.51.100.", 20 + number);
    stay.contact = "sip:" + phone.username + "@" + (behind_router ? local : global) + ":5060";
    if (behind_router) stay.received = text("sip:" + global + ":", 10240 + number * 7);
    phone.stays.push_back(stay);
    return phone;
}

/// First its router gets a new address, then it leaves the house and registers over the mobile network.
void let_it_move(Phone& phone) {
    Stay new_router_address = phone.stays.front();
    new_router_address.from = time_of(3) + Seconds{20};
    new_router_address.received = "sip:198.51.100.201:40012";
    Stay mobile;
    mobile.from = time_of(6) + Seconds{25};
    mobile.contact = "sip:" + phone.username + "@10.118.4.2:39244;transport=tcp";
    mobile.received = "sip:203.0.113.77:39244;transport=tcp";
    mobile.socket = "tcp:203.0.113.1:5060";
    mobile.contact_label = 1;
    phone.stays.push_back(new_router_address);
    phone.stays.push_back(mobile);
    phone.user_agent = "LinphoneAndroid/5.2.5 (Pixel 8)";
}

std::vector<Phone> make_phones() {
    std::vector<Phone> all;
    int number = 0;
    for (const Site& site : sites)
        for (int index = 0; index < site.phones; ++index)
            all.push_back(ordinary_phone(number++, site, index));
    let_it_move(all[7]);                                      // 1008@north.example.com
    all[34].gone = time_of(5) + Seconds{40};                  // 2005@south.example.com
    all.back().stays.front().from = time_of(2) + Seconds{10}; // 3012@office.example.net
    return all;
}

std::uint64_t contact_id_of(const Phone& phone, const Stay& stay) {
    // As OpenSIPS builds it: hash of the address of record, record label, contact label.
    const std::uint64_t mixed = spread(static_cast<std::uint64_t>(phone.number) + 1);
    const std::uint64_t aor_hash = mixed & 0xffffU;
    const std::uint64_t record_label = (mixed >> 16U) & 0xffffffU;
    const std::uint64_t contact_label =
        ((mixed >> 48U) & 0x1fffU) + static_cast<unsigned>(stay.contact_label);
    return (aor_hash << 46U) | (record_label << 14U) | contact_label;
}

std::string callid_of(const Phone& phone, const Stay& stay) {
    const auto mixed = spread(static_cast<std::uint64_t>(phone.number * 10 + stay.contact_label) + 5000);
    return std::to_string(mixed) + "@" + phone.domain;
}

/// OpenSIPS writes every ten seconds: what happened since then is not in the table yet.
UtcSeconds written_until(int minute) {
    return time_of(minute) - Seconds{6};
}

const Stay* stay_at(const Phone& phone, UtcSeconds time) {
    if (phone.gone && *phone.gone <= time) return nullptr;
    const Stay* latest = nullptr;
    for (const Stay& stay : phone.stays)
        if (stay.from <= time) latest = &stay;
    return latest;
}

Registration row_of(const Phone& phone, const Stay& stay, UtcSeconds time) {
    const auto refreshes = (time - stay.from) / phone.refresh_every;
    Registration row;
    row.contact_id = contact_id_of(phone, stay);
    row.username = phone.username;
    row.domain = phone.domain;
    row.contact = stay.contact;
    row.received = stay.received;
    row.last_modified = stay.from + refreshes * phone.refresh_every;
    row.expires = row.last_modified + phone.expires;
    row.callid = callid_of(phone, stay);
    const auto day_before = time_of(0) - std::chrono::days{1};
    row.cseq = static_cast<int>((row.last_modified - day_before) / Seconds{75}) + 2;
    row.user_agent = phone.user_agent;
    row.socket = stay.socket;
    row.sip_instance = phone.sip_instance;
    return row;
}

} // namespace

UtcSeconds time_of(int minute) {
    using namespace std::chrono_literals;
    constexpr std::chrono::sys_days day{std::chrono::year{2026} / 11 / 20};
    return day + 9h + minutes{minute};
}

const std::vector<Phone>& phones() {
    static const std::vector<Phone> all = make_phones();
    return all;
}

std::vector<Registration> registrations(int minute) {
    std::vector<Registration> rows;
    const UtcSeconds time = written_until(minute);
    for (const Phone& phone : phones())
        if (const Stay* stay = stay_at(phone, time)) rows.push_back(row_of(phone, *stay, time));
    return rows;
}

std::int64_t registers_accepted_by(int minute) {
    std::int64_t count = 0;
    for (const Phone& phone : phones()) {
        const UtcSeconds first = phone.stays.front().from;
        const auto since_first = [&](UtcSeconds time) {
            return time < first ? 0 : (time - first) / phone.refresh_every + 1;
        };
        count += since_first(time_of(minute)) - since_first(time_of(0));
    }
    return count;
}

} // namespace sipkeep::small_sbc
