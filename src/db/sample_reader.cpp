#include "sipkeep/db/sample_reader.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/db/connection.hpp"
#include "sipkeep/db/schema.hpp"

#include "day_samples.hpp"
#include "node_check.hpp"
#include "statistic_names.hpp"
#include "time_literal.hpp"

#include <algorithm>

namespace sipkeep {

namespace {

using std::chrono::days;

template <class Action>
auto guarded(Action action) -> decltype(action()) {
    try {
        return action();
    } catch (const DatabaseError& error) {
        throw HistoryUnavailable(error.what());
    }
}

} // namespace

struct SampleReader::Session {
    Session(const DatabaseSettings& settings, const Wanted& asked)
        : connection(settings, "history database"), wanted(asked) {
        connection.execute("SET SESSION time_zone='+00:00', sql_mode='ALLOW_INVALID_DATES'");
        require_schema(connection, embedded_schema());
        connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        connection.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
        mark_snapshot(connection);
        auto row = connection.few(
            "SELECT node_id, samples_packed_to, pending_at, importing FROM node WHERE node = " +
            literal(wanted.node));
        if (!row.next())
            throw Error("export: node " + wanted.node +
                        " has no history here; is it the name in `node:` of its configuration?");
        node_id = static_cast<unsigned>(row.number(0));
        packed_to = from_datetime(row.string(1));
        if (!row.null(2)) pending = from_datetime(row.string(2));
        if (!row.null(3)) importing = row.string(3);
    }

    std::vector<Named> statistics() {
        std::vector<Named> all;
        auto row = connection.few("SELECT statistic_id, `group`, name, kind FROM statistic");
        while (row.next()) {
            Named& named = all.emplace_back();
            named.id = row.number(0);
            named.statistic.group = row.string(1);
            named.statistic.name = row.string(2);
            named.statistic.kind = statistic_kind(row.string(3));
        }
        return all;
    }

    void each_sample(std::uint64_t id, const std::function<void(UtcSeconds, std::int64_t)>& show) {
        for (UtcSeconds day = midnight(wanted.from); day < wanted.to; day += days{1}) {
            if (importing == to_date(day)) continue;
            for (const DaySample& sample : DaySamples(connection, node_id, day, day < packed_to).of(id)) {
                const UtcSeconds at = day + Seconds{sample.second};
                if (at >= wanted.from && at < wanted.to && at != pending) show(at, sample.value);
            }
        }
        let_go_of_tables(connection);
    }

    void each_capture(const std::function<void(UtcSeconds, std::optional<std::int64_t>,
                                               std::optional<std::int64_t>)>& show) {
        {
            auto row =
                connection.query("SELECT captured_at, dialogs, contacts FROM capture WHERE node_id = " +
                                 std::to_string(node_id) + " AND captured_at >= " + at(wanted.from) +
                                 " AND captured_at < " + at(wanted.to) + " ORDER BY captured_at");
            const auto number = [&](std::size_t column) -> std::optional<std::int64_t> {
                if (row.null(column)) return std::nullopt;
                return static_cast<std::int64_t>(row.number(column));
            };
            while (row.next()) {
                const UtcSeconds time = from_datetime(row.string(0));
                if (time != pending && importing != to_date(time)) show(time, number(1), number(2));
            }
        }
        let_go_of_tables(connection);
    }

    Connection connection;
    Wanted wanted;
    unsigned node_id = 0;
    UtcSeconds packed_to{};
    std::optional<UtcSeconds> pending;    ///< a capture that is not whole
    std::optional<std::string> importing; ///< a day that is not
};

SampleReader::SampleReader(const DatabaseSettings& settings, const Wanted& wanted) {
    guarded([&] { session_ = std::make_unique<Session>(settings.patient(), wanted); });
}

SampleReader::~SampleReader() = default;

std::vector<SampleReader::Named> SampleReader::statistics() {
    return guarded([&] { return session_->statistics(); });
}

void SampleReader::each_sample(std::uint64_t id, const std::function<void(UtcSeconds, std::int64_t)>& show) {
    guarded([&] { session_->each_sample(id, show); });
}

void SampleReader::each_capture(
    const std::function<void(UtcSeconds, std::optional<std::int64_t>, std::optional<std::int64_t>)>& show) {
    guarded([&] { session_->each_capture(show); });
}

} // namespace sipkeep
