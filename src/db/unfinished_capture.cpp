#include "unfinished_capture.hpp"

#include "sipkeep/db/connection.hpp"

#include "key_frame.hpp"
#include "version_sql.hpp"

#include <vector>

namespace sipkeep {

namespace {

/// Undoes what one capture did to one table, a bounded number of rows a transaction. Nothing here is visible:
/// views hide the capture until its last trace is gone.
class Undo {
public:
    Undo(Connection& connection, unsigned node_id, const TableSpec& table, UtcSeconds captured_at)
        : connection_(connection), versions_(table, node_id), key_(versions_.number_key()),
          node_(std::to_string(node_id)), at_(literal(to_datetime(captured_at))) {}

    void remove_begun() {
        const std::string begun = "SELECT o." + key_ + " " + versions_.from_open() +
                                  " WHERE o.node_id = " + node_ + " AND o.valid_from = " + at_ +
                                  " AND v.began = " + at_;
        for_each_batch(begun, [&](const std::vector<std::uint64_t>& ids) {
            connection_.execute(versions_.remove_open(in_list("o." + key_, ids)));
            remove_versions(at_, ids);
        });
    }

    /// Open versions that begin at `begin` because they were split off there.
    void remove_pieces(const std::string& begin) {
        for_each_batch("SELECT o." + key_ + " FROM " + versions_.open_table() +
                           " o WHERE o.node_id = " + node_ + " AND o.valid_from = " + begin,
                       [&](const std::vector<std::uint64_t>& ids) {
                           connection_.execute(versions_.remove_open(in_list("o." + key_, ids)));
                           remove_versions(begin, ids);
                       });
    }

    /// `ended` holds what the capture has ended: its `time` column is `at`, version_from that of the version;
    /// `open_columns` of the open table are `taken` from it.
    /// `pieces`, if any, are the beginnings (SQL) of what was split off these versions.
    void reopen(const std::string& ended, const std::string& time, const std::string& at,
                const std::string& version_from, const std::string& open_columns, const std::string& taken,
                const std::string& pieces = "") {
        const std::string of_capture = "e.node_id = " + node_ + " AND e." + time + " = " + at;
        for_each_batch(
            "SELECT e." + key_ + " FROM " + ended + " e WHERE " + of_capture,
            [&](const std::vector<std::uint64_t>& ids) {
                const std::string these = of_capture + " AND " + in_list("e." + key_, ids);
                connection_.execute("UPDATE " + ended + " e STRAIGHT_JOIN " + versions_.version_table() +
                                    " v ON v.node_id = e.node_id AND v.valid_from = e." + version_from +
                                    " AND v." + key_ + " = e." + key_ +
                                    " SET v.valid_to = '9999-12-31 00:00:00' WHERE " + these);
                connection_.execute(versions_.remove_open(in_list("o." + key_, ids)));
                if (!pieces.empty())
                    connection_.execute(
                        "DELETE v FROM " + ended + " e STRAIGHT_JOIN " + versions_.version_table() +
                        " v ON v.node_id = e.node_id AND v.valid_from IN (" + pieces + ") AND v." + key_ +
                        " = e." + key_ + " WHERE " + these + " AND v.valid_from > e." + version_from);
                connection_.execute("INSERT INTO " + versions_.open_table() + " (" + open_columns +
                                    ") SELECT " + taken + " FROM " + ended + " e WHERE " + these);
                connection_.execute("DELETE e FROM " + ended + " e WHERE " + these);
            });
    }

private:
    void remove_versions(const std::string& begin, const std::vector<std::uint64_t>& ids) {
        connection_.execute("DELETE FROM " + versions_.version_table() + " WHERE node_id = " + node_ +
                            " AND valid_from = " + begin + " AND " + in_list(key_, ids));
    }

    template <class Action>
    void for_each_batch(const std::string& query, Action action) {
        constexpr int rows_a_transaction = 1000;
        for (;;) {
            std::vector<std::uint64_t> ids;
            {
                auto rows = connection_.query(query + " LIMIT " + std::to_string(rows_a_transaction));
                while (rows.next()) ids.push_back(rows.number(0));
            }
            if (ids.empty()) return;
            connection_.execute("START TRANSACTION");
            action(ids);
            connection_.execute("COMMIT");
        }
    }

    Connection& connection_;
    VersionSql versions_;
    std::string key_, node_, at_;
};

} // namespace

void undo_unfinished_capture(Connection& connection, unsigned node_id, UtcSeconds captured_at) {
    connection.execute("ROLLBACK");
    auto frames = KeyFrame::of_tables(connection, node_id, captured_at);
    const auto sql = [](UtcSeconds time) { return literal(to_datetime(time)); };

    Undo location(connection, node_id, location_table(), captured_at);
    const auto reopen = [&](UtcSeconds ended_at) {
        location.reopen(
            "location_refresh_closed", "valid_to", sql(ended_at), "version_from",
            "node_id, valid_from, captured_at, contact_id, expires, cseq, last_modified",
            "e.node_id, e.version_from, e.captured_at, e.contact_id, e.expires, e.cseq, e.last_modified");
    };
    location.remove_begun();
    reopen(captured_at);
    if (const auto gap = frames.at("location").undecided_gap()) {
        // Perhaps no capture of that day will be stored: its midnight must not have split anything.
        location.remove_pieces(sql(gap->begin));
        reopen(gap->end);
    }

    Undo dialog(connection, node_id, dialog_table(), captured_at);
    std::string pieces;
    for (const KeyFrame::Gap& gap : frames.at("dialog").gaps())
        pieces += (pieces.empty() ? "" : ",") + sql(gap.begin);
    dialog.remove_begun();
    dialog.reopen("dialog_ended", "captured_at", sql(captured_at), "valid_from",
                  "node_id, valid_from, dlg_id", "e.node_id, e.valid_from, e.dlg_id", pieces);
    // Destinations, samples and the ledger row are written in a capture's last transaction: they can't be
    // half there.
    connection.execute("UPDATE node SET pending_at = NULL, pending_run = NULL WHERE node_id = " +
                       std::to_string(node_id));
}

} // namespace sipkeep
