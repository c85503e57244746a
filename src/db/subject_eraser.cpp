#include "sipkeep/db/subject_eraser.hpp"

#include "retention_task.hpp"
#include "subject_work.hpp"

namespace sipkeep {

namespace {

const std::vector<KeyColumn> contact_key{{"valid_from"}, {"contact_id", true}};

template <class Action>
auto guarded(SubjectWork& work, Action action) -> decltype(action()) {
    try {
        return action();
    } catch (const DatabaseError& error) {
        if (!error.lost()) work.roll_back();
        refuse_retention(error);
    } catch (...) {
        work.roll_back();
        throw;
    }
}

} // namespace

void SubjectRows::add(const SubjectRows& other) {
    for (const auto& [table, rows] : other.by_table) by_table[table] += rows;
    open_dialogs += other.open_dialogs;
    open_contacts += other.open_contacts;
}

void forget_contacts(SubjectWork& work, unsigned node_id) {
    NamesByDate counted_agents;
    const PagedRows rows{"location_version", contact_key, ", valid_to = '9999-12-31 00:00:00', user_agent",
                         work.sql.is_contact()};
    each_page(work.connection, node_id, rows, [&](const Rows& page) {
        const auto erase = [&] {
            work.found.open_contacts += work.unmark(node_id, "location_open", contact_key[1], page);
            work.note("location_version", page.size());
        };
        if (work.counts_only) {
            add_names(counted_agents, page, {3});
            return erase();
        }
        work.changing(node_id, [&] {
            NamesByDate agents;
            add_names(agents, page, {3});
            take_out(work, node_id, "agent_roll_up", "user_agent", agents);
            work.connection.update_each("UPDATE location_version" + work.sql.forget_contact() +
                                            key_is_bound(node_id, contact_key) + " AND " +
                                            work.sql.is_contact(),
                                        keys_of(page, contact_key.size()));
            erase();
        });
    });
    if (work.counts_only) take_out(work, node_id, "agent_roll_up", "user_agent", counted_agents);
}

SubjectEraser::SubjectEraser(const DatabaseSettings& settings, Subject subject,
                             std::optional<std::string> node, EraseHow how) {
    try {
        work_ = std::make_unique<SubjectWork>(settings, std::move(subject), std::move(node), how);
    } catch (const DatabaseError& error) {
        refuse_retention(error);
    }
}

SubjectEraser::~SubjectEraser() = default;

const std::vector<std::string>& SubjectEraser::nodes() const {
    return work_->nodes;
}

void SubjectEraser::begin(UtcSeconds now) {
    guarded(*work_, [&] { work_->begin(now); });
}

SubjectRows SubjectEraser::erase(const std::string& node) {
    return guarded(*work_, [&] {
        SubjectWork& work = *work_;
        const unsigned node_id = work.node_ids.at(node);
        work.found = {};
        work.counted_calls.clear();
        for (const char* table :
             {"dialog_version", "location_version", "acc_history", "missed_calls_history",
              "cdr_endpoint_hour", "cdr_endpoint_day", "cdr_endpoint_week", "cdr_minute", "cdr_hour",
              "registration_roll_up", "gateway_roll_up", "agent_roll_up", "aor_roll_up"})
            work.found.by_table[table] = 0;
        forget_dialogs(work, node_id);
        forget_aors(work, node_id);
        // While kinds of phone still tell the domain, which contacts take out.
        if (work.subject.is_domain()) forget_registrations(work, node_id);
        forget_contacts(work, node_id);
        for (const char* table : {"acc_history", "missed_calls_history"})
            forget_records(work, node_id, table);
        forget_endpoints(work, node_id);
        for (const EndpointSpan span : {EndpointSpan::day, EndpointSpan::week})
            forget_endpoint_spans(work, node_id, span);
        if (work.subject.is_domain()) forget_minutes(work, node_id);
        return work.found;
    });
}

void SubjectEraser::finish(UtcSeconds now) {
    guarded(*work_, [&] { work_->finish(now); });
}

} // namespace sipkeep
