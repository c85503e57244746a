#include "configured.hpp"

#include "sipkeep/app/redactor.hpp"

#include <algorithm>

namespace sipkeep {

ArchivePlan plan_of(const Config& config) {
    ArchivePlan plan;
    plan.node = config.node;
    plan.interval = config.interval;
    plan.redactor = make_redactor(config);
    if (config.mi) {
        plan.statistics = !config.mi->statistics.none();
        plan.groups = config.mi->statistics.groups;
        plan.dispatcher = config.mi->dispatcher;
        plan.mi_timeout = config.mi->timeout;
        for (const std::string& name : config.mi->more) plan.questions.push_back(known_mi_question(name));
        plan.questions.insert(plan.questions.end(), config.mi->extra.begin(), config.mi->extra.end());
        plan.mi_budget = config.mi->budget;
        plan.list_timeout = config.mi->list_timeout;
    }
    if (config.live) {
        plan.dialog = config.live->dialog;
        plan.location = config.live->location;
        plan.location_domain = config.live->location_table;
        plan.full_compare_every = static_cast<unsigned>(config.live->full_compare_every);
    }
    plan.dialog_source = config.dialog_source;
    plan.location_source = config.location_source;
    plan.dialog = plan.dialog || config.dialog_source == TableSource::memory;
    plan.location = plan.location || config.location_source == TableSource::memory;
    return plan;
}

TransportSettings transport_of(const MiSettings& settings) {
    TransportSettings transport;
    transport.url = settings.url;
    transport.timeout =
        std::max(settings.timeout, settings.list_timeout); // each question has a deadline of its own
    transport.max_reply_bytes = settings.max_reply_bytes;
    transport.reply_dir = settings.reply_dir;
    transport.ca_file = settings.ssl_ca;
    transport.certificate_file = settings.ssl_cert;
    transport.key_file = settings.ssl_key;
    transport.verify = settings.ssl_verify;
    return transport;
}

GrantNames grant_names(const Config& config) {
    const LiveSettings live = config.live.value_or(LiveSettings{});
    GrantNames names{.live_database = live.database.database.empty() ? "opensips" : live.database.database,
                     .live_user = live.database.user.empty() ? "sipkeep_live" : live.database.user,
                     .history_database = config.history.database.database,
                     .history_user = config.history.database.user,
                     .live_tables = {live.dialog_table.empty() ? "dialog" : live.dialog_table,
                                     live.location_table.empty() ? "location" : live.location_table}};
    if (live.acc) names.live_tables.push_back(live.acc_table);
    if (live.acc && live.missed_calls) names.live_tables.push_back(live.missed_calls_table);
    return names;
}

Spool open_spool(const Config& config, FileSystem& files, SpoolAccess access) {
    return {files,
            config.spool->dir,
            config.node,
            {.max_bytes = config.spool->max_bytes, .max_files = std::size_t(config.spool->max_files)},
            config.interval,
            access};
}

} // namespace sipkeep
