#include "sipkeep/app/look.hpp"

#include "sipkeep/app/redactor.hpp"
#include "sipkeep/core/error.hpp"
#include "sipkeep/core/text.hpp"
#include "sipkeep/sys/log.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace sipkeep {

namespace {

std::string without_trailing_spaces(std::string text) {
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
}

Rows rows_of(const std::vector<Destination>& destinations) {
    Rows rows(dispatcher_table().columns.size());
    const auto add_number = [&](const std::optional<std::int64_t>& number) {
        if (number)
            rows.add(std::to_string(*number));
        else
            rows.add(std::nullopt);
    };
    std::map<std::tuple<std::string, std::int64_t, std::string>, int> seen;
    for (const Destination& d : destinations) {
        // Trailing spaces do not tell keys apart in the database, so they must not here.
        const int occurrence =
            seen[{without_trailing_spaces(d.partition_name), d.set_id, without_trailing_spaces(d.uri)}]++;
        rows.add(d.partition_name);
        rows.add(std::to_string(d.set_id));
        rows.add(d.uri);
        rows.add(std::to_string(occurrence));
        rows.add(d.state);
        rows.add(d.attr);
        rows.add(d.description);
        add_number(d.priority);
        add_number(d.weight);
    }
    return rows;
}

StatisticsCapture storable(StatisticsCapture found, UtcMilliseconds now) {
    constexpr std::size_t longest_group = 64;
    constexpr std::size_t longest_name = 190;
    std::erase_if(found.statistics, [&](const Statistic& s) {
        const bool too_long = s.group.size() > longest_group || s.name.size() > longest_name;
        if (too_long) found.unreadable.push_back(s.group + ":" + s.name);
        return too_long;
    });
    const std::int64_t longest_uptime = std::chrono::floor<Seconds>(now).time_since_epoch().count();
    if (found.uptime_s && (*found.uptime_s < 0 || *found.uptime_s > longest_uptime)) found.uptime_s.reset();
    return found;
}

/// Runs one look; what it throws marks the source. A look may tell that there is nothing to look at.
template <class See>
SourceStatus looked(Capture& capture, See see) {
    try {
        return see() ? SourceStatus::ok : SourceStatus::off;
    } catch (const SourceError& error) {
        capture.errors.push_back(ledger_line(error.what()));
        return SourceStatus::failed;
    }
}

} // namespace

std::string ledger_line(const std::string& reason) {
    constexpr std::size_t longest = 1000;
    const auto is_continuation = [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
    };
    std::string line = printable(reason);
    std::size_t end = std::min(longest, line.size());
    while (end < line.size() && end > 0 && is_continuation(line[end])) --end;
    line.resize(end);
    return to_storable(line);
}

void look_through(const ArchivePlan& plan, LiveReader* live, Look& look) {
    if (live != nullptr && plan.redactor)
        look.redacted = std::make_unique<RedactedReader>(*live, *plan.redactor);
    look.live = look.redacted ? look.redacted.get() : live;
}

Look look(const ArchivePlan& plan, const ArchiveSources& sources, UtcMilliseconds now) {
    Look look;
    Capture& capture = look.capture;
    capture.node = plan.node;
    capture.captured_at = interval_start(now, plan.interval);
    capture.started_at = now;
    look_through(plan, sources.live, look);
    if (sources.mi != nullptr && plan.statistics)
        capture.mi = looked(capture, [&] {
            capture.statistics =
                storable(sources.mi->statistics(plan.groups, Deadline(plan.mi_timeout)), now);
            return true;
        });
    if (sources.mi != nullptr && plan.dispatcher)
        capture.dispatcher = looked(capture, [&] {
            const auto found = sources.mi->dispatcher(Deadline(plan.mi_timeout));
            if (found) capture.destinations = rows_of(*found);
            return found.has_value(); // an OpenSIPS without the dispatcher module has nothing to look at
        });
    if (sources.live != nullptr && plan.dialog)
        capture.dialog = looked(capture, [&] {
            capture.dialogs = look.live->dialogs();
            return true;
        });
    if (sources.live != nullptr && plan.location)
        capture.location = looked(capture, [&] {
            look.contacts = look.live->contact_states();
            return true;
        });
    if (sources.saw) sources.saw(capture);
    return look;
}

void take_calls(const ArchiveSources& sources, Look& look) {
    if (!sources.take_calls) return;
    try {
        look.calls = sources.take_calls();
        look.acc = SourceStatus::ok;
    } catch (const UsageError&) {
        throw;
    } catch (const Error& error) {
        look.acc = SourceStatus::failed;
        look.capture.errors.push_back(ledger_line(std::string("acc: ") + error.what()));
    }
}

} // namespace sipkeep
