#include "dropped.hpp"

#include "sipkeep/db/connection.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sipkeep {

namespace {

std::string of(RetentionClass one) {
    return " WHERE class = " + literal(to_string(one));
}

constexpr std::array<std::pair<std::string_view, RetentionClass>, 11> classes{
    {{"sample", RetentionClass::samples},
     {"sample_day", RetentionClass::samples},
     {"dialog_version", RetentionClass::dialog},
     {"location_version", RetentionClass::location},
     {"location_refresh_closed", RetentionClass::refresh},
     {"dispatcher_version", RetentionClass::dispatcher},
     {"mi_row_version", RetentionClass::mi_rows},
     {"cdr_minute", RetentionClass::calls},
     {"cdr_endpoint_hour", RetentionClass::calls},
     {"acc_history", RetentionClass::records},
     {"missed_calls_history", RetentionClass::records}}};

} // namespace

RetentionClass class_of(std::string_view table) {
    const auto found = std::ranges::find(classes, table, &std::pair<std::string_view, RetentionClass>::first);
    if (found == classes.end()) throw Error(std::string(table) + ": of no class of retention");
    return found->second;
}

UtcSeconds dropped_to(Connection& connection, RetentionClass one) {
    return from_datetime(
        connection.value("SELECT since FROM kept_from" + of(one)).value_or("1970-01-01 00:00:00"));
}

void note_dropped(Connection& connection, RetentionClass one, UtcSeconds to) {
    const std::string since = literal(to_datetime(to));
    if (!connection.value("SELECT 1 FROM kept_from" + of(one)))
        connection.execute("INSERT INTO kept_from (class, since) VALUES (" + literal(to_string(one)) + ", " +
                           since + ")");
    else
        connection.execute("UPDATE kept_from SET since = " + since + of(one) + " AND since < " + since);
}

} // namespace sipkeep
