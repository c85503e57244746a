// Sums of calls by endpoint and by domain: rows go to another key, and are added to what stands there.
#include "sipkeep/db/reports.hpp"

#include "cdr_sums_sql.hpp"
#include "day_edges.hpp"
#include "roll_up_due.hpp"
#include "rolled_rows.hpp"
#include "subject_work.hpp"
#include "time_literal.hpp"

namespace sipkeep {

namespace {

using std::chrono::days;

const std::vector<KeyColumn> endpoint_key{{"hour"}, {"endpoint"}};
const std::vector<KeyColumn> minute_key{{"minute"}};

std::string page_text(const Rows& page, std::size_t row, std::size_t column) {
    return std::string(page.field(row, column).value_or(""));
}

std::map<MinuteKey, MinuteCalls> minutes_of(SubjectWork& work, unsigned node_id, const Rows& minutes) {
    std::map<MinuteKey, MinuteCalls> sums;
    for (std::size_t i = 0; i < minutes.size(); ++i)
        for (const CallDirection direction : {CallDirection::out, CallDirection::in})
            sums[{from_datetime(*minutes.field(i, 0)), work.subject.domain, direction}] = {};
    add_stored(work.connection, node_id, sums);
    std::erase_if(sums, [](const auto& sum) { return sum.second == MinuteCalls{}; });
    return sums;
}

} // namespace

void forget_endpoints(SubjectWork& work, unsigned node_id) {
    const PagedRows rows{"cdr_endpoint_hour", endpoint_key, ", " + work.sql.new_endpoint(),
                         work.sql.is_endpoint()};
    each_page(work.connection, node_id, rows, [&](const Rows& page) {
        if (work.counts_only) return work.note("cdr_endpoint_hour", page.size());
        work.changing(node_id, [&] {
            std::map<EndpointKey, EndpointCalls> sums;
            for (std::size_t i = 0; i < page.size(); ++i)
                sums[{from_datetime(*page.field(i, 0)), std::string(*page.field(i, 1))}] = {};
            add_stored(work.connection, node_id, sums);
            work.connection.update_each("DELETE FROM cdr_endpoint_hour" + key_is_bound(node_id, endpoint_key),
                                        keys_of(page, endpoint_key.size()));
            std::map<EndpointKey, EndpointCalls> renamed;
            for (std::size_t i = 0; i < page.size(); ++i) {
                const UtcSeconds hour = from_datetime(*page.field(i, 0));
                renamed[{hour, page_text(page, i, 2)}].add(sums[{hour, page_text(page, i, 1)}]);
            }
            add_endpoint_hours(work.connection, node_id, renamed);
            work.note("cdr_endpoint_hour", page.size());
        });
    });
}

void forget_endpoint_spans(SubjectWork& work, unsigned node_id, EndpointSpan span) {
    const std::string column = to_string(span);
    const std::string table = "cdr_endpoint_" + column;
    const std::string of_node = " FROM " + table + " WHERE node_id = " + std::to_string(node_id);
    std::vector<UtcSeconds> found;
    {
        auto row = work.connection.query("SELECT DISTINCT CAST(" + column + " AS DATETIME)" + of_node);
        while (row.next()) found.push_back(from_datetime(row.string(0)));
    }
    for (const UtcSeconds begin : found) {
        const std::string rows =
            of_node + " AND " + column + " = " + on(begin) + " AND " + work.sql.is_endpoint();
        const auto count = std::stoull(work.connection.value("SELECT COUNT(*)" + rows).value_or("0"));
        if (count == 0) continue;
        if (!work.counts_only)
            work.changing(node_id, [&] {
                std::map<EndpointKey, EndpointCalls> sums;
                {
                    auto row = work.connection.query("SELECT " + work.sql.new_endpoint() +
                                                     ", calls_out, calls_in, answered, failed, "
                                                     "seconds_talked, shortest, longest" +
                                                     rows);
                    while (row.next()) sums[{begin, row.string(0)}].add(endpoint_calls(row, 1));
                }
                work.connection.execute("DELETE" + rows);
                add_endpoint_spans(work.connection, node_id, span, sums);
            });
        work.note(table, count);
    }
}

void forget_aors(SubjectWork& work, unsigned node_id) {
    const std::string of_node = " WHERE node_id = " + std::to_string(node_id);
    std::vector<UtcSeconds> rolled;
    {
        auto row = work.connection.query("SELECT DISTINCT CAST(day AS DATETIME) FROM aor_roll_up" + of_node);
        while (row.next()) rolled.push_back(from_datetime(row.string(0)));
    }
    for (const UtcSeconds day : rolled) {
        Rows renamed(8), old(1);
        std::string select;
        {
            const DayEdges edges(work.connection, node_id, day);
            select =
                work.sql.aors_renamed(node_id, day, edges.versions_from("location_version", edges.held()));
            auto row = work.connection.query(select);
            while (row.next()) {
                for (std::size_t i = 0; i < renamed.width(); ++i) renamed.add(row.text(i));
                old.add(row.text(renamed.width()));
            }
        }
        if (renamed.empty()) continue;
        if (work.counts_only) {
            work.note("aor_roll_up", renamed.size());
            continue;
        }
        work.changing(node_id, [&] {
            work.connection.execute("UPDATE registration_event e JOIN (" + select +
                                    ") r ON r.was = e.aor SET "
                                    "e.aor = r.aor WHERE e.node_id = " +
                                    std::to_string(node_id) + " AND e.what = 'left' AND e.at > " + at(day) +
                                    " AND e.at <= " + at(day + days{1}));
            work.connection.update_each("DELETE FROM aor_roll_up" + of_node + " AND day = " + on(day) +
                                            " AND aor = CAST(? AS UNSIGNED)",
                                        old);
            // Two spellings of a domain that is forgotten become one.
            work.connection.insert(
                "INSERT INTO aor_roll_up (" + std::string(RolledRows::aor_columns) + ") VALUES", renamed,
                " ON DUPLICATE KEY UPDATE came = came + VALUES(came), went = went + VALUES(went), "
                "last_contact_id = CASE WHEN last_came_at >= VALUES(last_came_at) OR VALUES(last_came_at) "
                "IS NULL THEN last_contact_id ELSE VALUES(last_contact_id) END, "
                "last_came_at = GREATEST(COALESCE(last_came_at, VALUES(last_came_at)), "
                "COALESCE(VALUES(last_came_at), last_came_at))");
            work.note("aor_roll_up", renamed.size());
        });
    }
}

void forget_registrations(SubjectWork& work, unsigned node_id) {
    const std::string rows = " WHERE node_id = " + std::to_string(node_id) + " AND " + work.sql.is_domain();
    const auto found = work.connection.value("SELECT COUNT(*) FROM registration_roll_up" + rows);
    const std::uint64_t domains = std::stoull(found.value_or("0"));
    if (work.counts_only) return work.note("registration_roll_up", domains);
    // Kinds of phone go with the versions, which may be kept for longer.
    const auto either = [&](const std::string& column) {
        return "SELECT " + column + " FROM registration_roll_up" + rows + " UNION SELECT " + column +
               " FROM agent_roll_up" + rows;
    };
    std::vector<UtcSeconds> days;
    {
        auto row = work.connection.query(either("CAST(day AS DATETIME)"));
        while (row.next()) days.push_back(from_datetime(row.string(0)));
    }
    if (days.empty()) return;
    work.changing(node_id, [&] {
        // Until their days are added up again.
        work.connection.execute("DELETE FROM stay_roll_up WHERE node_id = " + std::to_string(node_id) +
                                " AND domain IN (" + either(with_report_parts(":domain_number(domain)")) +
                                ")");
        for (const char* sums : {"agent_roll_up", "registration_roll_up"})
            work.connection.execute(std::string("UPDATE ") + sums +
                                    " SET domain = " + literal(forgotten_domain) + rows);
        for (const UtcSeconds day : days) make_due(work.connection, node_id, {day + Seconds{1}});
        work.note("registration_roll_up", domains);
    });
}

void forget_minutes(SubjectWork& work, unsigned node_id) {
    const std::string of_domain = " AND " + work.sql.is_domain();
    if (work.counts_only)
        work.note("cdr_hour", std::stoull(work.connection
                                              .value("SELECT COUNT(*) FROM cdr_hour WHERE node_id = " +
                                                     std::to_string(node_id) + of_domain)
                                              .value_or("0")));
    const PagedRows rows{"cdr_minute", minute_key, "", work.sql.is_domain(), true};
    each_page(work.connection, node_id, rows, [&](const Rows& page) {
        if (work.counts_only) return work.note("cdr_minute", minutes_of(work, node_id, page).size());
        work.changing(node_id, [&] {
            std::map<MinuteKey, MinuteCalls> renamed;
            std::set<std::string> hours;
            for (std::size_t i = 0; i < page.size(); ++i)
                hours.insert(to_datetime(UtcSeconds{
                    std::chrono::floor<std::chrono::hours>(from_datetime(page_text(page, i, 0)))}));
            Rows old(1);
            for (const std::string& hour : hours) old.add(hour);
            work.note("cdr_hour",
                      work.connection.update_each(
                          "DELETE FROM cdr_hour" + key_is_bound(node_id, {{"hour"}}) + of_domain, old));
            const auto sums = minutes_of(work, node_id, page);
            for (const auto& [key, calls] : sums)
                renamed[{key.minute, std::string(forgotten_domain), key.direction}] = calls;
            work.connection.update_each("DELETE FROM cdr_minute" + key_is_bound(node_id, minute_key) +
                                            " AND " + work.sql.is_domain(),
                                        page);
            add_minutes(work.connection, node_id, std::move(renamed));
            work.note("cdr_minute", sums.size());
        });
    });
}

} // namespace sipkeep
