#include "cdr_sums_sql.hpp"

#include "sipkeep/core/batches.hpp"
#include "sipkeep/db/connection.hpp"
#include "sipkeep/sys/text_number.hpp"

#include "time_literal.hpp"

#include <charconv>
#include <set>

namespace sipkeep {

namespace {

constexpr std::size_t times_a_statement = 500;

std::string of(unsigned node_id) {
    return " WHERE node_id = " + std::to_string(node_id);
}

/// Calls `use` with "'2026-..', ..", some of the times of the keys at once.
template <class Keys, class Time, class Use>
void in_lists(const Keys& keys, Time time, Use use) {
    std::set<UtcSeconds> distinct;
    for (const auto& [key, value] : keys) distinct.insert(time(key));
    const std::vector<UtcSeconds> times(distinct.begin(), distinct.end());
    in_batches(times, times_a_statement, [&](auto some) {
        std::string list;
        for (const UtcSeconds at : some) list += (list.empty() ? "" : ", ") + literal(to_datetime(at));
        use(list);
    });
}

CallDirection direction_of(std::string_view text) {
    return text == "out" ? CallDirection::out : text == "in" ? CallDirection::in : CallDirection::all;
}

std::int64_t signed_number(std::string_view text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

void add_stored(Connection& connection, unsigned node_id, const std::string& times,
                std::map<MinuteKey, MinuteCalls>& sums, std::size_t& found) {
    auto row =
        connection.query("SELECT minute, domain, direction, attempts, answered, failed_3xx, failed_4xx, "
                         "failed_5xx, failed_6xx, cancelled, ended, seconds_talked, concurrent, course "
                         "FROM cdr_minute" +
                         of(node_id) + " AND minute IN (" + times + ")");
    while (row.next()) {
        const MinuteKey key{from_datetime(row.string(0)), row.string(1), direction_of(row.string(2))};
        const auto sum = sums.find(key);
        if (sum == sums.end()) continue;
        ++found;
        MinuteCalls stored;
        stored.attempts = row.number(3);
        stored.answered = row.number(4);
        for (std::size_t i = 0; i < stored.failed.size(); ++i) stored.failed.at(i) = row.number(5 + i);
        stored.cancelled = row.number(9);
        stored.ended = row.number(10);
        stored.talked = from_seconds_text(row.string(11));
        stored.concurrent = signed_number(row.string(12));
        stored.course = MinuteCourse::parse(row.string(13));
        sum->second.add(stored);
    }
}

void add_stored(Connection& connection, unsigned node_id, const std::string& times,
                std::map<EndpointKey, EndpointCalls>& sums) {
    auto row =
        connection.query("SELECT hour, endpoint, calls_out, calls_in, answered, failed, seconds_talked, "
                         "shortest, longest FROM cdr_endpoint_hour" +
                         of(node_id) + " AND hour IN (" + times + ")");
    while (row.next()) {
        const auto sum = sums.find({from_datetime(row.string(0)), row.string(1)});
        if (sum != sums.end()) sum->second.add(endpoint_calls(row, 2));
    }
}

/// "a = VALUES(a), ..": the rows were read under the node's lock and hold the sums already.
std::string overwrite(const std::vector<std::string>& columns) {
    std::string list;
    for (const std::string& column : columns)
        list += (list.empty() ? " ON DUPLICATE KEY UPDATE " : ", ") + column + " = VALUES(" + column + ")";
    return list;
}

/// "a = a + VALUES(a), ..": what is stored is added to without being read.
std::string grown_by(const std::vector<std::string>& columns) {
    std::string list;
    for (const std::string& column : columns)
        list += (list.empty() ? " ON DUPLICATE KEY UPDATE " : ", ") + column + " = " + column + " + VALUES(" +
                column + ")";
    return list;
}

std::string joined(const std::vector<std::string>& columns) {
    std::string list;
    for (const std::string& column : columns) list += ", " + column;
    return list;
}

void add_optional(Rows& rows, const std::optional<Milliseconds>& time) {
    if (time)
        rows.add(seconds_text(*time));
    else
        rows.add(std::nullopt);
}

constexpr std::size_t endpoint_columns = 7; ///< behind the name

void add(Rows& rows, const std::string& endpoint, const EndpointCalls& calls) {
    rows.add(endpoint);
    for (const std::uint64_t number : {calls.out, calls.in, calls.answered, calls.failed})
        rows.add(std::to_string(number));
    rows.add(seconds_text(calls.talked));
    add_optional(rows, calls.shortest);
    add_optional(rows, calls.longest);
}

void insert_endpoints(Connection& connection, const std::string& table_and_key, const Rows& rows) {
    const std::vector<std::string> sums{"calls_out", "calls_in", "answered", "failed", "seconds_talked"};
    const auto extreme = [](const std::string& column, const std::string& which) {
        return ", " + column + " = " + which + "(COALESCE(" + column + ", VALUES(" + column +
               ")), COALESCE(VALUES(" + column + "), " + column + "))";
    };
    connection.insert("INSERT INTO " + table_and_key + ", endpoint" + joined(sums) +
                          ", shortest, longest) VALUES",
                      rows, grown_by(sums) + extreme("shortest", "LEAST") + extreme("longest", "GREATEST"));
}

/// The server counts an updated row twice, an inserted one once.
void check_changes(Connection& connection, const char* table, std::size_t changes, std::size_t rows,
                   std::size_t found) {
    if (changes != rows + found)
        throw Error(connection.where() + ": " + table + " was changed by somebody else meanwhile");
}

void add_time_of_peak(Rows& rows, const MinuteCourse::Peak& peak, UtcSeconds at) {
    if (peak.calls > 0)
        rows.add(to_datetime(at));
    else
        rows.add(std::nullopt);
}

/// What calls add to an hour of a domain, and the highest peak of its minutes that they change. Peaks only
/// grow as calls become known, so no other minute can be higher that was not so before.
struct HourCalls {
    MinuteCalls calls; ///< without its course
    MinuteCourse::Peak peak;
    UtcSeconds peak_at;
    void see(UtcSeconds minute, const MinuteCourse::Peak& other) {
        const UtcSeconds at = minute + Seconds{other.second};
        if (other.calls < peak.calls || (other.calls == peak.calls && (peak.calls == 0 || at >= peak_at)))
            return;
        peak = other;
        peak_at = at;
    }
};
using HoursCalls = std::map<MinuteKey, HourCalls>;

MinuteKey hour_of(const MinuteKey& key) {
    return {std::chrono::floor<std::chrono::hours>(key.minute), key.domain, key.direction};
}

void add_hours(Connection& connection, unsigned node_id, const HoursCalls& hours) {
    static const std::vector<std::string> sums{"attempts", "answered", "failed", "cancelled",
                                               "seconds_talked"};
    Rows rows(6 + sums.size());
    for (const auto& [key, hour] : hours) {
        std::uint64_t failed = 0;
        for (const std::uint64_t some : hour.calls.failed) failed += some;
        rows.add(std::to_string(node_id));
        rows.add(to_datetime(key.minute));
        rows.add(key.domain);
        rows.add(to_string(key.direction));
        for (const std::uint64_t number :
             {hour.calls.attempts, hour.calls.answered, failed, hour.calls.cancelled})
            rows.add(std::to_string(number));
        rows.add(seconds_text(hour.calls.talked));
        rows.add(std::to_string(hour.peak.calls));
        add_time_of_peak(rows, hour.peak, hour.peak_at);
    }
    connection.insert(
        "INSERT INTO cdr_hour (node_id, hour, domain, direction" + joined(sums) + ", peak, peak_at) VALUES",
        rows,
        grown_by(sums) + ", peak_at = CASE WHEN VALUES(peak) > peak OR (VALUES(peak) = peak AND "
                         "VALUES(peak_at) < peak_at) THEN VALUES(peak_at) ELSE peak_at END, peak = "
                         "GREATEST(peak, VALUES(peak))");
}

} // namespace

UtcSeconds monday(UtcSeconds time) {
    const std::chrono::sys_days day{std::chrono::floor<std::chrono::days>(time)};
    return UtcSeconds{day - (std::chrono::weekday(day) - std::chrono::Monday)};
}

std::string seconds_text(Milliseconds time) {
    const auto ms = time.count();
    const std::string fraction = std::to_string(1000 + ms % 1000);
    return std::to_string(ms / 1000) + "." + fraction.substr(1);
}

Milliseconds from_seconds_text(std::string_view text) {
    const auto point = text.find('.');
    std::int64_t ms = signed_number(text.substr(0, point)) * 1000;
    if (point != std::string_view::npos) {
        std::string fraction(text.substr(point + 1, 3));
        fraction.resize(3, '0');
        ms += signed_number(fraction);
    }
    return Milliseconds{ms};
}

EndpointCalls endpoint_calls(Result& row, std::size_t first) {
    const auto maybe_seconds = [](Field text) {
        return text ? std::optional(from_seconds_text(*text)) : std::nullopt;
    };
    EndpointCalls calls;
    calls.out = row.number(first);
    calls.in = row.number(first + 1);
    calls.answered = row.number(first + 2);
    calls.failed = row.number(first + 3);
    calls.talked = from_seconds_text(row.string(first + 4));
    calls.shortest = maybe_seconds(row.text(first + 5));
    calls.longest = maybe_seconds(row.text(first + 6));
    return calls;
}

std::size_t add_stored(Connection& connection, unsigned node_id, std::map<MinuteKey, MinuteCalls>& sums) {
    std::size_t found = 0;
    in_lists(
        sums, [](const MinuteKey& key) { return key.minute; },
        [&](const std::string& times) { add_stored(connection, node_id, times, sums, found); });
    return found;
}

void add_stored(Connection& connection, unsigned node_id, std::map<EndpointKey, EndpointCalls>& sums) {
    in_lists(
        sums, [](const EndpointKey& key) { return key.hour; },
        [&](const std::string& times) { add_stored(connection, node_id, times, sums); });
}

void add_minutes(Connection& connection, unsigned node_id, std::map<MinuteKey, MinuteCalls> sums) {
    if (sums.empty()) return;
    static const std::vector<std::string> columns{
        "attempts", "answered",       "failed_3xx", "failed_4xx", "failed_5xx", "failed_6xx", "cancelled",
        "ended",    "seconds_talked", "concurrent", "peak",       "peak_at",    "course"};
    HoursCalls hours;
    for (const auto& [key, calls] : sums) hours[hour_of(key)].calls.add(calls);
    const std::size_t found = add_stored(connection, node_id, sums);
    Rows rows(4 + columns.size());
    for (const auto& [key, calls] : sums) {
        const MinuteCourse::Peak peak = calls.course.peak(calls.concurrent);
        hours[hour_of(key)].see(key.minute, peak);
        rows.add(std::to_string(node_id));
        rows.add(to_datetime(key.minute));
        rows.add(key.domain);
        rows.add(to_string(key.direction));
        for (const std::uint64_t number : {calls.attempts, calls.answered, calls.failed[0], calls.failed[1],
                                           calls.failed[2], calls.failed[3], calls.cancelled, calls.ended})
            rows.add(std::to_string(number));
        rows.add(seconds_text(calls.talked));
        rows.add(std::to_string(calls.concurrent));
        rows.add(std::to_string(peak.calls));
        add_time_of_peak(rows, peak, key.minute + Seconds{peak.second});
        rows.add(calls.course.text());
    }
    const std::size_t changes = connection.insert(
        "INSERT INTO cdr_minute (node_id, minute, domain, direction" + joined(columns) + ") VALUES", rows,
        overwrite(columns));
    check_changes(connection, "cdr_minute", changes, rows.size(), found);
    add_hours(connection, node_id, hours);
}

void add_endpoints(Connection& connection, unsigned node_id,
                   const std::map<EndpointKey, EndpointCalls>& sums) {
    add_endpoint_hours(connection, node_id, sums);
    for (const EndpointSpan span : {EndpointSpan::day, EndpointSpan::week}) {
        std::map<EndpointKey, EndpointCalls> wider;
        for (const auto& [key, calls] : sums) {
            const UtcSeconds day = midnight(key.hour);
            wider[{span == EndpointSpan::day ? day : monday(day), key.endpoint}].add(calls);
        }
        add_endpoint_spans(connection, node_id, span, wider);
    }
}

void add_endpoint_hours(Connection& connection, unsigned node_id,
                        const std::map<EndpointKey, EndpointCalls>& sums) {
    Rows rows(3 + endpoint_columns);
    for (const auto& [key, calls] : sums) {
        rows.add(std::to_string(node_id));
        rows.add(to_datetime(key.hour));
        add(rows, key.endpoint, calls);
    }
    insert_endpoints(connection, "cdr_endpoint_hour (node_id, hour", rows);
}

void add_endpoint_spans(Connection& connection, unsigned node_id, EndpointSpan span,
                        const std::map<EndpointKey, EndpointCalls>& sums) {
    Rows rows(4 + endpoint_columns);
    for (const auto& [key, calls] : sums) {
        rows.add(std::to_string(node_id));
        rows.add(to_date(key.hour));
        rows.add(std::to_string(text_number(key.endpoint)));
        add(rows, key.endpoint, calls);
    }
    const std::string name = to_string(span);
    insert_endpoints(connection, "cdr_endpoint_" + name + " (node_id, " + name + ", number", rows);
}

void add_up_week(Connection& connection, unsigned node_id, UtcSeconds monday) {
    connection.execute("DELETE FROM cdr_endpoint_week" + of(node_id) + " AND week = " + on(monday));
    connection.execute("INSERT INTO cdr_endpoint_week (node_id, week, number, endpoint, calls_out, calls_in, "
                       "answered, failed, seconds_talked, shortest, longest) SELECT node_id, " +
                       on(monday) +
                       ", number, MAX(endpoint), SUM(calls_out), SUM(calls_in), SUM(answered), SUM(failed), "
                       "SUM(seconds_talked), MIN(shortest), MAX(longest) FROM cdr_endpoint_day" +
                       of(node_id) + " AND day >= " + on(monday) + " AND day < " +
                       on(monday + std::chrono::days{7}) + " GROUP BY node_id, number");
}

void add_failures(Connection& connection, unsigned node_id, const std::map<FailureKey, std::uint64_t>& sums) {
    Rows rows(5);
    for (const auto& [key, calls] : sums) {
        rows.add(std::to_string(node_id));
        rows.add(to_datetime(key.minute));
        rows.add(std::to_string(key.code));
        rows.add(key.reason);
        rows.add(std::to_string(calls));
    }
    connection.insert("INSERT INTO cdr_failure_minute (node_id, minute, code, reason, calls) VALUES", rows,
                      grown_by({"calls"}));
}

} // namespace sipkeep
