// The past of one node's history: where a capture that was missed is put in afterwards.
#pragma once

#include "sipkeep/core/capture.hpp"
#include "sipkeep/core/live_reader.hpp"
#include "sipkeep/db/history_store.hpp"

#include <memory>
#include <optional>
#include <string>

namespace sipkeep {

/// Where a capture belongs among those that are stored.
enum class PastPlace : std::uint8_t {
    newest, ///< behind all of them: it goes the way of the minute run, HistoryStore
    stored, ///< a capture of that time is stored already
    past,   ///< splice() takes it
};

struct PastOptions {
    /// How long a capture of another process may be half written before it is taken for cut off: a run ends
    /// within its interval.
    Milliseconds patience{60'000};
    bool read_only =
        false; ///< for a rehearsal: neither waits nor makes the node; splice() is not to be called
};

/// Puts captures in at their place in time. History before and after stays what it was, and is divided into
/// versions as if the capture had been there when its time came. Every method throws HistoryUnavailable when
/// the server is gone, RowsRefused when it does not take the rows.
class PastStore {
public:
    PastStore() = default;
    PastStore(const PastStore&) = delete;
    PastStore& operator=(const PastStore&) = delete;
    virtual ~PastStore() = default;

    /// Waits until no other process is amid a capture, or has not been for so long that it must be dead.
    [[nodiscard]] virtual PastPlace place_of(UtcSeconds captured_at) = 0;
    /// What the captures before a time tell.
    [[nodiscard]] virtual NodeState before(const Capture& capture) = 0;
    /// Fills in the kinds of statistics that some capture of any node told.
    virtual void tell_kinds(std::vector<Statistic>& statistics) = 0;
    /// Stores a capture of the past in one transaction, which holds the node's row: the minute run waits, and
    /// goes to the spool where it has to wait for long. `row`: all but counts and versions_from; they are
    /// filled in. `contacts`: ascending by contact_id. Holds the dialogs and some hundred registrations.
    /// Throws Error when the place is not PastPlace::past, or retention has dropped that time; SourceError
    /// when `contacts` can't be read; then nothing is stored.
    virtual void splice(const Capture& capture, ContactRows& contacts, LedgerRow& row) = 0;
};

/// Connects at once. Throws HistoryUnavailable, or SchemaError when the schema is not this program's. The
/// node is made when it is not there, unless read_only.
[[nodiscard]] std::unique_ptr<PastStore> make_past_store(const DatabaseSettings& settings,
                                                         const std::string& node, PastOptions options = {});

} // namespace sipkeep
