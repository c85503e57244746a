#include "backfill_captures.hpp"

#include "sipkeep/app/redactor.hpp"
#include "sipkeep/core/error.hpp"

#include "configured.hpp"

#include <nlohmann/json.hpp>

namespace sipkeep {

namespace {

/// What goes on, and what is counted meanwhile.
std::pair<const char*, const char*> progress_of(BackfillOptions::Kind kind) {
    using Kind = BackfillOptions::Kind;
    if (kind == Kind::dump) return {"backfill dump", "bytes"};
    if (kind == Kind::ocp) return {"backfill ocp", "minutes"};
    return {"backfill spool", "captures"};
}

std::string counts_of(const LedgerRow& row) {
    std::string text;
    const auto add = [&text](const std::optional<std::uint64_t>& count, const char* what) {
        if (count) text += (text.empty() ? ": " : ", ") + std::to_string(*count) + " " + what;
    };
    add(row.dialogs, "dialogs");
    add(row.contacts, "contacts");
    add(row.samples, "samples");
    return text;
}

} // namespace

CaptureBackfill::CaptureBackfill(const GlobalOptions& options, const BackfillOptions& backfill,
                                 const Environment& env, const std::string& provenance)
    : options_(options), env_(env), provenance_(provenance),
      log_(env.err, log_threshold(options.quiet, options.verbose), env.journald),
      config_(load_config(options.config_file, {options.node, env.credentials_directory})),
      plan_(plan_of(config_)), progress_(env.err, progress_style(options, env),
                                         progress_of(backfill.kind).first, progress_of(backfill.kind).second),
      errors_(log_, progress_, backfill.on_error),
      past_(make_past_store(config_.history.database, config_.node,
                            {.patience = config_.interval, .read_only = options.dry_run})) {}

void CaptureBackfill::bad(const std::string& line) {
    progress_.clear();
    errors_.add(line);
}

void CaptureBackfill::warn(const std::string& line) {
    progress_.clear();
    log_.warning(line);
}

void CaptureBackfill::store(CaptureFile& file, const std::string& path) {
    if (!plan_.redactor) return store(file.capture(), file, file.contact_count(), path);
    file.capture().dialogs = plan_.redactor->rows(dialog_table(), file.capture().dialogs);
    RedactedReader redacted(file, *plan_.redactor);
    store(file.capture(), redacted, file.contact_count(), path);
}

void CaptureBackfill::store(Capture& capture, LiveReader& contacts, std::uint64_t contact_count,
                            const std::string& path) {
    const UtcSeconds at = capture.captured_at;
    if (UtcMilliseconds(at) > env_.clock.now())
        throw Error(path + ": a capture of " + to_rfc3339(at) +
                    ", which is still to come; is its time, or this machine's clock, right?");
    if (options_.dry_run) {
        BackfilledCapture would;
        would.place = past_->place_of(at);
        would.row.captured_at = at;
        if (capture.dialog == SourceStatus::ok) would.row.dialogs = capture.dialogs.size();
        if (capture.location == SourceStatus::ok) would.row.contacts = contact_count;
        if (capture.mi == SourceStatus::ok) would.row.samples = capture.statistics.statistics.size();
        return say(would, path);
    }
    try {
        say(backfill_capture(plan_, capture, contacts, provenance_, *past_,
                             [&] { return make_history_store(config_.history.database); }),
            path);
    } catch (const HistoryUnavailable&) {
        throw;
    } catch (const UnreadableCapture&) {
        throw;
    } catch (const Error& error) {
        throw Error(path + ": " + error.what());
    }
}

void CaptureBackfill::say(const BackfilledCapture& done, const std::string& path) {
    const std::string time = to_rfc3339(done.row.captured_at);
    const std::string would = options_.dry_run ? "would be " : "";
    const std::string rows = counts_of(done.row);
    progress_.clear();
    switch (done.place) {
    case PastPlace::stored:
        ++there_;
        log_.info(path + ": a capture of " + time + " is already stored; nothing to do");
        break;
    case PastPlace::newest:
        ++newest_;
        log_.info(path + ": " + would + "stored as the newest capture, " + time + rows);
        break;
    case PastPlace::past:
        ++spliced_;
        log_.info(path + ": " + would + "put in at " + time + rows);
        break;
    }
    for (const std::string& error : done.errors) bad(path + ": " + error);
}

ExitCode CaptureBackfill::finish() {
    progress_.clear();
    errors_.finish();
    if (options_.json) {
        const nlohmann::ordered_json object{{"node", config_.node},     {"dry_run", options_.dry_run},
                                            {"put_in", spliced_},       {"newest", newest_},
                                            {"already_stored", there_}, {"errors", errors_.count()}};
        env_.out << object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    } else {
        env_.out << (options_.dry_run ? "dry run, nothing stored: " : "") << spliced_ + newest_
                 << (options_.dry_run ? " captures to store, " : " captures stored, ") << there_
                 << " already there, " << errors_.count() << " not usable\n";
    }
    return errors_.code();
}

} // namespace sipkeep
