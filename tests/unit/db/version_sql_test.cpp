// The statements that move versions, compared whole: a changed character here changes history.
#include "support/catch.hpp"
#include "version_sql.hpp"

#include <vector>

using namespace sipkeep;

namespace {

const UtcSeconds noon = from_datetime("2026-11-22 12:00:00");
const UtcSeconds midnight_before = from_datetime("2026-11-22 00:00:00");

const std::string destination_columns = "partition_name, set_id, uri, occurrence, began, state, attr, "
                                        "description, priority, weight";
const std::string contact_columns =
    "contact_id, began, first_seen, username, domain, contact, received, path, q, callid, flags, cflags, "
    "user_agent, socket, methods, sip_instance, kv_store, attr, extra";
const std::string dialog_columns =
    "dlg_id, began, callid, from_uri, from_tag, to_uri, to_tag, mangled_from_uri, mangled_to_uri, "
    "caller_cseq, callee_cseq, caller_ping_cseq, callee_ping_cseq, caller_route_set, callee_route_set, "
    "caller_contact, callee_contact, caller_sock, callee_sock, state, start_time, timeout, vars, profiles, "
    "script_flags, module_flags, flags, rt_on_answer, rt_on_timeout, rt_on_hangup, extra, from_user, "
    "from_domain, to_user, to_domain";

} // namespace

TEST_CASE("an IN list of one and of several ids") {
    CHECK(in_list("dlg_id", std::vector<std::uint64_t>{7}) == "dlg_id IN (7)");
    CHECK(in_list("v.contact_id", std::vector<std::uint64_t>{1, 2, UINT64_MAX}) ==
          "v.contact_id IN (1,2,18446744073709551615)");
}

TEST_CASE("versions know their open table and their key") {
    CHECK(VersionSql(dialog_table(), 3).open_table() == "dialog_open");
    CHECK(VersionSql(dialog_table(), 3).number_key() == "dlg_id");
    CHECK(VersionSql(location_table(), 3).number_key() == "contact_id");
    CHECK(VersionSql(dispatcher_table(), 3).number_key().empty());
    CHECK(VersionSql(dialog_table(), 3).key_is_bound() == "dlg_id = ?");
    CHECK(VersionSql(dispatcher_table(), 3).key_is_bound() ==
          "partition_name = ? AND set_id = ? AND uri = ? AND occurrence = ?");
}

TEST_CASE("insert_open: node, begin, keys, columns, derived ones last") {
    CHECK(VersionSql(dispatcher_table(), 3).insert_open() ==
          "INSERT INTO dispatcher_open (node_id, valid_from, " + destination_columns + ") VALUES");
    CHECK(VersionSql(location_table(), 3).insert_open() ==
          "INSERT INTO location_open (node_id, valid_from, " + contact_columns + ") VALUES");
    CHECK(VersionSql(dialog_table(), 3).insert_open() ==
          "INSERT INTO dialog_open (node_id, valid_from, " + dialog_columns + ") VALUES");
}

TEST_CASE("book: copies to the closed table what began before") {
    CHECK(VersionSql(dispatcher_table(), 3).book(noon, "") ==
          "INSERT INTO dispatcher_closed (node_id, valid_to, valid_from, " + destination_columns +
              ") SELECT node_id, '2026-11-22 12:00:00', valid_from, " + destination_columns +
              " FROM dispatcher_open WHERE node_id = 3 AND valid_from < '2026-11-22 12:00:00'");
    CHECK(VersionSql(location_table(), 3).book(noon, "contact_id IN (1,2)") ==
          "INSERT INTO location_closed (node_id, valid_to, valid_from, " + contact_columns +
              ") SELECT node_id, '2026-11-22 12:00:00', valid_from, " + contact_columns +
              " FROM location_open WHERE node_id = 3 AND valid_from < '2026-11-22 12:00:00' AND contact_id "
              "IN (1,2)");
    CHECK(VersionSql(dialog_table(), 3).book(noon, "dlg_id IN (1)") ==
          "INSERT INTO dialog_closed (node_id, valid_to, valid_from, " + dialog_columns +
              ") SELECT node_id, '2026-11-22 12:00:00', valid_from, " + dialog_columns +
              " FROM dialog_open WHERE node_id = 3 AND valid_from < '2026-11-22 12:00:00' AND dlg_id IN (1)");
}

TEST_CASE("advance: what was booked until one time goes on from another") {
    CHECK(VersionSql(dialog_table(), 3).advance(midnight_before, noon, "") ==
          "UPDATE dialog_open SET valid_from = '2026-11-22 12:00:00' WHERE node_id = 3 AND valid_from < "
          "'2026-11-22 00:00:00'");
    CHECK(VersionSql(dialog_table(), 3).advance(midnight_before, noon, "dlg_id IN (9)") ==
          "UPDATE dialog_open SET valid_from = '2026-11-22 12:00:00' WHERE node_id = 3 AND valid_from < "
          "'2026-11-22 00:00:00' AND dlg_id IN (9)");
}

TEST_CASE("remove_open and select_open keep to their node") {
    const VersionSql destinations(dispatcher_table(), 3);
    CHECK(destinations.remove_open("") == "DELETE FROM dispatcher_open WHERE node_id = 3");
    CHECK(destinations.remove_open(destinations.key_is_bound()) ==
          "DELETE FROM dispatcher_open WHERE node_id = 3 AND partition_name = ? AND set_id = ? AND uri = ? "
          "AND occurrence = ?");
    CHECK(destinations.select_open() ==
          "SELECT partition_name, set_id, uri, occurrence, state, attr, description, priority, weight FROM "
          "dispatcher_open WHERE node_id = 3");
}

TEST_CASE("restore: closed by the capture and not open goes back; forget_restored: only what came back") {
    const VersionSql destinations(dispatcher_table(), 3);
    CHECK(destinations.restore(noon) ==
          "INSERT INTO dispatcher_open (node_id, valid_from, " + destination_columns +
              ") SELECT c.node_id, c.valid_from, c.partition_name, c.set_id, c.uri, c.occurrence, c.began, "
              "c.state, c.attr, c.description, c.priority, c.weight FROM dispatcher_closed c LEFT JOIN "
              "dispatcher_open o ON o.node_id = c.node_id AND o.partition_name = c.partition_name AND "
              "o.set_id = c.set_id AND o.uri = c.uri AND o.occurrence = c.occurrence WHERE c.node_id = 3 AND "
              "c.valid_to = '2026-11-22 12:00:00' AND o.node_id IS NULL");
    CHECK(destinations.forget_restored(noon) ==
          "DELETE c FROM dispatcher_closed c JOIN dispatcher_open o ON o.node_id = c.node_id AND "
          "o.partition_name = c.partition_name AND o.set_id = c.set_id AND o.uri = c.uri AND o.occurrence = "
          "c.occurrence AND o.valid_from = c.valid_from WHERE c.node_id = 3 AND c.valid_to = '2026-11-22 "
          "12:00:00'");
    CHECK(VersionSql(dialog_table(), 3).forget_restored(noon) ==
          "DELETE c FROM dialog_closed c JOIN dialog_open o ON o.node_id = c.node_id AND o.dlg_id = c.dlg_id "
          "AND o.valid_from = c.valid_from WHERE c.node_id = 3 AND c.valid_to = '2026-11-22 12:00:00'");
}

TEST_CASE("refreshes: opened, booked, removed") {
    const RefreshSql refreshes(3);
    const std::string into = "INSERT INTO location_refresh_closed (node_id, contact_id, valid_to, "
                             "captured_at, expires, cseq, last_modified) ";
    CHECK(refreshes.insert_open() == "INSERT INTO location_refresh_open (node_id, captured_at, contact_id, "
                                     "expires, cseq, last_modified) VALUES");
    CHECK(refreshes.book(noon, "contact_id IN (5)") ==
          into + "SELECT node_id, contact_id, '2026-11-22 12:00:00', captured_at, expires, cseq, "
                 "last_modified FROM location_refresh_open WHERE node_id = 3 AND captured_at < '2026-11-22 "
                 "12:00:00' AND contact_id IN (5)");
    CHECK(refreshes.book_with_versions(noon, "contact_id > 7") ==
          into +
              "SELECT r.node_id, r.contact_id, '2026-11-22 12:00:00', r.captured_at, r.expires, r.cseq, "
              "r.last_modified FROM location_open JOIN location_refresh_open r USING (node_id, contact_id) "
              "WHERE node_id = 3 AND valid_from < '2026-11-22 12:00:00' AND r.captured_at < '2026-11-22 "
              "12:00:00' AND contact_id > 7");
    CHECK(refreshes.remove_open("") == "DELETE FROM location_refresh_open WHERE node_id = 3");
    CHECK(refreshes.remove_open("contact_id IN (5)") ==
          "DELETE FROM location_refresh_open WHERE node_id = 3 AND contact_id IN (5)");
}

TEST_CASE("refreshes: what a capture that never became visible superseded is in force again") {
    const RefreshSql refreshes(3);
    CHECK(refreshes.revert(noon) ==
          "UPDATE location_refresh_open o JOIN location_refresh_closed c ON c.node_id = o.node_id AND "
          "c.contact_id = o.contact_id AND c.valid_to = '2026-11-22 12:00:00' SET o.captured_at = "
          "c.captured_at, o.expires = c.expires, o.cseq = c.cseq, o.last_modified = c.last_modified WHERE "
          "o.node_id = 3 AND o.captured_at = '2026-11-22 12:00:00'");
    CHECK(refreshes.restore(noon) ==
          "INSERT INTO location_refresh_open (node_id, contact_id, captured_at, expires, cseq, "
          "last_modified) SELECT c.node_id, c.contact_id, c.captured_at, c.expires, c.cseq, c.last_modified "
          "FROM location_open v JOIN location_refresh_closed c ON c.node_id = v.node_id AND c.contact_id = "
          "v.contact_id AND c.valid_to = '2026-11-22 12:00:00' LEFT JOIN location_refresh_open o ON "
          "o.node_id = v.node_id AND o.contact_id = v.contact_id WHERE v.node_id = 3 AND o.node_id IS NULL");
    CHECK(refreshes.forget_restored(noon) ==
          "DELETE c FROM location_refresh_closed c JOIN location_refresh_open o ON o.node_id = c.node_id AND "
          "o.contact_id = c.contact_id AND o.captured_at = c.captured_at WHERE c.node_id = 3 AND c.valid_to "
          "= '2026-11-22 12:00:00'");
}
