#include "sipkeep/db/connection.hpp"

#include "connector.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <set>
#include <sstream>
#include <unistd.h>
#include <utility>

namespace sipkeep {

namespace {

// 2002..2013: client-side network errors; 1053, 1927, 3169: the server shut down or killed the session;
// 1317 is only the statement, 4031 the idle session.
bool means_lost(int code) {
    static const std::set<int> codes{1053, 1080, 1152, 1158, 1159, 1160, 1161, 1927, 2002, 2003,
                                     2004, 2005, 2006, 2012, 2013, 2026, 2055, 3169, 4031};
    return codes.contains(code);
}

constexpr int tls_failed = 2026;
constexpr const char* tls_advice = "; is ssl_ca the authority that the server's certificate comes from, is "
                                   "that made for this host, and do ssl_cert and "
                                   "ssl_key belong together? (ssl_enforce and ssl_verify: false go without)";

[[noreturn]] void rethrow(const sql::SQLException& error, const std::string& where) {
    const bool tls = error.getErrorCode() == tls_failed;
    throw DatabaseError(where + ": " + error.what() + " (error " + std::to_string(error.getErrorCode()) +
                            ")" + (tls ? tls_advice : ""),
                        error.getErrorCode(), means_lost(error.getErrorCode()));
}

/// Runs an action of the connector and turns its exceptions into ours.
template <class Action>
auto translated(const std::string& where, Action action) -> decltype(action()) {
    try {
        return action();
    } catch (const sql::SQLException& error) {
        rethrow(error, where);
    }
}

std::string describe(const DatabaseSettings& settings, const std::string& purpose) {
    std::string at =
        settings.socket.empty() ? settings.host + ":" + std::to_string(settings.port) : settings.socket;
    return purpose + " " + settings.database + " at " + at + " as " + settings.user;
}

int timeout_seconds(Milliseconds timeout) {
    return static_cast<int>(std::max<Milliseconds::rep>((timeout.count() + 999) / 1000, 1));
}

/// The library would only say that something about TLS failed.
void require_readable(const DatabaseSettings& settings, const std::string& where) {
    for (const std::string* file : {&settings.ssl_ca, &settings.ssl_cert, &settings.ssl_key})
        if (!file->empty() && ::access(file->c_str(), R_OK) != 0)
            throw DatabaseError(where + ": " + *file + " can't be read: " + std::strerror(errno), tls_failed,
                                true);
}

sql::ConnectOptionsMap options_of(const DatabaseSettings& settings) {
    sql::ConnectOptionsMap options;
    const std::string url = settings.socket.empty()
                                ? "tcp://" + settings.host + ":" + std::to_string(settings.port)
                                : "unix://" + settings.socket;
    options["hostName"] = sql::SQLString(url);
    options["userName"] = sql::SQLString(settings.user);
    options["password"] = sql::SQLString(settings.password);
    if (!settings.database.empty()) options["schema"] = sql::SQLString(settings.database);
    options["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
    options["OPT_CONNECT_TIMEOUT"] = timeout_seconds(settings.connect_timeout);
    options["OPT_READ_TIMEOUT"] = timeout_seconds(settings.read_timeout);
    options["OPT_WRITE_TIMEOUT"] = timeout_seconds(settings.read_timeout);
    if (!settings.ssl_ca.empty()) options["sslCA"] = sql::SQLString(settings.ssl_ca);
    if (!settings.ssl_cert.empty()) options["sslCert"] = sql::SQLString(settings.ssl_cert);
    if (!settings.ssl_key.empty()) options["sslKey"] = sql::SQLString(settings.ssl_key);
    if (!settings.encrypts()) return options;
    options["OPT_TLS_VERSION"] =
        sql::SQLString(settings.ssl_min_version == "1.3" ? "TLSv1.3" : "TLSv1.2,TLSv1.3");
    // Without one of these a TCP session is not encrypted at all, whatever files are named (measured
    // on 1.1.12).
#if SIPKEEP_CONCPP
    options["OPT_SSL_MODE"] = int(settings.verifies()       ? sql::SSL_MODE_VERIFY_IDENTITY
                                  : settings.ssl_ca.empty() ? sql::SSL_MODE_REQUIRED
                                                            : sql::SSL_MODE_VERIFY_CA);
#else
    options["sslEnforce"] = true;
    if (settings.verifies()) options["sslVerify"] = true;
#endif
    return options;
}

std::string placeholders(std::size_t width, std::size_t rows) {
    std::string group = "(";
    for (std::size_t i = 0; i < width; ++i) group += i == 0 ? "?" : ",?";
    group += ')';
    std::string text;
    text.reserve((group.size() + 1) * rows);
    for (std::size_t i = 0; i < rows; ++i) {
        if (i != 0) text += ',';
        text += group;
    }
    return text;
}

void bind(sql::PreparedStatement& statement, unsigned index, Field field) {
    if (field)
        statement.setString(index, sql::SQLString(field->data(), field->size()));
    else
        statement.setNull(index, 0);
}

} // namespace

Result::Result(std::unique_ptr<sql::Statement> statement, std::unique_ptr<sql::ResultSet> rows,
               std::string where, How how)
    : statement_(std::move(statement)), rows_(std::move(rows)), where_(std::move(where)),
      complete_(how == How::fetched) {
    width_ = rows_->getMetaData()->getColumnCount();
}

Result::Result(Result&&) noexcept = default;
Result::~Result() = default;

bool Result::next() {
    return translated(where_, [&] {
        if (rows_->next()) return true;
        check_complete();
        return false;
    });
}

// When the server gives a statement up after it has begun to send rows (KILL QUERY, max_statement_time), the
// connector takes its error packet for the end of a streamed result (measured on 1.1.12). The server still
// knows. Of a fetched one the connector throws.
void Result::check_complete() {
    if (complete_) return;
    const std::unique_ptr<sql::Statement> ask(statement_->getConnection()->createStatement());
    const std::unique_ptr<sql::ResultSet> errors(ask->executeQuery("SHOW ERRORS"));
    if (errors->next()) {
        const int code = errors->getInt(2);
        throw DatabaseError(where_ + ": the result broke off: " + errors->getString(3).asStdString() +
                                " (error " + std::to_string(code) + ")",
                            code, means_lost(code));
    }
    complete_ = true;
}

Field Result::text(std::size_t column, std::string& into) {
    return translated(where_, [&]() -> Field {
        const auto index = static_cast<std::uint32_t>(column + 1);
        into = rows_->getString(index).asStdString(); // of NULL it is empty
        if (into.empty() && rows_->isNull(index)) return std::nullopt;
        return into;
    });
}

std::string Result::string(std::size_t column) {
    return std::string(text(column).value_or(""));
}

std::uint64_t Result::number(std::size_t column) {
    return translated(where_, [&] { return rows_->getUInt64(static_cast<std::uint32_t>(column + 1)); });
}

bool Result::null(std::size_t column) {
    return translated(where_, [&] { return rows_->isNull(static_cast<std::uint32_t>(column + 1)); });
}

std::string Result::column_name(std::size_t column) const {
    return rows_->getMetaData()->getColumnLabel(static_cast<unsigned>(column + 1)).asStdString();
}

bool Result::column_is_binary(std::size_t column) const {
    const int type = rows_->getMetaData()->getColumnType(static_cast<unsigned>(column + 1));
    return type == sql::DataType::BINARY || type == sql::DataType::VARBINARY ||
           type == sql::DataType::LONGVARBINARY || type == sql::DataType::GEOMETRY;
}

Connection::Connection(const DatabaseSettings& settings, std::string purpose)
    : where_(describe(settings, purpose)) {
    require_readable(settings, where_);
    translated(where_, [&] {
        auto options = options_of(settings);
        connection_.reset(get_driver_instance()->connect(options));
    });
    if (settings.encrypts() && !settings.verifies()) require_encrypted();
    std::string session =
        "SET NAMES utf8mb4, @@SESSION.max_error_count = 64"; // check_complete() needs the errors
    if (settings.idle_limit > Seconds{0})
        session += ", @@SESSION.wait_timeout = " + std::to_string(settings.idle_limit.count());
    execute(session);
    auto facts = few("SELECT VERSION(), @@max_allowed_packet");
    facts.next();
    mariadb_ = facts.string(0).find("MariaDB") != std::string::npos;
    max_packet_ = std::max<std::size_t>(facts.number(1), 1024);
}

// Unless it verifies, libmariadb 3.3 goes on in the clear when the server, or who poses as it, offers no TLS
// (measured).
void Connection::require_encrypted() {
    auto row = few("SHOW SESSION STATUS LIKE 'Ssl_version'");
    if (!row.next() || row.string(1).empty())
        throw DatabaseError(
            where_ +
                ": the session is not encrypted, as the server offers no TLS; ssl_enforce: false, without "
                "ssl_ca and ssl_cert, goes without",
            tls_failed, true);
}

Connection::~Connection() = default;

void Connection::execute(const std::string& statement) {
    translated(where_, [&] {
        const std::unique_ptr<sql::Statement> run(connection_->createStatement());
        run->execute(statement);
    });
}

std::uint64_t Connection::update(const std::string& statement) {
    return translated(where_, [&] {
        const std::unique_ptr<sql::Statement> run(connection_->createStatement());
        run->execute(statement);
        return run->getUpdateCount();
    });
}

Result Connection::run(const std::string& statement, Result::How how) {
    return translated(where_, [&] {
        std::unique_ptr<sql::Statement> sent(connection_->createStatement());
        // The other type buffers the whole result in the client: 529 MB instead of 8 MB at a million rows.
        sent->setResultSetType(how == Result::How::streamed ? sql::ResultSet::TYPE_FORWARD_ONLY
                                                            : sql::ResultSet::TYPE_SCROLL_INSENSITIVE);
        std::unique_ptr<sql::ResultSet> rows(sent->executeQuery(statement));
        return Result(std::move(sent), std::move(rows), where_, how);
    });
}

std::optional<std::string> Connection::value(const std::string& statement) {
    auto result = few(statement);
    std::optional<std::string> found;
    if (result.next() && !result.null(0)) found = result.string(0);
    return found;
}

std::optional<std::uint64_t> Connection::number_bound(const std::string& statement, RowView parameters) {
    return translated(where_, [&]() -> std::optional<std::uint64_t> {
        const std::unique_ptr<sql::PreparedStatement> run(connection_->prepareStatement(statement));
        for (std::size_t i = 0; i < parameters.width(); ++i)
            bind(*run, static_cast<unsigned>(i + 1), parameters[i]);
        const std::unique_ptr<sql::ResultSet> rows(run->executeQuery());
        if (!rows->next() || rows->isNull(1)) return std::nullopt;
        return rows->getUInt64(1);
    });
}

std::size_t Connection::insert_some(const InsertText& insert, const Rows& rows, std::size_t from,
                                    std::size_t count) {
    const std::string text = insert.head + " " + placeholders(rows.width(), count) + insert.tail;
    constexpr std::size_t most_statements =
        16; // a capture alternates between two tables, whole and last batches
    if (prepared_.size() >= most_statements && !prepared_.contains(text)) prepared_.clear();
    auto& prepared = prepared_[text];
    if (!prepared) prepared.reset(connection_->prepareStatement(text));
    unsigned index = 0;
    for (std::size_t row = from; row < from + count; ++row)
        for (std::size_t column = 0; column < rows.width(); ++column)
            bind(*prepared, ++index, rows.field(row, column));
    return static_cast<std::size_t>(prepared->executeUpdate());
}

void Connection::refuse_row(std::size_t bytes) const {
    throw DatabaseError(where_ + ": a row of " + std::to_string(bytes) + " bytes does not fit the server's " +
                            "max_allowed_packet of " + std::to_string(max_packet_) + "; raise it there",
                        database_error::packet_too_large, false);
}

std::size_t Connection::insert(const std::string& head, const Rows& rows, const std::string& tail) {
    constexpr std::size_t most_rows = 100;           // 50 to 200 rows a statement wrote fastest
    constexpr std::size_t most_placeholders = 65535; // the protocol counts them in 16 bits
    const std::size_t most = std::min(most_rows, most_placeholders / rows.width());
    return translated(where_, [&] {
        std::size_t changed = 0;
        for (std::size_t from = 0; from < rows.size();) {
            std::size_t count = 0;
            std::size_t bytes = 0;
            while (from + count < rows.size() && count < most) {
                std::size_t row_bytes = 16 * rows.width();
                for (std::size_t column = 0; column < rows.width(); ++column)
                    row_bytes += rows.field(from + count, column).value_or("").size();
                if (count > 0 && bytes + row_bytes > max_packet_ / 2) break;
                if (row_bytes > max_packet_) refuse_row(row_bytes);
                bytes += row_bytes;
                ++count;
            }
            changed += insert_some({head, tail}, rows, from, count);
            from += count;
        }
        return changed;
    });
}

std::uint64_t Connection::update_each(const std::string& statement, const Rows& parameters) {
    return translated(where_, [&] {
        std::uint64_t changed = 0;
        if (parameters.empty()) return changed;
        const std::unique_ptr<sql::PreparedStatement> run(connection_->prepareStatement(statement));
        for (std::size_t row = 0; row < parameters.size(); ++row) {
            for (std::size_t column = 0; column < parameters.width(); ++column)
                bind(*run, static_cast<unsigned>(column + 1), parameters.field(row, column));
            changed += static_cast<std::uint64_t>(run->executeUpdate());
        }
        return changed;
    });
}

bool blames_the_rows(int code) {
    static const std::set<int> codes{1048, 1062, 1153, 1264, 1292, 1366, 1406, 1526, 3140, 4025};
    return codes.contains(code);
}

std::string literal(std::string_view text) {
    const bool plain = std::all_of(text.begin(), text.end(),
                                   [](char c) { return c >= ' ' && c <= '~' && c != '\'' && c != '\\'; });
    if (!plain) throw Error("not a plain name: it can't be part of a statement");
    return "'" + std::string(text) + "'";
}

} // namespace sipkeep
