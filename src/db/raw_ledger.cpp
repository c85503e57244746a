#include "raw_ledger.hpp"

#include "sipkeep/db/connection.hpp"

#include "time_literal.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sipkeep {

namespace {

using std::chrono::days;

constexpr const char* key_columns = "partition_name, set_id, uri, occurrence";

/// As capture_roll_up names them, and what a capture counts of each.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> rolled_sources{
    {{"any", "NULL"},
     {"mi", "samples"},
     {"dispatcher", "destinations"},
     {"dialog", "dialogs"},
     {"location", "contacts"}}};

} // namespace

RawLedger::RawLedger(Connection& connection, unsigned node_id, UtcSeconds day)
    : connection_(connection), of_node_(" WHERE node_id = " + std::to_string(node_id)), day_(day),
      end_(day + days{1}), edges_(connection, node_id, day) {}

std::vector<SourceLook> RawLedger::looks(std::string_view source) const {
    std::vector<SourceLook> found;
    const auto count =
        std::ranges::find(rolled_sources, source, &std::pair<std::string_view, std::string_view>::first);
    const std::string name(source);
    auto row = connection_.query("SELECT captured_at, " + std::string(count->second) + ", " +
                                 (source == "location" ? "refreshed" : "0") + " FROM capture" + of_node_ +
                                 " AND captured_at >= " + at(day_) + " AND captured_at < " + at(end_) +
                                 (source == "any" ? "" : " AND " + name + "_status = 'ok'") +
                                 " ORDER BY captured_at");
    while (row.next())
        found.push_back(
            {from_datetime(row.string(0)),
             row.null(1) ? std::nullopt : std::optional(static_cast<std::uint32_t>(row.number(1))),
             static_cast<std::uint32_t>(row.number(2))});
    return found;
}

void RawLedger::captures(const std::function<void(std::string_view, const LookDay&)>& show) {
    for (const auto& [source, count] : rolled_sources) {
        const auto found = looks(source);
        if (!found.empty()) show(source, roll_up(day_, found));
    }
}

void RawLedger::epochs(const std::function<void(UtcSeconds, UtcSeconds)>& show) {
    const std::string told = " AND mi_status = 'ok' AND epoch_started_at IS NOT NULL";
    const auto before =
        connection_.value("SELECT epoch_started_at FROM capture" + of_node_ + " AND captured_at < " +
                          at(day_) + told + " ORDER BY captured_at DESC LIMIT 1");
    auto row =
        connection_.query("SELECT MIN(captured_at) AS first_seen, epoch_started_at FROM capture" + of_node_ +
                          " AND captured_at >= " + at(day_) + " AND captured_at < " + at(end_) + told +
                          (before ? " AND epoch_started_at <> " + literal(*before) : "") +
                          " GROUP BY epoch_started_at ORDER BY first_seen");
    while (row.next()) show(from_datetime(row.string(0)), from_datetime(row.string(1)));
}

/// By destination and time, from those that the day before ended with, and for as long as nobody saw another.
std::vector<RawLedger::Version> RawLedger::versions() const {
    std::vector<Version> found;
    const UtcSeconds before = edges_.seen_before(day_).value_or(day_);
    const UtcSeconds held_end = before + days{1};
    auto row = connection_.query(
        std::string("SELECT ") + key_columns +
        ", valid_from, valid_to, state, valid_from = began FROM dispatcher_version" + of_node_ +
        " AND valid_from >= " + at(edges_.versions_from("dispatcher_version", before)) +
        " AND valid_from < " + at(end_) + " AND (valid_to > " + at(day_) + " OR valid_to = " + at(held_end) +
        ") ORDER BY " + key_columns + ", valid_from");
    while (row.next()) {
        Version version{{row.string(0), row.string(1), row.string(2), row.string(3)},
                        {from_datetime(row.string(4)), from_datetime(row.string(5)),
                         row.string(6) == "Active", row.number(7) != 0},
                        row.null(6) ? std::nullopt : std::optional(row.string(6))};
        if (version.stretch.to == held_end && held_end <= day_) version.stretch.to = day_;
        found.push_back(std::move(version));
    }
    return found;
}

void RawLedger::destinations(
    const std::function<void(const DestinationKey&, const std::optional<std::string>&,
                             const DestinationDay&)>& show) {
    if (!edges_.seen()) return;
    const auto captures = looks("dispatcher");
    const auto all = versions();
    for (auto first = all.begin(); first != all.end();) {
        const auto last =
            std::find_if(first, all.end(), [&](const Version& one) { return !(one.key == first->key); });
        std::vector<DestinationStretch> stretches;
        std::optional<std::string> at_start;
        bool listed = false;
        for (auto one = first; one != last; ++one) {
            stretches.push_back(one->stretch);
            if (one->stretch.from <= day_ && one->stretch.to > day_) at_start = one->state;
            listed = listed || one->stretch.to > day_;
        }
        if (listed) show(first->key, at_start, roll_up(day_, stretches, captures));
        first = last;
    }
}

std::string RawLedger::select_begun() const {
    return std::string("SELECT node_id, valid_from AS at, ") + key_columns + ", state" +
           edges_.begun("dispatcher_version");
}

std::string RawLedger::select_gone() const {
    return "SELECT h.node_id, h.ended_at, h.partition_name, h.set_id, h.uri, h.occurrence, NULL FROM (" +
           edges_.ends("dispatcher_version", std::string("node_id, ") + key_columns) +
           ") h LEFT JOIN dispatcher_version x ON x.node_id = h.node_id AND x.valid_from = h.ended_at AND "
           "x.partition_name = h.partition_name AND x.set_id = h.set_id AND x.uri = h.uri AND "
           "x.occurrence = h.occurrence WHERE x.node_id IS NULL";
}

} // namespace sipkeep
