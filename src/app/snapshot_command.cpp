#include "sipkeep/app/archive_run.hpp"
#include "sipkeep/app/commands.hpp"
#include "sipkeep/app/config.hpp"
#include "sipkeep/app/spooled_run.hpp"
#include "sipkeep/db/live_reader.hpp"
#include "sipkeep/sys/lock_file.hpp"
#include "sipkeep/sys/log.hpp"

#include "acc_upkeep.hpp"
#include "configured.hpp"
#include "every_node.hpp"
#include "run_metrics.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sipkeep {

namespace {

std::string shown(const std::optional<std::uint64_t>& count) {
    return count ? std::to_string(*count) : "?";
}

std::string summary(const LedgerRow& row) {
    return "captured " + to_rfc3339(row.captured_at) + ": " + shown(row.samples) + " statistics, " +
           shown(row.destinations) + " destinations, " + shown(row.dialogs) + " dialogs, " +
           shown(row.contacts) + " contacts" +
           (row.calls ? ", " + std::to_string(*row.calls) + " calls" : "") + "; " +
           std::to_string(row.opened) + " opened, " + std::to_string(row.closed) + " closed, " +
           std::to_string(row.refreshed) + " refreshed; " + std::to_string(row.elapsed.count()) + " ms";
}

nlohmann::ordered_json as_json(const std::string& node, const ArchiveResult& result) {
    const LedgerRow& row = result.row;
    const auto number = [](const std::optional<std::uint64_t>& count) {
        return count ? nlohmann::ordered_json(*count) : nlohmann::ordered_json(nullptr);
    };
    const auto source_of = [](const std::optional<ReadFrom>& from) {
        return from ? nlohmann::ordered_json(to_string(*from)) : nlohmann::ordered_json(nullptr);
    };
    nlohmann::ordered_json object{{"node", node},
                                  {"captured_at", to_rfc3339(row.captured_at)},
                                  {"stored", result.stored},
                                  {"spooled", result.spooled},
                                  {"replayed", result.replayed},
                                  {"waiting", result.waiting}};
    if (!result.stored) {
        object["errors"] = result.errors;
        return object;
    }
    object["elapsed_ms"] = row.elapsed.count();
    object["mi_status"] = to_string(row.mi);
    object["dispatcher_status"] = to_string(row.dispatcher);
    object["dialog_status"] = to_string(row.dialog);
    object["location_status"] = to_string(row.location);
    object["mi_row_status"] = to_string(row.mi_rows);
    object["acc_status"] = to_string(row.acc);
    object["dialog_source"] = source_of(row.dialog_from);
    object["location_source"] = source_of(row.location_from);
    object["samples"] = number(row.samples);
    object["destinations"] = number(row.destinations);
    object["dialogs"] = number(row.dialogs);
    object["contacts"] = number(row.contacts);
    object["calls"] = number(row.calls);
    object["early"] = number(row.early);
    object["dialogs_in_table"] = number(row.dialogs_in_table);
    object["dialogs_listed"] = number(row.dialogs_listed);
    object["contacts_in_table"] = number(row.contacts_in_table);
    object["contacts_listed"] = number(row.contacts_listed);
    object["mi_rows"] = number(row.listed);
    object["mi_rows_missed"] = row.not_listed;
    object["mi_ms"] = number(row.mi_ms);
    object["mi_debt_ms"] = number(row.mi_debt_ms);
    object["opened"] = row.opened;
    object["closed"] = row.closed;
    object["refreshed"] = row.refreshed;
    object["compared"] = row.compared;
    object["found_by_compare"] = row.found_by_compare;
    object["split_at_midnight"] = result.split_at_midnight;
    object["flags"] = row.flags;
    object["errors"] = result.errors;
    return object;
}

/// Of which tables, being empty, MI was asked unbidden.
std::string asked_unbidden(const Config& config, const LedgerRow& row) {
    std::string text;
    const auto add = [&](const char* table, const char* counted, TableSource source,
                         const std::optional<ReadFrom>& from) {
        if (source == TableSource::automatic && from == ReadFrom::both)
            text += std::string("; ") + table + ": the table is empty, though " + counted +
                    " says otherwise: read over MI as well";
    };
    add("dialog", "dialog:active_dialogs", config.dialog_source, row.dialog_from);
    add("location", "usrloc:registered_users", config.location_source, row.location_from);
    if (std::ranges::find(row.flags, "mi_thinned") != row.flags.end())
        text += "; mi.budget is overdrawn: of MI, only statistics and dispatcher were asked for";
    return text;
}

/// One line of -v.
std::string said(const ArchiveResult& result) {
    const std::string captured_at = to_rfc3339(result.row.captured_at);
    const std::string replayed =
        result.replayed == 0 ? "" : "; " + std::to_string(result.replayed) + " captures of the spool stored";
    if (result.stored) return summary(result.row) + replayed;
    if (result.spooled) return "spooled " + captured_at + replayed;
    return "capture " + captured_at + " is already stored; nothing to do" + replayed;
}

/// The spool of the configuration; without one, or when its folder can't be used (said), nothing waits.
std::optional<Spool> spool_of(const Config& config, FileSystem& files, Log& log) {
    if (!config.spool) return std::nullopt;
    try {
        return open_spool(config, files);
    } catch (const Error& error) {
        log.warning(std::string(error.what()) + "; nothing can wait there while history is away");
        return std::nullopt;
    }
}

/// All of the same minute.
ExitCode snapshot_of_each(const std::vector<Config>& nodes, const GlobalOptions& options,
                          SnapshotOptions snapshot, const Environment& env) {
    snapshot.at = snapshot.at.value_or(env.clock.now());
    const auto outcomes =
        on_every_node(nodes, options, env, [&](const GlobalOptions& of_node, const Environment& own) {
            return snapshot_command(of_node, snapshot, own);
        });
    for (const NodeOutcome& one : outcomes) env.out << one.out;
    return together(outcomes);
}

} // namespace

ExitCode snapshot_command(const GlobalOptions& options, const SnapshotOptions& snapshot,
                          const Environment& env) {
    if (!options.node)
        if (const auto nodes = load_nodes(options.config_file, {options.node, env.credentials_directory});
            !nodes.empty())
            return snapshot_of_each(nodes, options, snapshot, env);
    Log log(env.err, log_threshold(options.quiet, options.verbose), env.journald);
    const Config config = load_config(options.config_file, {options.node, env.credentials_directory});
    const ArchivePlan plan = plan_of(config);
    const UtcMilliseconds now = snapshot.at.value_or(env.clock.now());
    const LockFile lock(env.files, config.lock_file);
    RunMetrics metrics(config, now);
    const auto write_metrics = [&](ExitCode code) {
        if (config.metrics_file.empty() || options.dry_run) return;
        try {
            metrics.write(env.files, code);
        } catch (const Error& error) {
            log.warning(std::string("metrics_file: ") + error.what()); // the capture is what counts
        }
    };

    std::unique_ptr<Transport> transport;
    std::optional<MiClient> mi;
    if (config.mi) {
        transport = make_transport(transport_of(*config.mi));
        mi.emplace(*transport, config.mi->url);
    }
    std::unique_ptr<LiveReader> live;
    if (config.live)
        live = make_live_reader({.database = config.live->database,
                                 .dialog_table = config.live->dialog_table,
                                 .location_table = config.live->location_table});
    ArchiveSources sources{.mi = mi ? &*mi : nullptr, .live = live.get()};
    if (config.live && config.live->acc && !options.dry_run)
        sources.take_calls = [&] { return take_new_calls(config, std::chrono::floor<Seconds>(now)); };
    sources.saw = [&](const Capture& capture) { metrics.saw(capture); };
    const OpenHistory open_history = [&] { return make_history_store(config.history.database); };

    SpooledResult run;
    ArchiveResult& result = run.archive;
    auto spool = options.dry_run ? std::nullopt : spool_of(config, env.files, log);
    try {
        if (options.dry_run)
            result = rehearse_capture(plan, sources, *open_history(), now);
        else if (spool)
            run = archive_or_spool(plan, sources, *spool, open_history, now);
        else
            result = archive_capture(plan, sources, *open_history(), now);
    } catch (const Error& error) {
        write_metrics(error.exit_code());
        throw;
    }
    if (run.code == ExitCode::done && result.partial()) run.code = ExitCode::partial;

    metrics.ended(result);
    write_metrics(run.code);

    if (!run.failure.empty())
        log.error(run.failure + "; " + std::to_string(result.waiting) +
                  (result.waiting == 1 ? " capture waits" : " captures wait") + " in the spool");
    for (const std::string& error : result.errors) log.error(error);
    for (const std::string& flag : result.row.flags)
        if (flag != "mi_thinned") // which is as configured, and may be so each minute
            log.warning("flagged: " + flag);
    for (const std::string& warning : result.warnings) log.warning(warning);
    if (options.json)
        env.out << as_json(config.node, result).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                << '\n';
    else if (options.dry_run)
        env.out << "dry run, nothing stored: " << summary(result.row) << '\n';
    else
        log.info(said(result) + asked_unbidden(config, result.row));
    return run.code;
}

} // namespace sipkeep
