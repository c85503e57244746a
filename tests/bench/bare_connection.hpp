// Connector/C++ with nothing around it: what sipkeep is compared with must not pay for sipkeep's own
// wrappers.
#pragma once

#include "connector.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sipkeep::bench {

class BareConnection {
public:
    BareConnection(const std::string& socket, const std::string& database);

    void execute(const std::string& statement);
    /// Calls `row(sql::ResultSet&)` for each row of a streamed result.
    template <class Row>
    void each(const std::string& query, Row row) {
        const std::unique_ptr<sql::Statement> statement(connection_->createStatement());
        statement->setResultSetType(sql::ResultSet::TYPE_FORWARD_ONLY);
        const std::unique_ptr<sql::ResultSet> rows(statement->executeQuery(query));
        while (rows->next()) row(*rows);
    }
    [[nodiscard]] std::unique_ptr<sql::PreparedStatement> prepare(const std::string& statement);

private:
    std::unique_ptr<sql::Connection> connection_;
};

/// Appends a text as an SQL literal.
void append_quoted(std::string& statement, std::string_view text);

/// "2026-11-22 16:17:15" of a unix time, UTC.
[[nodiscard]] std::string datetime_of(std::int64_t unix_time);

/// A number from the command line; throws std::invalid_argument that names the word.
[[nodiscard]] std::int64_t number(const std::string& word);

/// Collects row texts "(..)" and sends them 500 at a time behind `head`.
class BulkInsert {
public:
    BulkInsert(BareConnection& connection, std::string head);
    /// The text to append the next row to.
    std::string& row();
    void finish();

private:
    BareConnection& connection_;
    std::string head_;
    std::string text_;
    int rows_ = 0;
};

} // namespace sipkeep::bench
