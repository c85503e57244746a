#include "ledger_times.hpp"

#include "sipkeep/db/connection.hpp"

#include "dropped.hpp"

#include <algorithm>
#include <iterator>

namespace sipkeep {

LedgerTimes::LedgerTimes(Connection& connection, unsigned node_id, std::optional<UtcSeconds> pending)
    : pending_(pending), dropped_to_(sipkeep::dropped_to(connection, RetentionClass::ledger)) {
    {
        auto days = connection.query("SELECT CAST(day AS DATETIME) FROM kept_day WHERE node_id = " +
                                     std::to_string(node_id) + " ORDER BY day");
        while (days.next()) kept_.push_back(from_datetime(days.string(0)));
    }
    auto rows = connection.query(
        "SELECT captured_at, (mi_status = 'ok') + 2 * (dispatcher_status = 'ok') + "
        "4 * (dialog_status = 'ok') "
        "+ 8 * (location_status = 'ok') + 16 * (mi_row_status = 'ok') FROM capture WHERE node_id = " +
        std::to_string(node_id) + " ORDER BY captured_at");
    while (rows.next())
        if (const UtcSeconds at = from_datetime(rows.string(0)); at >= dropped_to_ || imported(midnight(at)))
            times_.push_back({at, static_cast<unsigned>(rows.number(1))});
    const auto own =
        std::ranges::find_if(times_, [&](const Time& time) { return !imported(midnight(time.at)); });
    if (own != times_.end()) first_own_ = own->at;
}

bool LedgerTimes::imported(UtcSeconds day) const {
    return std::ranges::binary_search(kept_, day);
}

bool LedgerTimes::joined(UtcSeconds day, UtcSeconds next) const {
    return next == day + std::chrono::days{1} || (!imported(day) && !imported(next));
}

bool LedgerTimes::goes_on(UtcSeconds day) const {
    const auto after = next(day + std::chrono::days{1});
    return after ? joined(day, midnight(*after)) : !imported(day);
}

bool LedgerTimes::begins_anew(UtcSeconds day) const {
    const auto here = std::ranges::lower_bound(times_, day, {}, &Time::at);
    if (here == times_.begin()) return imported(day);
    return !joined(midnight(std::prev(here)->at), day);
}

bool LedgerTimes::may_know(Source source, UtcSeconds at) const {
    if (may_have_seen(source, at) || times_.empty() || at < times_.front().at) return true;
    const UtcSeconds day = midnight(at);
    return (!first_own_ || at < *first_own_ || at < dropped_to_) && !any(day, day + std::chrono::days{1});
}

bool LedgerTimes::saw(Source source, UtcSeconds at) const {
    const auto found = std::ranges::lower_bound(times_, at, {}, &Time::at);
    return found != times_.end() && found->at == at && (found->ok >> unsigned(source) & 1U) != 0;
}

bool LedgerTimes::any(UtcSeconds from, UtcSeconds before) const {
    const auto found = std::ranges::lower_bound(times_, from, {}, &Time::at);
    return found != times_.end() && found->at < before;
}

std::optional<UtcSeconds> LedgerTimes::next(UtcSeconds from) const {
    const auto found = std::ranges::lower_bound(times_, from, {}, &Time::at);
    if (found != times_.end()) return found->at;
    return pending_ && *pending_ >= from ? pending_ : std::nullopt;
}

std::optional<UtcSeconds> LedgerTimes::newest() const {
    if (times_.empty()) return std::nullopt;
    return times_.back().at;
}

} // namespace sipkeep
