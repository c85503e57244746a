#include "rolled_rows.hpp"

#include "sipkeep/db/connection.hpp"
#include "sipkeep/sys/sql_compress.hpp"

#include "dropped.hpp"
#include "raw_day.hpp"
#include "raw_ledger.hpp"
#include "registration_event.hpp"
#include "time_literal.hpp"

namespace sipkeep {

namespace {

void add_if(Rows& rows, bool there, const std::string& field) {
    if (there)
        rows.add(field);
    else
        rows.add(std::nullopt);
}

} // namespace

bool still_told(Connection& connection, RetentionClass one, UtcSeconds day) {
    const UtcSeconds since = dropped_to(connection, one);
    return since == UtcSeconds{} || day > since;
}

void RolledRows::add_statistics(RawDay& raw) {
    raw.statistics([&](std::uint64_t id, const RolledStatistic& rolled) { add(id, rolled); });
}

void RolledRows::add_registrations(RawDay& raw) {
    raw.registrations(
        [&](const std::optional<std::string>& domain, const RegistrationDay& rolled) { add(domain, rolled); },
        [&](const DomainAgent& agent, const AgentDay& registrations) { add(agent, registrations); });
}

void RolledRows::add_captures(RawLedger& raw) {
    raw.captures([&](std::string_view source, const LookDay& rolled) { add(source, rolled); });
    raw.epochs([&](UtcSeconds first_seen, UtcSeconds started_at) {
        for (const std::string& field : {node_, to_datetime(first_seen), to_datetime(started_at)})
            epochs_.add(field);
    });
}

void RolledRows::add_destinations(RawLedger& raw) {
    raw.destinations([&](const DestinationKey& key, const std::optional<std::string>& state,
                         const DestinationDay& rolled) { add(key, state, rolled); });
}

std::string RolledRows::of_day() const {
    return " WHERE node_id = " + node_ + " AND day = " + on(day_);
}

std::string RolledRows::seen_in_day(const std::string& column) const {
    return " WHERE node_id = " + node_ + " AND " + column + " >= " + literal(to_datetime(day_)) + " AND " +
           column + " < " + literal(to_datetime(day_ + std::chrono::days{1}));
}

std::string RolledRows::in_day(const std::string& column) const {
    return " WHERE node_id = " + node_ + " AND " + column + " > " + literal(to_datetime(day_)) + " AND " +
           column + " <= " + literal(to_datetime(day_ + std::chrono::days{1}));
}

std::string RolledRows::events_in_day() const {
    return in_day("at") + " AND what IN (" + registration_event_kind_list() + ")";
}

std::string RolledRows::stored(const std::string& hours) const {
    return hours_ == Hours::compressed ? sql_compress(hours) : hours;
}

void RolledRows::add(const std::optional<Growth>& growth) {
    add_if(statistics_, growth.has_value(), std::to_string(growth ? growth->increase : 0));
    add_if(statistics_, growth.has_value(), std::to_string(growth ? growth->milliseconds : 0));
}

void RolledRows::add(std::uint64_t statistic_id, const RolledStatistic& rolled) {
    const RolledStretch& whole = rolled.day;
    const bool any = whole.samples > 0;
    if (!any && !whole.growth && !whole.bridge && rolled.resets.empty())
        return; // first seen at the midnight that ends it
    statistics_.add(node_);
    statistics_.add(std::to_string(statistic_id));
    statistics_.add(to_date(day_));
    statistics_.add(std::to_string(whole.samples));
    add_if(statistics_, any, whole.total);
    add_if(statistics_, any, std::to_string(whole.lowest));
    add_if(statistics_, any, to_datetime(whole.lowest_at));
    add_if(statistics_, any, std::to_string(whole.highest));
    add_if(statistics_, any, to_datetime(whole.highest_at));
    add(whole.growth);
    add_if(statistics_, whole.bridge.has_value(),
           to_datetime(whole.bridge ? whole.bridge->since : UtcSeconds{}));
    add(whole.bridge ? std::optional(whole.bridge->growth) : std::nullopt);
    statistics_.add(stored(hours_text(day_, rolled.hours)));
    for (const CounterReset& reset : rolled.resets) {
        for (const std::string& field :
             {node_, to_datetime(reset.at), std::to_string(statistic_id), to_datetime(reset.since),
              std::to_string(reset.before), std::to_string(reset.after)})
            resets_.add(field);
    }
}

void RolledRows::add(const std::optional<std::string>& domain, const RegistrationDay& rolled) {
    registrations_.add(node_);
    registrations_.add(to_date(day_));
    registrations_.add(std::to_string(registrations_.size()));
    add_if(registrations_, domain.has_value(), domain.value_or(""));
    for (const auto& level : {rolled.day.at_start, rolled.day.least, rolled.day.most})
        add_if(registrations_, level.has_value(), std::to_string(level.value_or(0)));
    registrations_.add(std::to_string(rolled.day.came));
    registrations_.add(std::to_string(rolled.day.went));
    registrations_.add(stored(hours_text(rolled)));
}

void RolledRows::add(const DomainAgent& agent, const AgentDay& registrations) {
    agents_.add(node_);
    agents_.add(to_date(day_));
    agents_.add(std::to_string(agents_.size()));
    for (const auto& name : {agent.domain, agent.user_agent})
        add_if(agents_, name.has_value(), name.value_or(""));
    agents_.add(hours_text(registrations));
}

void RolledRows::add(std::string_view source, const LookDay& rolled) {
    const RolledLooks& day = rolled.day;
    const bool any = day.least.has_value();
    captures_.add(node_);
    captures_.add(to_date(day_));
    captures_.add(source);
    captures_.add(std::to_string(day.looks));
    add_if(captures_, any, std::to_string(day.total));
    add_if(captures_, any, std::to_string(day.least.value_or(0)));
    add_if(captures_, any, to_datetime(day.least_at));
    add_if(captures_, any, std::to_string(day.most.value_or(0)));
    add_if(captures_, any, to_datetime(day.most_at));
    captures_.add(std::to_string(day.refreshed));
    captures_.add(stored(hours_text(day_, rolled)));
}

void RolledRows::add(const DestinationKey& key, const std::optional<std::string>& state,
                     const DestinationDay& rolled) {
    for (const std::string& field :
         {node_, to_date(day_), key.partition_name, key.set_id, key.uri, key.occurrence})
        destinations_.add(field);
    add_if(destinations_, state.has_value(), state.value_or(""));
    for (const std::uint32_t count : {rolled.day.captures, rolled.day.active, rolled.day.outages})
        destinations_.add(std::to_string(count));
    destinations_.add(stored(hours_text(rolled)));
}

} // namespace sipkeep
