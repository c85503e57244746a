#include "ledger_times.hpp"

#include "sipkeep/db/connection.hpp"

#include <algorithm>

namespace sipkeep {

LedgerTimes::LedgerTimes(Connection& connection, unsigned node_id, std::optional<UtcSeconds> pending)
    : pending_(pending) {
    auto rows = connection.query("SELECT captured_at, (mi_status = 'ok') + 2 * (dispatcher_status = 'ok') + "
                                 "4 * (dialog_status = 'ok') "
                                 "+ 8 * (location_status = 'ok') FROM capture WHERE node_id = " +
                                 std::to_string(node_id) + " ORDER BY captured_at");
    while (rows.next())
        times_.push_back({from_datetime(rows.string(0)), static_cast<unsigned>(rows.number(1))});
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

std::optional<UtcSeconds> LedgerTimes::first() const {
    if (times_.empty()) return std::nullopt;
    return times_.front().at;
}

std::optional<UtcSeconds> LedgerTimes::newest() const {
    if (times_.empty()) return std::nullopt;
    return times_.back().at;
}

} // namespace sipkeep
