#include "sipkeep/core/health.hpp"

#include <algorithm>
#include <array>

namespace sipkeep {

namespace {

using std::chrono::days;
using std::chrono::hours;

// Limits are documented in docs/operations.md ("Is it running?").
constexpr int stale_warning = 3, stale_critical = 10;       // intervals
constexpr std::uint32_t failures_critical = 10;             // captures in a row
constexpr std::uint64_t gap_warning = 1, gap_critical = 10; // percent of a day
constexpr std::uint64_t spool_critical = 80;                // percent of its room
constexpr days horizon_warning{7}, horizon_critical{3};
constexpr days retain_warning{3};
constexpr std::uint32_t late_warning = 10;    // percent of the newest captures
constexpr std::uint32_t enough_captures = 10; // to tell that a table stays empty, or a timer is late
constexpr Milliseconds skew_warning{2000};

std::string count_of(std::uint64_t count, const std::string& one, const std::string& many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string captures(std::uint64_t count) {
    return count_of(count, "capture", "captures");
}

std::string age(Seconds time) {
    if (time < Seconds{120}) return count_of(static_cast<std::uint64_t>(time.count()), "second", "seconds");
    if (time < hours{2})
        return std::to_string(std::chrono::floor<std::chrono::minutes>(time).count()) + " minutes";
    if (time < hours{48}) return std::to_string(std::chrono::floor<hours>(time).count()) + " hours";
    return std::to_string(std::chrono::floor<days>(time).count()) + " days";
}

std::string some_of(const std::vector<std::string>& list) {
    constexpr std::size_t shown = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(shown, list.size()); ++i) text += (i == 0 ? "" : ", ") + list[i];
    return text + (list.size() > shown ? " and " + std::to_string(list.size() - shown) + " more" : "");
}

HealthFinding freshness(const NodeCourse& node, Seconds interval, UtcSeconds now) {
    HealthFinding found{"freshness", HealthLevel::ok, {}, {}};
    const std::string todo =
        "is the timer of `sipkeep snapshot` active? Its messages say why it fails, or run it by hand with -v";
    if (!node.newest)
        return {"freshness", HealthLevel::critical, "history has no capture of this node", todo};
    const Seconds old = now - *node.newest;
    found.what = "the newest capture is of " + to_rfc3339(*node.newest) + ", " +
                 (old < Seconds{0} ? age(-old) + " ahead of this host's clock" : age(old) + " ago");
    if (old > interval * stale_critical)
        found.level = HealthLevel::critical;
    else if (old > interval * stale_warning || old < -interval)
        found.level = HealthLevel::warning;
    if (found.level != HealthLevel::ok) found.todo = todo;
    return found;
}

HealthFinding gaps(const NodeCourse& node, Seconds interval) {
    const auto asked = static_cast<std::uint64_t>((*node.newest - node.watched_from) / interval) + 1;
    const std::uint64_t missing = asked - std::min(node.captures, asked);
    HealthFinding found{"gaps",
                        HealthLevel::ok,
                        std::to_string(missing) + " of " + captures(asked) + " missing since " +
                            to_rfc3339(node.watched_from),
                        {}};
    if (missing <= 1) return found;
    if (missing * 100 >= asked * gap_critical)
        found.level = HealthLevel::critical;
    else if (missing * 100 >= asked * gap_warning)
        found.level = HealthLevel::warning;
    if (found.level != HealthLevel::ok) found.todo = "`sipkeep report gaps` lists them";
    return found;
}

void add_sources(const NodeCourse& node, std::vector<HealthFinding>& findings) {
    std::string well;
    for (const auto& [source, course] : node.sources) {
        if (course.failed_in_a_row == 0) {
            well += (well.empty() ? "" : ", ") + source;
            continue;
        }
        findings.push_back(
            {"source " + source,
             course.failed_in_a_row >= failures_critical ? HealthLevel::critical : HealthLevel::warning,
             "not read in the newest " + captures(course.failed_in_a_row) +
                 (course.since ? ", since " + to_rfc3339(*course.since) : "") +
                 (course.error.empty() ? "" : ": " + course.error),
             {}});
    }
    if (!well.empty()) findings.push_back({"sources", HealthLevel::ok, "read: " + well, {}});
}

HealthFinding punctuality(const NodeCourse& node) {
    HealthFinding found{"timer",
                        HealthLevel::ok,
                        std::to_string(node.late) + " of the newest " + captures(node.looked_at) +
                            " began later than a quarter of the interval after their time",
                        {}};
    // The first ones are made by hand.
    if (node.looked_at < enough_captures || node.late * 100 <= node.looked_at * late_warning) return found;
    found.level = HealthLevel::warning;
    found.todo = "look for AccuracySec= and RandomizedDelaySec= of the timer, and for load";
    return found;
}

HealthFinding kept_out(const std::string& condition, std::uint32_t unseen, std::uint32_t looked_at,
                       const std::string& what, const std::string& todo) {
    const bool always = unseen >= enough_captures && unseen == looked_at;
    return {condition, always ? HealthLevel::warning : HealthLevel::ok,
            always ? what + " in all of the newest " + captures(looked_at)
                   : "its rows agree with OpenSIPS's statistics",
            always ? todo : ""};
}

} // namespace

const char* to_string(HealthLevel level) {
    constexpr std::array<const char*, 4> names{"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    return names.at(static_cast<std::size_t>(level));
}

std::vector<HealthFinding> judge(const NodeCourse& node, Seconds interval, UtcSeconds now) {
    std::vector<HealthFinding> findings{freshness(node, interval, now)};
    if (!node.newest) return findings;
    findings.push_back(gaps(node, interval));
    add_sources(node, findings);
    findings.push_back(punctuality(node));
    if (node.sources.contains("dialog") && node.sources.contains("mi"))
        findings.push_back(kept_out("dialog table", node.dialogs_unseen, node.looked_at,
                                    "it is empty though dialog:active_dialogs counts calls",
                                    "OpenSIPS keeps calls out of SQL: set db_mode of its dialog module to 1 "
                                    "or 2, or dialog.source: mi"));
    if (node.sources.contains("location") && node.sources.contains("mi"))
        findings.push_back(kept_out("location table", node.contacts_unseen, node.looked_at,
                                    "it is empty though usrloc:registered_users counts some",
                                    "OpenSIPS keeps registrations out of SQL: choose a working mode of "
                                    "usrloc with SQL, or location.source: mi"));
    return findings;
}

std::vector<HealthFinding> judge(const HistoryCourse& history, UtcSeconds now) {
    std::vector<HealthFinding> findings;
    HealthFinding horizon{"partitions", HealthLevel::ok, {}, {}};
    horizon.what = history.horizon ? "captures can be stored up to " + to_rfc3339(*history.horizon)
                                   : "there are no daily partitions";
    const Seconds left = history.horizon ? *history.horizon - now : Seconds{0};
    if (left < horizon_critical)
        horizon.level = HealthLevel::critical;
    else if (left < horizon_warning)
        horizon.level = HealthLevel::warning;
    if (horizon.level != HealthLevel::ok)
        horizon.todo = "`sipkeep snapshot` adds them two weeks ahead: may its user ALTER and CREATE "
                       "(`sipkeep schema init --grants`)?";
    findings.push_back(horizon);

    HealthFinding retained{"retain", HealthLevel::ok, {}, {}};
    const auto since = history.retained ? history.retained : history.oldest;
    retained.what = history.retained ? "last done at " + to_rfc3339(*history.retained) : "has never run";
    if (since && now - *since > retain_warning) {
        retained.level = HealthLevel::warning;
        retained.todo = "nothing is packed, added up or dropped: is the timer of `sipkeep retain` active?";
    }
    findings.push_back(retained);
    return findings;
}

HealthFinding judge(const SpoolCourse& spool, Seconds interval, UtcSeconds now) {
    HealthFinding found{"spool", HealthLevel::ok, captures(spool.waiting) + " waiting", {}};
    if (spool.oldest) found.what += " since " + to_rfc3339(*spool.oldest);
    const bool full = spool.bytes * 100 >= spool.most_bytes * spool_critical ||
                      spool.waiting * 100 >= spool.most_files * spool_critical;
    if (!spool.lost.empty()) {
        found.level = HealthLevel::critical;
        found.what += "; lost " + spool.lost;
        found.todo = "the next capture that history takes names them in the ledger; give the spool more room";
    } else if (spool.waiting > 0 && full) {
        found.level = HealthLevel::critical;
        found.what += ", " + std::to_string(spool.bytes) + " of " + std::to_string(spool.most_bytes) +
                      " bytes and " + std::to_string(spool.waiting) + " of " +
                      std::to_string(spool.most_files) + " files taken";
        found.todo = "the oldest will be lost soon: bring the history database back, or raise "
                     "spool.max_bytes and max_files";
    } else if (spool.oldest && now - *spool.oldest > interval * stale_warning) {
        found.level = HealthLevel::warning;
        found.todo = "they are stored once history takes captures again; `sipkeep spool list` shows them";
    }
    return found;
}

HealthFinding judge_clock(const std::string& whose, Milliseconds ahead, Seconds interval) {
    const Milliseconds apart = ahead < Milliseconds{0} ? -ahead : ahead;
    HealthFinding found{"clock of " + whose,
                        HealthLevel::ok,
                        (apart < std::chrono::minutes{2} ? std::to_string(apart.count()) + " ms"
                                                         : age(std::chrono::floor<Seconds>(apart))) +
                            " " + (ahead < Milliseconds{0} ? "behind" : "ahead of") + " this host's",
                        {}};
    if (apart > interval)
        found.level = HealthLevel::critical;
    else if (apart > skew_warning)
        found.level = HealthLevel::warning;
    if (found.level != HealthLevel::ok)
        found.todo = "let chrony or ntpd set both; captures are booked by this host's clock";
    return found;
}

HealthFinding judge_opensips_clock(Milliseconds ahead, Seconds interval, const std::string& zone) {
    HealthFinding found = judge_clock("OpenSIPS", ahead, interval);
    // Zones lie quarters of an hour apart.
    const Milliseconds quarter = std::chrono::minutes{15};
    const Milliseconds apart = ahead < Milliseconds{0} ? -ahead : ahead;
    const Milliseconds beside = std::min(apart % quarter, quarter - apart % quarter);
    if (found.level == HealthLevel::critical && apart > quarter / 2 && beside <= skew_warning)
        found.todo = "is live.timezone (" + zone +
                     ") the zone of its host? Times of registrations and call records are read by it";
    return found;
}

HealthFinding judge_rights(const std::string& whose, const std::vector<std::string>& lacking,
                           const std::vector<std::string>& beyond) {
    HealthFinding found{"rights of " + whose, HealthLevel::ok, "as they should be", {}};
    if (lacking.empty() && beyond.empty()) return found;
    found.level = lacking.empty() ? HealthLevel::warning : HealthLevel::critical;
    found.what = lacking.empty() ? "more than needed: " + some_of(beyond) : "missing: " + some_of(lacking);
    found.todo = "`sipkeep schema init --grants` prints what it needs";
    return found;
}

HealthLevel worst(const std::vector<HealthFinding>& findings) {
    constexpr std::array order{HealthLevel::critical, HealthLevel::unknown, HealthLevel::warning};
    for (const HealthLevel level : order)
        if (std::ranges::any_of(findings, [&](const auto& one) { return one.level == level; })) return level;
    return HealthLevel::ok;
}

} // namespace sipkeep
