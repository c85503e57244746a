#include "call_check.hpp"

#include "sipkeep/core/cdr_minutes.hpp"
#include "sipkeep/db/connection.hpp"

#include <algorithm>
#include <bit>
#include <charconv>

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
