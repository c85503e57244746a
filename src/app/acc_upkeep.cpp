#include "acc_upkeep.hpp"

#include "sipkeep/app/acc_intake.hpp"
#include "sipkeep/app/redactor.hpp"

#include "acc_sources.hpp"

#include <algorithm>

namespace sipkeep {

namespace {

/// The capture's own waits must still fit into the interval.
DatabaseSettings impatient(DatabaseSettings settings) {
    settings.connect_timeout = std::min(settings.connect_timeout, Milliseconds{2000});
    settings.read_timeout = std::min(settings.read_timeout, Milliseconds{4000});
    return settings;
}

void take_new_rows(const AccTable& table, const Config& config, UtcSeconds now, CdrStore& store,
                   CallsTaken& calls) {
    AccReader reader(table.source);
    const AccPosition position = store.position(reader.spec());
    const AccReader::Ids ids = reader.ids();
    if (ids.last == 0) return;
    AccPlan plan;
    plan.sums = table.sums;
    plan.records = config.live->acc_records;
    plan.timezone = config.live->timezone;
    plan.now = now;
    plan.redactor = make_redactor(config);
    plan.most_tries = 5; // a run has no time to wait; what is left, the next one takes
    // Lower ids than before: rows were deleted, or the ids began anew. The witnesses tell which.
    plan.newest_id = ids.last < position.newest_id ? 0 : position.newest_id;
    plan.said_above = plan.newest_id;
    std::uint64_t after = plan.newest_id - std::min(plan.newest_id, acc_overlap);
    if (position.newest_id == 0)
        after = std::max(ids.first - 1, ids.last - std::min(ids.last, acc_rows_a_run));
    AccIntake intake(plan, reader, store);
    intake.on_bad_row([&](const std::string& row) { calls.impossible.push_back(row); });
    const AccTaken taken = intake.take(after, ids.last, position.newest_end, acc_rows_a_run + acc_overlap);
    if (table.sums) calls.counted += taken.counted;
    if (taken.ids_began_anew)
        calls.warnings.push_back(table.source.table +
                                 ": its ids have begun anew; rows from now on are taken as new ones");
}

} // namespace

CallsTaken take_new_calls(const Config& config, UtcSeconds now) {
    CallsTaken calls;
    CdrStore store(impatient(config.history.database), config.node, OpenNode::find_or_make);
    for (AccTable table : acc_tables(*config.live)) {
        if (!table.sums && !config.live->acc_records) continue;
        table.source.database = impatient(table.source.database);
        take_new_rows(table, config, now, store, calls);
    }
    return calls;
}

} // namespace sipkeep
