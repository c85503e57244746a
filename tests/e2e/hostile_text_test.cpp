// Text that means something to SQL, to a terminal or to the journal: stored to the byte, said in one line.
#include "sipkeep/core/table.hpp"
#include "sipkeep/core/text.hpp"

#include "site.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <sstream>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

/// At most 60 bytes each.
const std::vector<std::string>& hostile_texts() {
    static const std::vector<std::string> texts{
        "'; DROP TABLE capture; --",
        "\" OR 1=1 # /* ` ? :1 %s %n ${x} $(id)",
        "\\'; DROP TABLE node; --",
        "sip:a@b\n<3>sipkeep: error: forged\n<0>panic\r\n",
        "\x1b]0;title\x07\x1b[2J\x1b[31m\x08\x7f\x9b"
        "2J",
        std::string("before\0after\0", 13),
        "bidi \xE2\x80\xAEgpj.exe \xE2\x80\xA8next \xC2\x9B"
        "2J \xC2\x85",
        "caf\xE9 \xFF\xFE \xC0\x8A \xED\xA0\x80 \xF4\x8F\xBB\xA9 \xF0\x9F",
        "\xEF\xBB\xBF\xF0\x9F\x98\x80"};
    return texts;
}

/// Bytes that a terminal or the journal would take for anything but a character; a line's end is not among
/// them.
bool only_characters(const std::string& line) {
    for (std::size_t at = 0; at < line.size();) {
        const std::size_t length = utf8_length(line, at);
        const auto first = static_cast<unsigned char>(line[at]);
        const auto second = static_cast<unsigned char>(at + 1 < line.size() ? line[at + 1] : 0);
        if (length == 0 || first < 0x20 || first == 0x7f || (first == 0xC2 && second < 0xA0)) return false;
        if (line.compare(at, 3, "\xE2\x80\xAE") == 0 || line.compare(at, 3, "\xE2\x80\xA8") == 0)
            return false;
        at += length;
    }
    return true;
}

/// So many lines, each of them sipkeep's own, and nothing in them but characters.
void check_lines(const std::string& err, std::size_t count) {
    INFO(err);
    CHECK(lines_of(err) == count);
    std::istringstream lines(err);
    for (std::string line; std::getline(lines, line);) {
        CHECK(line.starts_with("sipkeep: "));
        CHECK(only_characters(line));
        CHECK(line.size() < 4100);
    }
}

std::string hex(const std::string& bytes) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += {digits[byte >> 4U], digits[byte & 15U]};
    }
    return text;
}

/// The columns of the spec that the live table holds as text, with the bytes each can take.
std::vector<std::pair<std::string, std::size_t>> text_columns(Site& site, const TableSpec& table) {
    std::vector<std::pair<std::string, std::size_t>> columns;
    for (const Column& column : table.columns) {
        if (column.own) continue;
        const auto width = site.live.sql().value(
            "SELECT character_maximum_length FROM information_schema.columns WHERE table_schema = '" +
            site.live.name() + "' AND table_name = '" + std::string(table.name) + "' AND column_name = '" +
            std::string(column.name) + "' AND data_type IN ('char', 'varchar', 'text', 'mediumtext')");
        if (width) columns.emplace_back(column.name, std::stoul(*width));
    }
    return columns;
}

/// As some installations have them: any bytes can stand there.
void make_binary(Site& site, const TableSpec& table) {
    std::string changes;
    for (const auto& [column, width] : text_columns(site, table))
        changes += ", MODIFY " + column + (width > 255 ? " BLOB" : " VARBINARY(100)");
    site.live.sql().execute("ALTER TABLE " + std::string(table.name) + " " + changes.substr(2));
}

std::string stored(Site& site, const TableSpec& table,
                   const std::vector<std::pair<std::string, std::size_t>>& columns, int minute, int id) {
    std::string found;
    for (const auto& [column, width] : columns)
        found += column + "|" +
                 site.history.rows("SELECT HEX(" + column + ") FROM " + std::string(table.name) +
                                   "_snapshot WHERE node = '" + site.settings.node + "' AND captured_at = '" +
                                   site.datetime(minute) + "' AND " +
                                   (table.name == "dialog" ? "dlg_id" : "contact_id") + " = " +
                                   std::to_string(++id));
    return found;
}

} // namespace

TEST_CASE("hostile text in every text column of the live tables is stored to the byte and said nowhere") {
    for (const TableSpec* table : {&dialog_table(), &location_table()}) {
        const std::string node = "text_" + std::string(table->name);
        Site& site = shared_site(node);
        const auto columns = text_columns(site, *table);
        REQUIRE(columns.size() >= 11);
        int minute = 0;
        for (const std::string& text : hostile_texts()) {
            INFO(table->name << ' ' << hex(text));
            site.start_over(node);
            REQUIRE(text_columns(site, *table) == columns);
            make_binary(site, *table);
            // Ids of their own for each text: no minute of a phone's changes these columns alone.
            const int first = minute * 100;
            int id = first;
            std::string expected;
            for (const auto& [column, width] : columns) {
                ++id;
                table->name == "dialog" ? site.add_dialog(id) : site.add_contact(id);
                site.live.sql().execute("UPDATE " + std::string(table->name) + " SET " + column + " = x'" +
                                        hex(text) + "' WHERE " +
                                        (table->name == "dialog" ? "dlg_id" : "contact_id") + " = " +
                                        std::to_string(id));
                expected += column + "|" + hex(to_storable(text)) + "\n";
            }
            const ProgramResult result = site.snapshot(minute, {"-v"});
            CHECK(result.exit_code == 0);
            check_lines(result.err, 1);
            CHECK(stored(site, *table, columns, minute, first) == expected);
            // Read again, every row is found by its text and none has changed.
            REQUIRE(site.snapshot(++minute).exit_code == 0);
            const std::string ledger = site.ledger("opened, closed");
            CHECK(ledger.ends_with("\n0|0\n"));
            ++minute;
        }
    }
}

TEST_CASE("hostile text in every text of MI is stored to the byte and said nowhere") {
    Site& site = shared_site("text_mi");
    int minute = 0;
    for (const std::string& text : hostile_texts()) {
        INFO(hex(text));
        const auto json = [](const std::string& value) {
            // As OpenSIPS writes it: quotes and controls escaped, other bytes as they are.
            std::string written = "\"";
            char escape[8];
            for (const char c : value) {
                if (c == '"' || c == '\\')
                    written += {'\\', c};
                else if (static_cast<unsigned char>(c) < 0x20) {
                    std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
                    written += escape;
                } else
                    written += c;
            }
            return written + "\"";
        };
        const std::string group = text.substr(0, text.find(':'));
        site.mi.result("get_statistics", "{\"core:timestamp\":10," + json(group + ":" + text) + ":5}");
        site.mi.result("list_statistics", "{" + json(group + ":" + text) + ":\"incremental\"}");
        const std::string state = text.substr(0, 32);
        site.mi.result("ds_list", "{\"PARTITIONS\":[{\"name\":" + json(text) +
                                      ",\"SETS\":[{\"id\":1,\"Destinations\":[{\"URI\":" + json(text) +
                                      ",\"state\":" + json(state) + ",\"attr\":" + json(text) +
                                      ",\"description\":" + json(text) + "}]}]}]}");
        const ProgramResult result = site.snapshot(minute, {"-v"});
        CHECK(result.exit_code == 0);
        check_lines(result.err, 1);
        const std::string kept = hex(to_storable(text));
        CHECK(site.history.rows(
                  "SELECT HEX(`group`), HEX(name), kind, value FROM statistic_sample WHERE node = "
                  "'text_mi' AND captured_at = '" +
                  site.datetime(minute) + "' AND name <> 'timestamp'") ==
              hex(to_storable(group)) + "|" + kept + "|counter|5\n");
        CHECK(
            site.history.rows("SELECT HEX(partition_name), HEX(uri), HEX(state), HEX(attr), HEX(description) "
                              "FROM dispatcher_history JOIN node USING (node_id) WHERE node = 'text_mi' AND "
                              "valid_from = '" +
                              site.datetime(minute) + "'") ==
            kept + "|" + kept + "|" + hex(to_storable(state)) + "|" + kept + "|" + kept + "\n");
        ++minute;
    }
}

TEST_CASE("hostile text in errors of MI stays within one line each") {
    Site& site = shared_site("text_errors");
    int minute = 0;
    for (const std::string& text : hostile_texts())
        for (const bool as_json : {true, false}) {
            INFO(hex(text) << as_json);
            if (as_json) {
                for (const char* method : {"get_statistics", "ds_list"})
                    site.mi.error(method, -32000, nlohmann::json(to_storable(text)).get<std::string>());
            } else {
                for (const char* method : {"get_statistics", "ds_list"}) site.mi.result(method, text);
            }
            const ProgramResult result = site.snapshot(minute++, {"-v"});
            CHECK(result.exit_code == 3);
            check_lines(result.err, 3); // two errors, one summary
            CHECK(site.history.rows(
                      "SELECT CHAR_LENGTH(error) - CHAR_LENGTH(REPLACE(error, '\\n', '')) FROM capture "
                      "JOIN node USING (node_id) WHERE node = 'text_errors' ORDER BY captured_at DESC "
                      "LIMIT 1") == "1\n");
        }
}

TEST_CASE("hostile text in errors of the live database stays within one line") {
    Site& site = shared_site("text_db");
    int minute = 0;
    for (const std::string& text : hostile_texts()) {
        INFO(hex(text));
        site.start_over("text_db");
        // Two rows with one key, which the message quotes.
        site.live.sql().execute("ALTER TABLE dialog DROP PRIMARY KEY, MODIFY dlg_id VARBINARY(100)");
        site.add_dialog(1);
        site.add_dialog(2);
        site.live.sql().execute("UPDATE dialog SET dlg_id = x'" + hex(text) + "'");
        const ProgramResult result = site.snapshot(minute++);
        CHECK(result.exit_code == 3);
        check_lines(result.err, 1);
    }
}

TEST_CASE("hostile text on the command line and in the configuration ends in one line, and is never run") {
    Site& site = shared_site("text_cli");
    for (const std::string& text : hostile_texts()) {
        if (text.find('\0') != std::string::npos) continue; // no argument can hold it
        INFO(hex(text));
        for (const std::vector<std::string>& arguments :
             {std::vector<std::string>{"snapshot", "--node", text},
              {"snapshot", "--at", text},
              {"snapshot", text},
              {"snapshot", "--" + text},
              {text},
              {"--" + text},
              {"schema", text},
              {"config", text}}) {
            INFO(arguments.front() << ' ' << arguments.back());
            const ProgramResult result = site.sipkeep(arguments);
            CHECK(result.exit_code == 2);
            CHECK(result.out.empty());
            check_lines(result.err, 1);
        }
        const ProgramResult no_file =
            run_program({SIPKEEP_PROGRAM, "snapshot", "-c", "/nonexistent/" + text});
        CHECK(no_file.exit_code == 2);
        check_lines(no_file.err, 1);
    }
    for (const char* key : {"node", "lock_file", "interval"})
        for (const std::string& text : hostile_texts()) {
            INFO(key << ' ' << hex(text));
            std::string quoted = "\"";
            for (const char c : text) quoted += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
            const std::string path =
                site.folder.write("text.yaml", std::string(key) + ": " + quoted +
                                                   "\"\nmi: { url: \"http://127.0.0.1:1/\" "
                                                   "}\nhistory: { user: u }\n");
            const ProgramResult result = run_program({SIPKEEP_PROGRAM, "snapshot", "-c", path});
            CHECK(result.exit_code == 2);
            CHECK(result.out.empty());
            check_lines(result.err, 1);
        }
    CHECK(site.ledger("1").empty());
}
