#include "simulated_sbc.hpp"

#include <algorithm>

namespace sipkeep::test {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t usual_contacts = 8;
constexpr std::size_t most_dialogs = 4;
constexpr Seconds registered_for{3600};

std::string unix_time(UtcSeconds at) {
    return std::to_string(at.time_since_epoch().count());
}

UtcSeconds last_sunday(std::chrono::year year, std::chrono::month month) {
    using namespace std::chrono;
    return sys_days(year / month / Sunday[last]) + hours{1};
}

} // namespace

Seconds utc_offset(UtcSeconds at) {
    const auto year = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(at)).year();
    const bool summer =
        at >= last_sunday(year, std::chrono::March) && at < last_sunday(year, std::chrono::October);
    return summer ? 7200s : 3600s;
}

SimulatedSbc::SimulatedSbc(UtcSeconds start, int eventful, std::uint32_t seed)
    : now_(start), eventful_(static_cast<std::uint32_t>(eventful)), random_(seed), mi_(seed) {
    while (tables_.location.size() < usual_contacts) add_contact();
}

void SimulatedSbc::live() {
    if (utc_offset(now_) != utc_offset(now_ + 60s)) ++events_.dst_changes;
    now_ += 60s;
    mi_.live(60s, !one_in(500));
    live_host();
    live_contacts();
    live_dialogs();
}

void SimulatedSbc::live_host() {
    if (rarely(30'000)) restart();
    if (rarely(60'000)) {
        host_is_back_ = now_ + 60s * (2 + random(3000));
        ++events_.pauses;
    }
    if (clock_error_ != 0s && now_ >= clock_is_set_right_) clock_error_ = 0s;
    if (clock_error_ == 0s && rarely(40'000)) {
        const bool back = one_in(2);
        const int seconds = int(30 + random(7200));
        clock_error_ = Seconds{back ? -seconds : seconds};
        clock_is_set_right_ = now_ + 60s * (1 + random(300));
        ++(back ? events_.steps_back : events_.steps_forward);
    }
}

void SimulatedSbc::restart() {
    ++events_.restarts;
    mi_.restart(20s);
    mi_is_back_ = now_ + 60s * random(4);
    tables_.dialog.clear();
}

std::string SimulatedSbc::local_time() const {
    return to_datetime(now_ + clock_error_ + utc_offset(now_));
}

void SimulatedSbc::refresh(std::uint64_t id, Cells& cells) {
    cells["expires"] = unix_time(now_ + clock_error_ + registered_for);
    cells["cseq"] = std::to_string(std::stoi(cells["cseq"].value_or("0")) + 1);
    cells["last_modified"] = local_time();
    tables_.put_contact(id, cells);
}

void SimulatedSbc::add_contact() {
    std::uint64_t id = (std::uint64_t{random(1 << 16)} << 32U) | next_id_++;
    if (!free_contacts_.empty() && one_in(2)) { // OpenSIPS may give an id again
        id = free_contacts_.back();
        free_contacts_.pop_back();
    }
    const std::string user = std::to_string(1000 + random(40));
    Cells cells{{"username", user},
                {"domain", "d" + std::to_string(random(3)) + ".example"},
                {"contact", "sip:" + user + "@192.0.2." + std::to_string(random(250)) + ":5060"},
                {"q", "-1.00"},
                {"callid", "reg" + std::to_string(random(1'000'000))},
                {"cseq", std::to_string(random(1000))},
                {"flags", "0"},
                {"user_agent", "phone " + std::to_string(random(4))}};
    refresh(id, cells);
}

void SimulatedSbc::live_contacts() {
    std::vector<std::uint64_t> ids;
    for (const auto& [id, cells] : tables_.location) ids.push_back(id);
    for (const std::uint64_t id : ids) {
        if (!one_in(30)) continue;
        Cells cells = tables_.location.at(id);
        if (one_in(40)) { // another address, the same phone
            cells["received"] = "sip:198.51.100." + std::to_string(random(250));
            cells["callid"] = "reg" + std::to_string(random(1'000'000));
        }
        refresh(id, cells);
    }
    if (one_in(400) && !ids.empty()) {
        const std::uint64_t id = ids[random(std::uint32_t(ids.size()))];
        tables_.location.erase(id);
        free_contacts_.push_back(id);
    }
    if (tables_.location.size() < usual_contacts + 2 && one_in(300)) add_contact();
}

void SimulatedSbc::live_dialogs() {
    std::erase_if(tables_.dialog, [&](const auto&) { return one_in(15); });
    for (auto& [id, cells] : tables_.dialog) {
        if (!one_in(40)) continue; // a re-INVITE
        cells["callee_cseq"] = std::to_string(random(50));
        cells["timeout"] = unix_time(now_ + 3600s);
    }
    const bool busy_hour = std::chrono::floor<std::chrono::hours>(now_ - midnight(now_)).count() % 24 >= 8;
    if (!one_in(busy_hour ? 20 : 200) || tables_.dialog.size() >= most_dialogs) return;
    const std::string number = std::to_string(next_id_++);
    // One random number a statement: the order of evaluation within one may differ between compilers.
    std::uint64_t id = std::uint64_t{random(4096)} << 32U;
    id |= random(1 << 16);
    Cells cells{{"callid", "call" + number},
                {"from_tag", "f" + number},
                {"to_tag", "t" + number},
                {"caller_cseq", "1"},
                {"callee_cseq", "0"},
                {"state", "4"},
                {"start_time", unix_time(now_ + clock_error_)},
                {"timeout", unix_time(now_ + clock_error_ + 3600s)}};
    cells["from_uri"] = "sip:" + std::to_string(1000 + random(40)) + "@d1.example";
    cells["to_uri"] = "sip:" + std::to_string(1000 + random(40)) + "@d2.example";
    tables_.put_dialog(id, std::move(cells));
}

} // namespace sipkeep::test
