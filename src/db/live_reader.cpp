#include "sipkeep/db/live_reader.hpp"

#include "sipkeep/db/connection.hpp"

#include "narrow_row.hpp"
#include "table_shape.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

namespace sipkeep {

namespace {

constexpr std::size_t full_rows_a_statement = 10'000;

/// Digits only: it becomes part of a statement.
std::string number_in(Field text) {
    std::uint64_t number = 0;
    if (!text || std::from_chars(text->data(), text->data() + text->size(), number).ec != std::errc{})
        throw SourceError("location: a contact_id that is no number");
    return std::to_string(number);
}

Rows read_rows(Connection& connection, const TableSpec& spec, const TableShape& shape,
               const std::string& condition) {
    Rows rows(spec.columns.size());
    auto result = connection.query(shape.select(spec) + condition);
    const bool has_extra = spec.columns.back().role == ColumnRole::extra;
    const std::size_t plain = spec.columns.size() - (has_extra ? 1 : 0);
    while (result.next()) {
        for (std::size_t i = 0; i < plain; ++i) add_field(rows, spec.columns[i], result.text(i));
        if (has_extra) rows.add(extra_of(result, shape, plain));
    }
    return rows;
}

/// Keeps the connection for as long as somebody may read from it.
class LiveContactStates final : public ContactStates {
public:
    LiveContactStates(std::shared_ptr<Connection> connection, const std::string& table)
        : connection_(std::move(connection)), rows_(*connection_, table, [](const std::exception& error) {
              throw SourceError(std::string("location: ") + error.what());
          }) {}

    void start() override { rows_.start(); }
    std::optional<ContactState> next() override {
        std::optional<ContactState> state = rows_.next();
        if (state) state->from_memory = false;
        return state;
    }

private:
    std::shared_ptr<Connection> connection_;
    NarrowRows rows_;
};

class MySqlLiveReader final : public LiveReader {
public:
    explicit MySqlLiveReader(const LiveSource& settings) : settings_(settings) {}

    Rows dialogs() override {
        return reading("dialog", [&] {
            Connection& connection = session();
            const TableShape shape = shape_of(connection, dialog_table(), settings_.dialog_table);
            return read_rows(connection, dialog_table(), shape, "");
        });
    }

    std::unique_ptr<ContactStates> contact_states() override {
        return reading("location", [&] {
            location_ = shape_of(session(), location_table(), settings_.location_table);
            return std::make_unique<LiveContactStates>(connection_, location_->table);
        });
    }

    Rows contacts(std::span<const std::uint64_t> ids) override {
        return reading("location", [&] {
            require_snapshot();
            std::string list;
            for (const std::uint64_t id : ids) list += (list.empty() ? "" : ",") + std::to_string(id);
            return read_rows(*connection_, location_table(), *location_,
                             " WHERE contact_id IN (" + list + ") ORDER BY contact_id");
        });
    }

    void each_contact(const std::function<void(RowView)>& show, const Deadline& until) override {
        // In pieces: one statement over the whole table would meet max_statement_time, and make the server
        // wait for whoever is shown the rows.
        std::string after = "0";
        for (bool more = true; more;) {
            const Rows some = reading("location", [&] {
                require_snapshot();
                if (until.passed()) throw SourceError("location: takes too long to be read in full");
                return read_rows(*connection_, location_table(), *location_,
                                 " WHERE contact_id > " + after + " ORDER BY contact_id LIMIT " +
                                     std::to_string(full_rows_a_statement));
            });
            for (std::size_t i = 0; i < some.size(); ++i) show(some[i]);
            more = some.size() == full_rows_a_statement;
            if (more) after = number_in(some[some.size() - 1][0]);
        }
    }

    void finish() noexcept override {
        location_.reset();
        connection_.reset();
    }

private:
    /// After a lost connection the snapshot would be another one, of another moment than what was read.
    void require_snapshot() const {
        if (!connection_ || !location_) throw SourceError("the snapshot of location was lost");
    }

    Connection& session() {
        if (connection_) return *connection_;
        auto connection = std::make_shared<Connection>(settings_.database, "live database");
        const auto seconds = std::max<Milliseconds::rep>(settings_.database.read_timeout.count() / 1000, 1);
        // lock_wait_timeout: an ALTER TABLE on the live table must not make us queue behind it for long.
        connection->execute("SET SESSION sql_mode='', lock_wait_timeout=" +
                            std::to_string(std::max<Milliseconds::rep>(seconds / 2, 1)) +
                            (connection->is_mariadb()
                                 ? ", max_statement_time=" + std::to_string(seconds)
                                 : ", max_execution_time=" + std::to_string(seconds * 1000)));
        connection->execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        connection->execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
        connection_ = std::move(connection);
        return *connection_;
    }

    template <class Read>
    auto reading(const char* source, Read read) -> decltype(read()) {
        try {
            return read();
        } catch (const DatabaseError& error) {
            if (error.lost()) finish();
            throw SourceError(std::string(source) + ": " + error.what());
        } catch (const SourceError&) {
            throw;
        } catch (const UsageError&) {
            throw;
        } catch (const std::exception& error) {
            throw SourceError(std::string(source) + ": " + error.what());
        }
    }

    LiveSource settings_;
    std::shared_ptr<Connection> connection_;
    std::optional<TableShape> location_;
};

} // namespace

std::unique_ptr<LiveReader> make_live_reader(const LiveSource& settings) {
    return std::make_unique<MySqlLiveReader>(settings);
}

} // namespace sipkeep
