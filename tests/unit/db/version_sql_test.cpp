// The statements that move versions, compared whole: a changed character here changes history.
#include "support/catch.hpp"
#include "version_sql.hpp"

#include <algorithm>
#include <vector>

using namespace sipkeep;

namespace {

const UtcSeconds noon = from_datetime("2026-11-22 12:00:00");
const UtcSeconds midnight_before = from_datetime("2026-11-22 00:00:00");

const std::string destination_columns = "partition_name, set_id, uri, occurrence, began, state, attr, "
                                        "description, priority, weight";
const std::string contact_columns =
    "contact_id, began, first_seen, username, domain, contact, received, path, q, callid, flags, cflags, "
    "user_agent, socket, methods, sip_instance, kv_store, attr, source, extra";
const std::string dialog_columns =
    "dlg_id, began, callid, from_uri, from_tag, to_uri, to_tag, mangled_from_uri, mangled_to_uri, "
    "caller_cseq, callee_cseq, caller_ping_cseq, callee_ping_cseq, caller_route_set, callee_route_set, "
    "caller_contact, callee_contact, caller_sock, callee_sock, state, start_time, timeout, vars, profiles, "
    "script_flags, module_flags, flags, rt_on_answer, rt_on_timeout, rt_on_hangup, source, extra, from_user, "
    "from_domain, to_user, to_domain";

} // namespace

TEST_CASE("an IN list of one and of several ids") {
    CHECK(in_list("dlg_id", std::vector<std::uint64_t>{7}) == "dlg_id IN (7)");
    CHECK(in_list("v.contact_id", std::vector<std::uint64_t>{1, 2, UINT64_MAX}) ==
          "v.contact_id IN (1,2,18446744073709551615)");
}

TEST_CASE("versions know their tables and their key") {
    CHECK(VersionSql(dialog_table(), 3).open_table() == "dialog_open");
    CHECK(VersionSql(dialog_table(), 3).version_table() == "dialog_version");
    CHECK(VersionSql(dialog_table(), 3).number_key() == "dlg_id");
    CHECK(VersionSql(location_table(), 3).number_key() == "contact_id");
    CHECK(VersionSql(dispatcher_table(), 3).number_key().empty());
    CHECK(VersionSql(dialog_table(), 3).key_is_bound() == "o.dlg_id = ?");
    CHECK(VersionSql(dispatcher_table(), 3).key_is_bound() ==
          "o.partition_name = ? AND o.set_id = ? AND o.uri = ? AND o.occurrence = ?");
}

TEST_CASE("insert_version: node, begin, keys, columns, derived ones last") {
    CHECK(VersionSql(dispatcher_table(), 3).insert_version() ==
          "INSERT INTO dispatcher_version (node_id, valid_from, " + destination_columns + ") VALUES");
    CHECK(VersionSql(location_table(), 3).insert_version() ==
          "INSERT INTO location_version (node_id, valid_from, " + contact_columns + ") VALUES");
    CHECK(VersionSql(dialog_table(), 3).insert_version() ==
          "INSERT INTO dialog_version (node_id, valid_from, " + dialog_columns + ") VALUES");
}

TEST_CASE("insert_open: node, begin, keys, and of a registration its refresh") {
    CHECK(
        VersionSql(dispatcher_table(), 3).insert_open() ==
        "INSERT INTO dispatcher_open (node_id, valid_from, partition_name, set_id, uri, occurrence) VALUES");
    CHECK(VersionSql(location_table(), 3).insert_open() ==
          "INSERT INTO location_open (node_id, valid_from, captured_at, contact_id, expires, cseq, "
          "last_modified, fingerprint) VALUES");
    CHECK(VersionSql(dialog_table(), 3).insert_open() ==
          "INSERT INTO dialog_open (node_id, valid_from, dlg_id, fingerprint) VALUES");
}

TEST_CASE("end: the version of an open row, by its whole key, if it began before") {
    CHECK(
        VersionSql(dialog_table(), 3).end(noon, "o.dlg_id IN (1)") ==
        "UPDATE dialog_open o STRAIGHT_JOIN dialog_version v ON v.node_id = o.node_id AND v.valid_from = "
        "o.valid_from AND v.dlg_id = o.dlg_id SET v.valid_to = '2026-11-22 12:00:00' WHERE o.node_id = 3 AND "
        "o.valid_from < '2026-11-22 12:00:00' AND o.dlg_id IN (1)");
    CHECK(VersionSql(dispatcher_table(), 3).end(noon, "") ==
          "UPDATE dispatcher_open o STRAIGHT_JOIN dispatcher_version v ON v.node_id = o.node_id AND "
          "v.valid_from = o.valid_from AND v.partition_name = o.partition_name AND v.set_id = o.set_id AND "
          "v.uri = o.uri AND v.occurrence = o.occurrence SET v.valid_to = '2026-11-22 12:00:00' WHERE "
          "o.node_id = 3 AND o.valid_from < '2026-11-22 12:00:00'");
}

TEST_CASE("end_at: versions of known beginnings, by their whole keys") {
    CHECK(VersionSql(dialog_table(), 3).select_begins("o.dlg_id IN (1)") ==
          "SELECT o.valid_from, o.dlg_id FROM dialog_open o WHERE o.node_id = 3 AND o.dlg_id IN (1)");
    CHECK(VersionSql(dialog_table(), 3)
              .end_at(noon, {{"2026-11-22 11:00:00", {1, 2}}, {"2026-11-22 11:30:00", {7}}}) ==
          "UPDATE dialog_version SET valid_to = '2026-11-22 12:00:00' WHERE node_id = 3 AND valid_from < "
          "'2026-11-22 12:00:00' AND ((valid_from = '2026-11-22 11:00:00' AND dlg_id IN (1,2)) OR "
          "(valid_from = "
          "'2026-11-22 11:30:00' AND dlg_id IN (7)))");
}

TEST_CASE("repeat and advance: what ends at one time goes on from another") {
    std::string of_version;
    for (std::size_t at = 0; at < contact_columns.size();) {
        const std::size_t end = std::min(contact_columns.find(", ", at), contact_columns.size());
        of_version += (of_version.empty() ? "v." : ", v.") + contact_columns.substr(at, end - at);
        at = end + 2;
    }
    CHECK(
        VersionSql(location_table(), 3).repeat(midnight_before, noon, "o.contact_id <= 9") ==
        "INSERT INTO location_version (node_id, valid_from, " + contact_columns +
            ") SELECT o.node_id, '2026-11-22 12:00:00', " + of_version +
            " FROM location_open o STRAIGHT_JOIN location_version v ON v.node_id = o.node_id AND "
            "v.valid_from = "
            "o.valid_from AND v.contact_id = o.contact_id WHERE o.node_id = 3 AND o.valid_from < '2026-11-22 "
            "00:00:00' AND o.contact_id <= 9");
    CHECK(VersionSql(dialog_table(), 3).advance(midnight_before, noon, "") ==
          "UPDATE dialog_open o SET o.valid_from = '2026-11-22 12:00:00' WHERE o.node_id = 3 AND "
          "o.valid_from < "
          "'2026-11-22 00:00:00'");
    CHECK(VersionSql(dialog_table(), 3).advance(midnight_before, noon, "o.dlg_id IN (9)") ==
          "UPDATE dialog_open o SET o.valid_from = '2026-11-22 12:00:00' WHERE o.node_id = 3 AND "
          "o.valid_from < "
          "'2026-11-22 00:00:00' AND o.dlg_id IN (9)");
}

TEST_CASE("remove_open and select_open keep to their node") {
    const VersionSql destinations(dispatcher_table(), 3);
    CHECK(destinations.remove_open("") == "DELETE o FROM dispatcher_open o WHERE o.node_id = 3");
    CHECK(destinations.remove_open(destinations.key_is_bound()) ==
          "DELETE o FROM dispatcher_open o WHERE o.node_id = 3 AND o.partition_name = ? AND o.set_id = ? AND "
          "o.uri = ? AND o.occurrence = ?");
    CHECK(
        destinations.select_open("") ==
        "SELECT v.partition_name, v.set_id, v.uri, v.occurrence, v.state, v.attr, v.description, v.priority, "
        "v.weight " +
            destinations.from_open() + " WHERE o.node_id = 3");
}

TEST_CASE("refreshes: booked, superseded") {
    CHECK(
        RefreshSql(3).book(noon, "o.contact_id IN (5)") ==
        "INSERT INTO location_refresh_closed (node_id, valid_to, contact_id, captured_at, version_from, "
        "expires, cseq, last_modified) SELECT o.node_id, '2026-11-22 12:00:00', o.contact_id, o.captured_at, "
        "o.valid_from, o.expires, o.cseq, o.last_modified FROM location_open o WHERE o.node_id = 3 AND "
        "o.valid_from < '2026-11-22 12:00:00' AND o.captured_at < '2026-11-22 12:00:00' AND o.contact_id IN "
        "(5)");
    CHECK(RefreshSql::supersede_head() == "INSERT INTO location_open (node_id, valid_from, captured_at, "
                                          "contact_id, expires, cseq, last_modified) VALUES");
    CHECK(RefreshSql::supersede_tail() ==
          " ON DUPLICATE KEY UPDATE captured_at = VALUES(captured_at), expires = VALUES(expires), cseq = "
          "VALUES(cseq), last_modified = VALUES(last_modified)");
}
