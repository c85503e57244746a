#include "sipkeep/db/history_store.hpp"

#include "sipkeep/core/batches.hpp"
#include "sipkeep/db/connection.hpp"
#include "sipkeep/db/schema.hpp"

#include "key_frame.hpp"
#include "ledger.hpp"
#include "narrow_row.hpp"
#include "node_number.hpp"
#include "open_versions.hpp"
#include "partitions.hpp"
#include "roll_up_due.hpp"
#include "sample_days.hpp"
#include "statistic_names.hpp"
#include "time_literal.hpp"
#include "unfinished_capture.hpp"
#include "version_rows.hpp"
#include "version_sql.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <random>

namespace sipkeep {

namespace {

constexpr std::size_t rows_a_statement = 500;

std::string random_token() {
    std::random_device random;
    std::string token;
    static constexpr std::string_view digits = "0123456789abcdef";
    for (int i = 0; i < 32; ++i) token += digits[random() % digits.size()];
    return token;
}

class MySqlHistoryStore final : public HistoryStore {
public:
    MySqlHistoryStore(const DatabaseSettings& settings, HistoryOptions options)
        : options_(options), run_(random_token()) {
        guarded([&] {
            connection_ = std::make_unique<Connection>(settings, "history database");
            connection_->execute("SET SESSION time_zone='+00:00', "
                                 "sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ALLOW_INVALID_DATES', "
                                 "innodb_lock_wait_timeout=5, lock_wait_timeout=5");
            connection_->execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
            require_schema(*connection_, embedded_schema());
            names_.emplace(*connection_);
        });
    }

    NodeState open_node(const std::string& node, OpenNode how) override {
        return guarded([&] {
            node_id_ = how == OpenNode::find ? node_number(*connection_, node).value_or(0)
                                             : make_node(*connection_, node);
            if (node_id_ == 0) return NodeState{};
            return read_node_state(*connection_, node_id_);
        });
    }

    void note_refused(UtcSeconds captured_at) override {
        guarded([&] { connection_->execute("UPDATE node SET refused_at = " + at(captured_at) + of_node()); });
    }

    void learn_statistics(const std::vector<Statistic>& statistics) override {
        guarded([&] { names_->learn(statistics); });
    }

    void begin(UtcSeconds captured_at) override {
        guarded([&] {
            const auto horizon = partition_horizon(*connection_);
            if (!horizon || *horizon < captured_at + partitions_kept_ahead)
                add_partitions(*connection_, captured_at);
            captured_at_ = captured_at;
            committed_some_ = noted_ended_ = false;
            undoable_ = true;
            compare_turn_.reset();
            if (const auto pending = start_transaction()) {
                undo_unfinished_capture(*connection_, node_id_, from_datetime(*pending));
                start_transaction();
            }
            const auto newest = connection_->value("SELECT MAX(captured_at) FROM capture" + of_node());
            if (newest && from_datetime(*newest) >= captured_at)
                throw Error(connection_->where() + ": a capture of " + *newest + " is already stored");
            connection_->execute("UPDATE node SET pending_at = " + at(captured_at) +
                                 ", pending_run = " + literal(run_) + of_node());
            frames_ = KeyFrame::of_tables(*connection_, node_id_, captured_at);
        });
    }

    void each_open(const TableSpec& table, const Rows& seen,
                   const std::function<void(RowView)>& show) override {
        guarded([&] { show_open_versions(*connection_, VersionSql(table, node_id_), table, seen, show); });
    }

    void apply(const TableSpec& table, const VersionChanges& changes) override {
        guarded([&] {
            const VersionSql versions(table, node_id_);
            const std::size_t rows = changes.closed.size() + changes.opened.size();
            if (rows_in_transaction_ + rows > options_.rows_a_transaction) checkpoint();
            const bool large = rows > options_.rows_a_transaction && !versions.number_key().empty();
            if (!large) undoable_ = false;
            if (versions.number_key().empty()) {
                for (std::size_t i = 0; i < changes.closed.size(); ++i)
                    close_one(table, versions, changes.closed[i]);
                open_versions(table, changes.opened, {});
                return;
            }
            in_batches(ids_of(changes.closed), rows_a_statement, [&](auto ids) {
                const std::string condition = in_list("o." + versions.number_key(), ids);
                const UtcSeconds end = frames_.at(table.name).end_of_gone(captured_at_);
                if (large) note_ended(condition);
                count(frames_.at(table.name).split(condition, end));
                end_versions(versions, end, condition);
                if (large) checkpoint_when_full();
            });
            open_versions(table, changes.opened, {}, large);
        });
    }

    std::unique_ptr<ContactStates> open_contact_states() override {
        return std::make_unique<NarrowRows>(
            *connection_, "location_open" + of_node(),
            [](const std::exception& error) { throw HistoryUnavailable(error.what()); });
    }

    Rows open_contacts(const Rows& seen) override {
        return guarded(
            [&] { return read_open_contacts(*connection_, VersionSql(location_table(), node_id_), seen); });
    }

    void apply(const ContactChanges& changes) override {
        guarded([&] {
            const VersionSql versions(location_table(), node_id_);
            const RefreshSql refreshes(node_id_);
            const UtcSeconds end = frames_.at("location").end_of_gone(captured_at_);
            std::vector<std::uint64_t> superseded = ids_of(changes.refreshed);
            superseded.insert(superseded.end(), changes.closed.begin(), changes.closed.end());
            if (!superseded.empty()) {
                // In one statement, so by ascending key: rows put in between later would leave half empty
                // pages.
                const std::string condition = in_list("o.contact_id", superseded);
                count(frames_.at("location").split(condition, end));
                count(connection_->update(refreshes.book(end, condition)));
            }
            if (!changes.closed.empty()) end_versions(versions, end, in_list("o.contact_id", changes.closed));
            open_versions(location_table(), changes.opened, changes.first_seen);
            if (!changes.refreshed.empty()) supersede_refreshes(changes.refreshed);
            checkpoint_when_full();
        });
    }

    std::size_t add_samples(const std::vector<Statistic>& statistics) override {
        return guarded([&] {
            undoable_ = false;
            return count(connection_->insert(insert_samples(captured_at_, samples_closed_to_),
                                             names_->samples(statistics, node_id_, captured_at_)));
        });
    }

    void set_compare_turn(std::uint64_t turn) override {
        compare_turn_ = turn; // written by commit(): what a cut-off capture compared was not kept
    }

    void commit(const LedgerRow& row) override {
        guarded([&] {
            UtcSeconds versions_from = captured_at_;
            for (const auto& [name, frame] : frames_)
                versions_from = std::min(versions_from, frame.versions_from());
            insert_ledger_row(*connection_, node_id_, row, versions_from);
            if (noted_ended_) connection_->execute("DELETE FROM dialog_ended" + of_node());
            write_node_state(*connection_, node_id_, compare_turn_);
            if (captured_at_ <= rolled_to_)
                make_due(*connection_, node_id_, {captured_at_}); // it waited long
        });
        try {
            connection_->execute("COMMIT");
            committed_some_ = false;
        } catch (const DatabaseError& error) {
            if (!error.lost()) throw HistoryUnavailable(error.what());
            throw CommitInDoubt(std::string(error.what()) +
                                "; the next run finds out whether the capture was stored");
        }
    }

    void discard() override {
        guarded([&] {
            connection_->execute("ROLLBACK");
            if (committed_some_) undo_unfinished_capture(*connection_, node_id_, captured_at_);
            committed_some_ = false;
        });
    }

    std::size_t split_at_midnight(UtcSeconds captured_at, Seconds interval) override {
        return guarded([&] {
            const auto pending = [](const auto& frame) { return frame.second.pending(); };
            if (!frames_.empty() && std::none_of(frames_.begin(), frames_.end(), pending))
                return std::size_t{0};
            std::size_t rows = 0;
            for (const TableSpec* table :
                 {&dialog_table(), &location_table(), &dispatcher_table(), &mi_row_table()}) {
                start_transaction(); // one a table, so that none grows too large
                frames_ = KeyFrame::of_tables(*connection_, node_id_, captured_at);
                rows += frames_.at(table->name).split_slice(options_.rows_a_transaction, interval);
                connection_->execute("COMMIT");
            }
            return rows;
        });
    }

private:
    /// Runs an action; what the server says becomes an error kind that says who reacts.
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

    /// Returns the time of the capture that is being written in several transactions, if any.
    std::optional<std::string> start_transaction() {
        connection_->execute("START TRANSACTION");
        // Serialises the writers of this node; those of other nodes never wait for each other.
        auto node =
            connection_->few("SELECT pending_run, pending_at, samples_closed_to, rolled_to FROM node" +
                             of_node() + " FOR UPDATE");
        const bool found = node.next();
        if (found) samples_closed_to_ = from_datetime(node.string(2));
        if (found) rolled_to_ = from_datetime(node.string(3));
        if (committed_some_ && (!found || node.string(0) != run_))
            throw Error(
                connection_->where() +
                ": another process took this node's capture over; two hosts must not archive one node");
        rows_in_transaction_ = 0;
        if (!found || node.null(1)) return std::nullopt;
        return node.string(1);
    }

    std::size_t count(std::size_t rows) { return rows_in_transaction_ += rows, rows; }

    /// Where a unit of work is whole: commits and goes on in a new transaction, unless this one holds what
    /// only ROLLBACK takes back. The capture stays invisible: node.pending_at marks it until commit().
    void checkpoint() {
        if (!undoable_) return;
        connection_->execute("COMMIT");
        committed_some_ = true;
        start_transaction();
    }

    void checkpoint_when_full() {
        if (rows_in_transaction_ >= options_.rows_a_transaction) checkpoint();
    }

    void close_one(const TableSpec& table, const VersionSql& versions, RowView key) {
        Rows bound(key.width());
        bound.add(key);
        const UtcSeconds end = frames_.at(table.name).end_of_gone(captured_at_);
        count(frames_.at(table.name).split("", end));
        count(connection_->update_each(versions.end(end, versions.key_is_bound()), bound));
        connection_->update_each(versions.remove_open(versions.key_is_bound()), bound);
    }

    void end_versions(const VersionSql& versions, UtcSeconds end, const std::string& condition) {
        std::map<std::string, std::vector<std::uint64_t>> by_begin;
        {
            auto open = connection_->few(versions.select_begins(condition));
            while (open.next()) by_begin[open.string(0)].push_back(open.number(1));
        }
        if (by_begin.empty()) return;
        const std::size_t ended = count(connection_->update(versions.end_at(end, by_begin)));
        if (connection_->update(versions.remove_open(condition)) != ended)
            throw Error(connection_->where() + ": " + versions.open_table() + " and " +
                        versions.version_table() + " do not agree; was one of them changed by hand?");
    }

    /// Calls that a capture of several transactions is about to split and end: its undo needs to find them.
    void note_ended(const std::string& condition) {
        connection_->execute("INSERT INTO dialog_ended (node_id, captured_at, dlg_id, valid_from) SELECT "
                             "o.node_id, " +
                             at(captured_at_) +
                             ", o.dlg_id, o.valid_from FROM dialog_open o WHERE o.node_id = " +
                             std::to_string(node_id_) + " AND " + condition);
        noted_ended_ = true;
    }

    /// Writes versions that begin now. `first_seen`, where given, is that of the chain they go on from.
    void open_versions(const TableSpec& table, const Rows& opened,
                       const std::vector<std::optional<std::string>>& first_seen, bool may_commit = false) {
        const VersionSql versions(table, node_id_);
        VersionRows rows(table, node_id_, captured_at_);
        for (std::size_t i = 0; i < opened.size(); ++i) {
            rows.add(opened[i], i < first_seen.size() ? first_seen[i] : std::nullopt);
            if (rows.open().size() < rows_a_statement && i + 1 < opened.size()) continue;
            count(connection_->insert(versions.insert_version(), rows.versions()));
            connection_->insert(versions.insert_open(), rows.open());
            rows.clear();
            if (may_commit) checkpoint_when_full();
        }
    }

    /// `refreshed`: contact_id, expires, cseq, last_modified.
    void supersede_refreshes(const Rows& refreshed) {
        Rows rows(3 + refreshed.width());
        for (std::size_t i = 0; i < refreshed.size(); ++i) {
            rows.add(std::to_string(node_id_));
            rows.add(to_datetime(captured_at_));
            rows.add(to_datetime(captured_at_));
            rows.add(refreshed[i]);
        }
        const std::size_t changes =
            connection_->insert(RefreshSql::supersede_head(), rows, RefreshSql::supersede_tail());
        // The server counts an updated row twice, an inserted one once: each contact must have been open.
        if (changes != 2 * refreshed.size())
            throw Error(connection_->where() +
                        ": location_open lacks registrations that were read from it; was "
                        "it changed by hand?");
    }

    HistoryOptions options_;
    std::string run_;
    std::unique_ptr<Connection> connection_;
    unsigned node_id_ = 0;
    UtcSeconds captured_at_{}, samples_closed_to_{}, rolled_to_{};
    bool committed_some_ = false;
    bool noted_ended_ = false;
    bool undoable_ = true; ///< what the transaction holds so far, undo_unfinished_capture() can take back
    std::optional<std::uint64_t> compare_turn_;
    std::size_t rows_in_transaction_ = 0;
    std::optional<StatisticNames> names_;
    std::map<std::string_view, KeyFrame> frames_;
};

} // namespace

std::unique_ptr<HistoryStore> make_history_store(const DatabaseSettings& settings, HistoryOptions options) {
    return std::make_unique<MySqlHistoryStore>(settings, options);
}

} // namespace sipkeep
