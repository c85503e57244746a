#include "ledger.hpp"

#include "sipkeep/core/version.hpp"
#include "sipkeep/db/connection.hpp"

namespace sipkeep {

namespace {

std::string of_node(unsigned node_id) {
    return " WHERE node_id = " + std::to_string(node_id);
}

/// Of the newest of these captures whose source was ok; NULL without one.
std::string last(const std::string& count, const std::string& of_captures, const std::string& status) {
    return "(SELECT " + count + " FROM capture" + of_captures + " AND " + status +
           " = 'ok' ORDER BY captured_at DESC LIMIT 1)";
}

template <class Number>
void add_number(Rows& fields, const std::optional<Number>& number) {
    if (number)
        fields.add(std::to_string(*number));
    else
        fields.add(std::nullopt);
}

std::string flag_list(const std::vector<std::string>& flags) {
    std::string text;
    for (const std::string& flag : flags) text += (text.empty() ? "" : ",") + flag;
    return text;
}

} // namespace

UtcMilliseconds milliseconds_of(const std::string& text) {
    return from_datetime(text) + Milliseconds{std::stoi(text.substr(20))};
}

NodeState read_node_state(Connection& connection, unsigned node_id, const StateScope& scope) {
    const std::string of_captures =
        of_node(node_id) +
        (scope.before ? " AND captured_at < " + literal(to_datetime(*scope.before)) : std::string());
    const auto rows = [&](const std::string& count, const std::string& status) {
        return scope.rows ? last(count, of_captures, status) : std::string("NULL");
    };
    NodeState state;
    {
        auto node = connection.few(
            "SELECT compare_turn, refused_at, (SELECT MAX(captured_at) FROM capture" + of_captures + "), " +
            rows("dialogs", "dialog_status") + ", " + rows("contacts", "location_status") + ", " +
            last("captured_at", of_captures, "mi_status") + ", (SELECT mi_debt_ms FROM capture" +
            of_captures + " ORDER BY captured_at DESC LIMIT 1) FROM node" + of_node(node_id));
        while (node.next()) {
            state.compare_turn = node.number(0);
            state.refused_since = !node.null(1);
            if (!node.null(2)) state.newest = from_datetime(node.string(2));
            if (!node.null(3)) state.dialogs = node.number(3);
            if (!node.null(4)) state.contacts = node.number(4);
            if (!node.null(5)) state.newest_mi = from_datetime(node.string(5));
            if (!node.null(6)) state.mi_debt = Milliseconds{static_cast<std::int64_t>(node.number(6))};
        }
    }
    if (!scope.uptime) return state;
    auto mi =
        connection.few("SELECT started_at, uptime_s, epoch_started_at FROM capture" + of_captures +
                       " AND mi_status = 'ok' AND uptime_s IS NOT NULL ORDER BY captured_at DESC LIMIT 1");
    while (mi.next()) {
        state.mi_read_at = milliseconds_of(mi.string(0));
        state.uptime_s = static_cast<std::int64_t>(mi.number(1));
        if (!mi.null(2)) state.epoch_started_at = from_datetime(mi.string(2));
    }
    return state;
}

void write_node_state(Connection& connection, unsigned node_id,
                      const std::optional<std::uint64_t>& compare_turn) {
    std::string node = "UPDATE node SET pending_at = NULL, pending_run = NULL, refused_at = NULL";
    if (compare_turn) node += ", compare_turn = " + std::to_string(*compare_turn);
    connection.execute(node + of_node(node_id));
}

void insert_ledger_row(Connection& connection, unsigned node_id, const LedgerRow& row,
                       UtcSeconds versions_from) {
    Rows fields(44);
    fields.add(std::to_string(node_id));
    fields.add(to_datetime(row.captured_at));
    fields.add(to_datetime(row.started_at));
    fields.add(std::to_string(row.elapsed.count()));
    for (const SourceStatus status : {row.mi, row.dispatcher, row.dialog, row.location, row.acc, row.mi_rows})
        fields.add(to_string(status));
    fields.add(row.error.empty() ? Field{} : Field{row.error});
    for (const auto& number : {row.samples, row.destinations, row.dialogs, row.contacts, row.calls})
        add_number(fields, number);
    for (const auto& from : {row.dialog_from, row.location_from})
        fields.add(from ? Field(to_string(*from)) : std::nullopt);
    add_number(fields, row.dialogs_in_table);
    add_number(fields, row.dialogs_counted);
    for (const auto& number : {row.dialogs_listed, row.early, row.dialogs_kept, row.contacts_in_table})
        add_number(fields, number);
    add_number(fields, row.contacts_counted);
    for (const auto& number :
         {row.contacts_listed, row.contacts_kept, row.mi_ms, row.mi_debt_ms, row.listed, row.listed_kept})
        add_number(fields, number);
    fields.add(row.not_listed.empty() ? Field{} : Field{row.not_listed});
    for (const auto number : {row.opened, row.closed, row.refreshed, row.compared, row.found_by_compare})
        fields.add(std::to_string(number));
    fields.add(to_datetime(versions_from));
    add_number(fields, row.uptime_s);
    for (const auto& time : {row.epoch_started_at, row.mi_before}) {
        const std::string text = time ? to_datetime(*time) : std::string();
        fields.add(time ? Field(text) : std::nullopt);
    }
    fields.add(flag_list(row.flags));
    fields.add(row.provenance);
    fields.add(program_version());
    connection.insert(
        "INSERT INTO capture (node_id, captured_at, started_at, elapsed_ms, mi_status, dispatcher_status, "
        "dialog_status, location_status, acc_status, mi_row_status, error, samples, destinations, dialogs, "
        "contacts, calls, "
        "dialog_source, location_source, dialogs_in_table, dialogs_counted, dialogs_listed, early, "
        "dialogs_kept, contacts_in_table, contacts_counted, contacts_listed, contacts_kept, mi_ms, "
        "mi_debt_ms, "
        "mi_rows, mi_rows_kept, mi_rows_missed, opened, closed, "
        "refreshed, compared, found_by_compare, versions_from, uptime_s, epoch_started_at, mi_before, flags, "
        "provenance, version) "
        "VALUES",
        fields);
}

std::string in_force_by(const TableSpec& table) {
    if (table.name == location_table().name) return "contacts + COALESCE(contacts_kept, 0)";
    if (table.name == dialog_table().name) return "dialogs + COALESCE(early, 0) + COALESCE(dialogs_kept, 0)";
    return table.name == mi_row_table().name ? "mi_rows + COALESCE(mi_rows_kept, 0)" : "destinations";
}

UtcSeconds epoch_of(const NodeState& before, UtcMilliseconds now, std::int64_t uptime_s) {
    const UtcSeconds started = std::chrono::floor<Seconds>(now) - Seconds{uptime_s};
    if (!before.uptime_s || !before.mi_read_at || !before.epoch_started_at) return started;
    // A process that started after the capture before can't be up for longer than the time since. Comparing
    // starts instead would not do: OpenSIPS counts ticks, and under load they fell 9 seconds behind the clock
    // in 6 minutes.
    const auto passed = std::chrono::floor<Seconds>(now - *before.mi_read_at).count();
    const bool restarted = uptime_s < *before.uptime_s || uptime_s <= passed;
    return restarted ? started : *before.epoch_started_at;
}

} // namespace sipkeep
