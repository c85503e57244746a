// Runs against a real history database; the live tables and OpenSIPS are in memory.
#pragma once

#include "sipkeep/app/archive_run.hpp"
#include "sipkeep/db/schema.hpp"

#include "support/fake_live_reader.hpp"
#include "support/fake_transport.hpp"
#include "support/mariadb_server.hpp"

#include <sstream>
#include <string>
#include <vector>

namespace sipkeep::test {

inline const UtcSeconds ten_to_midnight = from_datetime("2026-11-22 23:50:00");
inline const UtcSeconds midnight_after = from_datetime("2026-11-23 00:00:00");

/// "" for equal texts, else the first line in which they differ, from both: whole histories make no message.
inline std::string difference(const std::string& left, const std::string& right) {
    std::istringstream lefts(left), rights(right);
    for (std::string a, b;;) {
        const bool more_left = bool(std::getline(lefts, a));
        const bool more_right = bool(std::getline(rights, b));
        if (!more_left && !more_right) return "";
        if (more_left != more_right || a != b)
            return (more_left ? a : "(end)") + "\n" + (more_right ? b : "(end)");
    }
}

struct HistoryRig {
    TestDatabase database;
    FakeLiveTables tables;
    ArchivePlan plan;
    std::size_t rows_a_transaction = 5000;

    explicit HistoryRig(UtcSeconds today, const std::string& name = "history") : database(name) {
        init_schema(database.sql(), embedded_schema(), today);
        plan.node = "sbc1";
        plan.full_compare_every = 1;
    }

    /// A process of its own, which has found its node.
    [[nodiscard]] std::unique_ptr<HistoryStore> store() const {
        auto store = make_history_store(database.settings(), {.rows_a_transaction = rows_a_transaction});
        static_cast<void>(store->open_node(plan.node, OpenNode::find_or_make));
        return store;
    }
    /// One run that looks at the live tables only.
    ArchiveResult run(UtcSeconds at) const {
        const auto store =
            make_history_store(database.settings(), {.rows_a_transaction = rows_a_transaction});
        FakeLiveReader live(tables);
        return archive_capture(plan, {.mi = nullptr, .live = &live}, *store, at);
    }
    /// One run that has these statistics as well.
    ArchiveResult run(UtcSeconds at, const std::string& statistics) const {
        FakeTransport transport;
        transport.mi().result("get_statistics", statistics);
        transport.mi().result("list_statistics",
                              R"({"core:rcv_requests":"incremental","tm:inuse":"non-incremental"})");
        transport.mi().result("ds_list", R"({"PARTITIONS":[]})");
        MiClient mi(transport, "fake:");
        const auto store =
            make_history_store(database.settings(), {.rows_a_transaction = rows_a_transaction});
        FakeLiveReader live(tables);
        return archive_capture(plan, {.mi = &mi, .live = &live}, *store, at);
    }

    [[nodiscard]] std::string rows(const std::string& query) { return database.rows(query); }

    void put_call(std::uint64_t id, const std::string& state = "4") {
        tables.put_dialog(id, {{"callid", "c" + std::to_string(id)}, {"state", state}});
    }
    void put_phone(std::uint64_t id, const std::string& expires = "100", const std::string& agent = "phone") {
        tables.put_contact(id, {{"contact", "sip:" + std::to_string(id)},
                                {"username", "u" + std::to_string(id)},
                                {"expires", expires},
                                {"cseq", "1"},
                                {"user_agent", agent},
                                {"last_modified", "2026-11-22 11:00:00"}});
    }

    /// Columns of a table, as a list: all but those that the server computes.
    [[nodiscard]] std::string written_columns(const std::string& table) {
        return database.sql()
            .value("SELECT GROUP_CONCAT('`', column_name, '`') FROM information_schema.columns WHERE "
                   "table_schema = DATABASE() AND table_name = '" +
                   table + "' AND COALESCE(generation_expression, '') = ''")
            .value();
    }
    /// All but the fingerprints: a version that an undo has opened again has none, and is compared in full.
    static std::string columns_of(const std::string& table) {
        if (table == "dialog_open") return "node_id, dlg_id, valid_from";
        if (table == "location_open")
            return "node_id, contact_id, valid_from, captured_at, expires, cseq, last_modified";
        return "*";
    }
    /// All that the tables hold, node by node, key by key. Where the writer stands (node, key_frame) is left
    /// out.
    [[nodiscard]] std::string all_tables() {
        std::string text;
        for (const std::string name :
             {"capture", "sample", "dialog_open", "dialog_version", "dialog_ended", "location_open",
              "location_version", "location_refresh_closed", "dispatcher_open", "dispatcher_version"})
            text += name + '\n' +
                    rows("SELECT " + columns_of(name) + " FROM " + name + " ORDER BY 1, 2, 3" +
                         (name.starts_with("dispatcher") ? ", 4, 5" : ""));
        return text;
    }
    /// All that the views say.
    [[nodiscard]] std::string all_views() {
        std::string text;
        for (const std::string name :
             {"dialog_history", "location_history", "location_refresh", "dispatcher_history",
              "dialog_snapshot", "location_snapshot", "statistic_sample", "statistic_rate"})
            text += name + '\n' + rows("SELECT * FROM " + name + " ORDER BY 1, 2, 3, 4, 5, 6");
        return text;
    }
    /// What the views say that does not depend on where midnight cut a version: the snapshots, the refreshes,
    /// and the versions in force at each capture.
    [[nodiscard]] std::string all_answers() {
        std::string text;
        for (const std::string table : {"dialog", "location"})
            text += rows("SELECT * FROM " + table + "_snapshot ORDER BY captured_at, 3");
        text += rows("SELECT * FROM location_refresh ORDER BY captured_at, contact_id");
        text += rows(
            "SELECT c.captured_at, h.began, h.first_seen, h.contact_id, h.user_agent FROM capture c JOIN "
            "location_history h ON h.node_id = c.node_id AND h.valid_from <= c.captured_at AND "
            "h.valid_to > c.captured_at ORDER BY c.captured_at, h.contact_id");
        text +=
            rows("SELECT c.captured_at, h.began, h.dlg_id, h.state FROM capture c JOIN dialog_history h ON "
                 "h.node_id = c.node_id AND h.valid_from <= c.captured_at AND h.valid_to > c.captured_at "
                 "ORDER BY c.captured_at, h.dlg_id");
        text +=
            rows("SELECT c.captured_at, h.began, h.uri, h.state FROM capture c JOIN dispatcher_history h ON "
                 "h.node_id = c.node_id AND h.valid_from <= c.captured_at AND h.valid_to > c.captured_at "
                 "ORDER BY c.captured_at, h.uri");
        return text;
    }
    /// Closed versions and refreshes that cross a midnight.
    [[nodiscard]] std::string crossing() {
        std::string counts;
        for (const std::string table : {"dialog_version", "location_version", "dispatcher_version"})
            counts += rows("SELECT COUNT(*) FROM " + table +
                           " WHERE valid_to > DATE(valid_from) + INTERVAL 1 DAY AND valid_to < '9999-12-31'");
        return counts;
    }
};

} // namespace sipkeep::test
