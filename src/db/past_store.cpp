#include "sipkeep/db/past_store.hpp"

#include "sipkeep/db/connection.hpp"
#include "sipkeep/db/schema.hpp"

#include "key_frame.hpp"
#include "ledger.hpp"
#include "node_number.hpp"
#include "roll_up_due.hpp"
#include "sample_days.hpp"
#include "splice_ledger.hpp"
#include "splice_place.hpp"
#include "statistic_names.hpp"
#include "table_splice.hpp"
#include "unfinished_capture.hpp"

#include <thread>

namespace sipkeep {

namespace {

using std::chrono::days;

constexpr std::size_t rows_a_slice = 5000;
constexpr Milliseconds all_the_time = std::chrono::hours{24};

struct Table {
    const TableSpec& spec;
    Source source;
};

class MySqlPastStore final : public PastStore {
public:
    MySqlPastStore(const DatabaseSettings& settings, const std::string& node, PastOptions options)
        : settings_(settings.patient()), options_(options) {
        // While one session is at work for long, the others wait.
        if (settings.idle_limit > Seconds{0})
            settings_.idle_limit =
                std::max(settings.idle_limit, std::chrono::ceil<Seconds>(settings_.read_timeout));
        guarded([&] {
            connection_ = std::make_unique<Connection>(settings_, "history database");
            connection_->execute("SET SESSION time_zone='+00:00', "
                                 "sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ALLOW_INVALID_DATES', "
                                 "innodb_lock_wait_timeout=60, lock_wait_timeout=60");
            connection_->execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
            require_schema(*connection_, embedded_schema());
            names_.emplace(*connection_);
            node_id_ = options_.read_only ? node_number(*connection_, node).value_or(0)
                                          : make_node(*connection_, node);
        });
    }

    PastPlace place_of(UtcSeconds captured_at) override {
        return guarded([&] {
            if (!options_.read_only) {
                lock_node();
                connection_->execute("ROLLBACK");
            }
            return place(captured_at);
        });
    }

    NodeState before(const Capture& capture) override {
        return guarded([&] {
            return read_node_state(
                *connection_, node_id_,
                {.before = capture.captured_at,
                 .rows = capture.dialog == SourceStatus::ok || capture.location == SourceStatus::ok,
                 .uptime = capture.statistics.uptime_s.has_value()});
        });
    }

    void tell_kinds(std::vector<Statistic>& statistics) override {
        guarded([&] { names_->tell_kinds(statistics); });
    }

    void splice(const Capture& capture, ContactRows& contacts, LedgerRow& row) override {
        guarded([&] {
            if (capture.mi == SourceStatus::ok) names_->learn(capture.statistics.statistics);
            try {
                settle();
                if (place(capture.captured_at) != PastPlace::past)
                    throw Error(connection_->where() + ": " + to_rfc3339(capture.captured_at) +
                                " is no time between captures any more; try again");
                write(capture, contacts, row);
            } catch (...) {
                take_back();
                throw;
            }
        });
    }

private:
    template <class Action>
    auto guarded(Action action) -> decltype(action()) {
        try {
            return action();
        } catch (const DatabaseError& error) {
            if (!error.lost() && blames_the_rows(error.code())) throw RowsRefused(error.what());
            throw HistoryUnavailable(error.what());
        }
    }

    [[nodiscard]] std::string of_node() const { return " WHERE node_id = " + std::to_string(node_id_); }

    PastPlace place(UtcSeconds captured_at) {
        const std::string at = literal(to_datetime(captured_at));
        if (connection_->value("SELECT 1 FROM capture" + of_node() + " AND captured_at = " + at))
            return PastPlace::stored;
        const auto later =
            connection_->value("SELECT 1 FROM capture" + of_node() + " AND captured_at > " + at + " LIMIT 1");
        return later ? PastPlace::past : PastPlace::newest;
    }

    /// Returns the time of the capture that is being written, if any.
    std::optional<std::string> lock_row() {
        auto node =
            connection_->few("SELECT pending_at, samples_closed_to FROM node" + of_node() + " FOR UPDATE");
        if (!node.next()) return std::nullopt;
        samples_closed_to_ = from_datetime(node.string(1));
        if (node.null(0)) return std::nullopt;
        return node.string(0);
    }

    /// Opens a transaction in which no other process is amid a capture of this node.
    void lock_node() {
        const Deadline until(options_.patience);
        for (;;) {
            connection_->execute("START TRANSACTION");
            const auto pending = lock_row();
            if (!pending) return;
            if (until.passed()) {
                undo_unfinished_capture(*connection_, node_id_, from_datetime(*pending));
                continue;
            }
            connection_->execute("ROLLBACK");
            std::this_thread::sleep_for(std::min(until.left(), Milliseconds{500}));
        }
    }

    /// Opens a transaction before which every midnight between captures has split what it is to split: the
    /// readers must see that, so nothing of it may be in this one.
    void settle() {
        for (;;) {
            lock_node();
            const auto newest = connection_->value("SELECT MAX(captured_at) FROM capture" + of_node());
            if (!newest) return;
            bool settled = true;
            for (auto& [name, frame] : KeyFrame::of_tables(*connection_, node_id_, from_datetime(*newest)))
                settled = frame.settle(rows_a_slice) && settled;
            if (settled) return;
            connection_->execute("COMMIT");
        }
    }

    void take_back() noexcept {
        try {
            connection_->execute("ROLLBACK");
        } catch (const std::exception&) {
            // The connection is lost, and with it goes what it has not committed.
        }
    }

    static bool looks_at_tables(const LedgerRow& row) {
        return row.location == SourceStatus::ok || row.dialog == SourceStatus::ok ||
               row.dispatcher == SourceStatus::ok || row.mi_rows == SourceStatus::ok;
    }

    std::unique_ptr<Connection> reader() {
        auto connection = std::make_unique<Connection>(settings_, "history database");
        connection->execute("SET SESSION time_zone='+00:00', sql_mode='ALLOW_INVALID_DATES'");
        connection->execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        connection->execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
        return connection;
    }

    void write(const Capture& capture, ContactRows& contacts, LedgerRow& row) {
        const Stopwatch stopwatch;
        const SplicePlace place(*connection_, node_id_, capture.captured_at,
                                looks_at_tables(row) ? SplicePlace::Of::tables : SplicePlace::Of::statistics);
        require_kept(*connection_, node_id_, place);
        std::unique_ptr<Connection> first, second; // a capture of statistics alone needs neither
        if (looks_at_tables(row)) {
            first = reader();
            second = reader();
        }
        begin_day(place);

        const auto splice = [&](const Table& table, const std::function<void(TableSplice&)>& show) {
            return splice_table(place, table, *first, *second, show);
        };
        std::uint64_t in_table = 0;
        if (row.location == SourceStatus::ok)
            row.contacts = add(row, splice({location_table(), Source::location}, [&](TableSplice& to) {
                                   contacts.each_contact(
                                       [&](RowView contact) {
                                           to.show(contact);
                                           if (!is_from_memory(location_table(), contact)) ++in_table;
                                       },
                                       Deadline(all_the_time));
                                   row.contacts_in_table = in_table;
                               }));
        if (row.dialog == SourceStatus::ok)
            row.dialogs =
                add(row, splice({dialog_table(), Source::dialog},
                                [&](TableSplice& to) { show_sorted(to, dialog_table(), capture.dialogs); })) -
                row.early.value_or(0);
        if (row.dispatcher == SourceStatus::ok)
            row.destinations =
                add(row, splice({dispatcher_table(), Source::dispatcher}, [&](TableSplice& to) {
                        show_sorted(to, dispatcher_table(), capture.destinations);
                    }));
        if (row.mi_rows == SourceStatus::ok)
            row.listed = add(row, splice({mi_row_table(), Source::mi_rows}, [&](TableSplice& to) {
                                 show_sorted(to, mi_row_table(), capture.listed);
                             }));
        if (row.mi == SourceStatus::ok)
            row.samples = connection_->insert(
                insert_samples(capture.captured_at, samples_closed_to_),
                names_->samples(capture.statistics.statistics, node_id_, capture.captured_at));

        SpliceLedger(*connection_, node_id_, place).write(row, stopwatch);
        make_due(*connection_, node_id_, {capture.captured_at});
        for (const auto& next : place.next)
            if (next) make_due(*connection_, node_id_, {*next});
        commit();
    }

    void commit() {
        try {
            connection_->execute("COMMIT");
        } catch (const DatabaseError& error) {
            if (!error.lost()) throw;
            throw CommitInDoubt(std::string(error.what()) + "; run the same again: it finds out");
        }
    }

    /// The first capture of a day: all that went on through it gets a piece of that day.
    void begin_day(const SplicePlace& place) {
        if (!place.day_is_new || !place.day_before) return;
        const UtcSeconds end = *place.day_before + days{1};
        for (const TableSpec* table :
             {&dialog_table(), &location_table(), &dispatcher_table(), &mi_row_table()})
            connection_->execute(VersionSql(*table, node_id_).repeat_day(end, place.day));
        connection_->execute(RefreshSql(node_id_).repeat_day(end, place.day));
    }

    struct Spliced {
        SpliceCounts counts;
        std::optional<UtcSeconds> next;
    };

    Spliced splice_table(const SplicePlace& place, const Table& table, Connection& first, Connection& second,
                         const std::function<void(TableSplice&)>& show) {
        const SpliceWindow window = place.window(table.source);
        const auto moment = place.moment_before();
        SpliceWriter writer(*connection_, table.spec, node_id_, window, place.days_behind(window));
        SpliceCounts counts;
        {
            StoredStates before =
                moment ? StoredStates(first, table.spec, node_id_, *moment,
                                      place.day_is_new ? std::optional(place.day) : std::nullopt)
                       : StoredStates(table.spec);
            StoredStates after = window.next ? StoredStates(second, table.spec, node_id_, *window.next, {})
                                             : StoredStates(table.spec);
            TableSplice splice(table.spec, window, before, after, writer);
            show(splice);
            counts = splice.finish();
        }
        writer.refreshes().run(*connection_, first);
        return {counts, window.next};
    }

    /// Returns the number of rows.
    std::uint64_t add(LedgerRow& row, const Spliced& spliced) {
        const SpliceCounts& counts = spliced.counts;
        row.opened += counts.opened;
        row.closed += counts.closed;
        row.refreshed += counts.refreshed;
        row.compared += counts.compared;
        row.found_by_compare += counts.found_by_compare;
        if (spliced.next) correct_counts(*connection_, node_id_, *spliced.next, counts);
        return counts.rows;
    }

    DatabaseSettings settings_;
    PastOptions options_;
    std::unique_ptr<Connection> connection_;
    std::optional<StatisticNames> names_;
    unsigned node_id_ = 0;
    UtcSeconds samples_closed_to_{};
};

} // namespace

std::unique_ptr<PastStore> make_past_store(const DatabaseSettings& settings, const std::string& node,
                                           PastOptions options) {
    return std::make_unique<MySqlPastStore>(settings, node, options);
}

} // namespace sipkeep
