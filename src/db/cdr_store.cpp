#include "sipkeep/db/cdr_store.hpp"

#include "sipkeep/db/connection.hpp"
#include "sipkeep/db/schema.hpp"

#include "cdr_sums_sql.hpp"
#include "node_number.hpp"
#include "partitions.hpp"
#include "raw_calls.hpp"
#include "roll_up_due.hpp"
#include "time_literal.hpp"

#include <algorithm>
#include <set>

namespace sipkeep {

namespace {

/// Where a record goes whose end can't be read.
constexpr UtcSeconds end_unknown{};

std::bitset<AccBlock::ids> bits_of(std::string_view bytes) {
    std::bitset<AccBlock::ids> bits;
    for (std::size_t i = 0; i < bytes.size() && i < AccBlock::ids / 8; ++i)
        for (unsigned bit = 0; bit < 8; ++bit)
            if ((static_cast<unsigned>(static_cast<unsigned char>(bytes[i])) >> bit & 1U) != 0)
                bits.set(i * 8 + bit);
    return bits;
}

/// Without the zero bytes at the end.
std::string bytes_of(const std::bitset<AccBlock::ids>& bits) {
    std::string bytes(AccBlock::ids / 8, '\0');
    for (std::size_t i = 0; i < AccBlock::ids; ++i)
        if (bits.test(i))
            bytes[i / 8] = static_cast<char>(static_cast<unsigned char>(bytes[i / 8]) | 1U << i % 8);
    bytes.resize(bytes.find_last_not_of('\0') + 1);
    return bytes;
}

template <class Number>
void add_time(Rows& rows, const std::optional<Number>& time) {
    if (time)
        rows.add(to_datetime(*time));
    else
        rows.add(std::nullopt);
}

std::string key_of(unsigned node_id, const TableSpec& spec) {
    return " WHERE node_id = " + std::to_string(node_id) + " AND source = " + literal(spec.name);
}

} // namespace

std::uint64_t witness_of(std::string_view callid, std::string_view time) {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const std::string_view text : {callid, std::string_view("\n"), time})
        for (const char byte : text) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3U;
    return hash;
}

struct CdrStore::Session {
    explicit Session(const DatabaseSettings& settings) : connection(settings, "history database") {}

    template <class Action>
    auto guarded(Action action) -> decltype(action()) {
        try {
            return action();
        } catch (const DatabaseError& error) {
            if (!error.lost()) roll_back();
            if (!error.lost() && blames_the_rows(error.code())) throw RowsRefused(error.what());
            if (error.code() == database_error::lock_wait_timeout || error.code() == database_error::deadlock)
                throw RowsTaken(error.what());
            throw HistoryUnavailable(error.what());
        } catch (...) {
            roll_back(); // or the next transaction's beginning would commit what there is of this one
            throw;
        }
    }

    void roll_back() {
        try {
            connection.execute("ROLLBACK");
        } catch (const DatabaseError&) { // it is gone with its transaction
        }
    }

    std::map<std::uint64_t, AccBlock> read_blocks(const TableSpec& spec, unsigned life, std::uint64_t from,
                                                  std::uint64_t to) {
        auto row =
            connection.query("SELECT block, counted, kept, witness_id, witness FROM acc_taken" +
                             key_of(node_id, spec) + " AND life = " + std::to_string(life) +
                             " AND block >= " + std::to_string(from) + " AND block < " + std::to_string(to));
        std::map<std::uint64_t, AccBlock> blocks;
        while (row.next())
            blocks[row.number(0)] = {bits_of(row.string(1)), bits_of(row.string(2)), row.number(3),
                                     row.number(4)};
        return blocks;
    }

    void write_blocks(const CdrBatch& batch) {
        Rows rows(8);
        for (const auto& [number, change] : batch.blocks) {
            if (change.before == change.after) continue;
            rows.add(std::to_string(node_id));
            rows.add(batch.spec->name);
            rows.add(std::to_string(batch.position.life));
            rows.add(std::to_string(number));
            rows.add(bytes_of(change.after.counted));
            rows.add(bytes_of(change.after.kept));
            rows.add(std::to_string(change.after.witness_id));
            rows.add(std::to_string(change.after.witness));
        }
        connection.insert(
            "INSERT INTO acc_taken (node_id, source, life, block, counted, kept, witness_id, witness) "
            "VALUES",
            rows,
            " ON DUPLICATE KEY UPDATE counted = VALUES(counted), kept = VALUES(kept), witness_id "
            "= VALUES(witness_id), witness = VALUES(witness)");
    }

    void write_records(const CdrBatch& batch) {
        const TableSpec& spec = *batch.spec;
        std::string columns = "node_id, ended_at, life, attempted_at, settled_at";
        for (const Column& column : spec.columns) columns += ", " + std::string(column.name);
        Rows rows(5 + spec.columns.size());
        for (std::size_t i = 0; i < batch.records.size(); ++i) {
            const CallRecord& times = batch.record_times[i];
            rows.add(std::to_string(node_id));
            rows.add(to_datetime(times.ended_at.value_or(end_unknown)));
            rows.add(std::to_string(batch.position.life));
            add_time(rows, times.attempted_at);
            add_time(rows, times.settled_at);
            rows.add(batch.records[i]);
        }
        connection.insert("INSERT INTO " + std::string(spec.name) + "_history (" + columns + ") VALUES",
                          rows);
    }

    /// Makes days due that are rolled up and of which records come now. Before they are written: with those
    /// that come before the first one, calls without a record can be told of all days up to it.
    void make_days_due(const CdrBatch& batch, UtcSeconds rolled_to) {
        if (batch.spec != &acc_table() || batch.records.empty()) return;
        std::set<UtcSeconds> late;
        for (const CallRecord& times : batch.record_times)
            if (times.ended_at && *times.ended_at >= records_begin && *times.ended_at < rolled_to)
                late.insert(midnight(*times.ended_at));
        if (late.empty()) return;
        const auto first = first_record(connection, node_id);
        const UtcSeconds known = first ? std::min(midnight(*first), rolled_to) : rolled_to;
        auto row = connection.query(
            "SELECT DISTINCT CAST(DATE(captured_at) AS DATETIME) FROM capture WHERE node_id = " +
            std::to_string(node_id) + " AND captured_at >= " + at(*late.begin()) + " AND captured_at < " +
            at(known));
        while (row.next()) late.insert(from_datetime(row.string(0)));
        for (const UtcSeconds day : late) make_due(connection, node_id, {day + Seconds{1}});
    }

    /// The minute run and backfill each write their own columns.
    void write_position(const CdrBatch& batch) {
        const AccPosition& position = batch.position;
        const std::string names =
            batch.backfill ? "backfill_id, backfill_end, backfill_range" : "newest_id, newest_end";
        Rows rows(batch.backfill ? 6 : 5);
        rows.add(std::to_string(node_id));
        rows.add(batch.spec->name);
        rows.add(std::to_string(position.life));
        rows.add(std::to_string(batch.backfill ? position.backfill_id : position.newest_id));
        add_time(rows, batch.backfill ? position.backfill_end : position.newest_end);
        if (batch.backfill) rows.add(position.backfill_range);
        connection.insert(
            "INSERT INTO acc_position (node_id, source, life, " + names + ") VALUES", rows,
            batch.backfill ? " ON DUPLICATE KEY UPDATE life = VALUES(life), backfill_id = "
                             "VALUES(backfill_id), backfill_end = VALUES(backfill_end), backfill_range = "
                             "VALUES(backfill_range)"
                           : " ON DUPLICATE KEY UPDATE life = VALUES(life), newest_id = VALUES(newest_id), "
                             "newest_end = VALUES(newest_end)");
    }

    /// Throws RowsTaken when the rows of the batch are no longer as they were when it was begun.
    void require_untaken(const CdrBatch& batch) {
        const auto life = connection.value("SELECT life FROM acc_position" + key_of(node_id, *batch.spec));
        bool same = !life || std::stoul(*life) <= batch.position.life;
        if (!batch.blocks.empty()) {
            const auto stored = read_blocks(*batch.spec, batch.position.life, batch.blocks.begin()->first,
                                            batch.blocks.rbegin()->first + 1);
            for (const auto& [number, change] : batch.blocks) {
                const auto found = stored.find(number);
                same = same && (found == stored.end() ? AccBlock{} : found->second) == change.before;
            }
        }
        if (!same)
            throw RowsTaken(std::string(batch.spec->name) +
                            ": another run has taken the same rows meanwhile");
    }

    Connection connection;
    unsigned node_id = 0;
};

CdrStore::CdrStore(const DatabaseSettings& settings, const std::string& node, OpenNode how) {
    try {
        session_ = std::make_unique<Session>(settings);
        Connection& connection = session_->connection;
        connection.execute("SET SESSION time_zone='+00:00', "
                           "sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ALLOW_INVALID_DATES', "
                           "innodb_lock_wait_timeout=5, lock_wait_timeout=5");
        connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
        require_schema(connection, embedded_schema());
        session_->node_id = how == OpenNode::find_or_make ? make_node(connection, node)
                                                          : node_number(connection, node).value_or(0);
    } catch (const DatabaseError& error) {
        throw HistoryUnavailable(error.what());
    }
}

CdrStore::~CdrStore() = default;

AccPosition CdrStore::position(const TableSpec& spec) {
    return session_->guarded([&] {
        auto row = session_->connection.query("SELECT life, newest_id, newest_end, backfill_id, "
                                              "backfill_end, backfill_range FROM acc_position" +
                                              key_of(session_->node_id, spec));
        AccPosition position;
        while (row.next()) {
            position.life = static_cast<unsigned>(row.number(0));
            position.newest_id = row.number(1);
            if (!row.null(2)) position.newest_end = from_datetime(row.string(2));
            position.backfill_id = row.number(3);
            if (!row.null(4)) position.backfill_end = from_datetime(row.string(4));
            position.backfill_range = row.string(5);
        }
        return position;
    });
}

std::map<std::uint64_t, AccBlock> CdrStore::blocks(const TableSpec& spec, unsigned life, std::uint64_t from,
                                                   std::uint64_t to) {
    return session_->guarded([&] { return session_->read_blocks(spec, life, from, to); });
}

void CdrStore::commit(const CdrBatch& batch) {
    session_->guarded([&] {
        Connection& connection = session_->connection;
        if (const auto newest = batch.backfill ? batch.position.backfill_end : batch.position.newest_end) {
            const auto horizon = partition_horizon(connection);
            if (!horizon || *horizon < *newest + partitions_kept_ahead) add_partitions(connection, *newest);
        }
        connection.execute("START TRANSACTION");
        // The lock that serialises all writers of the node.
        const auto rolled_to = connection.value("SELECT rolled_to FROM node WHERE node_id = " +
                                                std::to_string(session_->node_id) + " FOR UPDATE");
        session_->require_untaken(batch);
        if (rolled_to) session_->make_days_due(batch, from_datetime(*rolled_to));
        add_minutes(connection, session_->node_id, batch.sums.minutes());
        add_endpoints(connection, session_->node_id, batch.sums.endpoints());
        add_failures(connection, session_->node_id, batch.sums.failures());
        session_->write_records(batch);
        session_->write_blocks(batch);
        session_->write_position(batch);
        connection.execute("COMMIT");
    });
}

} // namespace sipkeep
