// Whatever stands in the live tables and in MI comes back exactly, and breaks no statement and no log line.
#include "site.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <set>
#include <sstream>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

/// At most 64 characters each, the width of the narrowest columns.
std::vector<std::string> nasty_texts() {
    return {"O'Brien \"said\" \\ \\' \\\\",
            "first\nsecond\r\n\tthird\x1b[31m\x7f",
            std::string("before\0after\0", 13),
            "emoji \xF0\x9F\x98\x80 \xC3\xBC \xE2\x82\xAC \xEF\xBB\xBF",
            "'; DROP TABLE capture; --",
            "\"; DROP TABLE node; # /* ` ? :1 %s %n ${x} $(id)",
            "|\\N,NULL\x1a",
            ""};
}

std::vector<std::string> columns_of(Site& site, const std::string& table, const std::string& condition) {
    std::istringstream lines(site.live.rows(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = '" + site.live.name() +
        "' AND table_name = '" + table + "' AND " + condition + " ORDER BY ordinal_position"));
    std::vector<std::string> names;
    for (std::string line; std::getline(lines, line);) names.push_back(line);
    return names;
}

constexpr const char* is_text = "data_type IN ('char', 'varchar', 'text', 'mediumtext')";

/// One row of the live table for each text, in each of its text columns.
void fill(Site& site, const std::string& table, const std::string& numbers, const std::string& values) {
    site.live.sql().execute("ALTER TABLE " + table + " CONVERT TO CHARACTER SET utf8mb4");
    const auto columns = columns_of(site, table, is_text);
    std::string names;
    for (const std::string& column : columns) names += ", " + column;
    int id = 0;
    for (const std::string& text : nasty_texts()) {
        Rows row(columns.size());
        for (std::size_t i = 0; i < columns.size(); ++i) row.add(text);
        // The numbers come as a subquery's, so that insert() can bind the texts alone.
        site.live.sql().execute("CREATE OR REPLACE TABLE nasty LIKE " + table);
        for (const std::string& column : columns_of(site, table, "NOT " + std::string(is_text)))
            site.live.sql().execute("ALTER TABLE nasty DROP COLUMN " + column);
        site.live.sql().insert("INSERT INTO nasty (" + names.substr(2) + ") VALUES", row);
        site.live.sql().execute("INSERT INTO " + table + " (" + numbers + names + ") SELECT " +
                                std::to_string(++id) + ", " + values + names + " FROM nasty");
        site.live.sql().execute("DROP TABLE nasty");
    }
}

/// Every column of the table, byte by byte.
std::string bytes_of(Site& site, const std::string& table, const std::string& from) {
    std::string list;
    for (const std::string& column : columns_of(site, table, "TRUE"))
        list += ", HEX(" + column + "), " + column + " IS NULL";
    return site.history.rows("SELECT " + list.substr(2) + " FROM " + from + " ORDER BY " +
                             (table == "dialog" ? "dlg_id" : "contact_id"));
}

std::string hex(const std::string& bytes) {
    std::string text;
    char pair[3];
    for (const char c : bytes) {
        std::snprintf(pair, sizeof pair, "%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
        text += pair;
    }
    return text;
}

} // namespace

TEST_CASE("quotes, newlines, NUL, emoji and SQL in every text column come back exactly") {
    Site& site = shared_site("nasty");
    site.live.sql().execute(
        "ALTER TABLE dialog MODIFY caller_cseq CHAR(64) NOT NULL, MODIFY callee_cseq CHAR(64) NOT NULL");
    fill(site, "dialog", "dlg_id, caller_ping_cseq, callee_ping_cseq, state, start_time, timeout, vars",
         "0, 4294967295, 4, 1795364225, 4294967295, CONCAT('v', x'00FF80C3285C27', 'v')");
    fill(site, "location", "contact_id, expires, q, cseq, flags, methods",
         "4294967295, -1, -2147483648, -1, 2147483647");
    const ProgramResult first = site.snapshot(0, {"-v"});
    CHECK(first.exit_code == 0);
    CHECK(lines_of(first.err) == 1);
    for (const std::string& table : {std::string("dialog"), std::string("location")}) {
        INFO(table);
        const std::string snapshot = "(SELECT * FROM " + table +
                                     "_snapshot WHERE node = 'nasty' AND captured_at = '" + site.datetime(0) +
                                     "') s";
        const std::string live = bytes_of(site, table, site.live.name() + "." + table);
        CHECK(lines_of(live) == nasty_texts().size());
        CHECK(bytes_of(site, table, snapshot) == live);
    }
    site.settings.more = "";
    REQUIRE(site.snapshot(1).exit_code == 0);
    CHECK(site.ledger("opened, closed, refreshed") == "20|0|0\n0|0|0\n"); // 2 * 8 rows and 4 destinations
    CHECK(site.history.rows(
              "SELECT COUNT(*) FROM dialog_history JOIN node USING (node_id) WHERE node = 'nasty'") == "8\n");
}

TEST_CASE("statistic names and dispatcher URIs come back exactly") {
    Site& site = shared_site("nasty_mi");
    nlohmann::json statistics{{"core:timestamp", 10}};
    nlohmann::json destinations = nlohmann::json::array();
    std::string names;
    std::string uris;
    for (const std::string& text : nasty_texts()) {
        statistics["script:" + text] = 5;
        destinations.push_back(
            {{"URI", text}, {"state", text.substr(0, 32)}, {"attr", text}, {"description", text}});
        names += hex(text) + "|5\n";
        uris += hex(text) + "|" + hex(text) + "\n";
    }
    site.mi.result("get_statistics", statistics.dump());
    site.mi.result("ds_list", nlohmann::json{{"PARTITIONS",
                                              {{{"name", "'; DROP TABLE node; --"},
                                                {"SETS", {{{"id", -1}, {"Destinations", destinations}}}}}}}}
                                  .dump());
    for (const int minute : {0, 1}) {
        const ProgramResult result = site.snapshot(minute);
        CHECK(result.err.empty());
        CHECK(result.exit_code == 0);
    }
    CHECK(site.ledger("opened, closed, samples") == "8|0|9\n0|0|9\n");
    const auto sorted = [](const std::string& lines) {
        std::multiset<std::string> set;
        std::istringstream in(lines);
        for (std::string line; std::getline(in, line);) set.insert(line);
        return set;
    };
    CHECK(
        sorted(site.history.rows("SELECT HEX(name), value FROM statistic_sample WHERE node = 'nasty_mi' AND "
                                 "captured_at = '" +
                                 site.datetime(1) + "' AND `group` = 'script'")) == sorted(names));
    CHECK(sorted(site.of_node("HEX(uri), HEX(description)", "dispatcher_history", "1")) == sorted(uris));
    // Closing finds them by those keys, too.
    site.mi.result("ds_list", R"({"PARTITIONS":[]})");
    CHECK(site.snapshot(2).exit_code == 0);
    CHECK(site.open_set("dispatcher").empty());
}

TEST_CASE("bytes that are no UTF-8 throw no reply away") {
    Site& site = shared_site("latin1");
    site.mi.result("get_statistics", "{\"core:timestamp\":10,\"script:caf\xE9\":3}");
    site.mi.result("ds_list",
                   "{\"PARTITIONS\":[{\"name\":\"default\",\"SETS\":[{\"id\":1,\"Destinations\":[{\"URI\":"
                   "\"sip:caf\xE9\",\"state\":\"Active\"}]}]}]}");
    CHECK(site.snapshot(0).exit_code == 0);
    // U+10FEE9: byte E9 kept as to_storable() keeps it.
    CHECK(site.of_node("HEX(uri)", "dispatcher_history", "1") == hex("sip:caf\xF4\x8F\xBB\xA9") + "\n");
    CHECK(site.history.rows(
              "SELECT HEX(name) FROM statistic_sample WHERE node = 'latin1' AND `group` = 'script'") ==
          hex("caf\xF4\x8F\xBB\xA9") + "\n");
}

TEST_CASE("what others say stays within its line of the log and of the ledger") {
    Site& site = shared_site("oneline");
    site.mi.error("get_statistics", -32000, "first\nsipkeep: forged\r\x1b[31m");
    site.mi.error("ds_list", -32000, std::string(5000, 'x') + "\xF0\x9F\x98\x80\nnext");
    const ProgramResult result = site.snapshot(0);
    CHECK(result.exit_code == 3);
    CHECK(lines_of(result.err) == 2);
    CHECK(result.err.find('\x1b') == std::string::npos);
    CHECK(result.err.find("\nsipkeep: forged") == std::string::npos);
    CHECK(lines_of(site.ledger("error")) == 2);
    site.mi.result("ds_list", result_of(fixture("http/ds_list-full.reply")));
    site.mi.result("get_statistics", result_of(fixture("http/get_statistics-all.reply")));
}

TEST_CASE("a source's error that is cut in the middle of a character does not cost the capture") {
    Site& site = shared_site("cut");
    site.add_contact(1);
    // Two rows with one key: the message quotes it, as far as it goes.
    site.live.sql().execute(
        "ALTER TABLE dialog DROP PRIMARY KEY, CONVERT TO CHARACTER SET utf8mb4, MODIFY dlg_id TEXT");
    site.add_dialog(1);
    site.add_dialog(2);
    site.live.sql().execute(
        "UPDATE dialog SET dlg_id = CONCAT(REPEAT('y', 3), REPEAT('\xF0\x9F\x98\x80', 400), '\n')");
    const ProgramResult result = site.snapshot(0);
    CHECK(result.exit_code == 3);
    CHECK(lines_of(result.err) == 1);
    CHECK(site.ledger("dialog_status, location_status") == "failed|ok\n");
    CHECK(lines_of(site.ledger("error")) == 1);
}
