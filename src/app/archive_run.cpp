#include "sipkeep/app/archive_run.hpp"

#include "sipkeep/core/batches.hpp"
#include "sipkeep/core/diff.hpp"
#include "sipkeep/core/error.hpp"
#include "sipkeep/core/text.hpp"
#include "sipkeep/sys/log.hpp"

#include <algorithm>
#include <future>
#include <map>
#include <memory>
#include <tuple>

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
    return source == &LedgerRow::dialog ? "dialog" : "location";
}

/// Of a table that had many rows nearly all are gone: stored as it is, and flagged.
bool emptied(const std::optional<std::uint64_t>& before, std::uint64_t now) {
    constexpr std::uint64_t many = 20;
    return before && *before >= many && now * many <= *before;
}

/// What a server says may quote anything, and at any length; the ledger takes one line of valid UTF-8.
std::string one_line(const std::string& reason) {
    constexpr std::size_t longest = 1000;
    const auto is_continuation = [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
    };
    std::string line = printable(reason);
    std::size_t end = std::min(longest, line.size());
    while (end < line.size() && end > 0 && is_continuation(line[end])) --end;
    line.resize(end);
    return to_storable(line);
}

std::string without_trailing_spaces(std::string text) {
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
}

Rows rows_of(const std::vector<Destination>& destinations) {
    Rows rows(dispatcher_table().columns.size());
    const auto add_number = [&](const std::optional<std::int64_t>& number) {
        if (number)
            rows.add(std::to_string(*number));
        else
            rows.add(std::nullopt);
    };
    std::map<std::tuple<std::string, std::int64_t, std::string>, int> seen;
    for (const Destination& d : destinations) {
        // Trailing spaces do not tell keys apart in the database, so they must not here.
        const int occurrence =
            seen[{without_trailing_spaces(d.partition_name), d.set_id, without_trailing_spaces(d.uri)}]++;
        rows.add(d.partition_name);
        rows.add(std::to_string(d.set_id));
        rows.add(d.uri);
        rows.add(std::to_string(occurrence));
        rows.add(d.state);
        rows.add(d.attr);
        rows.add(d.description);
        add_number(d.priority);
        add_number(d.weight);
    }
    return rows;
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

class ArchiveRun {
public:
    ArchiveRun(const ArchivePlan& plan, const ArchiveSources& sources, HistoryStore& store,
               UtcMilliseconds now)
        : plan_(plan), sources_(sources), store_(store), now_(now) {
        row().captured_at = interval_start(now, plan.interval);
        row().started_at = now;
    }

    ArchiveResult run() {
        before_ = store_.open_node(plan_.node, OpenNode::find_or_make);
        if (before_.newest && *before_.newest == row().captured_at) return result_;
        if (before_.newest && *before_.newest > row().captured_at) refuse();
        if (before_.refused_since) row().flags.emplace_back("clock_stepped_back");
        look();
        if (row().mi == SourceStatus::ok) store_.learn_statistics(statistics_.statistics);
        while (!store_all()) {
        } // each turn leaves out one more failed source
        row().elapsed = stopwatch_.elapsed();
        store_.commit(row());
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

    [[noreturn]] void refuse() {
        store_.note_refused(row().captured_at);
        throw Error("the clock says " + to_rfc3339(row().captured_at) + ", but a capture of " +
                    to_rfc3339(*before_.newest) +
                    " is already stored: the clock has stepped back; set it right (captures go on once it "
                    "has passed that time)");
    }

    void look() {
        if (sources_.mi != nullptr && plan_.statistics)
            looking_at(&LedgerRow::mi, [&] { look_at_statistics(); });
        if (sources_.mi != nullptr && plan_.dispatcher)
            looking_at(&LedgerRow::dispatcher, [&] {
                const auto found = sources_.mi->dispatcher(Deadline(plan_.mi_timeout));
                if (found) destinations_ = rows_of(*found);
                return found.has_value(); // an OpenSIPS without the dispatcher module has nothing to look at
            });
        if (sources_.live != nullptr && plan_.dialog)
            looking_at(&LedgerRow::dialog, [&] { dialogs_ = sources_.live->dialogs(); });
        if (sources_.live != nullptr && plan_.location)
            looking_at(&LedgerRow::location, [&] { contacts_ = sources_.live->contact_states(); });
    }

    template <class Look>
    void looking_at(SourceStatus LedgerRow::*source, Look look) {
        try {
            if constexpr (std::is_same_v<decltype(look()), bool>)
                row().*source = look() ? SourceStatus::ok : SourceStatus::off;
            else {
                look();
                row().*source = SourceStatus::ok;
            }
        } catch (const SourceError& error) {
            fail(source, error.what());
        }
    }

    void fail(SourceStatus LedgerRow::*source, const std::string& reason) {
        row().*source = SourceStatus::failed;
        result_.errors.push_back(one_line(reason));
        row().error += (row().error.empty() ? "" : "\n") + result_.errors.back();
    }

    void look_at_statistics() {
        statistics_ = sources_.mi->statistics(plan_.groups, Deadline(plan_.mi_timeout));
        constexpr std::size_t longest_group = 64;
        constexpr std::size_t longest_name = 190;
        std::erase_if(statistics_.statistics, [&](const Statistic& s) {
            const bool too_long = s.group.size() > longest_group || s.name.size() > longest_name;
            if (too_long) statistics_.unreadable.push_back(s.group + ":" + s.name);
            return too_long;
        });
        const std::int64_t longest_uptime = std::chrono::floor<Seconds>(now_).time_since_epoch().count();
        if (statistics_.uptime_s && *statistics_.uptime_s >= 0 && *statistics_.uptime_s <= longest_uptime)
            row().uptime_s = statistics_.uptime_s;
        if (row().uptime_s) row().epoch_started_at = epoch_of(before_, now_, *row().uptime_s);
        if (!statistics_.unreadable.empty()) row().flags.emplace_back("unreadable_statistic");
        const auto below_zero = [](const Statistic& s) {
            return s.flag == SampleFlag::negative || s.flag == SampleFlag::negative_rounded;
        };
        if (std::any_of(statistics_.statistics.begin(), statistics_.statistics.end(), below_zero))
            row().flags.emplace_back("negative_statistic");
    }

    /// Writes everything but the ledger row. False: a source failed meanwhile and was taken out; nothing is
    /// written.
    bool store_all() {
        row().opened = row().closed = row().refreshed = row().compared = row().found_by_compare = 0;
        row().samples = row().destinations = row().dialogs = row().contacts = std::nullopt;
        store_.begin(row().captured_at);
        try {
            // Location comes first: it alone may take several transactions, and what is written in the last
            // one needs no undo.
            storing(&LedgerRow::location, [&] { store_contacts(); });
            storing(&LedgerRow::dialog, [&] { row().dialogs = store_versions(dialog_table(), dialogs_); });
            storing(&LedgerRow::dispatcher,
                    [&] { row().destinations = store_versions(dispatcher_table(), destinations_); });
            storing(&LedgerRow::mi, [&] { row().samples = store_.add_samples(statistics_.statistics); });
            finish_reading();
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
        contacts_.reset();
        if (sources_.live != nullptr) sources_.live->finish();
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

    std::uint64_t store_versions(const TableSpec& table, const Rows& seen) {
        FullDiff diff(table, seen);
        store_.each_open(table, seen, [&](RowView version) { diff.show_open(version); });
        const VersionChanges changes = diff.finish();
        store_.apply(table, changes);
        row().opened += changes.opened.size();
        row().closed += changes.closed.size();
        return seen.size();
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
            contacts_ ? std::move(contacts_) : sources_.live->contact_states();
        const std::unique_ptr<ContactStates> open = store_.open_contact_states();
        ContactComparison found = compare_contacts(
            *seen, *open, {.number = before_.compare_turn, .every = plan_.full_compare_every});
        store_.set_compare_turn(before_.compare_turn + 1);
        row().contacts = found.seen;
        return std::move(found.candidates);
    }

    Rows full_rows(std::span<const std::uint64_t> ids) {
        Rows rows = sources_.live->contacts(ids);
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
    const ArchiveSources& sources_;
    HistoryStore& store_;
    UtcMilliseconds now_;
    Stopwatch stopwatch_;
    NodeState before_;
    StatisticsCapture statistics_;
    Rows destinations_{dispatcher_table().columns.size()};
    Rows dialogs_{dialog_table().columns.size()};
    std::unique_ptr<ContactStates> contacts_;
    ArchiveResult result_;
};

} // namespace

UtcSeconds epoch_of(const NodeState& before, UtcMilliseconds now, std::int64_t uptime_s) {
    const UtcSeconds started = std::chrono::floor<Seconds>(now) - Seconds{uptime_s};
    if (!before.uptime_s || !before.mi_read_at || !before.epoch_started_at) return started;
    // A process that started after the capture before can't be up for longer than the time since. Comparing
    // starts instead would not do: OpenSIPS counts ticks, and under load they fell 9 seconds behind the clock
    // in 6 minutes.
    const auto passed = std::chrono::floor<Seconds>(now - *before.mi_read_at).count();
    const bool restarted = uptime_s < *before.uptime_s || uptime_s <= passed;
    return restarted ? started : *before.epoch_started_at;
}

ArchiveResult rehearse_capture(const ArchivePlan& plan, const ArchiveSources& sources, HistoryStore& store,
                               UtcMilliseconds now) {
    ReadOnlyStore readable(store);
    ArchiveResult result = ArchiveRun(plan, sources, readable, now).run();
    result.stored = false;
    return result;
}

ArchiveResult archive_capture(const ArchivePlan& plan, const ArchiveSources& sources, HistoryStore& store,
                              UtcMilliseconds now) {
    return ArchiveRun(plan, sources, store, now).run();
}

} // namespace sipkeep
