// An SBC in simulated time: calls, registrations, restarts, and a host whose clock is not always right. The
// same seed gives the same year with every compiler and library.
#pragma once

#include "sipkeep/core/time.hpp"

#include "support/fake_live_reader.hpp"
#include "support/living_mi.hpp"

#include <cstdint>
#include <random>
#include <vector>

namespace sipkeep::test {

class SimulatedSbc {
public:
    /// `eventful`: 1 is a year as it may be; 20 has as many restarts, pauses and clock steps in a fortnight.
    SimulatedSbc(UtcSeconds start, int eventful, std::uint32_t seed);

    /// One minute of life.
    void live();

    /// What the host's clock says: the true time, unless somebody has stepped the clock.
    [[nodiscard]] UtcSeconds clock() const { return now_ + clock_error_; }
    [[nodiscard]] UtcSeconds now() const { return now_; }
    /// The host is off: nobody looks in this minute.
    [[nodiscard]] bool host_is_off() const { return now_ < host_is_back_; }
    /// OpenSIPS is on its way up: MI is not answered.
    [[nodiscard]] bool mi_is_away() const { return now_ < mi_is_back_; }

    [[nodiscard]] const FakeLiveTables& tables() const { return tables_; }
    [[nodiscard]] const LivingMi& mi() const { return mi_; }

    struct Events {
        int restarts = 0, pauses = 0, steps_back = 0, steps_forward = 0, dst_changes = 0;
    };
    [[nodiscard]] const Events& events() const { return events_; }

private:
    /// The same with every library, as its distributions may not be.
    std::uint32_t random(std::uint32_t below) { return static_cast<std::uint32_t>(random_()) % below; }
    bool one_in(std::uint32_t n) { return random(n) == 0; }
    /// Once in that many minutes of a common year.
    bool rarely(std::uint32_t minutes) { return one_in(std::max(minutes / eventful_, 1U)); }

    void live_host();
    void live_contacts();
    void live_dialogs();
    void add_contact();
    void refresh(std::uint64_t id, Cells& cells);
    void restart();
    /// OpenSIPS writes last_modified in the local time of its host.
    [[nodiscard]] std::string local_time() const;

    UtcSeconds now_;
    std::uint32_t eventful_;
    std::mt19937 random_;
    Seconds clock_error_{0};
    UtcSeconds clock_is_set_right_{};
    UtcSeconds host_is_back_{}, mi_is_back_{};
    FakeLiveTables tables_;
    LivingMi mi_;
    std::vector<std::uint64_t> free_contacts_;
    std::uint64_t next_id_ = 1;
    Events events_;
};

/// Of Central Europe: summer time from the last Sunday of March to the last Sunday of October, 01:00 UTC.
[[nodiscard]] Seconds utc_offset(UtcSeconds at);

} // namespace sipkeep::test
