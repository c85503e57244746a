#include "sipkeep/app/backfill_capture.hpp"

#include "sipkeep/core/error.hpp"

namespace sipkeep {

namespace {

/// The way of the minute run.
BackfilledCapture store_newest(const ArchivePlan& plan, Capture& capture, LiveReader& contacts,
                               const LedgerNote& note, const OpenHistory& open_history) {
    const auto store = open_history();
    const NodeState before = store->open_node(plan.node, OpenNode::find_or_make);
    Look look{.capture = std::move(capture), .live = &contacts, .contacts = nullptr, .stopwatch = {}};
    try {
        const ArchiveResult stored = store_look(plan, look, before, *store, note);
        return {.place = PastPlace::newest, .row = stored.row, .errors = stored.errors};
    } catch (const HistoryUnavailable&) {
        throw; // the next run undoes what was begun
    } catch (const Error&) {
        store->discard();
        throw;
    }
}

} // namespace

BackfilledCapture backfill_capture(const ArchivePlan& plan, Capture& capture, LiveReader& contacts,
                                   const std::string& provenance, PastStore& past,
                                   const OpenHistory& open_history) {
    BackfilledCapture done;
    done.row.captured_at = capture.captured_at;
    done.place = past.place_of(capture.captured_at);
    const LedgerNote note{.provenance = provenance, .lost = ""};
    if (done.place == PastPlace::newest) return store_newest(plan, capture, contacts, note, open_history);
    if (done.place == PastPlace::stored) return done;
    NodeState before = past.before(capture);
    before.refused_since = false; // that was another one, and later
    done.row = ledger_row(capture, before, note);
    if (capture.location == SourceStatus::ok) static_cast<void>(contacts.contact_states());
    past.splice(capture, contacts, done.row);
    return done;
}

} // namespace sipkeep
