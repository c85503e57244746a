// The three users can do their work, and no more than that.
#include "site.hpp"
#include "support/catch.hpp"

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

std::unique_ptr<Connection> as(const std::string& user, const std::string& password,
                               const std::string& database) {
    auto settings = shared_server().settings(database);
    settings.user = user;
    settings.password = password;
    return std::make_unique<Connection>(settings, "test");
}

void check_denied(Connection& connection, const std::string& statement) {
    INFO(statement);
    try {
        connection.execute(statement);
        FAIL_CHECK("was allowed");
    } catch (const DatabaseError& error) {
        const bool denied = error.code() == 1142 || error.code() == 1044 || error.code() == 1227 ||
                            error.code() == 1370 || error.code() == 1143;
        INFO(error.what());
        CHECK(denied);
    }
}

} // namespace

TEST_CASE("grants are printed with the passwords of the option files, when they are asked for") {
    Site& site = shared_site("printed");
    const ProgramResult without = site.sipkeep({"schema", "init", "--grants"});
    CHECK(without.out.find("secret") == std::string::npos);
    const ProgramResult with = site.sipkeep(
        {"schema", "init", "--grants", "--passwords", "--option-file", site.folder.path("owner.cnf")});
    CHECK(with.exit_code == 0);
    for (const auto& [user, password] : {std::pair<std::string, std::string>{site.reader, Secrets::reader},
                                         {site.writer, Secrets::writer},
                                         {"sipkeep_owner", Secrets::owner}})
        CHECK_THAT(with.out, ContainsSubstring("CREATE USER '" + user + "'@'localhost' IDENTIFIED BY '" +
                                               password + "';\n"));
    CHECK_THAT(
        with.out,
        ContainsSubstring("CREATE USER 'sipkeep_retain'@'localhost' IDENTIFIED BY 'choose a password';\n"));
    CHECK(site.sipkeep({"schema", "check", "--option-file", site.folder.path("owner.cnf")}).exit_code == 0);
    CHECK(site.sipkeep({"schema", "check", "--option-file", "/nowhere.cnf"}).exit_code == 2);
}

TEST_CASE("the reader reads the two live tables and can't write anything") {
    Site& site = shared_site("reader");
    const std::string history = site.history.name() + ".";
    site.live.sql().execute("CREATE TABLE IF NOT EXISTS subscriber (id INT)");
    const auto reader = as(site.reader, Secrets::reader, site.live.name());
    CHECK(reader->value("SELECT COUNT(*) FROM dialog") == "0");
    CHECK(reader->value("SELECT COUNT(*) FROM location") == "0");
    for (const char* table : {"dialog", "location"}) {
        const std::string name = table;
        check_denied(*reader, "DELETE FROM " + name);
        check_denied(*reader, "INSERT INTO " + name + " SELECT * FROM " + name);
        check_denied(*reader, "UPDATE " + name + " SET callid = ''");
        check_denied(*reader, "DROP TABLE " + name);
        check_denied(*reader, "ALTER TABLE " + name + " ADD x INT");
        check_denied(*reader, "TRUNCATE TABLE " + name);
        check_denied(*reader, "LOCK TABLES " + name + " WRITE");
    }
    check_denied(*reader, "CREATE TABLE mine (id INT)");
    check_denied(*reader, "SELECT * FROM subscriber");
    check_denied(*reader, "SELECT * FROM " + history + "capture");
    check_denied(*reader, "DELETE FROM " + history + "capture");
}

TEST_CASE("the writer can't drop, rewrite or shorten history, nor see the live tables") {
    Site& site = shared_site("writer");
    site.add_dialog(1);
    REQUIRE(site.snapshot(0).exit_code == 0);
    const auto writer = as(site.writer, Secrets::writer, site.history.name());
    for (const char* table :
         {"capture", "sample", "node", "dialog_open", "dialog_version", "dialog_ended", "location_open",
          "location_version", "location_refresh_closed", "dispatcher_version", "schema_version"}) {
        const std::string name = table;
        check_denied(*writer, "DROP TABLE " + name);
        check_denied(*writer, "TRUNCATE TABLE " + name);
    }
    for (const char* table :
         {"sample", "dialog_version", "location_version", "location_refresh_closed", "dispatcher_version",
          "cdr_minute", "cdr_endpoint_hour", "acc_history", "missed_calls_history"}) {
        const std::string name = table;
        check_denied(*writer, "ALTER TABLE " + name + " DROP PARTITION p_begin");
        check_denied(*writer, "ALTER TABLE " + name + " TRUNCATE PARTITION p_begin");
        check_denied(*writer, "RENAME TABLE " + name + " TO away");
    }
    check_denied(*writer, "UPDATE capture SET error = NULL");
    check_denied(*writer, "UPDATE sample SET value = 9");
    check_denied(*writer, "UPDATE location_refresh_closed SET expires = 9");
    check_denied(*writer, "UPDATE acc_history SET callid = 'x'");
    check_denied(*writer, "DELETE FROM acc_history");
    check_denied(*writer, "DELETE FROM missed_calls_history");
    for (const char* sums : {"cdr_minute", "cdr_hour", "cdr_endpoint_hour", "cdr_endpoint_day",
                             "cdr_endpoint_week", "cdr_failure_minute"})
        check_denied(*writer, std::string("DELETE FROM ") + sums);
    check_denied(*writer, "DELETE FROM acc_taken");
    check_denied(*writer, "DELETE FROM sample");
    check_denied(*writer, "DELETE FROM sample_day");
    check_denied(*writer, "DELETE FROM sample_late");
    check_denied(*writer, "UPDATE sample_day SET samples = 9");
    check_denied(*writer, "INSERT INTO retention_task (task) VALUES ('x')");
    check_denied(*writer, "DELETE FROM kept_day");
    check_denied(*writer, "UPDATE forgotten SET finished_at = NULL");
    check_denied(*writer, "DELETE FROM capture");
    check_denied(*writer, "DELETE FROM node");
    check_denied(*writer, "DELETE FROM statistic");
    check_denied(*writer, "INSERT INTO schema_version VALUES ('x', 1)");
    check_denied(*writer, "DROP VIEW dialog_history");
    check_denied(*writer, "CREATE TABLE mine (id INT)");
    check_denied(*writer, "SELECT * FROM " + site.live.name() + ".dialog");
}

TEST_CASE("retention's user puts rows back, and can't change what it need not") {
    Site& site = shared_site("retain");
    site.add_dialog(1);
    REQUIRE(site.snapshot(0).exit_code == 0);
    const auto retain = as("sipkeep_retain", Secrets::owner, site.history.name());
    for (const std::string table :
         {"capture", "location_version", "location_refresh_closed", "dispatcher_version", "cdr_minute",
          "cdr_endpoint_hour", "cdr_hour", "cdr_endpoint_day", "cdr_failure_minute", "acc_history",
          "missed_calls_history"})
        retain->execute("INSERT INTO " + table + " SELECT * FROM " + table + " WHERE node_id = 0");
    // The server computes a column of its.
    retain->execute("INSERT INTO dialog_version (node_id, valid_from, dlg_id, began) "
                    "SELECT node_id, valid_from, dlg_id, began FROM dialog_version WHERE node_id = 0");
    for (const std::string table : {"capture", "location_refresh_closed", "dispatcher_version"})
        check_denied(*retain, "UPDATE " + table + " SET node_id = 9");
    for (const std::string table : {"node", "statistic", "acc_taken", "dialog_open", "schema_version"})
        check_denied(*retain, "DELETE FROM " + table);
    check_denied(*retain, "UPDATE node SET node = 'x'");
    check_denied(*retain, "UPDATE statistic SET kind = 'gauge'");
    check_denied(*retain, "INSERT INTO dialog_open SELECT * FROM dialog_open");
    check_denied(*retain, "CREATE TABLE mine (id INT)");
    check_denied(*retain, "SELECT * FROM " + site.live.name() + ".dialog");
}

TEST_CASE(
    "the writer's privileges suffice for every kind of change, and for the partitions of a later month") {
    Site site("later");
    for (const int id : {1, 2, 3}) {
        site.add_dialog(id);
        site.add_contact(id);
    }
    REQUIRE(site.snapshot(0).exit_code == 0);
    site.remove_dialog(1);
    site.remove_contact(1);
    site.live.sql().execute("UPDATE dialog SET state = 5 WHERE dlg_id = 2");
    site.live.sql().execute("UPDATE location SET cseq = cseq + 1 WHERE contact_id = 2");
    site.live.sql().execute("UPDATE location SET last_modified = '2026-11-22 11:00:00', socket = 'tcp:x' "
                            "WHERE contact_id = 3");
    site.mi.result("ds_list", R"({"PARTITIONS":[]})");
    const ProgramResult change = site.snapshot(1);
    CHECK(change.err == "");
    CHECK(change.exit_code == 0);
    CHECK(site.ledger("opened, closed, refreshed") == "10|0|0\n2|8|1\n");

    site.add_dialog(9);
    const ProgramResult later = site.snapshot(30 * 24 * 60);
    CHECK(later.err == "");
    CHECK(later.exit_code == 0);
    CHECK(site.history.rows("SELECT COUNT(*) FROM information_schema.partitions WHERE table_schema = '" +
                            site.history.name() +
                            "' AND table_name = 'sample' AND partition_description > QUOTE('" +
                            site.datetime(30 * 24 * 60) + "')") != "0\n");
}

TEST_CASE("a capture that was cut off is taken back with the writer's privileges") {
    Site& site = shared_site("cutoff");
    site.add_dialog(1);
    site.add_contact(1);
    REQUIRE(site.snapshot(0).exit_code == 0);
    // As a process leaves it that died between two transactions of one capture.
    site.history.sql().execute("UPDATE node SET pending_at = '" + site.datetime(1) +
                               "', pending_run = REPEAT('0', 32) WHERE node = 'cutoff'");
    const std::string of_node = " WHERE node_id = (SELECT node_id FROM node WHERE node = 'cutoff')";
    const std::string at = "'" + site.datetime(1) + "'";
    site.history.sql().execute("UPDATE dialog_version SET callid = 'torn', began = " + at +
                               ", valid_from = " + at + of_node);
    site.history.sql().execute("UPDATE dialog_open SET valid_from = " + at + of_node);
    const ProgramResult next = site.snapshot(2);
    CHECK(next.err == "");
    CHECK(next.exit_code == 0);
    CHECK(site.history.rows(
              "SELECT callid, valid_from FROM dialog_history JOIN node USING (node_id) WHERE node "
              "= 'cutoff'") == "call1|" + site.datetime(2) + "\n");
}
