// Rows of a rolled up day, as they are stored.
#pragma once

#include "sipkeep/core/retention.hpp"
#include "sipkeep/core/roll_up.hpp"
#include "sipkeep/core/rows.hpp"
#include "sipkeep/core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sipkeep {

class Connection;
class RawDay;
class RawLedger;
struct DestinationKey;
struct DomainAgent;

/// Whether what was rolled up of a day's rows of a class, of which one day tells of the next, can still be
/// derived: neither they nor those before are dropped.
[[nodiscard]] bool still_told(Connection& connection, RetentionClass one, UtcSeconds day);

class RolledRows {
public:
    enum class Hours : std::uint8_t { compressed, plain };

    static constexpr std::string_view statistic_columns =
        "node_id, statistic_id, day, samples, total, lowest, lowest_at, highest, highest_at, increase, "
        "growth_ms, "
        "bridge_since, bridge_increase, bridge_ms"; ///< and hours
    static constexpr std::string_view reset_columns =
        "node_id, captured_at, statistic_id, since, value_before, value";
    static constexpr std::string_view registration_columns =
        "node_id, day, place, domain, at_start, least, most, came, went"; ///< and hours
    static constexpr std::string_view agent_columns = "node_id, day, place, domain, user_agent, hours";
    static constexpr std::string_view event_columns =
        "node_id, at, contact_id, what, version_from, first_seen, aor";
    static constexpr std::string_view aor_columns =
        "node_id, day, aor, domain, came, went, last_came_at, last_contact_id";
    static constexpr std::string_view stay_columns =
        "node_id, day, domain, stayed, known_from, registrations";
    static constexpr std::string_view long_refresh_columns =
        "node_id, valid_to, contact_id, captured_at, version_from, expires";
    static constexpr std::string_view call_without_record_columns = "node_id, valid_from, dlg_id";
    static constexpr std::string_view record_never_live_columns = "node_id, ended_at, life, id";
    static constexpr std::string_view gateway_columns =
        "node_id, day, side, host, gateway, at_start, began, seconds";
    static constexpr std::string_view capture_columns =
        "node_id, day, source, looks, total, least, least_at, most, most_at, refreshed"; ///< and hours
    static constexpr std::string_view epoch_columns = "node_id, first_seen, epoch_started_at";
    static constexpr std::string_view destination_columns =
        "node_id, day, partition_name, set_id, uri, occurrence, state_at_start, captures, active, "
        "outages"; ///< and hours
    static constexpr std::string_view destination_event_columns =
        "node_id, at, partition_name, set_id, uri, occurrence, state";

    RolledRows(unsigned node_id, UtcSeconds day, Hours hours)
        : node_(std::to_string(node_id)), day_(day), hours_(hours) {}

    /// Each throws DatabaseError.
    void add_statistics(RawDay& raw);
    void add_registrations(RawDay& raw);
    void add_captures(RawLedger& raw);
    void add_destinations(RawLedger& raw);

    [[nodiscard]] const Rows& statistics() const { return statistics_; }
    [[nodiscard]] const Rows& resets() const { return resets_; }
    [[nodiscard]] const Rows& registrations() const { return registrations_; }
    [[nodiscard]] const Rows& agents() const { return agents_; }
    [[nodiscard]] const Rows& captures() const { return captures_; }
    [[nodiscard]] const Rows& epochs() const { return epochs_; }
    [[nodiscard]] const Rows& destinations() const { return destinations_; }

    /// " WHERE .." of the day's rows of roll-ups, of its captures, and of what happened in (day, day + 24 h].
    [[nodiscard]] std::string of_day() const;
    [[nodiscard]] std::string seen_in_day(const std::string& column) const;
    [[nodiscard]] std::string in_day(const std::string& column) const;
    /// The same, of registration_event.
    [[nodiscard]] std::string events_in_day() const;

private:
    void add(std::uint64_t statistic_id, const RolledStatistic& rolled);
    void add(const std::optional<std::string>& domain, const RegistrationDay& rolled);
    void add(const DomainAgent& agent, const AgentDay& registrations);
    void add(std::string_view source, const LookDay& rolled);
    void add(const DestinationKey& key, const std::optional<std::string>& state,
             const DestinationDay& rolled);
    void add(const std::optional<Growth>& growth);
    [[nodiscard]] std::string stored(const std::string& hours) const;

    std::string node_;
    UtcSeconds day_;
    Hours hours_;
    Rows statistics_{15}, resets_{6}, registrations_{10}, agents_{6}, captures_{11}, epochs_{3},
        destinations_{11};
};

} // namespace sipkeep
