#include "call_check.hpp"

#include "sipkeep/core/cdr_minutes.hpp"
#include "sipkeep/db/connection.hpp"

#include "cdr_sums_sql.hpp"
#include "dropped.hpp"
#include "time_literal.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <set>

namespace sipkeep {

namespace {

std::int64_t number_in(const std::string& text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// Empty when the row is as sipkeep writes it.
std::string fault_of(Result& row) {
    const UtcSeconds minute = from_datetime(row.string(0));
    const std::int64_t concurrent = number_in(row.string(3));
    MinuteCourse course;
    try {
        course = MinuteCourse::parse(row.string(6));
    } catch (const Error&) {
        return "its course is unreadable";
    }
    if (concurrent < 0) return "concurrent is " + std::to_string(concurrent);
    const MinuteCourse::Peak peak = course.peak(concurrent);
    const std::string at = peak.calls > 0 ? to_datetime(minute + Seconds{peak.second}) : "";
    if (number_in(row.string(4)) == peak.calls && row.string(5) == at) return "";
    return "peak is " + row.string(4) + " at '" + row.string(5) + "', but concurrent and course come to " +
           std::to_string(peak.calls) + " at '" + at + "'";
}

/// " FROM .. WHERE ..": rows of a UTC day, or of several.
std::string rows_of(const CheckedNode& node, const std::string& table, const std::string& column,
                    UtcSeconds day, std::chrono::days length = std::chrono::days{1}) {
    return " FROM " + table + " WHERE node_id = " + std::to_string(node.id) + " AND " + column +
           " >= " + at(day) + " AND " + column + " < " + at(day + length);
}

std::string peaks(const std::string& which) {
    return which + "(peak * 10000000000 - TIMESTAMPDIFF(SECOND, CAST('1970-01-01' AS DATETIME), peak_at))";
}

/// An hour of that day that is not what its minutes come to: what both tell alike is there twice.
std::optional<std::string> wrong_hour(CheckedNode& node, UtcSeconds day) {
    return node.connection.value(
        "SELECT CONCAT_WS(' ', hour, domain, direction) FROM (SELECT CAST(DATE_FORMAT(minute, '%Y-%m-%d "
        "%H:00:00') AS DATETIME) AS hour, domain, direction, SUM(attempts) AS attempts, SUM(answered) AS "
        "answered, SUM(failed_3xx + failed_4xx + failed_5xx + failed_6xx) AS failed, SUM(cancelled) AS "
        "cancelled, SUM(seconds_talked) AS talked, " +
        peaks("MAX") + " AS peaks" + rows_of(node, "cdr_minute", "minute", day) +
        " GROUP BY 1, 2, 3 UNION ALL SELECT hour, domain, direction, attempts, answered, failed, cancelled, "
        "seconds_talked, " +
        peaks("") + rows_of(node, "cdr_hour", "hour", day) +
        ") b GROUP BY hour, domain, direction, attempts, answered, failed, cancelled, talked, peaks HAVING "
        "COUNT(*) = 1 ORDER BY 1 LIMIT 1");
}

bool differ(CheckedNode& node, const std::string& one, const std::string& other) {
    return node.connection.value("SELECT CONCAT_WS(' ', " + one) !=
           node.connection.value("SELECT CONCAT_WS(' ', " + other);
}

std::uint64_t ones_in(std::string_view bytes) {
    std::uint64_t ones = 0;
    for (const char byte : bytes)
        ones += static_cast<std::uint64_t>(std::popcount(static_cast<unsigned char>(byte)));
    return ones;
}

} // namespace

void check_call_minutes(CheckedNode& node, const std::optional<UtcSeconds>& from, UtcSeconds before) {
    auto row = node.connection.query(
        "SELECT minute, domain, direction, concurrent, peak, peak_at, course FROM cdr_minute WHERE node_id "
        "= " +
        std::to_string(node.id) + (from ? " AND minute >= " + literal(to_datetime(*from)) : std::string()) +
        " AND minute < " + literal(to_datetime(before)));
    while (row.next()) {
        const std::string fault = fault_of(row);
        if (!fault.empty())
            node.findings.add(Invariant::calls, "cdr_minute, node " + node.name + ", " + row.string(0) + " " +
                                                    row.string(1) + " " + row.string(2) + ": " + fault);
    }
}

void check_call_sums(CheckedNode& node, const std::optional<UtcSeconds>& from, UtcSeconds before,
                     const std::optional<UtcSeconds>& importing) {
    std::set<UtcSeconds> days;
    for (const auto& [table, column] :
         std::initializer_list<std::pair<const char*, const char*>>{{"cdr_minute", "minute"},
                                                                    {"cdr_hour", "hour"},
                                                                    {"cdr_endpoint_hour", "hour"},
                                                                    {"cdr_endpoint_day", "day"},
                                                                    {"cdr_failure_minute", "minute"}}) {
        const std::string time = column;
        // Times are jumped to in the key: there are millions of rows.
        auto row = node.connection.query(
            "SELECT DISTINCT CAST(DATE(begins) AS DATETIME) FROM (SELECT DISTINCT "
            "node_id, " +
            time + " AS begins FROM " + table + " WHERE node_id = " + std::to_string(node.id) +
            (from ? " AND " + time + " >= " + at(*from) : std::string()) + " AND " + time + " < " +
            at(before) + ") times");
        while (row.next()) days.insert(from_datetime(row.string(0)));
    }
    const auto add = [&](const std::string& table, const std::string& which, const char* what) {
        node.findings.add(Invariant::calls, table + ", node " + node.name + ", " + which + ": " + what);
    };
    const std::string endpoints = "SUM(calls_out), SUM(calls_in), SUM(answered), SUM(failed), "
                                  "SUM(seconds_talked), MIN(shortest), MAX(longest))";
    const UtcSeconds kept_from = dropped_to(node.connection, RetentionClass::calls);
    std::set<UtcSeconds> weeks;
    for (const UtcSeconds day : days) {
        if (day < kept_from || day == importing) continue; // may have gone in part, or not come yet
        if (const auto hour = wrong_hour(node, day))
            add("cdr_hour", *hour, "is not what its minutes in cdr_minute come to");
        if (differ(node, endpoints + rows_of(node, "cdr_endpoint_hour", "hour", day),
                   endpoints + rows_of(node, "cdr_endpoint_day", "day", day)))
            add("cdr_endpoint_day", to_date(day), "is not what the hours in cdr_endpoint_hour come to");
        weeks.insert(monday(day));
        if (differ(node,
                   "COALESCE(SUM(failed_3xx + failed_4xx + failed_5xx + failed_6xx + cancelled), 0))" +
                       rows_of(node, "cdr_minute", "minute", day) + " AND domain = '*' AND direction = 'all'",
                   "COALESCE(SUM(calls), 0))" + rows_of(node, "cdr_failure_minute", "minute", day)))
            add("cdr_failure_minute", to_date(day), "are not as many as failed by cdr_minute");
    }
    for (const UtcSeconds week : weeks)
        if (week >= kept_from && (!importing || monday(*importing) != week) &&
            differ(node, endpoints + rows_of(node, "cdr_endpoint_day", "day", week, std::chrono::days{7}),
                   endpoints + rows_of(node, "cdr_endpoint_week", "week", week)))
            add("cdr_endpoint_week", to_date(week), "is not what its days in cdr_endpoint_day come to");
}

void check_call_records(CheckedNode& node) {
    const std::string of_node = " WHERE node_id = " + std::to_string(node.id);
    for (const std::string table : {"acc", "missed_calls"}) {
        std::uint64_t kept = 0;
        {
            auto row = node.connection.query("SELECT kept FROM acc_taken" + of_node +
                                             " AND source = " + literal(table));
            while (row.next()) kept += ones_in(row.text(0).value_or(""));
        }
        const auto there = node.connection.value("SELECT COUNT(*) FROM " + table + "_history" + of_node);
        if (static_cast<std::uint64_t>(number_in(there.value_or("0"))) > kept)
            node.findings.add(Invariant::calls,
                              table + "_history, node " + node.name + ": it holds " + there.value_or("0") +
                                  " records, but acc_taken knows of " + std::to_string(kept) + " only");
    }
}

} // namespace sipkeep
