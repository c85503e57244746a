#include "refresh_check.hpp"

#include "sipkeep/db/connection.hpp"

#include <algorithm>
#include <tuple>

namespace sipkeep {

void RefreshCheck::add(const Refresh& refresh, const std::string& what) const {
    const std::string table = refresh.to == endless ? "location_open" : "location_refresh_closed";
    node_.findings.add(Invariant::refreshes, versions_.place(refresh.key, table) + ": the refresh of " +
                                                 shown(refresh.seen) + " until " + shown(refresh.to) + " " +
                                                 what);
}

void RefreshCheck::check_day(UtcSeconds day, std::vector<CheckedVersion>& versions, const KeySlice& slice) {
    if (day < start_) return;
    {
        // A refresh that midnight ended belongs to the day before. In the order of the key: nothing is
        // sorted.
        auto rows = node_.connection.query(
            "SELECT contact_id, " + seconds_of("captured_at") + ", " + seconds_of("valid_to") + ", " +
            seconds_of("version_from") + " FROM location_refresh_closed" + of_node(node_.id, "") +
            " AND valid_to > " + literal(to_datetime(day)) +
            " AND valid_to <= " + literal(to_datetime(day + std::chrono::days{1})) +
            slice.condition("contact_id") + " ORDER BY valid_to, contact_id");
        while (rows.next()) {
            ++node_.findings.refreshes;
            judge({.key = rows.number(0),
                   .seen = time_of(rows, 1),
                   .to = time_of(rows, 2),
                   .version_from = time_of(rows, 3)},
                  versions);
        }
    }
    for (CheckedVersion& version : versions) {
        if (version.to == endless)
            fill({.key = version.key,
                  .seen = version.open_refresh,
                  .to = endless,
                  .version_from = version.from},
                 version);
        judge_filled(version);
    }
}

void RefreshCheck::judge(const Refresh& refresh, std::vector<CheckedVersion>& versions) {
    const auto version = std::ranges::lower_bound(versions, std::tuple(refresh.key, refresh.version_from), {},
                                                  [](const auto& v) { return std::tuple(v.key, v.from); });
    if (version == versions.end() || version->key != refresh.key || version->from != refresh.version_from)
        add(refresh,
            "belongs to a version of " + shown(refresh.version_from) + " that does not begin on its day");
    else
        fill(refresh, *version);
}

void RefreshCheck::fill(const Refresh& refresh, CheckedVersion& version) {
    const UtcSeconds from = std::max(refresh.seen, refresh.version_from);
    if (!node_.ledger.may_know(Source::location, refresh.seen))
        add(refresh, "was seen by no capture that read location");
    if (refresh.to <= from)
        add(refresh, "does not end after it begins");
    else if (from < version.refreshed_to)
        add(refresh, "overlaps the one until " + shown(version.refreshed_to));
    else if (from > version.refreshed_to && node_.ledger.any(version.refreshed_to, from))
        add(refresh, "leaves a hole from " + shown(version.refreshed_to) + " on");
    else if (refresh.to > version.to)
        add(refresh, "outlasts its version " + shown(version));
    version.refreshed_to = std::max(version.refreshed_to, refresh.to);

    // Neither the pieces of one that midnight split count, nor the first sight of a registration.
    const bool first_sight = version.began == version.from && refresh.seen == version.from;
    if (refresh.seen >= refresh.version_from && !first_sight) ++refreshed_[refresh.seen];
}

void RefreshCheck::judge_filled(const CheckedVersion& version) {
    if (version.refreshed_to < version.to)
        node_.findings.add(Invariant::refreshes, versions_.place(version.key, versions_.version_table()) +
                                                     " " + shown(version) + ": its refreshes end at " +
                                                     shown(version.refreshed_to));
}

std::uint64_t RefreshCheck::refreshed(UtcSeconds at) {
    std::uint64_t count = 0;
    while (!refreshed_.empty() && refreshed_.begin()->first <= at) {
        if (refreshed_.begin()->first == at) count = refreshed_.begin()->second;
        refreshed_.erase(refreshed_.begin());
    }
    return count;
}

} // namespace sipkeep
