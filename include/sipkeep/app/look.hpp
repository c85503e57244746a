// Looking: what all sources show of one moment.
#pragma once

#include "sipkeep/core/capture.hpp"
#include "sipkeep/core/live_reader.hpp"
#include "sipkeep/mi/mi_client.hpp"
#include "sipkeep/mi/mi_question.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sipkeep {

class Redactor;

/// What to look at, and how.
struct ArchivePlan {
    std::string node;
    Seconds interval{60};
    bool statistics = true;
    std::vector<std::string> groups; ///< empty: all
    bool dispatcher = true;
    bool dialog = true;
    bool location = true;
    TableSource dialog_source = TableSource::automatic;
    TableSource location_source = TableSource::automatic;
    std::string location_domain = "location"; ///< of usrloc, as its table
    unsigned full_compare_every = 60;
    Milliseconds mi_timeout{2000};              ///< for each of statistics and dispatcher
    std::vector<MiQuestion> questions;          ///< of mi.more and mi.extra
    std::optional<Milliseconds> mi_budget;      ///< of MI's time for a look; absent: as long as it takes
    Milliseconds list_timeout{10000};           ///< for calls and registrations over MI together
    std::shared_ptr<const Redactor> redactor{}; ///< of what is spooled and kept; null: it is kept as it is
};

/// What a run took from the accounting tables. It is in history already: rows there wait for whoever comes,
/// so they are no part of a capture, and never of the spool.
struct CallsTaken {
    std::uint64_t counted = 0;
    std::vector<std::string> impossible; ///< one line a row that can't be
    std::vector<std::string> warnings;
};

/// Where to look; an absent one switches its sources off.
struct ArchiveSources {
    MiClient* mi = nullptr;
    LiveReader* live = nullptr;
    std::function<CallsTaken()> take_calls{};  ///< throws Error
    std::function<void(const Capture&)> saw{}; ///< hears what each look brought
};

/// What one look brought, redacted. The registrations are still behind `live`, in the snapshot of the same
/// moment.
struct Look {
    Capture capture;
    LiveReader* live = nullptr;
    std::unique_ptr<ContactStates> contacts; ///< opened by the look, and not yet read
    std::unique_ptr<LiveReader> joined{};    ///< what `live` is, or reads from: tables and memory
    std::unique_ptr<LiveReader> redacted{};  ///< what `live` is, where there is something to redact
    SourceStatus acc = SourceStatus::off;
    CallsTaken calls{};
    Stopwatch stopwatch; ///< runs since the look began
};

/// Lets the look see `live` as `redact` of the configuration wants it kept.
void look_through(const ArchivePlan& plan, LiveReader* live, Look& look);

/// Asks every source. One that fails is marked, and its error said in the capture.
/// `mi_debt`: how far the looks before have overdrawn the budget; while they have, what costs MI much is not
/// asked.
[[nodiscard]] Look look(const ArchivePlan& plan, const ArchiveSources& sources, UtcMilliseconds now,
                        Milliseconds mi_debt = Milliseconds{0});

/// Takes new calls, for a look that history is about to take. A failure marks the source.
void take_calls(const ArchiveSources& sources, Look& look);

/// The line that the ledger keeps of a failure: valid UTF-8, of bounded length, without control characters.
[[nodiscard]] std::string ledger_line(const std::string& reason);

} // namespace sipkeep
