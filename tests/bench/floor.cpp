// floor LIVE_SOCKET LIVE_DATABASE BENCH_SOCKET BENCH_DATABASE CAPTURED_AT CHANGES_FILE [narrow]
//
// The least work that keeps a minute: one narrow scan of `location` and of `dialog`, the full rows of the ids
// it is told have changed, these rows into bare tables, one commit. No ledger, no diff, no checks, no
// statistics. With `narrow` a refresh writes four columns instead of the row; the row is fetched all the
// same.
#include "bare_connection.hpp"
#include "changes.hpp"

#include <iostream>
#include <stdexcept>

using namespace sipkeep::bench;

namespace {

struct Narrow {
    std::uint64_t id;
    std::string last_modified;
    std::uint32_t expires;
    std::int32_t cseq;
};

constexpr std::size_t ids_a_statement = 500;

/// Full rows of `ids` from `table`, written as they come; `columns` of them.
void keep_rows(BareConnection& live, BulkInsert& insert, const std::string& table, const std::string& key,
               const std::string& captured_at, const std::vector<std::uint64_t>& ids,
               const std::vector<std::uint32_t>& columns) {
    for (std::size_t from = 0; from < ids.size(); from += ids_a_statement)
        live.each("SELECT * FROM " + table + " WHERE " + key + " IN (" + id_list(ids, from, ids_a_statement) +
                      ") ORDER BY " + key,
                  [&](sql::ResultSet& row) {
                      std::string& text = insert.row();
                      text += "('" + captured_at + "'";
                      for (const std::uint32_t column : columns) {
                          text += ',';
                          if (row.isNull(column))
                              text += "NULL";
                          else {
                              const auto value = row.getString(column);
                              append_quoted(text, {value.c_str(), value.length()});
                          }
                      }
                      text += ')';
                  });
    insert.finish();
}

void keep_ids(BareConnection& history, const std::string& table, const std::string& captured_at,
              const std::vector<std::uint64_t>& ids) {
    BulkInsert insert(history, "INSERT INTO " + table + " VALUES ");
    for (const std::uint64_t id : ids) insert.row() += "('" + captured_at + "'," + std::to_string(id) + ")";
    insert.finish();
}

std::vector<std::uint32_t> first(std::uint32_t count) {
    std::vector<std::uint32_t> columns;
    for (std::uint32_t i = 1; i <= count; ++i) columns.push_back(i);
    return columns;
}

std::vector<Narrow> scan(BareConnection& live, const std::string& query) {
    std::vector<Narrow> found;
    live.each(query, [&](sql::ResultSet& row) {
        found.push_back({row.getUInt64(1), row.getString(2).asStdString(), row.getUInt(3), row.getInt(4)});
    });
    return found;
}

void keep_minute(const std::vector<std::string>& words) {
    const MinuteChanges changes = read_changes(words.at(5));
    const std::string& at = words.at(4);
    const bool narrow = words.size() > 6 && words[6] == "narrow";
    BareConnection live(words.at(0), words.at(1));
    BareConnection history(words.at(2), words.at(3));
    const auto contacts =
        scan(live, "SELECT contact_id, last_modified, expires, cseq FROM location ORDER BY contact_id");
    const auto dialogs = scan(live, "SELECT dlg_id, callid, start_time, state FROM dialog ORDER BY dlg_id");
    if (contacts.empty()) throw std::runtime_error("location is empty: " + std::to_string(dialogs.size()));

    history.execute("START TRANSACTION");
    const auto location_columns = first(19);
    const auto dialog_columns = first(29);
    BulkInsert locations(history, "INSERT INTO location_floor VALUES ");
    keep_rows(live, locations, "location", "contact_id", at, changes.location.came, location_columns);
    if (narrow) {
        BulkInsert refreshes(history, "INSERT INTO location_floor_refresh VALUES ");
        keep_rows(live, refreshes, "location", "contact_id", at, changes.location.refreshed, {1, 7, 10, 11});
    } else {
        keep_rows(live, locations, "location", "contact_id", at, changes.location.refreshed,
                  location_columns);
    }
    BulkInsert calls(history, "INSERT INTO dialog_floor VALUES ");
    keep_rows(live, calls, "dialog", "dlg_id", at, changes.dialog.came, dialog_columns);
    keep_ids(history, "location_floor_gone", at, changes.location.went);
    keep_ids(history, "dialog_floor_gone", at, changes.dialog.went);
    history.execute("COMMIT");
}

} // namespace

int main(int argc, char** argv) {
    try {
        const std::vector<std::string> words(argv + 1, argv + argc);
        if (words.size() < 6)
            throw std::invalid_argument("usage: floor LIVE_SOCKET LIVE_DATABASE BENCH_SOCKET BENCH_DATABASE "
                                        "CAPTURED_AT CHANGES_FILE [narrow]");
        keep_minute(words);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "floor: " << error.what() << '\n';
        return 1;
    }
}
