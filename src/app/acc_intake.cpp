#include "sipkeep/app/acc_intake.hpp"

#include "sipkeep/app/redactor.hpp"
#include "sipkeep/core/error.hpp"

#include <algorithm>
#include <utility>

namespace sipkeep {

namespace {

/// A row stands under an id under which another one was taken.
class IdsBeganAnew : public Error {
public:
    using Error::Error;
};

} // namespace

AccIntake::AccIntake(AccPlan plan, AccReader& reader, CdrStore& store)
    : plan_(std::move(plan)), reader_(reader), store_(store), cdrs_(plan_.timezone, plan_.now),
      position_(store.position(reader.spec())), batch_(reader.spec()) {}

AccTaken AccIntake::take(std::uint64_t after, std::uint64_t last, std::optional<UtcSeconds> newest_end,
                         std::uint64_t most) {
    taken_ = {.last_id = after};
    committed_ = taken_;
    committed_end_ = newest_end;
    last_ = last;
    most_ = most;
    std::uint64_t tried = after;
    for (int tries = 0;;) {
        begin_batch();
        try {
            take_some();
            finish_writing();
            return taken_;
        } catch (const RowsTaken& error) {
            if (tried != committed_.last_id) tries = 0; // it has come on since
            tried = committed_.last_id;
            if (++tries >= plan_.most_tries) {
                if (plan_.backfill) throw HistoryUnavailable(error.what());
                return committed_; // who is in the way takes these rows; the next run looks again
            }
            position_ = store_.position(reader_.spec());
        } catch (const IdsBeganAnew& error) {
            if (taken_.ids_began_anew) throw SourceError(error.what());
            ++position_.life;
            committed_.last_id = 0;
            committed_.ids_began_anew = true;
            committed_end_ = std::nullopt;
        }
    }
}

void AccIntake::begin_batch() {
    taken_ = committed_;
    cdrs_.set_newest_end(committed_end_);
    batch_ = CdrBatch(reader_.spec());
    block_ = nullptr;
    stored_.clear();
    stored_to_ = 0;
}

void AccIntake::take_some() {
    const AccDepth depth = plan_.records ? AccDepth::records : AccDepth::calls;
    const auto left = [&] {
        return std::min<std::uint64_t>(plan_.rows_a_page, most_ - std::min(most_, taken_.seen));
    };
    bool more = true;
    while (more && taken_.last_id < last_ && left() > 0) {
        bool beyond = false; // rows that came since are for the next one
        more = reader_.page(taken_.last_id, static_cast<std::size_t>(left()), depth,
                            [&](const AccRow& row, const Rows& record) {
                                beyond = !see(row, record);
                                return !beyond;
                            });
        more = more && !beyond;
    }
    commit();
}

bool AccIntake::see(const AccRow& row, const Rows& record) {
    if (row.id > last_) return false;
    ++taken_.seen;
    taken_.last_id = row.id;
    if (shown_) shown_(row.id);
    AccBlock& block = block_of(row.id);
    const std::size_t bit = row.id % AccBlock::ids;
    if (row.id == block.witness_id &&
        witness_of(row.callid.value_or(""), row.cdr.time.value_or("")) != block.witness) {
        finish_writing();
        throw IdsBeganAnew(std::string(reader_.spec().name) + " id " + std::to_string(row.id) +
                           ": is not the row that was taken under this id before");
    }
    const bool known = (!plan_.sums || block.counted.test(bit)) && (!plan_.records || block.kept.test(bit));
    std::optional<Cdr> cdr;
    try {
        cdr = cdrs_.read(row.cdr);
    } catch (const ImpossibleCdr& error) {
        if (row.id > plan_.said_above) ++taken_.bad;
        if (said_ && row.id > plan_.said_above)
            said_(std::string(reader_.spec().name) + " id " + std::to_string(row.id) + ": " + error.what());
    }
    if (known)
        ++taken_.known;
    else
        take_row(row, record, cdr, block);
    if (batch_.rows() >= plan_.rows_a_transaction) commit();
    return true;
}

void AccIntake::take_row(const AccRow& row, const Rows& record, const std::optional<Cdr>& cdr,
                         AccBlock& block) {
    const std::size_t bit = row.id % AccBlock::ids;
    CallRecord times;
    if (cdr)
        times = {cdr->ended_at(), cdr->attempted_at, cdr->settled_at};
    else
        times.ended_at = cdrs_.made_at(row.cdr);
    if (!in_range(times.attempted_at.value_or(times.ended_at.value_or(UtcSeconds{})),
                  times.ended_at.value_or(UtcSeconds{})))
        return;
    // A row that can't be is not marked as counted: a zone set right later lets it be.
    if (cdr && plan_.sums && !block.counted.test(bit)) {
        add_to_sums(*cdr, row);
        block.counted.set(bit);
        ++taken_.counted;
        if (cdr->repeated_hour) ++taken_.repeated_hour;
    }
    if (plan_.records && !block.kept.test(bit)) {
        if (plan_.redactor)
            plan_.redactor->add(batch_.records, reader_.spec(), record[0]);
        else
            batch_.records.add(record[0]);
        batch_.record_times.push_back(times);
        block.kept.set(bit);
        ++taken_.kept;
    }
    const bool taken = block.counted.test(bit) || block.kept.test(bit);
    if (taken && (block.witness_id == 0 || row.id < block.witness_id)) {
        block.witness_id = row.id;
        block.witness = witness_of(row.callid.value_or(""), row.cdr.time.value_or(""));
    }
}

void AccIntake::add_to_sums(const Cdr& cdr, const AccRow& row) {
    if (!plan_.redactor) return batch_.sums.add(cdr, row.caller, row.callee, row.reason);
    const auto caller = plan_.redactor->caller(row.caller);
    const auto callee = plan_.redactor->callee(row.callee);
    batch_.sums.add(cdr, caller ? Field(*caller) : Field{}, callee ? Field(*callee) : Field{}, row.reason);
}

bool AccIntake::in_range(UtcSeconds begin, UtcSeconds end) const {
    return (!plan_.from || end >= *plan_.from) && (!plan_.to || begin < *plan_.to);
}

AccBlock& AccIntake::block_of(std::uint64_t id) {
    const std::uint64_t number = id / AccBlock::ids;
    if (block_ == nullptr || number != block_number_) {
        const auto [found, is_new] = batch_.blocks.try_emplace(number);
        if (is_new) found->second.before = found->second.after = stored_block(number);
        block_ = &found->second;
        block_number_ = number;
    }
    return block_->after;
}

/// Read many at a time: while a batch is being written, nothing can be asked.
AccBlock AccIntake::stored_block(std::uint64_t number) {
    if (number < stored_from_ || number >= stored_to_) {
        finish_writing();
        stored_from_ = number;
        stored_to_ = number + plan_.blocks_ahead;
        stored_ = store_.blocks(reader_.spec(), position_.life, stored_from_, stored_to_);
    }
    const auto found = stored_.find(number);
    return found == stored_.end() ? AccBlock{} : found->second;
}

/// Begins to write the batch, and goes on with an empty one; at most one is being written.
void AccIntake::commit() {
    batch_.backfill = plan_.backfill;
    batch_.position = position_;
    if (plan_.backfill) {
        batch_.position.backfill_id = taken_.last_id;
        batch_.position.backfill_end = cdrs_.newest_end();
        batch_.position.backfill_range = plan_.backfill_range;
    } else {
        batch_.position.newest_id = std::max(plan_.newest_id, taken_.last_id);
        if (taken_.ids_began_anew) batch_.position.newest_id = taken_.last_id;
        batch_.position.newest_end = cdrs_.newest_end();
    }
    finish_writing();
    position_ = batch_.position;
    written_ = taken_;
    written_end_ = cdrs_.newest_end();
    CdrBatch::Change last;
    if (block_ != nullptr) last.before = last.after = block_->after;
    const bool had_block = block_ != nullptr;
    auto batch = std::make_shared<const CdrBatch>(std::exchange(batch_, CdrBatch(reader_.spec())));
    writing_ = std::async(std::launch::async, [this, batch = std::move(batch)] {
        if (!plan_.dry_run) store_.commit(*batch);
    });
    block_ = nullptr;
    if (had_block) block_ = &(batch_.blocks[block_number_] = last);
}

/// Throws what CdrStore::commit() does.
void AccIntake::finish_writing() {
    if (!writing_.valid()) return;
    writing_.get();
    committed_ = written_;
    committed_end_ = written_end_;
}

} // namespace sipkeep
