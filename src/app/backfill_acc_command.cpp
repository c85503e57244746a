#include "sipkeep/app/acc_intake.hpp"
#include "sipkeep/app/backfill.hpp"
#include "sipkeep/app/config.hpp"
#include "sipkeep/app/redactor.hpp"

#include "acc_sources.hpp"

#include <nlohmann/json.hpp>

namespace sipkeep {

namespace {

using Json = nlohmann::ordered_json;

std::string range_text(const BackfillOptions& options) {
    const auto end = [](const std::optional<UtcMilliseconds>& at) {
        return at ? to_datetime(std::chrono::floor<Seconds>(*at)) : std::string();
    };
    return end(options.from) + "/" + end(options.to) + (options.records ? "" : "/sums");
}

Json as_json(const AccTaken& taken) {
    return {{"rows", taken.seen},       {"counted", taken.counted},
            {"kept", taken.kept},       {"known", taken.known},
            {"bad", taken.bad},         {"repeated_hour", taken.repeated_hour},
            {"last_id", taken.last_id}, {"ids_began_anew", taken.ids_began_anew}};
}

std::string summary(const std::string& table, const AccTaken& taken, bool sums) {
    std::string text = table + ": " + std::to_string(taken.seen) + " rows read";
    if (sums) text += ", " + std::to_string(taken.counted) + " calls counted";
    text += ", " + std::to_string(taken.kept) + " records kept, " + std::to_string(taken.known) +
            " known already, " + std::to_string(taken.bad) + " bad";
    if (taken.repeated_hour > 0)
        text += "; " + std::to_string(taken.repeated_hour) + " calls in an hour that clocks showed twice";
    return text;
}

class AccBackfill {
public:
    AccBackfill(const GlobalOptions& global, const BackfillOptions& options, const Environment& env)
        : global_(global), options_(options), env_(env),
          log_(env.err, log_threshold(global.quiet, global.verbose), env.journald),
          config_(load_config(global.config_file, {global.node, env.credentials_directory})) {
        if (!config_.live)
            throw UsageError(config_.file + ": live: missing; backfill acc reads OpenSIPS's database");
    }

    ExitCode run() {
        CdrStore store(config_.history.database, config_.node,
                       global_.dry_run ? OpenNode::find : OpenNode::find_or_make);
        Json tables = Json::object();
        bool bad = false;
        for (const AccTable& table : acc_tables(*config_.live)) {
            if (!table.sums && !options_.records) continue;
            const AccTaken taken = take(table, store);
            bad = bad || taken.bad > 0;
            if (taken.ids_began_anew)
                log_.warning(table.source.table + ": its ids have begun anew since it was read last");
            tables[table.source.table] = as_json(taken);
            if (!global_.quiet && !global_.json)
                env_.out << (global_.dry_run ? "dry run, nothing stored: " : "")
                         << summary(table.source.table, taken, table.sums) << '\n';
        }
        if (global_.json)
            env_.out << Json{{"node", config_.node}, {"dry_run", global_.dry_run}, {"tables", tables}}.dump()
                     << '\n';
        return bad ? ExitCode::partial : ExitCode::done;
    }

private:
    AccTaken take(const AccTable& table, CdrStore& store) {
        AccReader reader(table.source);
        const std::string& name = table.source.table;
        if (table.sums)
            log_.info(name + ": caller in " + shown(reader.caller_column()) + ", callee in " +
                      shown(reader.callee_column()));
        const AccPosition position = store.position(reader.spec());
        const AccReader::Ids ids = reader.ids();
        std::uint64_t after = ids.first == 0 ? 0 : ids.first - 1;
        std::optional<UtcSeconds> newest_end;
        if (options_.resume && position.backfill_range == range_text(options_)) {
            after = std::max(after, position.backfill_id);
            newest_end = position.backfill_end;
        } else if (options_.resume && position.backfill_id > 0) {
            log_.warning(
                name + ": the last backfill had another --from, --to or --no-records; this one begins at the "
                       "first row (what is there already is left as it is)");
        }
        Progress progress(env_.err, progress_style(global_, env_), "backfill acc: " + name, "rows");
        progress.expect(ids.last - std::min(after, ids.last));
        RecordErrors errors(log_, progress, options_.on_error);
        AccIntake intake(plan(table), reader, store);
        intake.on_bad_row([&](const std::string& row) { errors.add(row); });
        intake.on_progress([&](std::uint64_t id) { progress.at(id - std::min(after, id)); });
        const AccTaken taken = intake.take(after, ids.last, newest_end);
        errors.finish();
        return taken;
    }

    [[nodiscard]] AccPlan plan(const AccTable& table) const {
        AccPlan plan;
        plan.sums = table.sums;
        plan.records = options_.records;
        plan.timezone = config_.live->timezone;
        plan.now = std::chrono::floor<Seconds>(env_.clock.now());
        if (options_.from) plan.from = std::chrono::floor<Seconds>(*options_.from);
        if (options_.to) plan.to = std::chrono::floor<Seconds>(*options_.to);
        plan.backfill = true;
        plan.backfill_range = range_text(options_);
        plan.dry_run = global_.dry_run;
        plan.redactor = make_redactor(config_);
        return plan;
    }

    [[nodiscard]] static std::string shown(const std::string& column) {
        return column.empty() ? "no column (see live.caller_column and live.callee_column)" : column;
    }

    const GlobalOptions& global_;
    const BackfillOptions& options_;
    const Environment& env_;
    Log log_;
    Config config_;
};

} // namespace

ExitCode backfill_acc_command(const GlobalOptions& global, const BackfillOptions& options,
                              const Environment& env) {
    return AccBackfill(global, options, env).run();
}

} // namespace sipkeep
