// One UTC day of one node, as it is moved out of a history database and back into one.
#pragma once

#include "sipkeep/core/rows.hpp"
#include "sipkeep/core/time.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sipkeep {

struct ExportedTable {
    std::string name;
    unsigned version = 0; ///< of the schema
    std::vector<std::string> columns;
    std::uint64_t rows = 0;
    friend bool operator==(const ExportedTable&, const ExportedTable&) = default;
};

/// What an exported day says of itself before its rows.
struct ExportedHead {
    std::string node;
    UtcSeconds day{}; ///< its midnight
    std::vector<ExportedTable> tables;
    friend bool operator==(const ExportedHead&, const ExportedHead&) = default;
};

/// The rows of an exported day, read once: table after table, in the order of its head.
class ExportedRows {
public:
    ExportedRows() = default;
    ExportedRows(const ExportedRows&) = delete;
    ExportedRows& operator=(const ExportedRows&) = delete;
    virtual ~ExportedRows() = default;

    /// The next table, which must be this one; all rows of the one before were read.
    virtual void begin(const ExportedTable& table) = 0;
    /// Appends the next row, its columns as in the head. False at the end of the table.
    [[nodiscard]] virtual bool next(Rows& rows) = 0;
};

class ExportedDay {
public:
    ExportedDay() = default;
    ExportedDay(const ExportedDay&) = delete;
    ExportedDay& operator=(const ExportedDay&) = delete;
    virtual ~ExportedDay() = default;

    [[nodiscard]] virtual const ExportedHead& head() const = 0;
    /// How messages name it.
    [[nodiscard]] virtual const std::string& name() const = 0;
    [[nodiscard]] virtual std::unique_ptr<ExportedRows> rows() = 0;
};

} // namespace sipkeep
