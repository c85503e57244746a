#include "sipkeep/app/spooled_run.hpp"

#include "sipkeep/app/redactor.hpp"
#include "sipkeep/core/error.hpp"

#include <optional>

namespace sipkeep {

namespace {

void require(const Capture& found, const ArchivePlan& plan, const WaitingCapture& waiting,
             const std::string& path) {
    if (found.node != plan.node || found.captured_at != waiting.captured_at)
        throw UnreadableCapture(path + ": holds a capture of " + found.node + " of " +
                                to_rfc3339(found.captured_at) + ": it was renamed");
}

/// Stores one capture of the spool. Nullopt: history had it, from a commit of which nobody heard.
std::optional<ArchiveResult> replay_one(const ArchivePlan& plan, Spool& spool, HistoryStore& store,
                                        const WaitingCapture& waiting) {
    const std::string path = spool.path(waiting);
    CaptureFile file(spool.files(), path);
    require(file.capture(), plan, waiting, path);
    const NodeState before = store.open_node(plan.node, OpenNode::find_or_make);
    if (before.newest && *before.newest == waiting.captured_at) return std::nullopt;
    if (before.newest && *before.newest > waiting.captured_at)
        throw UnreadableCapture(path + ": history already holds a newer capture, of " +
                                to_rfc3339(*before.newest));
    Look look{.capture = std::move(file.capture()), .live = nullptr, .contacts = nullptr, .stopwatch = {}};
    look_through(plan, &file, look);
    // It may have been written before there were rules.
    if (plan.redactor) look.capture.dialogs = plan.redactor->rows(dialog_table(), look.capture.dialogs);
    try {
        return store_look(plan, look, before, store, {.provenance = "spool", .lost = to_text(spool.lost())});
    } catch (const UnreadableCapture&) {
        store.discard();
        throw;
    }
}

class SpooledRun {
public:
    SpooledRun(const ArchivePlan& plan, const ArchiveSources& sources, Spool& spool,
               const OpenHistory& open_history, UtcMilliseconds now)
        : plan_(plan), sources_(sources), spool_(spool), open_history_(open_history), now_(now),
          captured_at_(interval_start(now, plan.interval)),
          // The other half is for this minute's own look, whose sources may take their time.
          replay_until_(Milliseconds(plan.interval) / 2), done_by_(Milliseconds(plan.interval) * 5 / 6) {}

    SpooledResult run() {
        result_.archive.row.captured_at = captured_at_;
        if (spool_.waiting().empty())
            store_now();
        else
            queue_up();
        if (const std::size_t lost = spool_.keep_limits(); lost > 0)
            result_.archive.warnings.push_back(
                "the spool is full: " + std::to_string(lost) +
                " of its oldest captures went; lost so far: " + to_text(spool_.lost()));
        result_.archive.waiting = spool_.waiting().size();
        return result_;
    }

private:
    /// Nobody waits: straight to history, and to the spool only when that fails.
    void store_now() {
        try {
            const auto store = open_history_();
            const NodeState before = store->open_node(plan_.node, OpenNode::find_or_make);
            if (before.newest && *before.newest == captured_at_) return;
            if (before.newest && *before.newest > captured_at_)
                return refuse_capture(*store, captured_at_, *before.newest);
            seen_ = look(plan_, sources_, now_, before.mi_debt);
            take_calls(sources_, *seen_);
            result_.archive = store_look(plan_, *seen_, before, *store, {.lost = to_text(spool_.lost())});
        } catch (const ClockSteppedBack&) {
            throw;
        } catch (const Error& error) {
            fail(error);
            return spool_it();
        }
        spool_.forget_lost();
    }

    /// Older ones wait: this one takes its place behind them, and then as many go as there is time for.
    void queue_up() {
        const bool waits_already = spool_.waiting().back().captured_at == captured_at_;
        if (!waits_already) spool_it();
        try {
            const auto store = open_history_();
            ReplayResult replay = replay_spool(plan_, spool_, *store, replay_until_);
            const bool done = spool_.waiting().empty();
            ArchiveResult& archive = result_.archive;
            if (replay.last.stored && replay.last.row.captured_at == captured_at_) {
                replay.last.warnings.insert(replay.last.warnings.begin(), archive.warnings.begin(),
                                            archive.warnings.end());
                archive = std::move(replay.last);
                archive.errors.clear(); // they are among the replay's
            }
            archive.errors.insert(archive.errors.end(), replay.errors.begin(), replay.errors.end());
            archive.replayed = replay.replayed;
            if (done) {
                archive.spooled = false;
                return;
            }
            result_.failure = "history is back, and older captures go first";
            result_.code = ExitCode::spooled;
        } catch (const Error& error) {
            fail(error);
        }
    }

    void fail(const Error& error) {
        result_.failure = error.what();
        const bool away = dynamic_cast<const HistoryUnavailable*>(&error) != nullptr;
        result_.code = away ? ExitCode::spooled : error.exit_code();
    }

    void spool_it() {
        if (!seen_) seen_ = look(plan_, sources_, now_);
        seen_->contacts.reset(); // it occupies the connection
        ArchiveResult& archive = result_.archive;
        archive = {};
        archive.row.captured_at = captured_at_;
        try {
            spool_.add(seen_->capture, seen_->live, done_by_);
        } catch (const ClockSteppedBack&) {
            throw;
        } catch (const Error& error) {
            if (sources_.live != nullptr) sources_.live->finish();
            throw Error(result_.failure.empty() ? error.what()
                                                : result_.failure + "; and the capture can't wait: " +
                                                      error.what() + "; this minute is lost");
        }
        if (sources_.live != nullptr) sources_.live->finish();
        archive.errors = seen_->capture.errors;
        archive.spooled = true;
    }

    const ArchivePlan& plan_;
    const ArchiveSources& sources_;
    Spool& spool_;
    const OpenHistory& open_history_;
    UtcMilliseconds now_;
    UtcSeconds captured_at_;
    Deadline replay_until_, done_by_;
    std::optional<Look> seen_;
    SpooledResult result_;
};

} // namespace

ReplayResult replay_spool(const ArchivePlan& plan, Spool& spool, HistoryStore& store, const Deadline& until,
                          const std::function<void(const WaitingCapture&)>& said) {
    ReplayResult result;
    const std::vector<WaitingCapture> waiting = spool.waiting();
    for (const WaitingCapture& capture : waiting) {
        if (until.passed()) break;
        try {
            if (auto stored = replay_one(plan, spool, store, capture)) {
                spool.forget_lost();
                result.last = std::move(*stored);
                result.errors.insert(result.errors.end(), result.last.errors.begin(),
                                     result.last.errors.end());
            }
        } catch (const UnreadableCapture& error) {
            result.errors.push_back(std::string(error.what()) + "; it was set aside");
            spool.set_aside(capture, error.what());
            continue;
        }
        spool.remove(capture);
        ++result.replayed;
        if (said) said(capture);
    }
    return result;
}

SpooledResult archive_or_spool(const ArchivePlan& plan, const ArchiveSources& sources, Spool& spool,
                               const OpenHistory& open_history, UtcMilliseconds now) {
    return SpooledRun(plan, sources, spool, open_history, now).run();
}

} // namespace sipkeep
