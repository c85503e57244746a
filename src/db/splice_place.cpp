#include "splice_place.hpp"

#include "sipkeep/db/connection.hpp"

namespace sipkeep {

namespace {

constexpr std::array<std::pair<Source, const char*>, 5> statuses{{{Source::mi, "mi_status"},
                                                                  {Source::dispatcher, "dispatcher_status"},
                                                                  {Source::dialog, "dialog_status"},
                                                                  {Source::location, "location_status"},
                                                                  {Source::mi_rows, "mi_row_status"}}};

} // namespace

SplicePlace::SplicePlace(Connection& connection, unsigned node_id, UtcSeconds at_time, Of of)
    : at(at_time), day(midnight(at_time)) {
    const std::string of_node = " FROM capture WHERE node_id = " + std::to_string(node_id);
    const auto sql = [](UtcSeconds time) { return literal(to_datetime(time)); };
    // Day by day: years of captures may follow.
    for (UtcSeconds from = day;; from = days.back() + std::chrono::days{1}) {
        const auto first =
            connection.value("SELECT MIN(captured_at)" + of_node + " AND captured_at >= " + sql(from));
        if (!first) break;
        days.push_back(midnight(from_datetime(*first)));
        if (of == Of::statistics) break; // only the own day matters
    }
    day_is_new = days.empty() || days.front() != day;
    if (day_is_new) {
        days.insert(days.begin(), day);
        const auto before =
            connection.value("SELECT MAX(captured_at)" + of_node + " AND captured_at < " + sql(day));
        if (before) day_before = midnight(from_datetime(*before));
    }
    for (const auto& [source, status] : statuses) {
        if (of == Of::statistics && source != Source::mi) continue;
        const auto found = connection.value("SELECT MIN(captured_at)" + of_node + " AND captured_at > " +
                                            sql(at) + " AND " + status + " = 'ok'");
        if (found) next[static_cast<std::size_t>(source)] = from_datetime(*found);
    }
}

SpliceWindow SplicePlace::window(Source source) const {
    SpliceWindow window{.at = at, .next = next[static_cast<std::size_t>(source)], .days = {}};
    for (const UtcSeconds day_of_capture : days)
        if (!window.next || day_of_capture <= *window.next) window.days.push_back(day_of_capture);
    return window;
}

std::vector<UtcSeconds> SplicePlace::days_behind(const SpliceWindow& window) const {
    return {days.begin() + static_cast<std::ptrdiff_t>(window.days.size()), days.end()};
}

std::optional<UtcSeconds> SplicePlace::moment_before() const {
    if (!day_is_new) return at;
    if (!day_before) return std::nullopt;
    return *day_before + std::chrono::days{1} - Seconds{1};
}

} // namespace sipkeep
