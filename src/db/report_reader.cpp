#include "sipkeep/core/error.hpp"
#include "sipkeep/db/connection.hpp"
#include "sipkeep/db/reports.hpp"
#include "sipkeep/db/schema.hpp"

#include "large_groups.hpp"
#include "report_extent.hpp"

#include <algorithm>

namespace sipkeep {

namespace {

constexpr Seconds longest_statement{600};

DatabaseSettings patient(DatabaseSettings settings) {
    settings.read_timeout = longest_statement + Seconds{30}; // the server ends it first, and says so
    return settings;
}

std::string in_nodes(const std::vector<std::string>& nodes) {
    std::string list;
    for (const std::string& node : nodes) list += (list.empty() ? "" : ", ") + literal(node);
    return " IN (" + (list.empty() ? "NULL" : list) + ")";
}

std::optional<UtcSeconds> time_in(Result& row, std::size_t column) {
    if (row.null(column)) return std::nullopt;
    return from_datetime(row.string(column));
}

} // namespace

struct ReportReader::Session {
    explicit Session(const DatabaseSettings& settings) : connection(settings, "history database") {
        connection.execute(
            "SET SESSION time_zone='+00:00', sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'");
        connection.execute(large_groups);
        connection.execute(connection.is_mariadb()
                               ? "SET SESSION max_statement_time=" + std::to_string(longest_statement.count())
                               : "SET SESSION max_execution_time=" +
                                     std::to_string(longest_statement.count() * 1000));
        require_schema(connection, embedded_schema());
    }

    template <class Action>
    auto guarded(Action action) -> decltype(action()) {
        try {
            return action();
        } catch (const DatabaseError& error) {
            throw HistoryUnavailable(error.what());
        }
    }

    Connection connection;
};

ReportReader::ReportReader(DatabaseSettings settings) {
    try {
        session_ = std::make_unique<Session>(patient(std::move(settings)));
    } catch (const DatabaseError& error) {
        throw HistoryUnavailable(error.what());
    }
}

ReportReader::~ReportReader() = default;

ArchiveExtent ReportReader::extent(const std::vector<std::string>& nodes) {
    return session_->guarded([&] {
        ArchiveExtent extent;
        {
            auto row = session_->connection.few("SELECT node FROM node ORDER BY node");
            while (row.next()) extent.nodes.push_back(row.string(0));
        }
        for (const std::string& node : nodes)
            if (std::ranges::find(extent.nodes, node) == extent.nodes.end())
                throw UsageError("--node: the archive knows no node '" + node + "'");
        if (!nodes.empty()) extent.nodes = nodes;
        // A node at a time: that reads two ends of the ledger's key, where MIN and MAX over a join read all
        // of it.
        for (const std::string& node : extent.nodes) {
            auto row = session_->connection.few(
                "SELECT MIN(captured_at), MAX(captured_at) FROM capture WHERE node_id = "
                "(SELECT node_id FROM node WHERE node = " +
                literal(node) + ")");
            if (!row.next()) continue;
            const auto oldest = time_in(row, 0);
            const auto newest = time_in(row, 1);
            if (oldest && (!extent.oldest || *oldest < *extent.oldest)) extent.oldest = oldest;
            if (newest && (!extent.newest || *newest > *extent.newest)) extent.newest = newest;
        }
        return extent;
    });
}

std::optional<UtcSeconds> ReportReader::capture_at(const ReportQuestion& question) {
    return session_->guarded([&] {
        const auto found = session_->connection.value(
            "SELECT MAX(c.captured_at) FROM node n JOIN capture c ON c.node_id = n.node_id WHERE n.node" +
            in_nodes(question.nodes) + " AND c.captured_at <= " + literal(to_datetime(question.at)) +
            " AND c.captured_at > " + literal(to_datetime(question.at - question.interval)));
        return found ? std::optional(from_datetime(*found)) : std::nullopt;
    });
}

SettledQuestion ReportReader::settled(const Report& report, const ReportQuestion& question) {
    return session_->guarded([&] {
        SettledQuestion found;
        found.asked = question;
        found.asked.nodes.clear();
        {
            auto row = session_->connection.few("SELECT node_id, node FROM node WHERE node" +
                                                in_nodes(question.nodes) + " ORDER BY node_id");
            while (row.next()) {
                found.node_ids.push_back(row.string(0));
                found.asked.nodes.push_back(row.string(1));
            }
        }
        settle(session_->connection, report, found);
        return found;
    });
}

void ReportReader::ask(const Report& report, const SettledQuestion& question,
                       const std::function<void(const std::vector<std::optional<std::string>>&)>& show) {
    session_->guarded([&] {
        auto row = session_->connection.query(report_statement(report, question));
        bool same = row.width() == report.columns.size();
        for (std::size_t i = 0; same && i < row.width(); ++i)
            same = row.column_name(i) == report.columns[i].name;
        if (!same)
            throw Error("schema/reports/" + report.name + ".sql: its columns are not those of its head");
        std::vector<std::optional<std::string>> fields(row.width());
        while (row.next()) {
            for (std::size_t i = 0; i < fields.size(); ++i) {
                const Field field = row.text(i);
                fields[i] = field ? std::optional<std::string>(*field) : std::nullopt;
            }
            show(fields);
        }
    });
}

} // namespace sipkeep
