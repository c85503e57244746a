// Call sums and call records in the history database, and which rows of OpenSIPS's tables they come from.
#pragma once

#include "sipkeep/core/cdr_minutes.hpp"
#include "sipkeep/core/rows.hpp"
#include "sipkeep/core/table.hpp"
#include "sipkeep/db/database_settings.hpp"
#include "sipkeep/db/history_store.hpp"

#include <bitset>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sipkeep {

/// How far a table was read; a row of `acc_position`.
struct AccPosition {
    unsigned life = 1;
    std::uint64_t newest_id = 0; ///< the minute run's; 0: it has not run yet
    std::optional<UtcSeconds> newest_end;
    std::uint64_t backfill_id = 0; ///< the last backfill's
    std::optional<UtcSeconds> backfill_end;
    std::string backfill_range; ///< and what it was asked for
};

/// Which of 4096 neighbouring ids were taken; a row of `acc_taken`.
struct AccBlock {
    static constexpr std::uint64_t ids = 4096;
    std::bitset<ids> counted, kept;
    std::uint64_t witness_id = 0; ///< 0: none yet (OpenSIPS's ids begin at 1)
    std::uint64_t witness = 0;
    friend bool operator==(const AccBlock&, const AccBlock&) = default;
};

/// Hash of what tells a row from another one under its id (FNV-1a, 64 bits).
[[nodiscard]] std::uint64_t witness_of(std::string_view callid, std::string_view time);

/// A record for the history of its table.
struct CallRecord {
    std::optional<UtcSeconds> ended_at, attempted_at, settled_at; ///< absent: not read, or no call
};

/// What one transaction adds.
struct CdrBatch {
    explicit CdrBatch(const TableSpec& table) : spec(&table), records(table.columns.size()) {}
    const TableSpec* spec;
    bool backfill = false; ///< whose part of the position is written
    AccPosition position;  ///< as it is afterwards
    struct Change {
        AccBlock before, after;
    };
    std::map<std::uint64_t, Change> blocks; ///< by block number
    CdrSums sums;
    Rows records;                         ///< columns as in the spec
    std::vector<CallRecord> record_times; ///< parallel to records
    /// Rows it would write, about. A row of sums has a quarter of the bytes of a record, and it is bytes that
    /// make a transaction large.
    [[nodiscard]] std::size_t rows() const { return sums.rows() / 4 + records.size(); }
};

/// Somebody else has taken rows of the batch since its blocks were read, or holds the node for too long:
/// nothing was written; read them again.
class RowsTaken : public Error {
public:
    using Error::Error;
};

/// Throws HistoryUnavailable, and RowsRefused for what a table won't take.
class CdrStore {
public:
    /// Connects; throws SchemaError when the schema is not this program's. A node that only `find` looks for
    /// and that is not there has nothing, and takes nothing.
    CdrStore(const DatabaseSettings& settings, const std::string& node, OpenNode how);
    CdrStore(const CdrStore&) = delete;
    CdrStore& operator=(const CdrStore&) = delete;
    ~CdrStore();

    [[nodiscard]] AccPosition position(const TableSpec& spec);
    /// Those with numbers in [from, to) of which anything was taken.
    [[nodiscard]] std::map<std::uint64_t, AccBlock> blocks(const TableSpec& spec, unsigned life,
                                                           std::uint64_t from, std::uint64_t to);
    /// Writes all of it in one transaction, or nothing. Throws RowsTaken.
    void commit(const CdrBatch& batch);

private:
    struct Session;
    std::unique_ptr<Session> session_;
};

} // namespace sipkeep
