#include "sipkeep/db/day_importer.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/db/connection.hpp"
#include "sipkeep/db/history_store.hpp"
#include "sipkeep/db/retention_session.hpp"
#include "sipkeep/db/schema.hpp"

#include "cdr_sums_sql.hpp"
#include "day_samples.hpp"
#include "day_tables.hpp"
#include "day_taken.hpp"
#include "day_walk.hpp"
#include "dropped.hpp"
#include "node_number.hpp"
#include "partitions.hpp"
#include "roll_up_due.hpp"
#include "statistic_names.hpp"
#include "time_literal.hpp"

#include <algorithm>
#include <optional>

namespace sipkeep {

namespace {

using std::chrono::days;

/// A row of `node`.
struct ImportingNode {
    unsigned id = 0; ///< 0: there is none
    UtcSeconds packed_to{};
    std::optional<UtcSeconds> pending, importing;
};

} // namespace

struct DayImporter::Session {
    explicit Session(const DatabaseSettings& settings)
        : retention(settings), connection(retention.connection()), reader(retention.reader()),
          names(connection) {
        retention.guarded([&] {
            for (Connection* one : {&connection, &reader})
                one->execute("SET SESSION "
                             "sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ALLOW_INVALID_DATES', "
                             "innodb_lock_wait_timeout=60, lock_wait_timeout=60");
        });
    }

    /// What is wrong is said with the name of the file, and what the views are left with.
    template <class Action>
    auto guarded(const ExportedDay& day, Action action) -> decltype(action()) {
        const auto said = [&](const std::string& message) {
            const bool named = message.starts_with(day.name());
            return (named ? message : day.name() + ": " + message) +
                   (hidden ? "; the day is hidden until it is imported again" : "");
        };
        try {
            return retention.guarded(action);
        } catch (const HistoryUnavailable& error) {
            throw HistoryUnavailable(said(error.what()));
        } catch (const SchemaError&) {
            throw;
        } catch (const Error& error) {
            throw Error(said(error.what()));
        }
    }

    ImportingNode find(const std::string& node) {
        ImportingNode found;
        auto row =
            connection.few("SELECT node_id, samples_packed_to, pending_at, CAST(importing AS DATETIME) "
                           "FROM node WHERE node = " +
                           literal(node));
        if (!row.next()) return found;
        found.id = static_cast<unsigned>(row.number(0));
        found.packed_to = from_datetime(row.string(1));
        if (!row.null(2)) found.pending = from_datetime(row.string(2));
        if (!row.null(3)) found.importing = from_datetime(row.string(3));
        return found;
    }

    [[nodiscard]] static std::string of(unsigned node_id) {
        return " WHERE node_id = " + std::to_string(node_id);
    }

    void require_known_tables(const ExportedHead& head) {
        const auto versions = embedded_schema().table_versions();
        std::vector<std::string> expected{"statistic", "sample_day", "acc_taken"};
        for (const DayTable& table : day_tables()) expected.emplace_back(table.name);
        for (const ExportedTable& table : head.tables) {
            if (std::ranges::find(expected, table.name) == expected.end())
                throw Error("has a table " + table.name + ", which this sipkeep does not export");
            if (table.version != versions.at(table.name))
                throw Error("has " + table.name + " in version " + std::to_string(table.version) +
                            "; the schema here has version " + std::to_string(versions.at(table.name)) +
                            ": import it with the sipkeep that wrote it, and upgrade afterwards");
            if (table.columns != columns_of(table.name))
                throw Error("has " + table.name + " with other columns than the table here");
        }
        const auto same = [](const ExportedTable& table, const std::string& name) {
            return table.name == name;
        };
        if (!std::ranges::equal(head.tables, expected, same))
            throw Error("lacks tables, or has them in another order");
    }

    [[nodiscard]] std::vector<std::string> columns_of(const std::string& table) {
        if (table == "statistic") return {"group", "name", "kind"};
        if (table == "sample_day") return exported_sample_columns();
        if (table == "acc_taken") return taken_columns();
        return day_columns(connection, *std::ranges::find(day_tables(), table, &DayTable::name));
    }

    /// The day must be one that nothing here changes any more, or reaches across.
    void require_place(const ExportedHead& head, const ImportingNode& node) {
        const UtcSeconds end = head.day + days{1};
        if (node.importing && *node.importing != head.day)
            throw Error("the import of " + to_date(*node.importing) + " of node " + head.node +
                        " was cut off; run that again first");
        if (node.pending && *node.pending <= end)
            throw Error("a capture of that day is being written here; let `sipkeep snapshot` run first");
        for (const std::string table : {"dialog_open", "location_open", "dispatcher_open", "mi_row_open"}) {
            const auto open = connection.value("SELECT MIN(valid_from) FROM " + table + of(node.id));
            if (open && from_datetime(*open) < end)
                throw Error(table + " has versions that are open since " + *open +
                            " here; let `sipkeep snapshot` run until midnight is split");
        }
        const ExportedTable& ledger = head.tables.back();
        const auto known =
            connection.value("SELECT 1 FROM capture" + of(node.id) + " AND captured_at >= " + at(head.day) +
                             " AND captured_at < " + at(end) + " LIMIT 1");
        if (known || ledger.rows == 0) return;
        const auto before = connection.value(
            "SELECT MAX(captured_at) FROM capture c" + of(node.id) + " AND captured_at < " + at(head.day) +
            " AND captured_at >= " + at(dropped_to(connection, RetentionClass::ledger)) +
            " AND NOT EXISTS (SELECT 1 FROM kept_day k WHERE k.node_id = c.node_id AND k.day = "
            "DATE(c.captured_at))");
        if (before)
            throw Error("node " + head.node + " has captures here up to " + *before +
                        " and none of that day: it can't be put between them");
    }

    DayPlace place_of(const ExportedHead& head, const ImportingNode& node) {
        require_known_tables(head);
        require_place(head, node);
        return {.node_id = node.id, .day = head.day, .packed = head.day < node.packed_to};
    }

    /// Retention leaves the day alone from now on.
    void keep_day(unsigned node_id, UtcSeconds day, UtcSeconds until) {
        connection.execute("INSERT INTO kept_day (node_id, day, keep_until) VALUES (" +
                           std::to_string(node_id) + ", " + on(day) + ", " + on(until) +
                           ") ON DUPLICATE KEY UPDATE keep_until = GREATEST(keep_until, VALUES(keep_until))");
    }

    void hide(unsigned node_id, UtcSeconds day) {
        connection.execute("UPDATE node SET importing = " + on(day) + of(node_id));
    }

    void show(const DayPlace& place, bool new_captures) {
        retention.lock(place.node_id);
        connection.execute("UPDATE node SET importing = NULL" + of(place.node_id));
        if (new_captures) add_up_again(place);
        add_up_week(connection, place.node_id, monday(place.day)); // the file has none
        connection.execute("COMMIT");
    }

    /// The day, and those beside it, whose hours and days were added up without it. What was dropped of them
    /// stays as it was added up.
    void add_up_again(const DayPlace& place) {
        const std::string of_captures = " FROM capture" + of(place.node_id) + " AND captured_at ";
        make_due(connection, place.node_id, {place.day + Seconds{1}});
        for (const std::string& beside : {"MAX(captured_at)" + of_captures + "< " + at(place.day),
                                          "MIN(captured_at)" + of_captures + ">= " + at(place.day + days{1})})
            if (const auto time = connection.value("SELECT " + beside))
                make_due(connection, place.node_id, {midnight(from_datetime(*time)) + Seconds{1}});
    }

    bool has_captures(const DayPlace& place) {
        return connection
            .value("SELECT 1 FROM capture" + of(place.node_id) + " AND captured_at >= " + at(place.day) +
                   " AND captured_at < " + at(place.day + days{1}) + " LIMIT 1")
            .has_value();
    }

    void make_partitions(UtcSeconds end, UtcSeconds now) {
        const auto horizon = partition_horizon(connection);
        if (!horizon || *horizon < end + Seconds{1}) add_partitions(connection, now);
    }

    DayTransaction writer(unsigned node_id, UtcSeconds day) {
        return [this, node_id, day](const std::function<void(Connection&)>& action) {
            retention.stay();
            retention.lock(node_id);
            const auto importing = connection.value("SELECT importing FROM node" + of(node_id));
            if (importing != to_date(day)) throw Error("somebody else has ended its import; run it again");
            try {
                action(connection);
            } catch (const DatabaseError& error) {
                if (error.code() != database_error::duplicate_key) throw;
                throw Error("somebody else writes into the same day (" + std::string(error.what()) + ")");
            }
            connection.execute("COMMIT");
        };
    }

    void write(ExportedDay& day, const DayPlace& place, const Keep& keep) {
        make_partitions(place.day + days{1}, keep.now);
        // One that was cut off may have put in some captures.
        const bool new_captures = resumed || !has_captures(place);
        retention.lock(place.node_id);
        hide(place.node_id, place.day);
        keep_day(place.node_id, place.day, midnight(keep.now) + keep.time);
        connection.execute("COMMIT");
        hidden = true;
        static_cast<void>(DayWalk(reader, names, place, writer(place.node_id, place.day)).run(day));
        show(place, new_captures);
        hidden = false;
    }

    RetentionSession retention;
    Connection& connection;
    Connection& reader; ///< streams while the other writes
    StatisticNames names;
    bool hidden = false;  ///< from the views: the day being imported
    bool resumed = false; ///< an import of the day was cut off before
};

DayImporter::DayImporter(const DatabaseSettings& settings) {
    DatabaseSettings patient = settings.patient();
    patient.idle_limit = std::chrono::hours{1}; // while one session is at work, the others wait
    session_ = std::make_unique<Session>(patient);
}

DayImporter::~DayImporter() = default;

DayImporter::Found DayImporter::compare(ExportedDay& day) {
    return session_->guarded(day, [&] {
        const DayPlace place = session_->place_of(day.head(), session_->find(day.head().node));
        return DayWalk(session_->reader, session_->names, place).run(day);
    });
}

DayImporter::Found DayImporter::import(ExportedDay& day, const Keep& keep) {
    const Found found = compare(day);
    session_->guarded(day, [&] {
        Session& session = *session_;
        static_cast<void>(make_node(session.connection, day.head().node));
        const ImportingNode node = session.find(day.head().node);
        const DayPlace place = session.place_of(day.head(), node);
        session.resumed = node.importing.has_value();
        if (found.missing > 0 || node.importing)
            session.write(day, place, keep);
        else
            session.keep_day(node.id, day.head().day, midnight(keep.now) + keep.time);
    });
    return found;
}

} // namespace sipkeep
