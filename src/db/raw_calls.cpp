#include "raw_calls.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/db/reports.hpp"

#include "time_literal.hpp"

#include <algorithm>

namespace sipkeep {

using std::chrono::days;

namespace {

/// SQL with report parts, of one whole day of which nothing is rolled up.
std::string of_day(unsigned node_id, UtcSeconds day, const std::string& text) {
    const std::string begin = "CAST(" + at(day) + " AS DATETIME)";
    const auto value = [&](const Placeholder& found) -> std::string {
        if (found.name == "node_ids") return std::to_string(node_id);
        if (found.name == "domain") return "NULL";
        if (found.name == "from" || found.name == "rolled_to" || found.name == "held_from") return begin;
        if (found.name == "to") return "CAST(" + at(day + days{1}) + " AS DATETIME)";
        throw Error("no value for :" + found.name);
    };
    return fill_in(with_report_parts(text), value);
}

} // namespace

std::string select_gateways(unsigned node_id, UtcSeconds day) {
    return of_day(
        node_id, day,
        "SELECT s.node_id, CAST(" + on(day) +
            " AS DATE) AS day, s.side, s.host_number AS host, :host(CASE WHEN s.side = 'called' THEN "
            "x.callee_contact ELSE x.caller_contact END) AS gateway, s.at_start, s.began, s.seconds FROM "
            ":gateway_sums() s STRAIGHT_JOIN dialog_version x ON x.node_id = s.node_id AND x.valid_from = "
            "CAST(LEFT(s.version, 19) AS DATETIME) AND x.dlg_id = CAST(SUBSTRING(s.version, 20) AS "
            "UNSIGNED)");
}

std::string select_calls_without_record(unsigned node_id, UtcSeconds day) {
    return of_day(node_id, day,
                  "SELECT c.node_id, c.valid_from, c.dlg_id FROM :calls_unrecorded(TRUE) c STRAIGHT_JOIN "
                  "dialog_history h ON h.node_id = c.node_id AND h.valid_from = c.valid_from AND h.dlg_id = "
                  "c.dlg_id LEFT JOIN dialog_history x ON x.node_id = h.node_id AND x.valid_from = "
                  "h.valid_to AND x.dlg_id = h.dlg_id AND x.callid = h.callid AND x.from_tag = h.from_tag "
                  "AND x.start_time = h.start_time LEFT JOIN acc_history a FORCE INDEX (callid) ON a.node_id "
                  "= h.node_id AND "
                  "a.callid = h.callid AND a.method = 'INVITE' AND a.ended_at >= :from - INTERVAL 1 DAY "
                  "WHERE x.node_id IS NULL AND a.node_id IS NULL");
}

std::string select_records_never_live(unsigned node_id, UtcSeconds day) {
    return of_day(node_id, day, "SELECT node_id, ended_at, life, id FROM :records_never_live() r");
}

std::optional<UtcSeconds> first_record(Connection& connection, unsigned node_id, UtcSeconds from) {
    const auto found = connection.value(
        "SELECT ended_at FROM acc_history WHERE node_id = " + std::to_string(node_id) +
        " AND ended_at >= " + at(std::max(from, records_begin)) + " ORDER BY ended_at LIMIT 1");
    return found ? std::optional(from_datetime(*found)) : std::nullopt;
}

std::string host_of(const std::string& column) {
    return with_report_parts(":host(" + column + ")");
}

} // namespace sipkeep
