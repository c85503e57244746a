// What the ledger says of a capture before it is stored.
#include "sipkeep/app/archive_run.hpp"

#include <algorithm>

namespace sipkeep {

namespace {

/// What OpenSIPS counts and lists of its calls and registrations, and how many are in its tables.
void cross_check(const Capture& capture, LedgerRow& row) {
    row.dialogs_counted = capture.dialog_look.counted;
    row.contacts_counted = capture.location_look.counted;
    if (capture.dialog == SourceStatus::ok) {
        std::uint64_t early = 0;
        std::uint64_t in_table = 0;
        for (std::size_t i = 0; i < capture.dialogs.size(); ++i) {
            if (!is_answered_call(capture.dialogs[i])) ++early;
            if (!is_from_memory(dialog_table(), capture.dialogs[i])) ++in_table;
        }
        row.dialog_from = capture.dialog_look.from.value_or(ReadFrom::table);
        row.dialogs_listed = capture.dialog_look.in_memory;
        if (row.dialogs_listed) row.early = early;
        if (row.dialog_from != ReadFrom::memory) row.dialogs_in_table = in_table;
    }
    if (capture.location == SourceStatus::ok) {
        row.location_from = capture.location_look.from.value_or(ReadFrom::table);
        row.contacts_listed = capture.location_look.in_memory;
    }
}

void judge_statistics(const Capture& capture, const NodeState& before, LedgerRow& row) {
    const StatisticsCapture& seen = capture.statistics;
    row.uptime_s = seen.uptime_s;
    if (seen.uptime_s) row.epoch_started_at = epoch_of(before, capture.started_at, *seen.uptime_s);
    if (!seen.unreadable.empty()) row.flags.emplace_back("unreadable_statistic");
    const auto below_zero = [](const Statistic& s) {
        return s.flag == SampleFlag::negative || s.flag == SampleFlag::negative_rounded;
    };
    if (std::any_of(seen.statistics.begin(), seen.statistics.end(), below_zero))
        row.flags.emplace_back("negative_statistic");
}

} // namespace

LedgerRow ledger_row(const Capture& capture, const NodeState& before, const LedgerNote& note) {
    LedgerRow row;
    row.captured_at = capture.captured_at;
    row.started_at = capture.started_at;
    row.mi = capture.mi;
    row.dispatcher = capture.dispatcher;
    row.dialog = capture.dialog;
    row.location = capture.location;
    row.mi_rows = capture.mi_rows;
    for (const std::string& name : capture.not_listed)
        row.not_listed += (row.not_listed.empty() ? "" : ",") + name;
    if (capture.thinned) row.flags.emplace_back("mi_thinned");
    cross_check(capture, row);
    if (capture.mi_busy) row.mi_ms = static_cast<std::uint64_t>(capture.mi_busy->count());
    for (const std::string& error : capture.errors) row.error += (row.error.empty() ? "" : "\n") + error;
    row.provenance = note.provenance;
    if (!note.lost.empty()) {
        row.flags.emplace_back("captures_lost");
        row.error += (row.error.empty() ? "" : "\n") + ledger_line("spool: lost " + note.lost);
    }
    if (before.refused_since) row.flags.emplace_back("clock_stepped_back");
    if (row.mi == SourceStatus::ok) {
        row.mi_before = before.newest_mi;
        judge_statistics(capture, before, row);
    }
    return row;
}

} // namespace sipkeep
