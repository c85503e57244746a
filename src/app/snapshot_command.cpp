#include "sipkeep/app/archive_run.hpp"
#include "sipkeep/app/commands.hpp"
#include "sipkeep/app/config.hpp"
#include "sipkeep/db/live_reader.hpp"
#include "sipkeep/sys/lock_file.hpp"
#include "sipkeep/sys/log.hpp"

#include <nlohmann/json.hpp>

namespace sipkeep {

namespace {

ArchivePlan plan_of(const Config& config) {
    ArchivePlan plan;
    plan.node = config.node;
    plan.interval = config.interval;
    if (config.mi) {
        plan.statistics = !config.mi->statistics.none();
        plan.groups = config.mi->statistics.groups;
        plan.dispatcher = config.mi->dispatcher;
        plan.mi_timeout = config.mi->timeout;
    }
    if (config.live) {
        plan.dialog = config.live->dialog;
        plan.location = config.live->location;
        plan.full_compare_every = static_cast<unsigned>(config.live->full_compare_every);
    }
    return plan;
}

std::string shown(const std::optional<std::uint64_t>& count) {
    return count ? std::to_string(*count) : "?";
}

std::string summary(const LedgerRow& row) {
    return "captured " + to_rfc3339(row.captured_at) + ": " + shown(row.samples) + " statistics, " +
           shown(row.destinations) + " destinations, " + shown(row.dialogs) + " dialogs, " +
           shown(row.contacts) + " contacts; " + std::to_string(row.opened) + " opened, " +
           std::to_string(row.closed) + " closed, " + std::to_string(row.refreshed) + " refreshed; " +
           std::to_string(row.elapsed.count()) + " ms";
}

nlohmann::ordered_json as_json(const std::string& node, const ArchiveResult& result) {
    const LedgerRow& row = result.row;
    const auto number = [](const std::optional<std::uint64_t>& count) {
        return count ? nlohmann::ordered_json(*count) : nlohmann::ordered_json(nullptr);
    };
    nlohmann::ordered_json object{
        {"node", node}, {"captured_at", to_rfc3339(row.captured_at)}, {"stored", result.stored}};
    if (!result.stored) return object;
    object["elapsed_ms"] = row.elapsed.count();
    object["mi_status"] = to_string(row.mi);
    object["dispatcher_status"] = to_string(row.dispatcher);
    object["dialog_status"] = to_string(row.dialog);
    object["location_status"] = to_string(row.location);
    object["samples"] = number(row.samples);
    object["destinations"] = number(row.destinations);
    object["dialogs"] = number(row.dialogs);
    object["contacts"] = number(row.contacts);
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

} // namespace

ExitCode snapshot_command(const GlobalOptions& options, const SnapshotOptions& snapshot,
                          const Environment& env) {
    Log log(env.err, log_threshold(options.quiet, options.verbose), env.journald);
    const Config config = load_config(options.config_file, {options.node, env.credentials_directory});
    const ArchivePlan plan = plan_of(config);
    const UtcMilliseconds now = snapshot.at.value_or(env.clock.now());
    const LockFile lock(config.lock_file);

    const auto store = make_history_store(config.history.database);
    std::unique_ptr<Transport> transport;
    std::optional<MiClient> mi;
    if (config.mi) {
        transport = make_transport(
            {.url = config.mi->url, .timeout = config.mi->timeout, .reply_dir = config.mi->reply_dir});
        mi.emplace(*transport, config.mi->url);
    }
    std::unique_ptr<LiveReader> live;
    if (config.live)
        live = make_live_reader({.database = config.live->database,
                                 .dialog_table = config.live->dialog_table,
                                 .location_table = config.live->location_table});
    const ArchiveSources sources{.mi = mi ? &*mi : nullptr, .live = live.get()};
    const ArchiveResult result = options.dry_run ? rehearse_capture(plan, sources, *store, now)
                                                 : archive_capture(plan, sources, *store, now);

    for (const std::string& error : result.errors) log.error(error);
    for (const std::string& flag : result.row.flags) log.warning("flagged: " + flag);
    for (const std::string& warning : result.warnings) log.warning(warning);
    if (options.json)
        env.out << as_json(config.node, result).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                << '\n';
    else if (options.dry_run)
        env.out << "dry run, nothing stored: " << summary(result.row) << '\n';
    else
        log.info(result.stored
                     ? summary(result.row)
                     : "capture " + to_rfc3339(result.row.captured_at) + " is already stored; nothing to do");
    return result.partial() ? ExitCode::partial : ExitCode::done;
}

} // namespace sipkeep
