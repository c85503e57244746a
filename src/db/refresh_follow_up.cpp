#include "refresh_follow_up.hpp"

#include "sipkeep/core/batches.hpp"
#include "sipkeep/db/connection.hpp"

#include "time_literal.hpp"

#include <tuple>

namespace sipkeep {

namespace {

using std::chrono::days;

constexpr std::size_t refreshes_a_statement = 500;

} // namespace

void RefreshFollowUp::move(std::uint64_t contact_id, const StoredState& after, UtcSeconds version_from) {
    moved_.emplace(contact_id, Moved{after.seen_to, after.to, after.from, version_from});
}

void RefreshFollowUp::see(std::uint64_t contact_id, UtcSeconds old, UtcSeconds seen) {
    seen_.emplace(contact_id, Seen{old, seen});
}

void RefreshFollowUp::run(Connection& writer, Connection& reader) {
    if (!moved_.empty()) run_moved(writer, reader);
    if (!seen_.empty()) run_seen(writer, reader);
}

void RefreshFollowUp::run_moved(Connection& writer, Connection& reader) {
    {
        const UtcSeconds day = midnight(*next_);
        auto rows = reader.query("SELECT valid_to, contact_id, version_from FROM location_refresh_closed" +
                                 of_node() + " AND valid_to > " + at(*next_) + " AND valid_to <= " +
                                 at(day + days{1}) + " AND version_from <= " + at(*next_));
        while (rows.next()) {
            const auto moved = moved_.find(rows.number(1));
            if (moved == moved_.end() || rows.string(2) != to_datetime(moved->second.old)) continue;
            const std::string valid_to = rows.string(0);
            if (from_datetime(valid_to) <= moved->second.after) continue; // it is written already
            add(writer, "version_from", moved->second.version_from, valid_to, moved->first);
        }
    }
    flush(writer, "version_from");
    std::map<std::tuple<UtcSeconds, UtcSeconds>, std::vector<std::uint64_t>> open;
    for (const auto& [id, moved] : moved_)
        if (moved.until == open_end) open[{moved.version_from, moved.old}].push_back(id);
    for (const auto& [times, ids] : open)
        change_open(writer, "valid_from", std::get<0>(times), std::get<1>(times), ids);
}

void RefreshFollowUp::run_seen(Connection& writer, Connection& reader) {
    auto crossing = seen_;
    for (const UtcSeconds day : later_days_) {
        std::unordered_map<std::uint64_t, Seen> still;
        {
            auto rows = reader.query("SELECT valid_to, contact_id, captured_at FROM location_refresh_closed" +
                                     of_node() + " AND valid_to > " + at(day) + " AND valid_to <= " +
                                     at(day + days{1}) + " AND captured_at < " + at(day));
            const std::string end = to_datetime(day + days{1});
            while (rows.next()) {
                const auto seen = crossing.find(rows.number(1));
                if (seen == crossing.end() || rows.string(2) != to_datetime(seen->second.old)) continue;
                const std::string valid_to = rows.string(0);
                add(writer, "captured_at", seen->second.seen, valid_to, seen->first);
                if (valid_to == end) still.insert(*seen);
            }
        }
        flush(writer, "captured_at");
        crossing = std::move(still);
        if (crossing.empty()) break;
    }
    std::map<std::tuple<UtcSeconds, UtcSeconds>, std::vector<std::uint64_t>> open;
    for (const auto& [id, seen] : seen_) open[{seen.seen, seen.old}].push_back(id);
    for (const auto& [times, ids] : open)
        change_open(writer, "captured_at", std::get<0>(times), std::get<1>(times), ids);
}

void RefreshFollowUp::add(Connection& writer, const std::string& column, UtcSeconds value,
                          const std::string& valid_to, std::uint64_t contact_id) {
    changes_[value][valid_to].push_back(contact_id);
    if (++changed_ >= refreshes_a_statement) flush(writer, column);
}

void RefreshFollowUp::flush(Connection& writer, const std::string& column) {
    for (const auto& [value, by_end] : changes_) {
        std::string which;
        for (const auto& [end, ids] : by_end)
            which += (which.empty() ? "" : " OR ") + ("(valid_to = " + literal(end)) + " AND " +
                     in_list("contact_id", ids) + ")";
        writer.execute("UPDATE location_refresh_closed SET " + column + " = " + at(value) + of_node() +
                       " AND (" + which + ")");
    }
    changes_.clear();
    changed_ = 0;
}

void RefreshFollowUp::change_open(Connection& writer, const std::string& column, UtcSeconds value,
                                  UtcSeconds old, const std::vector<std::uint64_t>& contact_ids) const {
    in_batches(contact_ids, refreshes_a_statement, [&](auto ids) {
        writer.execute("UPDATE location_open SET " + column + " = " + at(value) + of_node() + " AND " +
                       column + " = " + at(old) + " AND " + in_list("contact_id", ids));
    });
}

} // namespace sipkeep
