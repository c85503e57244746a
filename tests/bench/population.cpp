// population create SOCKET DATABASE REGISTRATIONS UNIXTIME [interval=SECONDS]
// population move   SOCKET DATABASE MINUTE UNIXTIME CHANGES_FILE [interval=SECONDS] [refresh=PERCENT]
//
// Fills the live tables, and moves them by a minute: 3 % of the registrations refresh (or PERCENT), 0.2 %
// come, 0.2 % go: a tenth more phones than there are registrations, of which those that are away come back in
// any order; calls are 5 % of the registrations and last three minutes. The same MINUTE on the same tables
// does the same. With another interval that, and not a minute, is what all these are counted in.
#include "bare_connection.hpp"
#include "changes.hpp"
#include "live_rows.hpp"

#include <algorithm>
#include <iostream>
#include <set>
#include <stdexcept>
#include <unordered_set>

using namespace sipkeep::bench;

namespace {

constexpr std::int64_t call_intervals = 3;
constexpr std::size_t ids_a_statement = 500;

struct Pace {
    std::int64_t interval_s = 60;
    std::size_t refresh_percent = 3;
};

/// Of words like "interval=600".
Pace pace_of(const std::vector<std::string>& words, std::size_t from) {
    Pace pace;
    for (std::size_t i = from; i < words.size(); ++i) {
        const auto equals = words[i].find('=');
        const std::string name = words[i].substr(0, equals);
        const std::int64_t value = equals == std::string::npos ? -1 : number(words[i].substr(equals + 1));
        if (name == "interval" && value > 0)
            pace.interval_s = value;
        else if (name == "refresh" && value >= 0 && value <= 90)
            pace.refresh_percent = std::size_t(value);
        else
            throw std::invalid_argument("'" + words[i] +
                                        "': want interval=SECONDS or refresh=PERCENT (up to 90)");
    }
    return pace;
}

std::size_t calls_an_interval(std::size_t registrations) {
    return std::max<std::size_t>(registrations * 5 / 100 / std::size_t(call_intervals), 1);
}

std::vector<std::uint64_t> add_calls(BareConnection& live, std::mt19937_64& random, std::size_t count,
                                     std::int64_t at, std::int64_t interval_s) {
    std::vector<std::uint64_t> ids;
    BulkInsert insert(live, insert_dialog);
    for (std::size_t i = 0; i < count; ++i) {
        ids.push_back(new_dlg_id(random));
        append_dialog(insert.row(), ids.back(), at - std::int64_t(i) % interval_s);
    }
    insert.finish();
    return ids;
}

void create(BareConnection& live, std::size_t registrations, std::int64_t at, const Pace& pace) {
    std::mt19937_64 random(registrations);
    std::set<std::uint64_t> taken;
    live.execute("SET unique_checks=0");
    live.execute("START TRANSACTION");
    {
        BulkInsert insert(live, insert_location);
        while (taken.size() < registrations) {
            const std::uint64_t id = new_contact_id(random);
            if (!taken.insert(id).second) continue;
            const std::int64_t ago = std::int64_t(random() % std::uint64_t(registered_for_s));
            append_location(insert.row(), id, taken.size() - 1, at - ago);
            if (taken.size() % 10'000 == 0) {
                insert.finish();
                live.execute("COMMIT");
                live.execute("START TRANSACTION");
            }
        }
        insert.finish();
    }
    for (std::int64_t ago = call_intervals - 1; ago >= 0; --ago)
        add_calls(live, random, calls_an_interval(registrations), at - ago * pace.interval_s,
                  pace.interval_s);
    live.execute("COMMIT");
}

void for_ids(BareConnection& live, const std::string& head, const std::vector<std::uint64_t>& ids) {
    for (std::size_t from = 0; from < ids.size(); from += ids_a_statement)
        live.execute(head + " IN (" + id_list(ids, from, ids_a_statement) + ")");
}

/// `count` of the phones that are not registered.
std::vector<std::uint64_t> away(BareConnection& live, std::mt19937_64& random, std::size_t registrations,
                                std::size_t count) {
    std::unordered_set<std::string> here;
    live.each("SELECT username FROM location",
              [&](sql::ResultSet& row) { here.insert(row.getString(1).asStdString()); });
    std::vector<std::uint64_t> found;
    for (std::uint64_t phone = 0; phone < registrations + std::max(registrations / 10, count); ++phone)
        if (!here.contains(username_of(phone))) found.push_back(phone);
    std::shuffle(found.begin(), found.end(), random);
    found.resize(std::min(found.size(), count));
    return found;
}

Changes move_registrations(BareConnection& live, std::mt19937_64& random, std::int64_t at, const Pace& pace) {
    std::vector<std::uint64_t> ids;
    live.each("SELECT contact_id FROM location ORDER BY contact_id",
              [&](sql::ResultSet& row) { ids.push_back(row.getUInt64(1)); });
    const std::size_t refresh = ids.size() * pace.refresh_percent / 100;
    const std::size_t come = std::max<std::size_t>(ids.size() / 500, 1);
    std::set<std::uint64_t> chosen;
    while (chosen.size() < std::min(refresh + come, ids.size())) chosen.insert(ids[random() % ids.size()]);

    Changes changes;
    // Which of the chosen go: spread over the whole key range.
    const std::size_t every = chosen.size() / come;
    std::size_t index = 0;
    for (const std::uint64_t id : chosen)
        (index++ % every == 0 && changes.went.size() < come ? changes.went : changes.refreshed).push_back(id);
    for_ids(live,
            "UPDATE location SET expires = " + std::to_string(at + registered_for_s) +
                ", cseq = cseq + 1, last_modified = '" + datetime_of(at) + "' WHERE contact_id",
            changes.refreshed);
    const auto back = away(live, random, ids.size(), come);
    for_ids(live, "DELETE FROM location WHERE contact_id", changes.went);
    BulkInsert insert(live, insert_location);
    for (const std::uint64_t phone : back) {
        changes.came.push_back(new_contact_id(random));
        append_location(insert.row(), changes.came.back(), phone, at);
    }
    insert.finish();
    std::sort(changes.came.begin(), changes.came.end());
    return changes;
}

Changes move_calls(BareConnection& live, std::mt19937_64& random, std::size_t registrations, std::int64_t at,
                   const Pace& pace) {
    Changes changes;
    live.each("SELECT dlg_id FROM dialog WHERE start_time <= " +
                  std::to_string(at - call_intervals * pace.interval_s) + " ORDER BY dlg_id",
              [&](sql::ResultSet& row) { changes.went.push_back(row.getUInt64(1)); });
    for_ids(live, "DELETE FROM dialog WHERE dlg_id", changes.went);
    changes.came = add_calls(live, random, calls_an_interval(registrations), at, pace.interval_s);
    std::sort(changes.came.begin(), changes.came.end());
    return changes;
}

void move(BareConnection& live, std::uint64_t minute, std::int64_t at, const std::string& file,
          const Pace& pace) {
    std::mt19937_64 random(minute * 7919 + 1);
    MinuteChanges changes;
    live.execute("START TRANSACTION");
    changes.location = move_registrations(live, random, at, pace);
    std::size_t registrations = 0;
    live.each("SELECT COUNT(*) FROM location",
              [&](sql::ResultSet& row) { registrations = std::size_t(row.getUInt64(1)); });
    changes.dialog = move_calls(live, random, registrations, at, pace);
    live.execute("COMMIT");
    write_changes(file, changes);
}

} // namespace

int main(int argc, char** argv) {
    try {
        const std::vector<std::string> words(argv + 1, argv + argc);
        if (words.size() >= 5 && words[0] == "create") {
            BareConnection live(words[1], words[2]);
            create(live, std::size_t(number(words[3])), number(words[4]), pace_of(words, 5));
        } else if (words.size() >= 6 && words[0] == "move") {
            BareConnection live(words[1], words[2]);
            move(live, std::uint64_t(number(words[3])), number(words[4]), words[5], pace_of(words, 6));
        } else {
            throw std::invalid_argument(
                "usage: population create SOCKET DATABASE REGISTRATIONS UNIXTIME [PACE].. | "
                "move SOCKET DATABASE MINUTE UNIXTIME CHANGES_FILE [PACE]..");
        }
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "population: " << error.what() << '\n';
        return 1;
    }
}
