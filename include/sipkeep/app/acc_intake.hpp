// From OpenSIPS's accounting tables into the sums and records of history: the one way for the minute run and
// for backfill.
#pragma once

#include "sipkeep/db/acc_reader.hpp"
#include "sipkeep/db/cdr_store.hpp"

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace sipkeep {

class Redactor;

struct AccPlan {
    bool sums = true;    ///< add the calls up
    bool records = true; ///< keep the rows
    std::string timezone;
    UtcSeconds now;
    std::optional<UtcSeconds> from, to; ///< only calls that were there, or tried, in [from, to)
    bool backfill = false;
    std::uint64_t newest_id = 0;  ///< the minute run's, before it
    std::uint64_t said_above = 0; ///< bad rows with ids up to this were said before
    std::string backfill_range;   ///< for the next --resume
    bool dry_run = false;
    std::shared_ptr<const Redactor> redactor{}; ///< of sums and records; null: they are kept as they are
    int most_tries =
        100; ///< of a batch that somebody else is in the way of; then a minute run leaves it to them
    std::size_t rows_a_transaction = 5000;
    std::size_t rows_a_page = 20'000;
    std::uint64_t blocks_ahead = 512; ///< read at once; 1 KiB each
};

/// What an intake came to.
struct AccTaken {
    std::uint64_t seen = 0;          ///< rows read
    std::uint64_t counted = 0;       ///< calls added to the sums
    std::uint64_t kept = 0;          ///< rows added to the records
    std::uint64_t known = 0;         ///< rows of which everything was there already
    std::uint64_t bad = 0;           ///< rows that say what can't be
    std::uint64_t repeated_hour = 0; ///< calls counted whose local times came twice that night
    std::uint64_t last_id = 0;
    bool ids_began_anew = false; ///< the table was emptied and its ids started over
};

class AccIntake {
public:
    using Said = std::function<void(const std::string& bad_row)>;
    using Shown = std::function<void(std::uint64_t id)>;

    AccIntake(AccPlan plan, AccReader& reader, CdrStore& store);
    AccIntake(const AccIntake&) = delete;
    AccIntake& operator=(const AccIntake&) = delete;

    /// Each row that can't be is said, position first, before it is passed by; it may throw to stop there.
    void on_bad_row(Said said) { said_ = std::move(said); }
    void on_progress(Shown shown) { shown_ = std::move(shown); }

    /// Takes the rows with ids in (after, last], at most `most` of them. `newest_end`: of the calls up to
    /// `after`. Throws SourceError, HistoryUnavailable, RowsRefused; what was committed before stays.
    AccTaken take(std::uint64_t after, std::uint64_t last, std::optional<UtcSeconds> newest_end,
                  std::uint64_t most = ~std::uint64_t{0});

private:
    void take_some();
    [[nodiscard]] bool see(const AccRow& row, const Rows& record);
    void take_row(const AccRow& row, const Rows& record, const std::optional<Cdr>& cdr, AccBlock& block);
    void add_to_sums(const Cdr& cdr, const AccRow& row);
    [[nodiscard]] bool in_range(UtcSeconds begin, UtcSeconds end) const;
    AccBlock& block_of(std::uint64_t id);
    [[nodiscard]] AccBlock stored_block(std::uint64_t number);
    void commit();
    void finish_writing();
    void begin_batch();

    AccPlan plan_;
    AccReader& reader_;
    CdrStore& store_;
    CdrReader cdrs_;
    Said said_;
    Shown shown_;
    AccPosition position_;
    CdrBatch batch_;
    CdrBatch::Change* block_ = nullptr; ///< the one of the last row
    std::uint64_t block_number_ = 0;
    std::map<std::uint64_t, AccBlock> stored_; ///< of the blocks [stored_from_, stored_to_), those there are
    std::uint64_t stored_from_ = 0, stored_to_ = 0;
    AccTaken taken_, written_, committed_;
    std::optional<UtcSeconds> written_end_, committed_end_;
    std::uint64_t last_ = 0, most_ = 0;
    /// A batch, while the next one is being read. Nothing else may use store_ until it is done; last, so that
    /// it ends before what it uses.
    std::future<void> writing_;
};

} // namespace sipkeep
