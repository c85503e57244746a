// The history schema: made, upgraded, and checked against what this program was built with.
#pragma once

#include "sipkeep/core/time.hpp"
#include "sipkeep/db/database_settings.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sipkeep {

class Connection;

struct SchemaUpgrade {
    unsigned number;
    std::string what;
    std::string sql;
};

/// schema/schema.sql and schema/upgrades/NNNN-what.sql, as built into the program.
struct SchemaSource {
    std::string sql;
    std::vector<SchemaUpgrade> upgrades; ///< ascending by number

    /// Version of each table, from the "version: N" in the comment above its CREATE TABLE.
    [[nodiscard]] std::map<std::string, unsigned> table_versions() const;
};

[[nodiscard]] const SchemaSource& embedded_schema();

enum class SchemaState : std::uint8_t { current, missing, older, newer, gap };

struct SchemaReport {
    SchemaState state = SchemaState::missing;
    std::string message; ///< one line: what is wrong and the command to run; "" when current
    std::map<std::string, unsigned> versions; ///< as found
    std::vector<unsigned> upgrades;           ///< numbers found
};

/// Compares the database with the source. Throws DatabaseError.
[[nodiscard]] SchemaReport inspect_schema(Connection& connection, const SchemaSource& source);
/// Throws SchemaError unless the schema is current.
void require_schema(Connection& connection, const SchemaSource& source);

/// Creates what is missing and the partitions from `today` on; running it again changes nothing.
/// Throws SchemaError for a schema that is older, newer or has a gap in its upgrades.
void init_schema(Connection& connection, const SchemaSource& source, UtcSeconds today);
/// Runs the upgrades that the database lacks, in order. Returns their names; empty when it was current.
std::vector<std::string> upgrade_schema(Connection& connection, const SchemaSource& source);

/// What `sipkeep schema` works on: the history database, reached with the owner's credentials.
class SchemaOwner {
public:
    explicit SchemaOwner(const DatabaseSettings& settings);
    SchemaOwner(const SchemaOwner&) = delete;
    SchemaOwner& operator=(const SchemaOwner&) = delete;
    ~SchemaOwner();
    [[nodiscard]] SchemaReport inspect();
    void init(UtcSeconds today);
    std::vector<std::string> upgrade();

private:
    std::unique_ptr<Connection> connection_;
};

/// The names that GRANT statements need; sipkeep checks none of them against a server.
struct GrantNames {
    std::string live_database, live_user, history_database, history_user;
    std::vector<std::string> live_tables; ///< that the reader may read
    std::map<std::string, std::string>
        passwords{}; ///< secret, by user; of who is not in it: one to be chosen
};

/// The least that a live reader, a history writer and a schema owner need, as GRANT statements to paste,
/// owner first.
[[nodiscard]] std::string grant_statements(const GrantNames& names);

/// Splits SQL text into statements: each ends with a semicolon at the end of a line; comment lines are left
/// out.
[[nodiscard]] std::vector<std::string> statements_of(const std::string& sql);

} // namespace sipkeep
