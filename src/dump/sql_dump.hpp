// The statements of a dump that say something about rows.
#pragma once

#include "sql_text.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace sipkeep {

/// A column as CREATE TABLE has it.
struct DumpColumn {
    std::string name;
    bool binary = false; ///< its type holds bytes of any kind
};

/// One value of a row; absent: NULL.
struct DumpValue {
    bool null = true;
    std::string text;
};

/// What one pass over a dump learns, and where it stops.
class SqlDump {
public:
    struct Table {
        bool created = false; ///< its structure is in the dump
        bool filled = false;  ///< its rows are, though there may be none
        bool ended = false;   ///< something else has followed them
        std::vector<DumpColumn> columns;
    };
    /// The columns of a statement's rows, and one row.
    using OnRow = std::function<void(const std::string& table, const std::vector<DumpColumn>& columns,
                                     const std::vector<DumpValue>& values)>;

    /// `database`: of a dump of several, the one that counts. `tables`: those that are looked at.
    SqlDump(SqlText::Read read, std::string database, std::set<std::string> tables)
        : text_(std::move(read)), database_(std::move(database)), tables_(std::move(tables)) {}

    /// Reads it to its end. The rows of `wanted` are shown; those of other tables are passed over.
    void read(const std::set<std::string>& wanted, const OnRow& on_row);

    [[nodiscard]] const std::map<std::string, Table>& tables() const { return found_; }
    [[nodiscard]] bool completed() const { return completed_; }
    /// "2026-11-20 09:15:02", as the last line says it; "": it says none.
    [[nodiscard]] const std::string& completed_on() const { return completed_on_; }
    /// Databases that the dump names, when it is one of several.
    [[nodiscard]] const std::set<std::string>& databases() const { return databases_; }
    [[nodiscard]] std::uint64_t bytes_read() const { return text_.bytes_read(); }

private:
    void comment(std::string_view line);
    void statement(const std::set<std::string>& wanted, const OnRow& on_row);
    [[nodiscard]] std::string table_name();
    [[nodiscard]] bool counts(const std::string& table) const;
    void create();
    void columns_of(Table& table);
    void lock();
    void insert(const std::set<std::string>& wanted, const OnRow& on_row);
    void rows(const std::string& name, const std::vector<DumpColumn>& columns, const OnRow& on_row);
    void set();
    void ended_before(const std::string& table);

    SqlText text_;
    std::string database_;
    std::set<std::string> tables_;
    std::map<std::string, Table> found_;
    std::set<std::string> databases_;
    bool of_database_ = true; ///< what is read belongs to the database that counts
    bool of_table_ = true;    ///< the table last named was not that of another database
    bool completed_ = false;
    std::string completed_on_;
    std::vector<DumpValue> values_;
};

} // namespace sipkeep
