#include "bare_connection.hpp"

#include <array>
#include <charconv>
#include <ctime>
#include <stdexcept>

namespace sipkeep::bench {

BareConnection::BareConnection(const std::string& socket, const std::string& database) {
    sql::ConnectOptionsMap options;
    options["hostName"] = sql::SQLString("unix://" + socket);
    options["userName"] = sql::SQLString("root");
    options["password"] = sql::SQLString("");
    options["schema"] = sql::SQLString(database);
    options["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
    connection_.reset(get_driver_instance()->connect(options));
}

void BareConnection::execute(const std::string& statement) {
    const std::unique_ptr<sql::Statement> run(connection_->createStatement());
    run->execute(statement);
}

std::unique_ptr<sql::PreparedStatement> BareConnection::prepare(const std::string& statement) {
    return std::unique_ptr<sql::PreparedStatement>(connection_->prepareStatement(statement));
}

void append_quoted(std::string& statement, std::string_view text) {
    statement += '\'';
    for (const char c : text) {
        if (c == '\'' || c == '\\') statement += '\\';
        statement += c;
    }
    statement += '\'';
}

std::string datetime_of(std::int64_t unix_time) {
    const auto seconds = static_cast<std::time_t>(unix_time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
    return {text.data(), length};
}

std::int64_t number(const std::string& word) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size())
        throw std::invalid_argument("'" + word + "' is no number");
    return value;
}

BulkInsert::BulkInsert(BareConnection& connection, std::string head)
    : connection_(connection), head_(std::move(head)) {}

std::string& BulkInsert::row() {
    constexpr int rows_a_statement = 500;
    if (rows_ == rows_a_statement) finish();
    text_ += rows_ == 0 ? head_ : ",";
    ++rows_;
    return text_;
}

void BulkInsert::finish() {
    if (rows_ != 0) connection_.execute(text_);
    text_.clear();
    rows_ = 0;
}

} // namespace sipkeep::bench
