#include "raw_day.hpp"

#include "sipkeep/db/connection.hpp"
#include "sipkeep/db/reports.hpp"

#include "ledger.hpp"
#include "sample_days.hpp"
#include "statistic_names.hpp"
#include "time_literal.hpp"

#include <algorithm>
#include <set>

namespace sipkeep {

namespace {

using std::chrono::days;

} // namespace

RawDay::RawDay(Connection& connection, unsigned node_id, UtcSeconds day)
    : connection_(connection), of_node_(" WHERE node_id = " + std::to_string(node_id)), node_id_(node_id),
      day_(day), end_(day + days{1}),
      packed_to_(from_datetime(
          connection.value("SELECT samples_packed_to FROM node" + of_node_).value_or("1970-01-01 00:00:00"))),
      edges_(connection, node_id, day) {}

void RawDay::statistics(const std::function<void(std::uint64_t, const RolledStatistic&)>& show) {
    const auto kinds = read_kinds();
    SamplesById of_day = read_day(day_, false);
    for (const auto& [id, sample] : read_next()) of_day[id].push_back(sample);
    add_before(of_day);
    read_looks(of_day);
    for (const auto& [id, samples] : of_day) {
        const auto kind = kinds.find(id);
        show(id, roll_up(day_, samples, looks_, kind == kinds.end() ? StatisticKind::unknown : kind->second));
    }
}

/// Added up here: the server takes seconds for a table of 50,000 groups by name and time.
void RawDay::registrations(
    const std::function<void(const std::optional<std::string>&, const RegistrationDay&)>& show,
    const std::function<void(const DomainAgent&, const AgentDay&)>& show_agent) {
    const UtcSeconds first = from_datetime(first_look());
    const auto looks = last_looks();
    std::map<std::optional<std::string>, std::map<UtcSeconds, RegistrationChange>> by_domain;
    std::map<DomainAgent, std::array<std::uint32_t, 24>> by_agent;
    {
        auto row = connection_.query(versions());
        while (row.next()) {
            const auto name = [&](std::size_t column) {
                return row.null(column) ? std::nullopt : std::optional(row.string(column));
            };
            auto& changes = by_domain[name(0)];
            const auto change = [&](UtcSeconds time) -> RegistrationChange& {
                RegistrationChange& found = changes[time];
                found.at = time;
                return found;
            };
            const UtcSeconds from = from_datetime(row.string(1));
            const UtcSeconds to = from_datetime(row.string(2));
            auto& there = by_agent[{name(0), name(4)}];
            for (std::size_t hour = 0; hour < looks.size(); ++hour)
                if (looks.at(hour) && from <= *looks.at(hour) && to > *looks.at(hour)) ++there.at(hour);
            const bool begins = row.number(3) != 0; // not only cut at a midnight
            if (to > day_ && (edges_.seen() || from == end_)) {
                RegistrationChange& begun = change(std::max(from, day_));
                ++begun.net;
                if (from > day_ && begins && from > first) ++begun.came;
                if (from > day_ && !begins) ++begun.went_on;
            }
            if (const auto end = edges_.ended(from, to)) {
                RegistrationChange& gone = change(*end);
                --gone.net;
                ++gone.went;
            }
        }
    }
    const std::optional<UtcSeconds> known_from =
        edges_.seen() ? std::optional(std::max(day_, first)) : std::nullopt;
    for (auto& [domain, by_time] : by_domain) {
        std::vector<RegistrationChange> changes;
        for (auto& [time, change] : by_time) {
            change.went -= std::min(change.went, change.went_on);
            changes.push_back(change);
        }
        if (!changes.empty()) show(domain, roll_up(day_, changes, known_from));
    }
    for (const auto& [agent, there] : by_agent) {
        if (std::ranges::count(there, 0U) == std::ssize(there)) continue; // not at any of these looks
        AgentDay registrations;
        for (std::size_t hour = 0; hour < looks.size(); ++hour)
            if (looks.at(hour)) registrations.at(hour) = there.at(hour);
        show_agent(agent, registrations);
    }
}

std::map<std::uint64_t, StatisticKind> RawDay::read_kinds() const {
    std::map<std::uint64_t, StatisticKind> kinds;
    auto row = connection_.few("SELECT statistic_id, kind FROM statistic");
    while (row.next()) kinds.emplace(row.number(0), statistic_kind(row.string(1)));
    return kinds;
}

RawDay::SamplesById RawDay::read_packed(UtcSeconds day, bool only_last) const {
    SamplesById found;
    auto row = connection_.query(select_packed(node_id_) + " AND day = " + on(day));
    while (row.next()) {
        auto& samples = found[row.number(0)];
        for (const DaySample& one : unpack_day(packed_of(row)))
            samples.push_back({day + Seconds{one.second}, one.value, one.flag});
        if (only_last && samples.size() > 1) samples.erase(samples.begin(), samples.end() - 1);
    }
    return found;
}

RawDay::SamplesById RawDay::read_day(UtcSeconds day, bool only_last) const {
    return day < packed_to_ ? read_packed(day, only_last) : read_unpacked(day, only_last);
}

RawDay::SamplesById RawDay::read_unpacked(UtcSeconds day, bool only_last) const {
    const std::string in_day = of_node_ + " AND statistic_id IN (" + statistic_id_list(connection_) +
                               ") AND captured_at >= " + at(day) + " AND captured_at < " + at(day + days{1});
    const auto select = [&](const std::string& table) {
        const std::string columns = "s.statistic_id, s.captured_at, s.value, s.flag FROM ";
        if (!only_last) return "SELECT " + columns + table + " s" + in_day;
        return "SELECT " + columns + "(SELECT node_id, statistic_id, MAX(captured_at) AS captured_at FROM " +
               table + in_day + " GROUP BY node_id, statistic_id) l STRAIGHT_JOIN " + table +
               " s ON s.node_id = l.node_id AND s.statistic_id = l.statistic_id AND s.captured_at = "
               "l.captured_at";
    };
    SamplesById found;
    auto row = connection_.query("SELECT * FROM (" + select("sample") + " UNION ALL " +
                                 select("sample_late") + ") found ORDER BY statistic_id, captured_at");
    while (row.next()) {
        auto& samples = found[row.number(0)];
        if (only_last) samples.clear();
        samples.push_back({from_datetime(row.string(1)), std::stoll(row.string(2)),
                           static_cast<std::uint8_t>(row.number(3))});
    }
    return found;
}

std::map<std::uint64_t, TimedSample> RawDay::read_next() const {
    std::map<std::uint64_t, TimedSample> found;
    if (!connection_.value("SELECT 1 FROM capture" + of_node_ + " AND captured_at = " + at(end_) +
                           " AND mi_status = 'ok'"))
        return found;
    {
        auto row = connection_.query("SELECT statistic_id, value, flag FROM sample" + of_node_ +
                                     " AND statistic_id IN (" + statistic_id_list(connection_) +
                                     ") AND captured_at = " + at(end_));
        while (row.next())
            found[row.number(0)] = {end_, std::stoll(row.string(1)),
                                    static_cast<std::uint8_t>(row.number(2))};
    }
    auto row =
        connection_.query(select_packed(node_id_) + " AND day = " + on(end_) + " AND first_second = 0");
    while (row.next()) {
        const auto samples = unpack_day(packed_of(row));
        found[row.number(0)] = {end_, samples.front().value, samples.front().flag};
    }
    return found;
}

void RawDay::add_before(SamplesById& of_day) const {
    const auto yesterday = read_day(day_ - days{1}, true);
    for (auto& [id, samples] : of_day) {
        const auto found = yesterday.find(id);
        const auto before = found != yesterday.end() ? std::optional(found->second.front()) : last_before(id);
        if (before) samples.insert(samples.begin(), *before);
    }
}

std::optional<TimedSample> RawDay::last_before(std::uint64_t statistic_id) const {
    const std::string of_statistic = " AND statistic_id = " + std::to_string(statistic_id);
    if (day_ > packed_to_) {
        auto row = connection_.few("SELECT captured_at, value, flag FROM sample" + of_node_ + of_statistic +
                                   " AND captured_at >= " + at(packed_to_) + " AND captured_at < " +
                                   at(day_) + " ORDER BY captured_at DESC LIMIT 1");
        if (row.next())
            return TimedSample{from_datetime(row.string(0)), std::stoll(row.string(1)),
                               static_cast<std::uint8_t>(row.number(2))};
    }
    auto row = connection_.few(select_packed(node_id_) + of_statistic + " AND day < " +
                               on(std::min(day_, packed_to_)) + " ORDER BY day DESC LIMIT 1");
    if (!row.next()) return std::nullopt;
    const UtcSeconds day = from_datetime(row.string(1) + " 00:00:00");
    const DaySample last = unpack_day(packed_of(row)).back();
    return TimedSample{day + Seconds{last.second}, last.value, last.flag};
}

void RawDay::read_looks(const SamplesById& of_day) {
    const auto read = [&](const std::string& condition) {
        auto row = connection_.query("SELECT captured_at, started_at, epoch_started_at FROM capture" +
                                     of_node_ + " AND mi_status = 'ok' AND " + condition);
        while (row.next())
            looks_[from_datetime(row.string(0))] = {
                milliseconds_of(row.string(1)),
                row.null(2) ? std::nullopt : std::optional(from_datetime(row.string(2)))};
    };
    read("captured_at >= " + at(day_) + " AND captured_at <= " + at(end_));
    std::set<UtcSeconds> before;
    for (const auto& [id, samples] : of_day)
        if (samples.front().at < day_) before.insert(samples.front().at);
    for (const UtcSeconds time : before) read("captured_at = " + at(time));
}

/// What the first capture ever saw had come before, nobody knows when.
std::string RawDay::first_look() const {
    return connection_
        .value("SELECT captured_at FROM capture" + of_node_ +
               " AND location_status = 'ok' ORDER BY captured_at LIMIT 1")
        .value_or("9999-12-31 00:00:00");
}

std::array<std::optional<UtcSeconds>, 24> RawDay::last_looks() const {
    std::array<std::optional<UtcSeconds>, 24> looks;
    auto row = connection_.few("SELECT HOUR(captured_at), MAX(captured_at) FROM capture" + of_node_ +
                               " AND captured_at >= " + at(day_) + " AND captured_at < " + at(end_) +
                               " AND location_status = 'ok' GROUP BY HOUR(captured_at)");
    while (row.next()) looks.at(row.number(0)) = from_datetime(row.string(1));
    return looks;
}

std::string RawDay::happened() const {
    const std::string aor = with_report_parts(":aor_number(location_version)") + " AS aor";
    return "SELECT node_id, valid_from AS at, contact_id, CASE WHEN valid_from > first_seen THEN 'changed' "
           "ELSE 'came' END AS what, valid_from AS version_from, first_seen, " +
           aor + edges_.begun("location_version") + " AND (valid_from > first_seen OR valid_from > " +
           literal(first_look()) +
           ") UNION ALL SELECT h.node_id, h.ended_at, h.contact_id, 'went', h.valid_from, h.first_seen, "
           "h.aor FROM (" +
           edges_.ends("location_version", "node_id, contact_id, first_seen, " + aor) +
           ") h LEFT JOIN location_version x ON x.node_id = h.node_id AND x.valid_from = h.ended_at AND "
           "x.contact_id = h.contact_id AND x.first_seen = h.first_seen WHERE x.node_id IS NULL";
}

/// Names are looked up where another registration of the address of record went at that time, for versions
/// that changed, and for the last event of each address of record, if it went then.
std::string RawDay::select_events() const {
    const std::string of_version = " WHERE w.node_id = e.node_id AND w.valid_from = e.version_from AND "
                                   "w.contact_id = e.contact_id";
    const std::string same_name = "SELECT 1 FROM location_version w STRAIGHT_JOIN location_version s ON "
                                  "s.node_id = w.node_id AND s.username <=> w.username AND s.domain <=> "
                                  "w.domain AND ";
    return "SELECT k.node_id, k.at, k.contact_id, k.what, k.version_from, k.first_seen, CASE WHEN k.what = "
           "'left' THEN k.aor END AS aor FROM (SELECT e.node_id, e.at, e.contact_id, CASE WHEN (e.what = "
           "'changed' OR e.what = 'came' AND "
           "e.gone "
           "> 0) AND EXISTS (" +
           same_name + edges_.went_over("location_version", "s", "w.valid_from") +
           " AND (s.contact_id = w.contact_id OR s.sip_instance = w.sip_instance)" + of_version +
           " AND NOT (s.contact <=> w.contact AND s.received <=> w.received AND s.user_agent <=> "
           "w.user_agent AND s.socket <=> w.socket)) THEN 'moved' "
           "WHEN e.what = 'went' AND e.nth = 1 AND NOT EXISTS (" +
           same_name + edges_.held_at_end("location_version", "s") + of_version +
           ") THEN 'left' ELSE e.what END AS what, e.version_from, e.first_seen, e.aor FROM (SELECT u.*, "
           "SUM(u.what = 'went') OVER (PARTITION BY u.aor, u.at) AS gone, "
           "ROW_NUMBER() OVER (PARTITION BY u.aor ORDER BY u.at DESC, u.contact_id) AS nth FROM (" +
           happened() + ") u) e) k";
}

std::string RawDay::from_events(const std::string& kinds) const {
    return " FROM registration_event e STRAIGHT_JOIN location_version v ON v.node_id = e.node_id AND "
           "v.valid_from = e.version_from AND v.contact_id = e.contact_id WHERE e.node_id = " +
           std::to_string(node_id_) + " AND e.what IN (" + kinds + ") AND e.at > " + at(day_) +
           " AND e.at <= " + at(end_);
}

/// What moved and had not been there before, came.
std::string RawDay::select_aors() const {
    return with_report_parts(
        "SELECT a.node_id, CAST(" + on(day_) +
        " AS DATE) AS day, a.aor, a.domain, a.came, a.went, CAST(LEFT(a.newest, 19) AS DATETIME) AS "
        "last_came_at, CAST(SUBSTRING(a.newest, 20) AS UNSIGNED) AS last_contact_id FROM (SELECT u.node_id, "
        "u.aor, MAX(u.domain) AS domain, SUM(u.came) AS came, SUM(1 - u.came) AS went, MAX(CASE WHEN u.came "
        "= 1 THEN CONCAT(u.at, u.contact_id) END) AS newest FROM (SELECT e.node_id, e.at, e.contact_id, "
        "e.what IN ('came', 'moved') AS came, :aor_number(v) AS aor, :domain_number(v.domain) AS domain" +
        from_events("'came', 'moved', 'went', 'left'") +
        " AND (e.what <> 'moved' OR e.first_seen = e.at)) u GROUP BY u.node_id, u.aor) a");
}

std::string RawDay::select_stays() const {
    const std::string known_from = "CASE WHEN e.first_seen <= " + literal(first_look()) +
                                   " THEN e.first_seen ELSE CAST('1970-01-01' AS DATETIME) END";
    return with_report_parts(
        "SELECT s.node_id, CAST(" + on(day_) +
        " AS DATE) AS day, s.domain, s.stayed, s.known_from, COUNT(*) AS registrations FROM (SELECT "
        "e.node_id, :domain_number(v.domain) AS domain, :stay_class(e) AS stayed, " +
        known_from + " AS known_from" + from_events("'went', 'left'") +
        ") s GROUP BY s.node_id, s.domain, s.stayed, s.known_from");
}

/// Without those that midnight cut: it does so later, and slice by slice.
std::string RawDay::select_long_refreshes() const {
    return "SELECT node_id, valid_to, contact_id, captured_at, version_from, expires FROM "
           "location_refresh_closed" +
           of_node_ + " AND valid_to > " + at(day_) + " AND valid_to < " + at(end_) +
           " AND captured_at < valid_to - INTERVAL 2 HOUR";
}

/// Rows (domain, valid_from, valid_to, whether a registration began there, user_agent) that tell of the day
/// and the midnight that ends it.
std::string RawDay::versions() const {
    return "SELECT domain, valid_from, valid_to, valid_from = first_seen, user_agent FROM location_version" +
           of_node_ + " AND valid_from >= " + at(edges_.versions_from("location_version", edges_.held())) +
           " AND valid_from <= " + at(end_) +
           " AND valid_to >= " + at(std::min(edges_.held() + days{1}, day_));
}

} // namespace sipkeep
