#include "report_extent.hpp"

#include "sipkeep/core/time.hpp"
#include "sipkeep/db/connection.hpp"

#include "dropped.hpp"
#include "time_literal.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sipkeep {

namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr std::array<std::pair<std::string_view, RetentionClass>, 13> read_in{
    {{"dialog_history", RetentionClass::dialog},
     {"dialog_state", RetentionClass::dialog},
     {"gateway_roll_up", RetentionClass::dialog},
     {"mi_row_history", RetentionClass::mi_rows},
     {"location_history", RetentionClass::location},
     {"location_version", RetentionClass::location},
     {"location_snapshot", RetentionClass::location},
     {"dispatcher_history", RetentionClass::dispatcher},
     {"cdr_minute", RetentionClass::calls},
     {"cdr_hour", RetentionClass::calls},
     {"cdr_endpoint_hour", RetentionClass::calls},
     {"cdr_failure_minute", RetentionClass::calls},
     {"acc_history", RetentionClass::records}}};

class Extent {
public:
    Extent(Connection& connection, const Report& report, SettledQuestion& question)
        : connection_(connection), report_(report), question_(question), steps_(question.asked.steps) {}

    void settle() {
        for (const std::string& id : question_.node_ids) ids_ += (ids_.empty() ? "" : ", ") + id;
        ReportExtent& extent = question_.extent;
        const auto needs = [&](RetentionClass one) {
            const UtcSeconds since = dropped_to(connection_, one);
            if (since > extent.kept_from) extent = {since, one, extent.minutes_from};
        };
        const bool by_statistics = report_.asks_for.contains("statistics");
        const bool by_registrations = report_.asks_for.contains("registrations");
        const bool by_destinations = report_.statement.find("dispatcher_event") != std::string::npos;
        for (const auto& [table, one] : read_in)
            if (report_.statement.find(table) != std::string::npos &&
                !(by_registrations && one == RetentionClass::location) &&
                !(by_destinations && one == RetentionClass::dispatcher))
                needs(one);
        if (report_.reads_ledger) needs(RetentionClass::ledger);
        if (report_.span == ReportSpan::at && report_.asks_for.contains("held_from"))
            question_.held_from = versions_from();
        if (report_.span == ReportSpan::at && report_.asks_for.contains("rolled_to") &&
            question_.asked.at >= dropped_to(connection_, RetentionClass::refresh))
            question_.rolled = RollUpUse{rolled_up_to(), false};
        if (report_.span != ReportSpan::range) return;
        if (by_statistics || by_registrations) {
            const RetentionClass raw = by_statistics ? RetentionClass::samples : RetentionClass::location;
            extent.minutes_from = dropped_to(connection_, raw);
            use_roll_ups(extent.minutes_from);
            needs(!question_.rolled          ? raw
                  : question_.rolled->by_day ? RetentionClass::rollup_day
                                             : RetentionClass::rollup_hour);
        } else if (by_destinations &&
                   dropped_to(connection_, RetentionClass::rollup_day) >
                       std::max(dropped_to(connection_, RetentionClass::dispatcher), steps_.from)) {
            needs(RetentionClass::dispatcher);
        } else if (report_.asks_for.contains("rolled_to")) {
            UtcSeconds to = std::min(rolled_up_to(), steps_.to);
            if (report_.statement.find("agent_roll_up") != std::string::npos) to = ends_of_hours(to);
            if (to > steps_.from) question_.rolled = RollUpUse{to, false};
            if (by_destinations) needs(RetentionClass::rollup_day);
        }
        if (report_.asks_for.contains("captures_from")) {
            const UtcSeconds since = dropped_to(connection_, RetentionClass::ledger);
            if (since > steps_.from) use_captures_rolled(since);
            if (question_.captures_rolled) {
                extent.minutes_from = std::max(extent.minutes_from, since);
                needs(question_.captures_rolled->by_day ? RetentionClass::rollup_day
                                                        : RetentionClass::rollup_hour);
            } else {
                needs(RetentionClass::ledger);
            }
        }
        if (extent.kept_from > steps_.from) shorten(extent.kept_from);
        if (report_.asks_for.contains("held_from")) question_.held_from = held_from();
    }

private:
    /// The first day that is not rolled up of some node, or has changed since. Before the first capture
    /// nothing was, but records may be.
    [[nodiscard]] UtcSeconds rolled_up_to() const {
        const bool of_records = report_.statement.find("record_never_live") != std::string::npos;
        const std::string of_node =
            of_records ? "n.rolled_to"
                       : "GREATEST(n.rolled_to, COALESCE(CAST(DATE((SELECT MIN(c.captured_at) FROM capture c "
                         "WHERE c.node_id = n.node_id)) AS DATETIME), '9999-12-31 00:00:00'))";
        const auto rolled =
            connection_.value("SELECT MIN(" + of_node + ") FROM node n WHERE n.node_id IN (" + ids_ + ")");
        const auto due = connection_.value(
            "SELECT CAST(MIN(d.day) AS DATETIME) FROM roll_up_due d JOIN node n ON n.node_id = d.node_id "
            "WHERE d.node_id IN (" +
            ids_ + ") AND d.day < n.rolled_to");
        UtcSeconds to = rolled ? from_datetime(*rolled) : UtcSeconds{};
        if (due) to = std::min(to, from_datetime(*due));
        return to;
    }

    /// Whether every step begins at a multiple of `unit`, and the first one whole.
    [[nodiscard]] bool begin_at(Seconds unit) const {
        const auto whole = [&](UtcSeconds time) { return time.time_since_epoch() % unit == Seconds{0}; };
        return whole(steps_.from) && std::ranges::all_of(steps_.stretches, [&](const Stretch& stretch) {
                   return stretch.steps() == 1 ? whole(std::max(stretch.begin, steps_.from))
                                               : whole(stretch.begin) && stretch.width % unit == Seconds{0};
               });
    }

    /// Up to where the last look of a step is the last one of its hour; 1970: nowhere.
    [[nodiscard]] UtcSeconds ends_of_hours(UtcSeconds to) const {
        return begin_at(hours{1}) ? to - to.time_since_epoch() % hours{1} : UtcSeconds{};
    }

    [[nodiscard]] bool begins_step(UtcSeconds time) const {
        return std::ranges::any_of(steps_.stretches, [&](const Stretch& stretch) {
            return time >= stretch.begin && time < stretch.end &&
                   (time - stretch.begin) % stretch.width == Seconds{0};
        });
    }

    /// Whether every node was looked at just then, so that no growth leads across.
    [[nodiscard]] bool looked_at(UtcSeconds time) const {
        return connection_.value("SELECT COUNT(*) FROM capture WHERE node_id IN (" + ids_ +
                                 ") AND captured_at = " + at(time) + " AND mi_status = 'ok'") ==
               std::to_string(question_.node_ids.size());
    }

    void use_roll_ups(UtcSeconds minutes_from) {
        const bool by_day = begin_at(days{1});
        if (!by_day && !begin_at(hours{1})) return;
        const Seconds unit = by_day ? Seconds{days{1}} : Seconds{hours{1}};
        UtcSeconds to = std::min(std::max(rolled_up_to(), minutes_from), steps_.to);
        to -= to.time_since_epoch() % unit;
        // Two days of hours, or seven weeks of days: beyond that, growth across is left to the minutes.
        for (int tries = 0;
             tries < 48 && to > steps_.from && to > minutes_from && !begins_step(to) && !looked_at(to);
             ++tries)
            to -= unit;
        if (to > steps_.from && (to <= minutes_from || begins_step(to) || looked_at(to)))
            question_.rolled = RollUpUse{to, by_day};
    }

    /// Before `since`, where captures begin.
    void use_captures_rolled(UtcSeconds since) {
        const bool by_day = begin_at(days{1});
        if (report_.reads_ledger || (!by_day && !begin_at(hours{1}))) return;
        UtcSeconds to = std::min(since, steps_.to);
        to -= to.time_since_epoch() % (by_day ? Seconds{days{1}} : Seconds{hours{1}});
        if (to > steps_.from) question_.captures_rolled = RollUpUse{to, by_day};
    }

    void shorten(UtcSeconds from) {
        from = std::min(from, steps_.to - Seconds{1});
        steps_.from = from;
        std::erase_if(steps_.stretches, [&](const Stretch& stretch) { return stretch.end <= from; });
        Stretch& first = steps_.stretches.front();
        if (from > first.begin) first.begin += (from - first.begin) / first.width * first.width;
        for (auto* use : {&question_.rolled, &question_.captures_rolled})
            if (*use && (*use)->to <= from) use->reset();
    }

    /// The day of the versions in force when the range begins, of the node that had paused for longest.
    [[nodiscard]] UtcSeconds held_from() const {
        const UtcSeconds day = midnight(question_.rolled ? question_.rolled->to : steps_.from);
        UtcSeconds held = day;
        for (const std::string& id : question_.node_ids) {
            const auto newest =
                connection_.value("SELECT MAX(captured_at) FROM capture WHERE node_id = " + id +
                                  " AND captured_at < " + at(day + days{1}));
            if (newest) held = std::min(held, midnight(from_datetime(*newest)));
        }
        return held;
    }

    /// Of the captures of that minute: told to the server as a constant, it reads a range of days.
    [[nodiscard]] UtcSeconds versions_from() const {
        const auto found =
            connection_.value("SELECT MIN(versions_from) FROM capture WHERE node_id IN (" + ids_ +
                              ") AND captured_at > " + at(question_.asked.at - question_.asked.interval) +
                              " AND captured_at <= " + at(question_.asked.at));
        return found ? from_datetime(*found) : question_.asked.at;
    }

    Connection& connection_;
    const Report& report_;
    SettledQuestion& question_;
    Steps& steps_;
    std::string ids_;
};

} // namespace

void settle(Connection& connection, const Report& report, SettledQuestion& question) {
    if (!question.node_ids.empty()) Extent(connection, report, question).settle();
}

} // namespace sipkeep
