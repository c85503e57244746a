#include "sipkeep/db/history_store.hpp"

#include "sipkeep/core/batches.hpp"
#include "sipkeep/db/connection.hpp"
#include "sipkeep/db/schema.hpp"

#include "key_frame.hpp"
#include "ledger.hpp"
#include "narrow_row.hpp"
#include "partitions.hpp"
#include "statistic_names.hpp"
#include "unfinished_capture.hpp"
#include "version_sql.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <random>
#include <set>

namespace sipkeep {

namespace {

constexpr std::chrono::days partitions_kept_ahead{3};
constexpr std::size_t rows_a_statement = 500;

std::string time(UtcSeconds at) {
    return literal(to_datetime(at));
}

std::string random_token() {
    std::random_device random;
    std::string token;
    static constexpr std::string_view digits = "0123456789abcdef";
    for (int i = 0; i < 32; ++i) token += digits[random() % digits.size()];
    return token;
}

template <class Number>
Number number_of(Field text) {
    Number value = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

/// MySQL gives JSON back with its own spacing and order: compare in one form.
Field canonical_json(Field text, std::string& buffer) {
    if (!text) return text;
    buffer = nlohmann::json::parse(*text, nullptr, false).dump();
    return buffer;
}

std::vector<std::uint64_t> numbers_of(const Rows& keys) {
    std::vector<std::uint64_t> ids;
    for (std::size_t i = 0; i < keys.size(); ++i) ids.push_back(number_of<std::uint64_t>(keys.field(i, 0)));
    return ids;
}

/// Errors of the data itself: the source that brought it is refused, the others can be stored.
bool blames_the_rows(int code) {
    static const std::set<int> codes{1048, 1062, 1264, 1292, 1366, 1406, 1526, 3140, 4025};
    return codes.contains(code);
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
            const std::string find = "SELECT node_id FROM node WHERE node = " + literal(node);
            auto found = connection_->value(find);
            if (!found && how == OpenNode::find) return NodeState{};
            if (!found) {
                connection_->execute("INSERT INTO node (node) VALUES (" + literal(node) + ")");
                found = connection_->value(find);
            }
            node_id_ = static_cast<unsigned>(std::stoul(found.value_or("0")));
            return read_node_state(*connection_, node_id_);
        });
    }

    void note_refused(UtcSeconds captured_at) override {
        guarded(
            [&] { connection_->execute("UPDATE node SET refused_at = " + time(captured_at) + of_node()); });
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
            committed_some_ = false;
            compare_round_.reset();
            start_transaction();
            if (const auto pending = connection_->value("SELECT pending_at FROM node" + of_node())) {
                undo_unfinished_capture(*connection_, node_id_, from_datetime(*pending));
                start_transaction();
            }
            const auto newest = connection_->value("SELECT MAX(captured_at) FROM capture" + of_node());
            if (newest && from_datetime(*newest) >= captured_at)
                throw Error(connection_->where() + ": a capture of " + *newest + " is already stored");
            connection_->execute("UPDATE node SET pending_at = " + time(captured_at) +
                                 ", pending_run = " + literal(run_) + of_node());
            frames_.clear();
            for (const TableSpec* table : {&dialog_table(), &location_table(), &dispatcher_table()})
                frames_.emplace(table->name, KeyFrame(*connection_, node_id_, *table, captured_at));
        });
    }

    void each_open(const TableSpec& table, const std::function<void(RowView)>& show) override {
        guarded([&] {
            auto result = connection_->query(VersionSql(table, node_id_).select_open());
            Rows row(table.columns.size());
            std::string json;
            while (result.next()) {
                row.clear();
                for (std::size_t i = 0; i < table.columns.size(); ++i) {
                    const Field text = result.text(i);
                    row.add(table.columns[i].role == ColumnRole::extra ? canonical_json(text, json) : text);
                }
                show(row[0]);
            }
        });
    }

    void apply(const TableSpec& table, const VersionChanges& changes) override {
        guarded([&] {
            const VersionSql versions(table, node_id_);
            if (versions.number_key().empty()) {
                for (std::size_t i = 0; i < changes.closed.size(); ++i)
                    close_one(table, versions, changes.closed[i]);
            } else {
                in_batches(numbers_of(changes.closed), rows_a_statement, [&](auto ids) {
                    const std::string condition = in_list(versions.number_key(), ids);
                    count(frames_.at(table.name).split(condition, captured_at_));
                    count(connection_->update(versions.book(captured_at_, condition)));
                    count(connection_->update(versions.remove_open(condition)));
                    checkpoint();
                });
            }
            open_versions(table, versions, changes.opened, {});
        });
    }

    void each_open_contact(const std::function<void(const ContactState&)>& show) override {
        guarded([&] {
            auto result =
                connection_->query("SELECT " + std::string(narrow_row) + " FROM location_refresh_open" +
                                   of_node() + " ORDER BY contact_id");
            while (result.next()) show(parse_narrow_row(result.text(0).value_or("")));
        });
    }

    Rows open_contacts(std::span<const std::uint64_t> ids) override {
        return guarded([&] {
            const TableSpec& table = location_table();
            std::string columns;
            for (const Column& column : table.columns)
                columns +=
                    (column.role == ColumnRole::refresh ? "r." : "v.") + std::string(column.name) + ", ";
            auto result = connection_->query(
                "SELECT " + columns +
                "v.first_seen FROM location_open v JOIN location_refresh_open r ON r.node_id = v.node_id "
                "AND r.contact_id = v.contact_id WHERE v.node_id = " +
                std::to_string(node_id_) + " AND " + in_list("v.contact_id", ids) + " ORDER BY v.contact_id");
            Rows rows(table.columns.size() + 1);
            std::string json;
            while (result.next())
                for (std::size_t i = 0; i < rows.width(); ++i) {
                    const bool extra = i < table.columns.size() && table.columns[i].role == ColumnRole::extra;
                    rows.add(extra ? canonical_json(result.text(i), json) : result.text(i));
                }
            return rows;
        });
    }

    void apply(const ContactChanges& changes) override {
        guarded([&] {
            const VersionSql versions(location_table(), node_id_);
            const RefreshSql refreshes(node_id_);
            if (!changes.closed.empty()) {
                const std::string condition = in_list("contact_id", changes.closed);
                count(frames_.at("location").split(condition, captured_at_));
                connection_->execute(refreshes.book(captured_at_, condition));
                connection_->execute(refreshes.remove_open(condition));
                count(connection_->update(versions.book(captured_at_, condition)));
                count(connection_->update(versions.remove_open(condition)));
            }
            open_versions(location_table(), versions, changes.opened, changes.first_seen);
            open_refreshes(refreshes, changes.opened, location_table().with_role(ColumnRole::refresh));
            if (!changes.refreshed.empty()) {
                const std::string condition = in_list("contact_id", numbers_of(changes.refreshed));
                count(frames_.at("location").split(condition, captured_at_));
                count(connection_->update(refreshes.book(captured_at_, condition)));
                connection_->execute(refreshes.remove_open(condition));
                open_refreshes(refreshes, changes.refreshed, {1, 2, 3});
            }
            checkpoint();
        });
    }

    std::size_t add_samples(const std::vector<Statistic>& statistics) override {
        return guarded([&] {
            Rows rows(5);
            for (const Statistic& statistic : statistics) {
                const auto id = names_->id_of(statistic);
                if (!id) continue;
                rows.add(std::to_string(node_id_));
                rows.add(std::to_string(*id));
                rows.add(to_datetime(captured_at_));
                rows.add(std::to_string(statistic.value));
                rows.add(std::to_string(int(statistic.flag)));
            }
            return count(connection_->insert(
                "INSERT INTO sample (node_id, statistic_id, captured_at, value, flag) VALUES", rows));
        });
    }

    void set_compare_round(const CompareRound& round) override {
        compare_round_ = round; // written by commit(): what a cut-off capture compared was not kept
    }

    void commit(const LedgerRow& row) override {
        guarded([&] {
            insert_ledger_row(*connection_, node_id_, row);
            write_node_state(*connection_, node_id_, compare_round_);
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
            std::size_t rows = 0;
            for (const TableSpec* table : {&dialog_table(), &location_table(), &dispatcher_table()}) {
                start_transaction();
                KeyFrame frame(*connection_, node_id_, *table, captured_at);
                if (frame.pending())
                    rows += frame.split_slice(slice_of(VersionSql(*table, node_id_).open_table(), interval));
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

    void start_transaction() {
        connection_->execute("START TRANSACTION");
        // Serialises the writers of this node; those of other nodes never wait for each other.
        const auto locked =
            connection_->value("SELECT COALESCE(pending_run, '') FROM node" + of_node() + " FOR UPDATE");
        if (committed_some_ && locked != run_)
            throw Error(
                connection_->where() +
                ": another process took this node's capture over; two hosts must not archive one node");
        rows_in_transaction_ = 0;
    }

    std::size_t count(std::size_t rows) { return rows_in_transaction_ += rows, rows; }

    /// Where a unit of work is whole: commits and goes on in a new transaction when much was written. The
    /// capture stays invisible: node.pending_at marks it until commit().
    void checkpoint() {
        if (rows_in_transaction_ < options_.rows_a_transaction) return;
        connection_->execute("COMMIT");
        committed_some_ = true;
        start_transaction();
    }

    void close_one(const TableSpec& table, const VersionSql& versions, RowView key) {
        Rows bound(key.width());
        bound.add(key);
        count(frames_.at(table.name).split("", captured_at_));
        connection_->update_each(versions.book(captured_at_, versions.key_is_bound()), bound);
        count(connection_->update_each(versions.remove_open(versions.key_is_bound()), bound));
    }

    void open_versions(const TableSpec& table, const VersionSql& versions, const Rows& opened,
                       const std::vector<std::optional<std::string>>& first_seen) {
        const std::string now = to_datetime(captured_at_);
        const std::string node = std::to_string(node_id_);
        const bool has_first_seen = !table.with_role(ColumnRole::refresh).empty();
        const std::size_t width = 3 + table.columns.size() - table.with_role(ColumnRole::refresh).size() +
                                  (has_first_seen ? 1 : 0) + table.derived.size();
        Rows rows(width);
        for (std::size_t i = 0; i < opened.size(); ++i) {
            const RowView row = opened[i];
            rows.add(node);
            rows.add(now);
            for (const std::size_t column : table.with_role(ColumnRole::key)) rows.add(row[column]);
            rows.add(now);
            if (has_first_seen) rows.add(i < first_seen.size() && first_seen[i] ? *first_seen[i] : now);
            for (std::size_t column = 0; column < table.columns.size(); ++column)
                if (table.columns[column].role == ColumnRole::identity ||
                    table.columns[column].role == ColumnRole::extra)
                    rows.add(row[column]);
            if (table.derive != nullptr)
                for (const auto& value : table.derive(row)) rows.add(value);
            if (rows.size() < rows_a_statement && i + 1 < opened.size()) continue;
            count(connection_->insert(versions.insert_open(), rows));
            rows.clear();
            if (table.derive != nullptr) checkpoint();
        }
    }

    void open_refreshes(const RefreshSql& refreshes, const Rows& from,
                        const std::vector<std::size_t>& columns) {
        Rows rows(3 + columns.size());
        for (std::size_t i = 0; i < from.size(); ++i) {
            rows.add(std::to_string(node_id_));
            rows.add(to_datetime(captured_at_));
            rows.add(from.field(i, 0));
            for (const std::size_t column : columns) rows.add(from.field(i, column));
        }
        connection_->insert(refreshes.insert_open(), rows);
    }

    /// As many rows as let the split end within two hours of captures, and no transaction too large.
    std::size_t slice_of(const std::string& open_table, Seconds interval) {
        constexpr std::int64_t within_s = 7200;
        const auto rows =
            std::stoll(connection_->value("SELECT COUNT(*) FROM " + open_table + of_node()).value_or("0"));
        return static_cast<std::size_t>(std::max<std::int64_t>(std::int64_t(options_.rows_a_transaction),
                                                               rows * interval.count() / within_s + 1));
    }

    HistoryOptions options_;
    std::string run_;
    std::unique_ptr<Connection> connection_;
    unsigned node_id_ = 0;
    UtcSeconds captured_at_{};
    bool committed_some_ = false;
    std::optional<CompareRound> compare_round_;
    std::size_t rows_in_transaction_ = 0;
    std::optional<StatisticNames> names_;
    std::map<std::string_view, KeyFrame> frames_;
};

} // namespace

std::unique_ptr<HistoryStore> make_history_store(const DatabaseSettings& settings, HistoryOptions options) {
    return std::make_unique<MySqlHistoryStore>(settings, options);
}

} // namespace sipkeep
