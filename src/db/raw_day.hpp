// A UTC day of one node, as its samples and versions tell it: what roll-ups are derived from.
#pragma once

#include "sipkeep/core/roll_up.hpp"
#include "sipkeep/core/time.hpp"

#include "day_edges.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

class Connection;

/// Names, absent where NULL.
struct DomainAgent {
    std::optional<std::string> domain, user_agent;
    [[nodiscard]] auto operator<=>(const DomainAgent&) const = default;
};

/// Every method throws DatabaseError.
class RawDay {
public:
    RawDay(Connection& connection, unsigned node_id, UtcSeconds day);

    /// Each statistic, by statistic_id.
    void statistics(const std::function<void(std::uint64_t, const RolledStatistic&)>& show);
    /// Each domain, by name; and each of their User-Agents.
    void
    registrations(const std::function<void(const std::optional<std::string>&, const RegistrationDay&)>& show,
                  const std::function<void(const DomainAgent&, const AgentDay&)>& show_agent);

    /// SELECT of columns as those of `registration_event`.
    [[nodiscard]] std::string select_events() const;
    /// SELECT of columns as those of `aor_roll_up`, from what is in registration_event.
    [[nodiscard]] std::string select_aors() const;
    /// .. of `stay_roll_up`, likewise.
    [[nodiscard]] std::string select_stays() const;
    /// .. of `long_refresh`.
    [[nodiscard]] std::string select_long_refreshes() const;

private:
    using SamplesById = std::map<std::uint64_t, std::vector<TimedSample>>;

    [[nodiscard]] std::map<std::uint64_t, StatisticKind> read_kinds() const;
    /// All samples of a day, or the last of each statistic.
    [[nodiscard]] SamplesById read_day(UtcSeconds day, bool only_last) const;
    [[nodiscard]] SamplesById read_packed(UtcSeconds day, bool only_last) const;
    [[nodiscard]] SamplesById read_unpacked(UtcSeconds day, bool only_last) const;
    /// Those of the midnight that ends the day.
    [[nodiscard]] std::map<std::uint64_t, TimedSample> read_next() const;
    /// The last sample before the day, which nearly always is of the day before.
    [[nodiscard]] std::optional<TimedSample> last_before(std::uint64_t statistic_id) const;
    void add_before(SamplesById& of_day) const;
    void read_looks(const SamplesById& of_day);

    [[nodiscard]] std::string first_look() const;
    /// Of each hour, if somebody looked.
    [[nodiscard]] std::array<std::optional<UtcSeconds>, 24> last_looks() const;
    [[nodiscard]] std::string versions() const;
    /// SELECT node_id, at, contact_id, what, version_from, first_seen, aor: what came, changed or went. What
    /// the first capture ever saw, came before.
    [[nodiscard]] std::string happened() const;
    /// " FROM .." the day's rows of registration_event (e) of these kinds, each with its version (v).
    [[nodiscard]] std::string from_events(const std::string& kinds) const;

    Connection& connection_;
    std::string of_node_;
    unsigned node_id_;
    UtcSeconds day_, end_;
    UtcSeconds packed_to_; ///< days before it are packed
    DayEdges edges_;
    Looks looks_;
};

} // namespace sipkeep
