#include "sipkeep/app/look.hpp"

#include "sipkeep/app/redactor.hpp"
#include "sipkeep/core/error.hpp"
#include "sipkeep/core/text.hpp"
#include "sipkeep/sys/log.hpp"

#include "tables_and_memory.hpp"

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

bool can_read(const ArchiveSources& sources, TableSource source, bool thinned) {
    return source == TableSource::memory ? sources.mi != nullptr && !thinned : sources.live != nullptr;
}

/// Statistics and dispatcher are always asked for.
bool costs_much(const ArchivePlan& plan, const ArchiveSources& sources) {
    return sources.mi != nullptr &&
           (!plan.questions.empty() || (plan.dialog && asks_memory(plan.dialog_source)) ||
            (plan.location && asks_memory(plan.location_source)));
}

/// Each command succeeds or fails alone. What is a number becomes a statistic like the others.
void ask_questions(const ArchivePlan& plan, const ArchiveSources& sources, Capture& capture) {
    if (sources.mi == nullptr) return;
    bool told = false;
    for (const MiQuestion& question : plan.questions) {
        std::optional<MiAnswer> answer;
        if (!capture.thinned) {
            try {
                answer = sources.mi->answer(question, Deadline(plan.mi_timeout));
            } catch (const SourceError& error) {
                capture.errors.push_back(ledger_line(error.what()));
            }
        }
        if (!answer) {
            capture.not_listed.push_back(question.name);
            continue;
        }
        told = true;
        for (std::size_t i = 0; i < answer->rows.size(); ++i) capture.listed.add(answer->rows[i]);
        if (capture.mi == SourceStatus::ok)
            for (Statistic& statistic : answer->statistics)
                capture.statistics.statistics.push_back(std::move(statistic));
    }
    if (told)
        capture.mi_rows = SourceStatus::ok;
    else if (!capture.not_listed.empty())
        capture.mi_rows = capture.thinned ? SourceStatus::off : SourceStatus::failed;
}

/// What is in a table and not in memory, where both were read.
void add_ghosts(const ArchivePlan& plan, const TablesAndMemory& joined, Capture& capture) {
    const auto add = [&](std::string_view name, bool wanted, const TableLook& look,
                         const std::vector<std::uint64_t>& ids) {
        if (look.from == ReadFrom::both) {
            capture.mi_rows = SourceStatus::ok;
            for (const std::uint64_t id : ids) {
                capture.listed.add(name);
                capture.listed.add(std::to_string(id));
                capture.listed.add("{}");
            }
        } else if (wanted) {
            capture.not_listed.emplace_back(name);
        }
    };
    add(dialog_ghosts, plan.dialog && plan.dialog_source == TableSource::both, capture.dialog_look,
        joined.dialog_ghosts());
    add(location_ghosts, plan.location && plan.location_source == TableSource::both, capture.location_look,
        joined.location_ghosts());
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

Look look(const ArchivePlan& plan, const ArchiveSources& sources, UtcMilliseconds now, Milliseconds mi_debt) {
    Look look;
    Capture& capture = look.capture;
    capture.node = plan.node;
    capture.captured_at = interval_start(now, plan.interval);
    capture.started_at = now;
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
    const auto busy = [&] {
        return sources.mi != nullptr ? sources.mi->busy() : std::chrono::microseconds{0};
    };
    const std::chrono::microseconds busy_before = busy();
    capture.thinned = plan.mi_budget && mi_debt > Milliseconds{0} && costs_much(plan, sources);
    ask_questions(plan, sources, capture);
    auto joined = std::make_unique<TablesAndMemory>(plan, sources, capture, now);
    look_through(plan, joined.get(), look);
    const auto note_failure = [&] {
        if (const auto failure = joined->take_failure()) capture.errors.push_back(ledger_line(*failure));
    };
    if (plan.dialog && can_read(sources, plan.dialog_source, capture.thinned))
        capture.dialog = looked(capture, [&] {
            capture.dialogs = look.live->dialogs();
            capture.dialog_look = joined->dialog_look();
            note_failure();
            return true;
        });
    if (plan.location && can_read(sources, plan.location_source, capture.thinned))
        capture.location = looked(capture, [&] {
            look.contacts = look.live->contact_states();
            capture.location_look = joined->location_look();
            note_failure();
            return true;
        });
    add_ghosts(plan, *joined, capture);
    if (sources.mi != nullptr) {
        capture.mi_busy = std::chrono::round<Milliseconds>(busy());
        capture.mi_lists_busy = std::chrono::ceil<Milliseconds>(busy() - busy_before);
    }
    look.joined = std::move(joined);
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
