#include "sipkeep/app/archive_run.hpp"

#include "sipkeep/core/batches.hpp"
#include "sipkeep/core/diff.hpp"
#include "sipkeep/core/error.hpp"
#include "sipkeep/core/text.hpp"
#include "sipkeep/sys/log.hpp"

#include <algorithm>
#include <future>
#include <memory>
#include <set>

namespace sipkeep {

namespace {

/// A source that brought something which can't be stored, or broke while being stored.
class FailedSource : public Error {
public:
    FailedSource(SourceStatus LedgerRow::*source, const std::string& reason)
        : Error(reason), source_(source) {}
    [[nodiscard]] SourceStatus LedgerRow::*source() const noexcept { return source_; }

private:
    SourceStatus LedgerRow::*source_;
};

std::string name_of(SourceStatus LedgerRow::*source) {
    if (source == &LedgerRow::mi) return "mi";
    if (source == &LedgerRow::dispatcher) return "dispatcher";
    if (source == &LedgerRow::mi_rows) return "mi rows";
    return source == &LedgerRow::dialog ? "dialog" : "location";
}

/// Lets a rehearsal read the store, and drops what it would write.
class ReadOnlyStore final : public HistoryStore {
public:
    explicit ReadOnlyStore(HistoryStore& store) : store_(store) {}

    NodeState open_node(const std::string& node, OpenNode) override {
        return store_.open_node(node, OpenNode::find);
    }
    void each_open(const TableSpec& table, const Rows& seen,
                   const std::function<void(RowView)>& show) override {
        store_.each_open(table, seen, show);
    }
    std::unique_ptr<ContactStates> open_contact_states() override { return store_.open_contact_states(); }
    Rows open_contacts(const Rows& seen) override { return store_.open_contacts(seen); }
    std::size_t add_samples(const std::vector<Statistic>& statistics) override { return statistics.size(); }

    void note_refused(UtcSeconds) override {}
    void learn_statistics(const std::vector<Statistic>&) override {}
    void begin(UtcSeconds) override {}
    void apply(const TableSpec&, const VersionChanges&) override {}
    void apply(const ContactChanges&) override {}
    void set_compare_turn(std::uint64_t) override {}
    void commit(const LedgerRow&) override {}
    void discard() override {}
    std::size_t split_at_midnight(UtcSeconds, Seconds) override { return 0; }

private:
    HistoryStore& store_;
};

/// What a look has used beyond its budget is left to the next ones.
std::uint64_t debt_after(Milliseconds budget, Milliseconds before, Milliseconds used) {
    return static_cast<std::uint64_t>(std::max(Milliseconds{0}, before + used - budget).count());
}

/// Stores one capture; what was looked at is only read, so that it can still be spooled when this fails.
class ArchiveRun {
public:
    ArchiveRun(const ArchivePlan& plan, Look& look, const NodeState& before, HistoryStore& store,
               const LedgerNote& note)
        : plan_(plan), look_(look), capture_(look.capture), before_(before), store_(store) {
        row() = ledger_row(capture_, before_, note);
        result_.errors = capture_.errors;
        if (look.acc == SourceStatus::ok) row().calls = look.calls.counted;
        row().acc = look.acc;
        if (plan.mi_budget && row().mi_ms)
            row().mi_debt_ms = debt_after(*plan.mi_budget, before.mi_debt, capture_.mi_lists_busy);
        if (!look.calls.impossible.empty()) row().flags.emplace_back("impossible_calls");
        for (const auto* lines : {&look.calls.warnings, &look.calls.impossible})
            result_.warnings.insert(result_.warnings.end(), lines->begin(), lines->end());
    }

    ArchiveResult run() {
        if (row().mi == SourceStatus::ok) store_.learn_statistics(capture_.statistics.statistics);
        while (!store_all()) {
        } // each turn leaves out one more failed source
        row().elapsed = look_.stopwatch.elapsed();
        store_.commit(row());
        finish_reading();
        result_.stored = true;
        try {
            result_.split_at_midnight = store_.split_at_midnight(row().captured_at, plan_.interval);
        } catch (const HistoryUnavailable& error) {
            // The capture is stored; the split only re-books the past, and the next run goes on with it.
            result_.warnings.push_back(std::string("split at midnight put off: ") + error.what());
        }
        return result_;
    }

private:
    LedgerRow& row() { return result_.row; }

    void say(const std::string& error) {
        result_.errors.push_back(error);
        row().error += (row().error.empty() ? "" : "\n") + error;
    }

    void fail(SourceStatus LedgerRow::*source, const std::string& reason) {
        row().*source = SourceStatus::failed;
        say(ledger_line(reason));
    }

    /// Writes everything but the ledger row. False: a source failed meanwhile and was taken out; nothing is
    /// written.
    bool store_all() {
        row().opened = row().closed = row().refreshed = row().compared = row().found_by_compare = 0;
        row().samples = row().destinations = row().dialogs = row().contacts = std::nullopt;
        row().listed = row().listed_kept = row().dialogs_kept = row().contacts_in_table =
            row().contacts_kept = std::nullopt;
        store_.begin(row().captured_at);
        try {
            // Location comes first: it alone may take several transactions, and what is written in the last
            // one needs no undo.
            storing(&LedgerRow::location, [&] { store_contacts(); });
            storing(&LedgerRow::dialog, [&] { store_dialogs(); });
            storing(&LedgerRow::dispatcher,
                    [&] { row().destinations = store_versions(dispatcher_table(), capture_.destinations); });
            storing(&LedgerRow::mi_rows, [&] { store_listed(); });
            storing(&LedgerRow::mi,
                    [&] { row().samples = store_.add_samples(capture_.statistics.statistics); });
        } catch (const FailedSource& failed) {
            store_.discard();
            fail(failed.source(), failed.what());
            return false;
        }
        if (row().dialogs && emptied(before_.dialogs, *row().dialogs))
            row().flags.emplace_back("dialog_emptied");
        if (row().contacts && emptied(before_.contacts, *row().contacts))
            row().flags.emplace_back("location_emptied");
        return true;
    }

    /// From here on OpenSIPS's purge waits for no one.
    void finish_reading() {
        look_.contacts.reset();
        if (look_.live != nullptr) look_.live->finish();
    }

    template <class Store>
    void storing(SourceStatus LedgerRow::*source, Store store) {
        if (row().*source != SourceStatus::ok) return;
        try {
            store();
        } catch (const SourceError& error) {
            throw FailedSource(source, error.what());
        } catch (const RowsRefused& error) {
            throw FailedSource(source, name_of(source) + ": " + error.what());
        }
    }

    void store_dialogs() {
        const bool missed = capture_.dialog_look.memory == MemoryLook::missed;
        const std::set<std::string> kept = missed ? calls_to_keep() : std::set<std::string>();
        row().dialogs = store_versions(dialog_table(), capture_.dialogs, kept) - row().early.value_or(0);
        if (missed) row().dialogs_kept = kept.size();
    }

    /// Keys of the open calls that only MI has told of, and that were not seen now.
    std::set<std::string> calls_to_keep() {
        const TableSpec& table = dialog_table();
        std::set<std::string> seen;
        for (std::size_t i = 0; i < capture_.dialogs.size(); ++i)
            seen.insert(key_of(table, capture_.dialogs[i]));
        // Only what differs from the row seen of its key is shown in full: so each open key is said to be
        // seen.
        Rows keys(table.columns.size());
        store_.each_open(table, Rows(table.columns.size()), [&](RowView version) {
            for (std::size_t i = 0; i < table.columns.size(); ++i)
                keys.add(table.columns[i].role == ColumnRole::key ? version[i] : Field{});
        });
        std::set<std::string> kept;
        store_.each_open(table, keys, [&](RowView version) {
            if (is_from_memory(table, version) && !seen.contains(key_of(table, version)))
                kept.insert(key_of(table, version));
        });
        return kept;
    }

    /// Versions of the keys `kept` stay as they are.
    std::uint64_t store_versions(const TableSpec& table, const Rows& seen,
                                 const std::set<std::string>& kept = {}) {
        FullDiff diff(table, seen);
        store_.each_open(table, seen, [&](RowView version) {
            if (!kept.contains(key_of(table, version))) diff.show_open(version);
        });
        const VersionChanges changes = diff.finish();
        store_.apply(table, changes);
        row().opened += changes.opened.size();
        row().closed += changes.closed.size();
        return seen.size();
    }

    /// Rows of names that were not told stay as they are.
    void store_listed() {
        const std::set<std::string_view> missed(capture_.not_listed.begin(), capture_.not_listed.end());
        std::set<std::string> kept;
        if (!missed.empty()) {
            store_.each_open(mi_row_table(), capture_.listed, [&](RowView version) {
                if (missed.contains(version[0].value_or(""))) kept.insert(key_of(mi_row_table(), version));
            });
            row().listed_kept = kept.size();
        }
        row().listed = store_versions(mi_row_table(), capture_.listed, kept);
    }

    void store_contacts() {
        const ContactCandidates candidates = compare_narrow();

        std::vector<Batch> batches;
        for (const auto& [ids, turn] : {std::pair{&candidates.added, Turn::added},
                                        {&candidates.moved, Turn::moved},
                                        {&candidates.compared, Turn::compared}})
            in_batches(*ids, contact_batch, [&, turn = turn](std::span<const std::uint64_t> some) {
                batches.push_back({turn, some});
            });
        store_batches(batches, candidates.gone);
    }

    enum class Turn : std::uint8_t { added, moved, compared };
    struct Batch {
        Turn turn;
        std::span<const std::uint64_t> ids;
    };

    /// The live database reads one batch ahead while history writes: they are two servers, or two threads of
    /// one. What is `gone` goes with the moved ones around it, so that their refreshes are booked in order.
    void store_batches(const std::vector<Batch>& batches, std::span<const std::uint64_t> gone) {
        const auto read = [&](std::size_t i) {
            return std::async(std::launch::async, [this, ids = batches[i].ids] { return full_rows(ids); });
        };
        std::future<Rows> next;
        if (!batches.empty()) next = read(0);
        for (std::size_t i = 0; i < batches.size(); ++i) {
            const Rows seen = next.get();
            if (i + 1 < batches.size()) next = read(i + 1);
            const Turn turn = batches[i].turn;
            ContactChanges changes =
                diff_contacts(seen, turn == Turn::added ? Rows(location_table().columns.size() + 1)
                                                        : store_.open_contacts(seen));
            if (turn == Turn::moved) {
                const auto below = std::ranges::lower_bound(gone, batches[i].ids.back()) - gone.begin();
                const auto rest = close_all_but_a_batch(gone.first(static_cast<std::size_t>(below)));
                changes.closed.insert(changes.closed.end(), rest.begin(), rest.end());
                gone = gone.subspan(static_cast<std::size_t>(below));
            }
            const std::size_t changed = apply(changes);
            if (turn != Turn::compared) continue;
            row().found_by_compare += changed;
            row().compared += seen.size();
        }
        close(close_all_but_a_batch(gone));
    }

    std::span<const std::uint64_t> close_all_but_a_batch(std::span<const std::uint64_t> gone) {
        for (; gone.size() > contact_batch; gone = gone.subspan(contact_batch))
            close(gone.first(contact_batch));
        return gone;
    }

    void close(std::span<const std::uint64_t> gone) {
        if (gone.empty()) return;
        ContactChanges changes;
        changes.closed.assign(gone.begin(), gone.end());
        apply(changes);
    }

    /// Lets go of both streams: what follows needs their connections.
    ContactCandidates compare_narrow() {
        // Read already when another source has failed since: the same snapshot is read again.
        const std::unique_ptr<ContactStates> seen =
            look_.contacts ? std::move(look_.contacts) : look_.live->contact_states();
        const std::unique_ptr<ContactStates> open = store_.open_contact_states();
        ContactComparison found = compare_contacts(
            *seen, *open, {.number = before_.compare_turn, .every = plan_.full_compare_every},
            capture_.location_look.memory);
        store_.set_compare_turn(before_.compare_turn + 1);
        row().contacts = found.seen;
        if (row().location_from != ReadFrom::memory) row().contacts_in_table = found.seen - found.from_memory;
        if (capture_.location_look.memory == MemoryLook::missed) row().contacts_kept = found.kept;
        return std::move(found.candidates);
    }

    Rows full_rows(std::span<const std::uint64_t> ids) {
        Rows rows = look_.live->contacts(ids);
        if (rows.size() != ids.size())
            throw SourceError("location: " + std::to_string(ids.size()) + " rows asked for, " +
                              std::to_string(rows.size()) +
                              " read: the table does not hold still within a snapshot (is it InnoDB?)");
        return rows;
    }

    /// Returns the number of registrations it changed.
    std::size_t apply(const ContactChanges& changes) {
        store_.apply(changes);
        row().opened += changes.opened.size();
        row().closed += changes.closed.size();
        row().refreshed += changes.refreshed.size();
        return changes.opened.size() + changes.refreshed.size();
    }

    const ArchivePlan& plan_;
    Look& look_;
    const Capture& capture_;
    NodeState before_;
    HistoryStore& store_;
    ArchiveResult result_;
};

} // namespace

void refuse_capture(HistoryStore& store, UtcSeconds captured_at, UtcSeconds newest) {
    store.note_refused(captured_at);
    throw ClockSteppedBack("the clock says " + to_rfc3339(captured_at) + ", but a capture of " +
                           to_rfc3339(newest) +
                           " is already stored: the clock has stepped back; set it right (captures go on "
                           "once it has passed that time)");
}

ArchiveResult store_look(const ArchivePlan& plan, Look& look, const NodeState& before, HistoryStore& store,
                         const LedgerNote& note) {
    return ArchiveRun(plan, look, before, store, note).run();
}

ArchiveResult archive_capture(const ArchivePlan& plan, const ArchiveSources& sources, HistoryStore& store,
                              UtcMilliseconds now) {
    ArchiveResult stored_before;
    stored_before.row.captured_at = interval_start(now, plan.interval);
    const NodeState before = store.open_node(plan.node, OpenNode::find_or_make);
    if (before.newest && *before.newest == stored_before.row.captured_at) return stored_before;
    if (before.newest && *before.newest > stored_before.row.captured_at)
        refuse_capture(store, stored_before.row.captured_at, *before.newest);
    Look seen = look(plan, sources, now, before.mi_debt);
    take_calls(sources, seen);
    return store_look(plan, seen, before, store, {});
}

ArchiveResult rehearse_capture(const ArchivePlan& plan, const ArchiveSources& sources, HistoryStore& store,
                               UtcMilliseconds now) {
    ReadOnlyStore readable(store);
    ArchiveResult result = archive_capture(plan, sources, readable, now);
    result.stored = false;
    return result;
}

} // namespace sipkeep
