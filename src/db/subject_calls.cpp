// Calls and their records: both name one Call-ID, and change together.
#include "raw_calls.hpp"
#include "subject_work.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sipkeep {

namespace {

const std::vector<KeyColumn> dialog_key{{"valid_from"}, {"dlg_id", true}};
const std::vector<KeyColumn> record_key{{"ended_at"}, {"life", true}, {"id", true}};
const std::vector<KeyColumn> call_id{{"callid"}};

/// What the operator's columns of a call record hold.
std::vector<std::string> texts_in(Field extra) {
    std::vector<std::string> texts;
    const auto object = nlohmann::json::parse(extra.value_or(""), nullptr, false);
    if (object.is_object())
        for (const auto& value : object)
            if (value.is_string()) texts.push_back(value.get<std::string>());
    return texts;
}

/// Call-IDs of a page of dialogs, each once.
Rows callids_in(const Rows& page) {
    std::unordered_set<std::string_view> distinct;
    Rows callids(1);
    for (std::size_t i = 0; i < page.size(); ++i)
        if (const Field callid = page.field(i, 3); callid && distinct.insert(*callid).second)
            callids.add(callid);
    return callids;
}

void erase_records_of(SubjectWork& work, unsigned node_id, const Rows& page) {
    const Rows callids = callids_in(page);
    for (const std::string table : {"acc_history", "missed_calls_history"})
        work.note(table, work.connection.update_each("UPDATE " + table + work.sql.forget_record() +
                                                         key_is_bound(node_id, call_id),
                                                     callids));
}

void count_records_of(SubjectWork& work, unsigned node_id, const Rows& page) {
    const Rows callids = callids_in(page);
    for (std::size_t i = 0; i < callids.size(); ++i) {
        const Field callid = callids.field(i, 0);
        // A call of many versions may be on several pages.
        if (!work.counted_calls.insert(std::hash<std::string_view>{}(*callid)).second) continue;
        for (const std::string table : {"acc_history", "missed_calls_history"})
            work.note(table,
                      work.connection
                          .number_bound("SELECT COUNT(*) FROM " + table + key_is_bound(node_id, call_id),
                                        callids[i])
                          .value_or(0));
    }
}

/// valid_from, dlg_id and whether it is open, of the calls that these records are of.
Rows calls_of(SubjectWork& work, unsigned node_id, const Rows& records) {
    Rows calls(3);
    std::string callids;
    std::string from(records.field(0, 0).value_or(""));
    for (std::size_t i = 0; i < records.size(); ++i) {
        if (const Field callid = records.field(i, 3))
            callids += (callids.empty() ? "" : ", ") + text_constant(*callid);
        if (const Field began = records.field(i, 4)) from = std::min(from, std::string(*began));
    }
    if (callids.empty()) return calls;
    const std::string to(records.field(records.size() - 1, 0).value_or(""));
    auto found = work.connection.few(
        "SELECT valid_from, dlg_id, valid_to = '9999-12-31 00:00:00' FROM dialog_version WHERE node_id = " +
        std::to_string(node_id) + " AND valid_from >= CAST(DATE(" + literal(from) +
        ") AS DATETIME) AND valid_from < " + literal(to) + " + INTERVAL 1 HOUR AND callid IN (" + callids +
        ")");
    while (found.next())
        for (std::size_t i = 0; i < calls.width(); ++i) calls.add(found.text(i));
    return calls;
}

} // namespace

void forget_dialogs(SubjectWork& work, unsigned node_id) {
    NamesByDate counted_hosts;
    const PagedRows rows{"dialog_version", dialog_key,
                         ", valid_to = '9999-12-31 00:00:00', callid, " + host_of("caller_contact") + ", " +
                             host_of("callee_contact"),
                         "(" + work.sql.is_caller() + " OR " + work.sql.is_callee() + ")"};
    each_page(work.connection, node_id, rows, [&](const Rows& page) {
        if (work.counts_only) {
            work.found.open_dialogs += work.unmark(node_id, "dialog_open", dialog_key[1], page);
            work.note("dialog_version", page.size());
            add_names(counted_hosts, page, {4, 5});
            return count_records_of(work, node_id, page);
        }
        work.changing(node_id, [&] {
            NamesByDate hosts;
            add_names(hosts, page, {4, 5});
            take_out(work, node_id, "gateway_roll_up", "gateway", hosts);
            const std::string of_key = key_is_bound(node_id, dialog_key) + " AND ";
            const Rows keys = keys_of(page, dialog_key.size());
            work.connection.update_each(
                "UPDATE dialog_version" + work.sql.forget_caller() + of_key + work.sql.is_caller(), keys);
            work.connection.update_each(
                "UPDATE dialog_version" + work.sql.forget_callee() + of_key + work.sql.is_callee(), keys);
            work.found.open_dialogs += work.unmark(node_id, "dialog_open", dialog_key[1], page);
            work.note("dialog_version", page.size());
            erase_records_of(work, node_id, page);
        });
    });
    if (work.counts_only) take_out(work, node_id, "gateway_roll_up", "gateway", counted_hosts);
}

void forget_records(SubjectWork& work, unsigned node_id, const std::string& table) {
    const PagedRows rows{table, record_key, ", callid, attempted_at, extra", work.sql.may_be_named()};
    each_page(work.connection, node_id, rows, [&](const Rows& page) {
        Rows named(page.width());
        for (std::size_t i = 0; i < page.size(); ++i) {
            const auto hash = std::hash<std::string_view>{}(page.field(i, 3).value_or(""));
            if (!work.counted_calls.contains(hash) && named_in(texts_in(page.field(i, 5)), work.subject))
                named.add(page[i]);
        }
        if (named.empty()) return;
        if (work.counts_only) return work.note(table, named.size());
        // Such a call goes by another name; it and its record must go on having one Call-ID.
        const Rows calls = calls_of(work, node_id, named);
        work.changing(node_id, [&] {
            work.connection.update_each("UPDATE dialog_version" + work.sql.forget_call() +
                                            key_is_bound(node_id, dialog_key),
                                        keys_of(calls, dialog_key.size()));
            work.found.open_dialogs += work.unmark(node_id, "dialog_open", dialog_key[1], calls);
            work.note("dialog_version", calls.size());
            work.note(table, work.connection.update_each("UPDATE " + table + work.sql.forget_record() +
                                                             key_is_bound(node_id, record_key),
                                                         keys_of(named, record_key.size())));
        });
    });
}

} // namespace sipkeep
