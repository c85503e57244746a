// `sipkeep export` and `import` as operators run them: a day goes away whole, and comes back as it was.
#include "retention.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

const std::vector<std::string> partitioned{"sample",
                                           "sample_day",
                                           "dialog_version",
                                           "location_version",
                                           "location_refresh_closed",
                                           "dispatcher_version",
                                           "mi_row_version",
                                           "cdr_minute",
                                           "cdr_endpoint_hour",
                                           "acc_history",
                                           "missed_calls_history"};

/// A site whose OpenSIPS keeps accounts, and who imports with retention's user.
struct Archive {
    Site site;
    int calls = 0;

    explicit Archive(const std::string& stem) : site(stem) {
        site.settings.live_more = ", acc: true";
        with_its_own_user(site);
        for (const std::string table : {"acc", "missed_calls"}) {
            site.live.load(SIPKEEP_FIXTURES "/opensips/3.6/" + table + ".sql");
            site.history.sql().execute("GRANT SELECT ON `" + site.live.name() + "`." + table + " TO '" +
                                       site.reader + "'@'localhost'");
        }
    }

    void call(int minute) {
        const std::string answer = "'" + site.datetime(minute) + "' - INTERVAL 50 SECOND";
        const std::string id = std::to_string(++calls);
        site.live.sql().execute("INSERT INTO acc VALUES (" + id + ", 'INVITE', 'f', 't', 'call" + id +
                                "', '200', 'r', " + answer + ", 50, 50000, 0, " + answer +
                                ", 'sip:1@a.org', 'sip:2@b.org')");
    }

    /// Some minutes of each of some days, in which all that is kept changes.
    void live(int days) {
        for (const int id : {1, 2, 3, 4}) site.add_contact(id);
        for (int d = 0; d < days; ++d)
            for (int m = 0; m < 4; ++m) {
                const std::string n = std::to_string(d * 4 + m);
                site.mi.counters(1000 + (d * day + m) * 60, {{"core:rcv_requests", n}, {"tm:inuse", "5"}});
                site.mi.result("ds_list", R"({"PARTITIONS":[{"name":"p","SETS":[{"id":-1,"Destinations":[)"
                                          R"({"URI":"sip:a","state":")" +
                                              std::string(m == 2 ? "Probing" : "Active") + R"("}]}]}]})");
                site.add_dialog(100 + d * 4 + m);
                if (m == 3) site.remove_dialog(100 + d * 4);
                site.live.sql().execute(
                    "UPDATE location SET cseq = cseq + 1, expires = expires + 60, last_modified = "
                    "last_modified + INTERVAL 1 MINUTE WHERE contact_id = " +
                    std::to_string(1 + m));
                site.live.sql().execute("UPDATE location SET user_agent = 'phone " + n +
                                        "', last_modified = last_modified + INTERVAL 1 MINUTE WHERE "
                                        "contact_id = 4");
                call(d * day + m);
                const ProgramResult run = site.snapshot(d * day + m);
                INFO(run.err);
                REQUIRE(run.exit_code == 0);
            }
    }

    [[nodiscard]] std::string date(int d) const { return site.datetime(d * day).substr(0, 10); }
    [[nodiscard]] std::string file(int d) const { return site.folder.path("sbc1-" + date(d) + ".sipkeep"); }
    ProgramResult export_day(int d) {
        return site.sipkeep({"export", "--day", date(d), "--out", file(d), "--at", site.at(5 * day)});
    }
    ProgramResult import_day(int d, const std::vector<std::string>& more = {}) {
        std::vector<std::string> arguments{"import", file(d), "--at", site.at(5 * day)};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return site.sipkeep(arguments);
    }
    void drop(int d) {
        std::string name = "p" + date(d);
        std::erase(name, '-');
        for (const std::string& table : partitioned)
            if (site.history.rows(
                    "SELECT 1 FROM information_schema.partitions WHERE table_schema = DATABASE() "
                    "AND table_name = '" +
                    table + "' AND partition_name = '" + name + "'") != "")
                site.history.sql().execute("ALTER TABLE " + table + " DROP PARTITION " + name);
        for (const auto& [table, column] : std::map<std::string, std::string>{
                 {"cdr_hour", "hour"}, {"cdr_endpoint_day", "day"}, {"cdr_failure_minute", "minute"}})
            site.history.sql().execute("DELETE FROM " + table + " WHERE DATE(" + column + ") = '" + date(d) +
                                       "'");
        // Nobody notes here that days were dropped, which would excuse the week.
        site.history.sql().execute("DELETE FROM cdr_endpoint_week");
        site.history.sql().execute(
            "INSERT INTO cdr_endpoint_week SELECT node_id, day - INTERVAL WEEKDAY(day) DAY AS week, number, "
            "endpoint, SUM(calls_out), SUM(calls_in), SUM(answered), SUM(failed), SUM(seconds_talked), "
            "MIN(shortest), MAX(longest) FROM cdr_endpoint_day GROUP BY node_id, week, number, endpoint");
    }
    /// As retention does, for what is added up is not derived from them any more.
    void note_samples_dropped(int before) {
        site.history.sql().execute("INSERT INTO kept_from (class, since) VALUES ('samples', '" +
                                   date(before) + "') ON DUPLICATE KEY UPDATE since = VALUES(since)");
    }
};

std::string tables_of(TestDatabase& history) {
    std::string text;
    for (const std::string table : {"capture",
                                    "sample",
                                    "sample_day",
                                    "sample_late",
                                    "dialog_version",
                                    "location_version",
                                    "location_refresh_closed",
                                    "dispatcher_version",
                                    "mi_row_version",
                                    "dialog_open",
                                    "location_open",
                                    "dispatcher_open",
                                    "cdr_minute",
                                    "cdr_endpoint_hour",
                                    "cdr_hour",
                                    "cdr_endpoint_day",
                                    "cdr_failure_minute",
                                    "acc_history",
                                    "missed_calls_history",
                                    "acc_taken",
                                    "statistic",
                                    "node"})
        text += table + "\n" + history.rows("SELECT * FROM " + table + " ORDER BY 1, 2, 3, 4");
    return text;
}

std::string views_of(TestDatabase& history, const std::string& where = "") {
    std::string text;
    for (const std::string view : {"dialog_snapshot", "location_snapshot", "statistic_rate"})
        text += view + "\n" + history.rows("SELECT * FROM " + view + where + " ORDER BY 1, 2, 3, 4, 5");
    return text + history.rows("SELECT node, captured_at, day, `group`, name, kind, value, flag FROM "
                               "statistic_sample" +
                               where + " ORDER BY 1, 2, 4, 5");
}

void check_clean(Site& site) {
    const ProgramResult verified = site.sipkeep({"verify"});
    CHECK(verified.out == "");
    CHECK(verified.err == "");
    CHECK(verified.exit_code == 0);
}

} // namespace

TEST_CASE("a day that was exported and dropped comes back as it was, packed or not") {
    Archive archive("export");
    Site& site = archive.site;
    archive.live(5);
    REQUIRE(site.sipkeep({"retain", "--at", site.at(4 * day)}).exit_code == 0); // packs days 0 and 1
    check_clean(site);
    const std::string tables = tables_of(site.history);
    const std::string views = views_of(site.history);
    for (const int d : {1, 2}) {
        const ProgramResult exported = archive.export_day(d);
        CHECK(exported.err == "");
        REQUIRE(exported.exit_code == 0);
        CHECK_THAT(exported.out, ContainsSubstring(archive.date(d) + " of node sbc1, "));
        const std::string file = bytes_of(archive.file(d));
        CHECK(file.starts_with("sipkeep day 1 {\"node\":\"sbc1\",\"day\":\"" + archive.date(d) + "\""));
        CHECK_THAT(archive.export_day(d).out, ContainsSubstring("was there already"));
        CHECK(bytes_of(archive.file(d)) == file);
    }
    CHECK(tables_of(site.history) == tables);

    for (const int d : {1, 2}) archive.drop(d);
    CHECK(tables_of(site.history) != tables);
    const ProgramResult gone = site.sipkeep(
        {"export", "--day", archive.date(1), "--out", archive.file(1) + "2", "--at", site.at(5 * day)});
    CHECK(gone.exit_code == 1);
    CHECK_THAT(gone.err, ContainsSubstring("is not whole any more"));

    const ProgramResult dry = archive.import_day(1, {"--dry-run"});
    CHECK(dry.exit_code == 0);
    CHECK_THAT(dry.out, ContainsSubstring("rows are missing"));
    CHECK(tables_of(site.history) != tables);
    for (const int d : {2, 1}) {
        const ProgramResult imported = archive.import_day(d);
        CHECK(imported.err == "");
        REQUIRE(imported.exit_code == 0);
    }
    CHECK(tables_of(site.history) == tables);
    CHECK(views_of(site.history) == views);
    check_clean(site);
    CHECK(site.history.rows("SELECT node_id, day, DATEDIFF(keep_until, '" + archive.date(5) +
                            "') FROM kept_day ORDER BY day") ==
          "1|" + archive.date(1) + "|30\n1|" + archive.date(2) + "|30\n");

    // Again: nothing to do, but that it is kept for longer.
    const ProgramResult again = archive.import_day(1, {"--keep", "60d"});
    CHECK_THAT(again.out, ContainsSubstring(", 0 of "));
    CHECK(tables_of(site.history) == tables);
    CHECK(site.history.rows("SELECT MAX(DATEDIFF(keep_until, '" + archive.date(5) + "')) FROM kept_day") ==
          "60\n");
    // What came back is exported as the same file.
    CHECK_THAT(archive.export_day(1).out, ContainsSubstring("was there already"));
    CHECK(site.snapshot(5 * day).exit_code == 0);
    check_clean(site);
}

TEST_CASE("days whose partitions, and all older ones, were dropped come back into the next one above") {
    Archive archive("export_old");
    Site& site = archive.site;
    archive.live(6);
    REQUIRE(site.sipkeep({"retain", "--at", site.at(4 * day)}).exit_code == 0);
    const std::string of_day =
        " WHERE captured_at >= '" + archive.date(1) + "' AND captured_at < '" + archive.date(2) + "'";
    const std::string views = views_of(site.history, of_day);
    REQUIRE(archive.export_day(1).exit_code == 0);
    for (const int d : {0, 1, 2}) archive.drop(d);
    archive.note_samples_dropped(3);
    check_clean(site);
    REQUIRE(archive.import_day(1).exit_code == 0);
    check_clean(site);
    // Growth since the day before is not known any more.
    const auto without_growth = [](const std::string& text) {
        return text.substr(0, text.find("statistic_rate"));
    };
    CHECK(without_growth(views_of(site.history, of_day)) == without_growth(views));
    CHECK(site.sipkeep({"retain", "--at", site.at(5 * day)}).err == "");
    check_clean(site);
    CHECK_THAT(archive.import_day(1).out, ContainsSubstring(", 0 of "));

    // The partition that holds it goes, and with it what is not partitioned.
    for (const int d : {1, 3}) archive.drop(d);
    archive.note_samples_dropped(4);
    check_clean(site);
}

TEST_CASE("retention leaves imported days until their time is over, and drops what it held back for them") {
    Archive archive("export_retain");
    Site& site = archive.site;
    archive.live(6);
    const auto retain = [&](int d) {
        const ProgramResult result = site.sipkeep({"retain", "--at", site.at(d * day), "--json"});
        INFO(result.err);
        REQUIRE(result.exit_code == 0);
        return nlohmann::json::parse(result.out);
    };
    static_cast<void>(retain(4));
    const std::string of_day =
        " WHERE captured_at >= '" + archive.date(1) + "' AND captured_at < '" + archive.date(2) + "'";
    const auto snapshots = [&] {
        return site.history.rows("SELECT * FROM location_snapshot" + of_day + " ORDER BY 1, 2, 3") +
               site.history.rows("SELECT * FROM dialog_snapshot" + of_day + " ORDER BY 1, 2, 3");
    };
    const std::string before = snapshots();
    REQUIRE(archive.export_day(1).exit_code == 0);

    site.settings.more = "retention: { option_file: " + site.folder.path("retain.cnf") +
                         ", samples: 3d, dialog: 3d, location: 3d, refresh: 3d, dispatcher: 3d, calls: 3d, "
                         "records: 3d }\n";
    CHECK(retain(5)["partitions_dropped"] > 0);
    check_clean(site);
    CHECK(site.history.rows("SELECT COUNT(*) FROM dialog_snapshot" + of_day) == "0\n");
    REQUIRE(archive.import_day(1, {"--keep", "4d"}).exit_code == 0);
    CHECK(snapshots() == before);
    check_clean(site);

    CHECK(retain(7)["partitions_kept"] > 0);
    CHECK(snapshots() == before);
    check_clean(site);
    site.add_dialog(1000);
    for (const int d : {8, 10, 11}) REQUIRE(site.snapshot(d * day).exit_code == 0);
    CHECK(retain(11)["partitions_dropped"] > 0);
    CHECK(site.history.rows("SELECT COUNT(*) FROM location_version WHERE valid_from < '" + archive.date(3) +
                            "'") == "0\n");
    CHECK(site.history.rows("SELECT COUNT(*) FROM kept_day") == "0\n");
    check_clean(site);
}

TEST_CASE("another history takes days with their captures, and learns the node") {
    Archive archive("export_from");
    archive.live(4);
    REQUIRE(archive.site.sipkeep({"retain", "--at", archive.site.at(3 * day)}).exit_code == 0);
    for (const int d : {0, 2}) REQUIRE(archive.export_day(d).exit_code == 0);
    const auto part = [&](TestDatabase& history, int d) {
        const std::string of_day =
            " WHERE captured_at >= '" + archive.date(d) + "' AND captured_at < '" + archive.date(d + 1) + "'";
        std::string text;
        for (const std::string view : {"dialog_snapshot", "location_snapshot"})
            text += history.rows("SELECT * FROM " + view + of_day + " ORDER BY 1, 2, 3, 4, 5");
        text += history.rows("SELECT node, captured_at, day, `group`, name, kind, value, flag FROM "
                             "statistic_sample" +
                             of_day + " ORDER BY 1, 2, 4, 5");
        return text + history.rows("SELECT * FROM capture" + of_day + " ORDER BY captured_at");
    };
    Site other("export_to");
    other.settings.more = "retention: { option_file: " + other.folder.path("retain.cnf") + " }\n";
    for (const int d : {2, 0}) {
        const ProgramResult imported =
            other.sipkeep({"import", archive.file(d), "--at", archive.site.at(6 * day)});
        CHECK(imported.err == "");
        REQUIRE(imported.exit_code == 0);
        CHECK(part(other.history, d) == part(archive.site.history, d));
    }
    check_clean(other);
    // The node goes on there.
    REQUIRE(other.snapshot(7 * day).exit_code == 0);
    REQUIRE(other.snapshot(8 * day).exit_code == 0);
    check_clean(other);
    REQUIRE(other.sipkeep({"retain", "--at", archive.site.at(6 * day)}).exit_code == 0);
    CHECK(other.history.rows("SELECT COUNT(DISTINCT day) FROM sample_day") == "2\n");
    for (const int d : {0, 2}) CHECK(part(other.history, d) == part(archive.site.history, d));
    CHECK_THAT(other.sipkeep({"import", archive.file(0), "--node", "sbc9"}).err,
               ContainsSubstring("is a day of node sbc1, not of sbc9"));
}

TEST_CASE("a day that may still change, or is not there, is not exported") {
    Archive archive("export_refused");
    Site& site = archive.site;
    archive.live(2);
    const auto complaint = [&](const std::string& date, const std::string& at) {
        const ProgramResult result =
            site.sipkeep({"export", "--day", date, "--out", archive.file(0), "--at", at});
        CHECK(result.exit_code == 1);
        CHECK(result.out == "");
        CHECK(lines_of(result.err) == 1);
        return result.err;
    };
    CHECK_THAT(complaint(archive.date(1), site.at(day + 5)), ContainsSubstring("is not over"));
    CHECK_THAT(complaint(archive.date(1), site.at(2 * day)), ContainsSubstring("nobody has looked"));
    CHECK_THAT(complaint("2020-01-01", site.at(2 * day)), ContainsSubstring("has nothing in this history"));
    site.history.sql().execute("UPDATE location_open SET valid_from = '" + archive.date(0) + "'");
    CHECK_THAT(complaint(archive.date(0), site.at(2 * day)), ContainsSubstring("is still being split"));
    site.history.sql().execute("UPDATE node SET pending_at = '" + site.datetime(2) + "'");
    CHECK_THAT(complaint(archive.date(0), site.at(2 * day)), ContainsSubstring("is being written"));
    CHECK_THAT(site.sipkeep({"export", "--day", archive.date(0), "--node", "sbc9"}).err,
               ContainsSubstring("node sbc9 has no history here"));
    CHECK(bytes_of(archive.file(0)) == "");
}

TEST_CASE("a file that is there is not overwritten") {
    Archive archive("export_there");
    archive.live(2);
    static_cast<void>(archive.site.folder.write("sbc1-" + archive.date(0) + ".sipkeep", "mine\n"));
    const ProgramResult refused = archive.export_day(0);
    CHECK(refused.exit_code == 1);
    CHECK_THAT(refused.err, ContainsSubstring("is there already and holds something else"));
    CHECK(bytes_of(archive.file(0)) == "mine\n");
}

TEST_CASE("a day that differs from the history's is refused whole") {
    Archive archive("import_differs");
    Site& site = archive.site;
    archive.live(3);
    REQUIRE(archive.export_day(1).exit_code == 0);
    REQUIRE(archive.export_day(0).exit_code == 0);
    archive.drop(1);
    const auto complaint = [&](int d = 1) {
        const std::string before = tables_of(site.history);
        const ProgramResult result = archive.import_day(d);
        CHECK(result.exit_code == 1);
        CHECK(result.out == "");
        CHECK(lines_of(result.err) == 1);
        CHECK_THAT(result.err, ContainsSubstring(archive.file(d)));
        CHECK(tables_of(site.history) == before);
        CHECK(site.history.rows("SELECT COUNT(*) FROM kept_day") == "0\n");
        return result.err;
    };
    const std::string of_day = " WHERE captured_at = '" + site.datetime(day) + "'";
    site.history.sql().execute("UPDATE capture SET opened = opened + 1" + of_day);
    CHECK_THAT(complaint(), ContainsSubstring("another row of capture: captured_at " + site.datetime(day) +
                                              " differs in opened"));
    site.history.sql().execute("UPDATE capture SET opened = opened - 1" + of_day);
    site.history.sql().execute(
        "INSERT INTO cdr_minute SELECT node_id, '" + site.datetime(day + 700) +
        "', domain, direction, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, '' FROM cdr_minute "
        "LIMIT 1");
    CHECK_THAT(complaint(), ContainsSubstring("a row of cdr_minute that the file has not"));
    site.history.sql().execute("DELETE FROM cdr_minute WHERE minute = '" + site.datetime(day + 700) + "'");
    site.history.sql().execute("INSERT INTO sample SELECT node_id, statistic_id, '" + site.datetime(day) +
                               "', 12345, 0 FROM sample LIMIT 1");
    CHECK_THAT(complaint(), ContainsSubstring("another sample of core:"));
    site.history.sql().execute("DELETE FROM sample WHERE value = 12345");
    site.history.sql().execute("UPDATE dialog_version SET state = 9 WHERE dlg_id = 101");
    CHECK_THAT(complaint(0), ContainsSubstring("differs in state"));
    CHECK(archive.import_day(1).exit_code == 0);
}

TEST_CASE("a damaged file changes nothing, wherever the damage is") {
    Archive archive("import_damaged");
    Site& site = archive.site;
    archive.live(2);
    REQUIRE(archive.export_day(0).exit_code == 0);
    archive.drop(0);
    const std::string before = tables_of(site.history);
    const std::string whole = bytes_of(archive.file(0));
    const auto complaint = [&](const std::string& bytes) {
        const std::string path = site.folder.write("damaged.sipkeep", bytes);
        const ProgramResult result = site.sipkeep({"import", path});
        CHECK(result.exit_code == 1);
        CHECK(result.out == "");
        CHECK(lines_of(result.err) == 1);
        CHECK_THAT(result.err, ContainsSubstring(path + ": "));
        return result.err;
    };
    CHECK_THAT(complaint(""), ContainsSubstring("cut off"));
    CHECK_THAT(complaint("#!/bin/sh\necho something else\n"), ContainsSubstring("is no day of sipkeep"));
    CHECK_THAT(complaint("sipkeep day 2 {}\n"), ContainsSubstring("format that this sipkeep does not know"));
    CHECK_THAT(complaint(whole.substr(0, whole.size() / 2)), ContainsSubstring("cut off"));
    CHECK_THAT(complaint(whole + "\n"), ContainsSubstring("cut off or damaged"));
    std::string flipped = whole;
    flipped[whole.size() / 2] = static_cast<char>(flipped[whole.size() / 2] ^ 1);
    CHECK_THAT(complaint(flipped), ContainsSubstring("is damaged"));
    CHECK(tables_of(site.history) == before);
    CHECK(site.history.rows("SELECT COUNT(*) FROM kept_day") == "0\n");
    CHECK(archive.import_day(0).exit_code == 0);
    CHECK(tables_of(site.history) != before);
}

TEST_CASE("an import that is killed anywhere shows nothing of its day, and is completed by the next") {
    Archive archive("import_killed");
    Site& site = archive.site;
    archive.live(4);
    REQUIRE(archive.export_day(1).exit_code == 0);
    const std::string of_day =
        " WHERE captured_at >= '" + archive.date(1) + "' AND captured_at < '" + archive.date(2) + "'";
    const std::string whole = site.history.rows("SELECT COUNT(*) FROM location_snapshot" + of_day);
    for (const int d : {0, 1}) archive.drop(d);
    int killed = 0;
    for (int after_ms = 0; after_ms < 100; after_ms += 5) {
        auto run = site.start({"import", archive.file(1), "--at", site.at(5 * day)});
        std::this_thread::sleep_for(std::chrono::milliseconds{after_ms});
        run->signal(SIGKILL);
        if (run->wait().exit_code != 0) ++killed;
        check_clean(site);
        const std::string seen = site.history.rows("SELECT COUNT(*) FROM location_snapshot" + of_day);
        CHECK((seen == "0\n" || seen == whole));
    }
    CHECK(killed > 0);
    REQUIRE(archive.import_day(1).exit_code == 0);
    CHECK(site.history.rows("SELECT COUNT(*) FROM location_snapshot" + of_day) == whole);
    CHECK(site.history.rows("SELECT importing FROM node") == "<null>\n");
    check_clean(site);
}
