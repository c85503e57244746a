#include "rolled_rows.hpp"

#include "sipkeep/db/connection.hpp"
#include "sipkeep/sys/sql_compress.hpp"

#include "dropped.hpp"
#include "raw_day.hpp"

namespace sipkeep {

bool samples_tell(Connection& connection, UtcSeconds day) {
    const UtcSeconds since = dropped_to(connection, RetentionClass::samples);
    return since == UtcSeconds{} || day > since;
}

void RolledRows::add_statistics(RawDay& raw) {
    raw.statistics([&](std::uint64_t id, const RolledStatistic& rolled) { add(id, rolled); });
}

void RolledRows::add_registrations(RawDay& raw) {
    raw.registrations([&](const std::optional<std::string>& domain, const RegistrationDay& rolled) {
        add(domain, rolled);
    });
}

std::string RolledRows::date() const {
    return to_datetime(day_).substr(0, 10);
}

std::string RolledRows::of_day() const {
    return " WHERE node_id = " + node_ + " AND day = " + literal(date());
}

std::string RolledRows::in_day(const std::string& column) const {
    return " WHERE node_id = " + node_ + " AND " + column + " > " + literal(to_datetime(day_)) + " AND " +
           column + " <= " + literal(to_datetime(day_ + std::chrono::days{1}));
}

std::string RolledRows::stored(const std::string& hours) const {
    return hours_ == Hours::compressed ? sql_compress(hours) : hours;
}

void RolledRows::add_if(bool there, const std::string& field) {
    if (there)
        statistics_.add(field);
    else
        statistics_.add(std::nullopt);
}

void RolledRows::add(const std::optional<Growth>& growth) {
    add_if(growth.has_value(), std::to_string(growth ? growth->increase : 0));
    add_if(growth.has_value(), std::to_string(growth ? growth->milliseconds : 0));
}

void RolledRows::add(std::uint64_t statistic_id, const RolledStatistic& rolled) {
    const RolledStretch& whole = rolled.day;
    const bool any = whole.samples > 0;
    if (!any && !whole.growth && !whole.bridge && rolled.resets.empty())
        return; // first seen at the midnight that ends it
    statistics_.add(node_);
    statistics_.add(std::to_string(statistic_id));
    statistics_.add(date());
    statistics_.add(std::to_string(whole.samples));
    add_if(any, whole.total);
    add_if(any, std::to_string(whole.lowest));
    add_if(any, to_datetime(whole.lowest_at));
    add_if(any, std::to_string(whole.highest));
    add_if(any, to_datetime(whole.highest_at));
    add(whole.growth);
    add_if(whole.bridge.has_value(), to_datetime(whole.bridge ? whole.bridge->since : UtcSeconds{}));
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
    const auto add_field = [&](const auto& value, const std::string& text) {
        if (value)
            registrations_.add(text);
        else
            registrations_.add(std::nullopt);
    };
    registrations_.add(node_);
    registrations_.add(date());
    registrations_.add(std::to_string(registrations_.size()));
    add_field(domain, domain.value_or(""));
    for (const auto& level : {rolled.day.at_start, rolled.day.least, rolled.day.most})
        add_field(level, std::to_string(level.value_or(0)));
    registrations_.add(std::to_string(rolled.day.came));
    registrations_.add(std::to_string(rolled.day.went));
    registrations_.add(stored(hours_text(rolled)));
}

} // namespace sipkeep
