#include "sipkeep/db/node_course.hpp"

#include "sipkeep/db/connection.hpp"
#include "sipkeep/db/history_store.hpp"
#include "sipkeep/db/schema.hpp"

#include "ledger.hpp"
#include "partitions.hpp"
#include "time_literal.hpp"

#include <algorithm>
#include <array>

namespace sipkeep {

namespace {

using std::chrono::days;

constexpr std::array<const char*, 5> watched_sources{"mi", "dispatcher", "dialog", "location", "acc"};
constexpr int newest_captures = 60;

/// The ledger has a line for each source that failed, in their order; the last one or more may tell of other
/// things.
std::string nth_line(const std::string& text, std::size_t n) {
    std::size_t at = 0;
    for (; n > 0 && at < text.size(); --n) at = std::min(text.find('\n', at), text.size() - 1) + 1;
    return text.substr(at, text.find('\n', at) - at);
}

class CourseReader {
public:
    CourseReader(Connection& connection, const std::string& node, Seconds interval)
        : connection_(connection), interval_(interval),
          node_id_(connection.value("SELECT node_id FROM node WHERE node = " + literal(node))) {}

    NodeCourse read() {
        if (!node_id_) return node_;
        read_captures();
        if (!node_.newest) return node_;
        node_.dialogs_unseen = unseen("dialogs", "dialog", "active_dialogs");
        node_.contacts_unseen = unseen("contacts", "usrloc", "registered_users");
        const UtcSeconds first =
            from_datetime(connection_.value("SELECT MIN(captured_at) FROM capture" + of_node()).value_or(""));
        node_.watched_from = std::max(*node_.newest - days{1} + interval_, first);
        node_.captures = std::stoull(connection_
                                         .value("SELECT COUNT(*) FROM capture" + of_node() +
                                                " AND captured_at >= " + at(node_.watched_from))
                                         .value_or("0"));
        return node_;
    }

private:
    [[nodiscard]] std::string of_node() const { return " WHERE node_id = " + *node_id_; }

    void read_captures() {
        std::string columns;
        for (const char* source : watched_sources) columns += std::string(", ") + source + "_status";
        auto row = connection_.few("SELECT captured_at, started_at, provenance, COALESCE(error, '')" +
                                   columns + " FROM capture" + of_node() +
                                   " ORDER BY captured_at DESC LIMIT " + std::to_string(newest_captures));
        std::map<std::string, bool> read_since;
        while (row.next()) {
            const UtcSeconds captured_at = from_datetime(row.string(0));
            if (!node_.newest) node_.newest = captured_at;
            oldest_ = captured_at;
            ++node_.looked_at;
            if (row.string(2) == "live" && milliseconds_of(row.string(1)) - captured_at > interval_ / 4)
                ++node_.late;
            std::size_t failed = 0;
            for (std::size_t i = 0; i < watched_sources.size(); ++i) {
                const std::string source = watched_sources.at(i);
                const std::string status = row.string(4 + i);
                if (captured_at == *node_.newest && status != "off") node_.sources[source] = {};
                const std::size_t line = status == "failed" ? failed++ : 0;
                const auto course = node_.sources.find(source);
                if (course == node_.sources.end() || read_since[source]) continue;
                read_since[source] = status != "failed";
                if (status != "failed") continue;
                if (course->second.failed_in_a_row++ == 0)
                    course->second.error = nth_line(row.string(3), line);
                course->second.since = captured_at;
            }
        }
    }

    /// How many of these captures counted no row, while OpenSIPS counted some.
    std::uint32_t unseen(const std::string& count, const std::string& group, const std::string& name) {
        const auto found = connection_.value(
            "SELECT COUNT(*) FROM capture c JOIN statistic_sample s ON s.node_id = c.node_id AND "
            "s.captured_at = c.captured_at WHERE c.node_id = " +
            *node_id_ + " AND c.captured_at >= " + at(oldest_) + " AND c." + count + " = 0 AND s.node_id = " +
            *node_id_ + " AND s.day >= DATE(" + at(oldest_) + ") AND s.captured_at >= " + at(oldest_) +
            " AND s.`group` = " + literal(group) + " AND s.name = " + literal(name) + " AND s.value > 0");
        return static_cast<std::uint32_t>(std::stoul(found.value_or("0")));
    }

    Connection& connection_;
    Seconds interval_;
    std::optional<std::string> node_id_;
    NodeCourse node_;
    UtcSeconds oldest_{};
};

std::optional<UtcSeconds> time_of(Connection& connection, const std::string& select) {
    const auto found = connection.value(select);
    return found ? std::optional(from_datetime(*found)) : std::nullopt;
}

} // namespace

CourseOfHistory read_course(const DatabaseSettings& settings, const std::string& node, Seconds interval) {
    try {
        Connection connection(settings, "history database");
        CourseOfHistory course;
        connection.execute(
            "SET SESSION time_zone='+00:00', sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'");
        require_schema(connection, embedded_schema());
        course.node = CourseReader(connection, node, interval).read();
        course.history.horizon = partition_horizon(connection);
        course.history.retained =
            time_of(connection, "SELECT finished_at FROM retention_task WHERE task = 'retain'");
        course.history.oldest =
            time_of(connection, "SELECT MIN(first) FROM (SELECT MIN(captured_at) AS first FROM "
                                "capture GROUP BY node_id) nodes");
        return course;
    } catch (const DatabaseError& error) {
        throw HistoryUnavailable(error.what());
    }
}

MetServer meet_server(const DatabaseSettings& settings, const std::string& purpose) {
    Connection connection(settings, purpose);
    MetServer met;
    met.clock = milliseconds_of(connection.value("SELECT UTC_TIMESTAMP(3)").value_or(""));
    auto row = connection.few("SHOW GRANTS");
    while (row.next()) met.grants.push_back(row.string(0));
    return met;
}

} // namespace sipkeep
