// The history database: everything that is read from it and written to it for captures.
#pragma once

#include "sipkeep/core/capture.hpp"
#include "sipkeep/core/diff.hpp"
#include "sipkeep/core/statistics.hpp"
#include "sipkeep/core/time.hpp"
#include "sipkeep/db/database_settings.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sipkeep {

/// One row of the ledger (table `capture`). An absent count was not looked at.
struct LedgerRow {
    UtcSeconds captured_at;
    UtcMilliseconds started_at;
    Milliseconds elapsed{0};
    SourceStatus mi = SourceStatus::off;
    SourceStatus dispatcher = SourceStatus::off;
    SourceStatus dialog = SourceStatus::off;
    SourceStatus location = SourceStatus::off;
    SourceStatus acc = SourceStatus::off;
    SourceStatus mi_rows = SourceStatus::off;
    std::string error; ///< one line a failed source
    std::optional<std::uint64_t> samples, destinations, dialogs, contacts, calls;
    std::optional<ReadFrom> dialog_from, location_from; ///< of sources that are ok
    /// What the tables hold, what OpenSIPS counts (active_dialogs, location-contacts), and what MI listed:
    /// calls that were answered, in `early` those that were not; registrations.
    std::optional<std::uint64_t> dialogs_in_table, dialogs_listed, early, contacts_in_table, contacts_listed;
    std::optional<std::int64_t> dialogs_counted, contacts_counted;
    /// Open rows that MI had told of, when it was to be asked again and did not answer: not seen, and not
    /// gone.
    std::optional<std::uint64_t> dialogs_kept, contacts_kept;
    std::optional<std::uint64_t> mi_ms;       ///< for how long MI was at work
    std::optional<std::uint64_t> mi_debt_ms;  ///< how far it is beyond mi.budget, since it was last within
    std::optional<std::uint64_t> listed;      ///< rows of mi_row_table()
    std::optional<std::uint64_t> listed_kept; ///< of those that were not told this time
    std::string not_listed;                   ///< their names, with commas between
    std::uint64_t opened = 0, closed = 0, refreshed = 0, compared = 0, found_by_compare = 0;
    std::optional<std::int64_t> uptime_s;
    std::optional<UtcSeconds> epoch_started_at;
    std::optional<UtcSeconds> mi_before; ///< the capture before that read MI, of one that did
    std::vector<std::string> flags;      ///< of capture.flags
    std::string provenance = "live";
};

/// What a new capture needs to know of the captures before it.
struct NodeState {
    std::optional<UtcSeconds> newest;    ///< captured_at of the newest ledger row
    std::optional<UtcSeconds> newest_mi; ///< of the newest whose MI was ok
    std::optional<UtcMilliseconds>
        mi_read_at; ///< started_at of the newest capture whose MI was ok and told an uptime
    std::optional<std::int64_t> uptime_s;       ///< of that capture
    std::optional<UtcSeconds> epoch_started_at; ///< of that capture
    std::optional<std::uint64_t> dialogs;       ///< rows in the newest capture whose source was ok
    std::optional<std::uint64_t> contacts;
    Milliseconds mi_debt{0};        ///< LedgerRow::mi_debt_ms of the newest capture
    std::uint64_t compare_turn = 0; ///< CompareTurn::number of the next capture
    bool refused_since = false;     ///< a capture was refused after the newest one
};

/// Start of the life of the OpenSIPS process that has been up for `uptime_s` at `now`: that of the capture
/// before when it is still the same life (uptime went on as the clock did), so that all captures of one life
/// agree.
[[nodiscard]] UtcSeconds epoch_of(const NodeState& before, UtcMilliseconds now, std::int64_t uptime_s);

enum class OpenNode : std::uint8_t { find, find_or_make };

/// Seam: the history of one node. A capture is written between begin() and commit(); it becomes visible at
/// commit(), whole, or not at all: whatever dies in between is undone by the next begin(). Every method
/// throws HistoryUnavailable when the server is gone or can't write, RowsRefused when what one source brought
/// can't be stored.
class HistoryStore {
public:
    HistoryStore() = default;
    HistoryStore(const HistoryStore&) = delete;
    HistoryStore& operator=(const HistoryStore&) = delete;
    virtual ~HistoryStore() = default;

    /// Finds the node, or makes it on its first capture. `find` alone leaves an unknown node unmade, and
    /// empty.
    [[nodiscard]] virtual NodeState open_node(const std::string& node, OpenNode how) = 0;
    /// Remembers that a capture was refused because the clock had stepped back.
    virtual void note_refused(UtcSeconds captured_at) = 0;

    /// Makes the names of statistics known, before begin(). A name that history can't tell from another is
    /// left out.
    virtual void learn_statistics(const std::vector<Statistic>& statistics) = 0;

    /// Opens the write transaction and locks the node. Throws Error when the ledger already holds captured_at
    /// or newer.
    virtual void begin(UtcSeconds captured_at) = 0;

    /// Shows each open version of a table that is read in full; columns as in the spec. One that equals the
    /// row seen of its key is shown as that row; of one whose key was not seen only the key may be shown.
    virtual void each_open(const TableSpec& table, const Rows& seen,
                           const std::function<void(RowView)>& show) = 0;
    /// Registrations come before this and before add_samples(): with these in it, a transaction can only be
    /// committed as the last of its capture.
    virtual void apply(const TableSpec& table, const VersionChanges& changes) = 0;

    /// The narrow columns of each open registration. Read the stream to its end or destroy it before the next
    /// call of this store.
    [[nodiscard]] virtual std::unique_ptr<ContactStates> open_contact_states() = 0;
    /// Full open versions of at most contact_batch registrations seen, both ascending; columns as in
    /// location_table(), and first_seen, which may be absent in a version that equals what was seen.
    [[nodiscard]] virtual Rows open_contacts(const Rows& seen) = 0;
    virtual void apply(const ContactChanges& changes) = 0;

    /// Returns the number of samples stored: those whose names were learnt.
    virtual std::size_t add_samples(const std::vector<Statistic>& statistics) = 0;
    /// CompareTurn::number for the capture after this one.
    virtual void set_compare_turn(std::uint64_t turn) = 0;

    /// Writes the ledger row and makes the capture visible. Throws CommitInDoubt when the connection broke
    /// meanwhile.
    virtual void commit(const LedgerRow& row) = 0;
    /// Takes back everything since begin().
    virtual void discard() = 0;

    /// After commit(): splits a bounded number of open versions at the newest midnight. Returns how many.
    virtual std::size_t split_at_midnight(UtcSeconds captured_at, Seconds interval) = 0;
};

struct HistoryOptions {
    /// A capture that writes more is written in several transactions: a larger one stalls the other writers
    /// of a Galera cluster (1.1 s at 100,000 rows).
    std::size_t rows_a_transaction = 5000;
};

/// The real one. Connects at once. Throws HistoryUnavailable, or SchemaError when the schema is not this
/// program's.
[[nodiscard]] std::unique_ptr<HistoryStore> make_history_store(const DatabaseSettings& settings,
                                                               HistoryOptions options = {});

} // namespace sipkeep
