#include "raw_calls.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/db/reports.hpp"

#include "time_literal.hpp"

namespace sipkeep {

using std::chrono::days;

std::string select_gateways(unsigned node_id, UtcSeconds day) {
    const std::string node = std::to_string(node_id);
    const auto value = [&](const Placeholder& found) -> std::string {
        if (found.name == "node_ids") return node;
        if (found.name == "domain") return "NULL";
        if (found.name == "from" || found.name == "rolled_to") // none of it is rolled up
            return "CAST(" + at(day) + " AS DATETIME)";
        if (found.name == "to") return "CAST(" + at(day + days{1}) + " AS DATETIME)";
        throw Error("no value for :" + found.name);
    };
    return fill_in(
        with_report_parts(
            "SELECT s.node_id, CAST(" + on(day) +
            " AS DATE) AS day, s.side, s.host_number AS host, :host(CASE WHEN s.side = 'called' THEN "
            "x.callee_contact ELSE x.caller_contact END) AS gateway, s.at_start, s.began, s.seconds FROM "
            ":gateway_sums() s STRAIGHT_JOIN dialog_version x ON x.node_id = s.node_id AND x.valid_from = "
            "CAST(LEFT(s.version, 19) AS DATETIME) AND x.dlg_id = CAST(SUBSTRING(s.version, 20) AS "
            "UNSIGNED)"),
        value);
}

std::string host_of(const std::string& column) {
    return with_report_parts(":host(" + column + ")");
}

} // namespace sipkeep
