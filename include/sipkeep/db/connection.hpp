// A connection, its streamed results and its batched inserts, over Connector/C++. Inside db/ only.
#pragma once

#include "sipkeep/core/error.hpp"
#include "sipkeep/core/rows.hpp"
#include "sipkeep/db/database_settings.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sql {
class Connection;
class PreparedStatement;
class ResultSet;
class Statement;
} // namespace sql

namespace sipkeep {

/// What the server or the client library said. `lost` tells that the connection is of no more use.
class DatabaseError : public Error {
public:
    DatabaseError(const std::string& message, int code, bool lost)
        : Error(message), code_(code), lost_(lost) {}
    [[nodiscard]] int code() const noexcept { return code_; }
    [[nodiscard]] bool lost() const noexcept { return lost_; }

private:
    int code_;
    bool lost_;
};

/// Numbers of the errors that somebody reacts to (MySQL error reference).
namespace database_error {
inline constexpr int duplicate_key = 1062;
inline constexpr int packet_too_large = 1153;
inline constexpr int no_such_table = 1146;
inline constexpr int lock_wait_timeout = 1205;
inline constexpr int deadlock = 1213;
inline constexpr int lock_nowait = 3572; ///< MySQL; MariaDB says lock_wait_timeout
inline constexpr int partition_not_above_last = 1493;
inline constexpr int partition_exists = 1517;
inline constexpr int no_partition_for_value = 1526;
/// Access to a database, table or column.
[[nodiscard]] constexpr bool denied(int code) {
    return code == 1044 || code == 1142 || code == 1143;
}
} // namespace database_error

/// Errors of the data itself: the source that brought it is refused, the others can be stored.
[[nodiscard]] bool blames_the_rows(int code);

/// The rows of a query. Streamed, they are read while the server sends them, and occupy the connection until
/// the result is destroyed; fetched, they are all there.
class Result {
public:
    enum class How : std::uint8_t { streamed, fetched };

    Result(std::unique_ptr<sql::Statement> statement, std::unique_ptr<sql::ResultSet> rows, std::string where,
           How how);
    Result(Result&&) noexcept;
    Result(const Result&) = delete;
    Result& operator=(const Result&) = delete;
    ~Result();

    /// Throws DatabaseError when the statement or the connection ends midway: a broken result never looks
    /// like a short one.
    bool next();
    [[nodiscard]] std::size_t width() const { return width_; }
    /// Columns count from 0. The text lives until the next call of text(), next() or the end of the result.
    [[nodiscard]] Field text(std::size_t column) { return text(column, text_); }
    /// The text lives as long as `into` is left alone.
    [[nodiscard]] Field text(std::size_t column, std::string& into);
    [[nodiscard]] std::string string(std::size_t column);
    [[nodiscard]] std::uint64_t number(std::size_t column);
    [[nodiscard]] bool null(std::size_t column);
    [[nodiscard]] std::string column_name(std::size_t column) const;
    [[nodiscard]] bool column_is_binary(std::size_t column) const;

private:
    void check_complete();

    std::unique_ptr<sql::Statement> statement_;
    std::unique_ptr<sql::ResultSet> rows_;
    std::string where_;
    std::size_t width_ = 0;
    bool complete_ = false;
    std::string text_;
};

/// A session. Not for use by two threads at once.
class Connection {
public:
    /// Connects; `purpose` ("live database", "history database") opens every message about it.
    /// Throws DatabaseError, its message free of the password.
    Connection(const DatabaseSettings& settings, std::string purpose);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    void execute(const std::string& statement);
    /// Returns the number of rows changed.
    std::uint64_t update(const std::string& statement);
    /// Streamed: for as many rows as there may be.
    [[nodiscard]] Result query(const std::string& statement) { return run(statement, Result::How::streamed); }
    /// Fetched: for rows that are few, in one round trip less.
    [[nodiscard]] Result few(const std::string& statement) { return run(statement, Result::How::fetched); }
    /// First column of the first row; nullopt without a row or for NULL.
    [[nodiscard]] std::optional<std::string> value(const std::string& statement);

    /// The same for one number, with the `?` of the statement bound to a row's fields.
    [[nodiscard]] std::optional<std::uint64_t> number_bound(const std::string& statement, RowView parameters);

    /// Inserts rows by prepared statements of many rows each. `head` is "INSERT INTO t (a, b) VALUES"; every
    /// field goes over as a parameter, and `tail` stands behind them. Returns the number of rows changed, as
    /// the server counts. A row that the server would not take, and hang up, is not sent: DatabaseError
    /// packet_too_large.
    std::size_t insert(const std::string& head, const Rows& rows, const std::string& tail = "");
    /// Runs a statement once per row, its `?` bound to the row's fields. Returns the number of rows changed.
    std::uint64_t update_each(const std::string& statement, const Rows& parameters);

    [[nodiscard]] bool is_mariadb() const { return mariadb_; }
    /// user@host:port or socket, and the database: for messages.
    [[nodiscard]] const std::string& where() const { return where_; }

private:
    struct InsertText {
        const std::string& head;
        const std::string& tail;
    };
    [[nodiscard]] Result run(const std::string& statement, Result::How how);
    void require_encrypted();
    [[noreturn]] void refuse_row(std::size_t bytes) const;
    std::size_t insert_some(const InsertText& insert, const Rows& rows, std::size_t from, std::size_t count);

    std::string where_;
    std::unique_ptr<sql::Connection> connection_;
    std::map<std::string, std::unique_ptr<sql::PreparedStatement>> prepared_; ///< by text; server-side
    std::size_t max_packet_ = 1U << 20U;
    bool mariadb_ = false;
};

/// 'text' as an SQL literal: for names and times that sipkeep itself made, and for node names (checked by the
/// configuration). Throws Error when it holds anything but printable ASCII without quotes and backslashes.
[[nodiscard]] std::string literal(std::string_view text);

} // namespace sipkeep
