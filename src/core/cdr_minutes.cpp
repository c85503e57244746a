#include "sipkeep/core/cdr_minutes.hpp"

#include "sipkeep/core/sip_uri.hpp"
#include "sipkeep/core/text.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

namespace sipkeep {

namespace {

constexpr std::size_t most_parties = 50'000;
constexpr std::int64_t minute_ms = 60'000;

std::int64_t seconds_of(UtcSeconds time) {
    return time.time_since_epoch().count();
}
std::int64_t minute_of(UtcSeconds time) {
    return std::chrono::floor<std::chrono::minutes>(time).time_since_epoch().count();
}
/// The first minute that starts at or after `time`.
std::int64_t next_minute(UtcSeconds time) {
    return std::chrono::ceil<std::chrono::minutes>(time).time_since_epoch().count();
}
UtcSeconds time_of(std::int64_t minute) {
    return UtcSeconds{std::chrono::minutes{minute}};
}

void keep_extremes(EndpointCalls& calls, const EndpointCalls& other) {
    if (other.shortest && (!calls.shortest || *other.shortest < *calls.shortest))
        calls.shortest = other.shortest;
    if (other.longest && (!calls.longest || *other.longest > *calls.longest)) calls.longest = other.longest;
}

void count_settled(MinuteCalls& calls, int code) {
    constexpr int cancelled = 487;
    if (code < 300)
        ++calls.answered;
    else if (code == cancelled)
        ++calls.cancelled;
    else
        ++calls.failed.at(static_cast<std::size_t>(code / 100 - 3));
}

} // namespace

const char* to_string(CallDirection direction) {
    static constexpr std::array<const char*, 3> names{"all", "out", "in"};
    return names.at(static_cast<std::size_t>(direction));
}

void MinuteCourse::add(const MinuteCourse& other) {
    for (std::size_t i = 0; i < changes_.size(); ++i) changes_.at(i) += other.changes_.at(i);
}

MinuteCourse::Peak MinuteCourse::peak(std::int64_t at_start) const {
    Peak peak{at_start, 0};
    std::int64_t calls = at_start;
    for (unsigned second = 1; second < changes_.size(); ++second) {
        calls += changes_.at(second);
        if (calls > peak.calls) peak = {calls, second};
    }
    return peak;
}

std::string MinuteCourse::text() const {
    std::string text;
    for (std::size_t second = 1; second < changes_.size(); ++second) {
        const std::int32_t change = changes_.at(second);
        if (change == 0) continue;
        if (!text.empty()) text += ' ';
        text += std::to_string(second) + (change > 0 ? "+" : "") + std::to_string(change);
    }
    return text;
}

MinuteCourse MinuteCourse::parse(std::string_view text) {
    MinuteCourse course;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
        unsigned second = 0;
        std::int32_t change = 0;
        const auto first = std::from_chars(at, end, second);
        const bool plus = first.ec == std::errc{} && first.ptr != end && *first.ptr == '+';
        const auto last = std::from_chars(first.ptr + (plus ? 1 : 0), end, change);
        if (first.ec != std::errc{} || last.ec != std::errc{} || second == 0 || second > 59 || change == 0)
            throw Error("cdr_minute: a course that sipkeep never writes: '" + std::string(text) + "'");
        course.add(second, change);
        at = last.ptr;
        if (at != end && *at == ' ') ++at;
    }
    return course;
}

void MinuteCalls::add(const MinuteCalls& other) {
    attempts += other.attempts;
    answered += other.answered;
    for (std::size_t i = 0; i < failed.size(); ++i) failed.at(i) += other.failed.at(i);
    cancelled += other.cancelled;
    ended += other.ended;
    talked += other.talked;
    concurrent += other.concurrent;
    course.add(other.course);
}

void EndpointCalls::add(const EndpointCalls& other) {
    out += other.out;
    in += other.in;
    answered += other.answered;
    failed += other.failed;
    talked += other.talked;
    keep_extremes(*this, other);
}

std::uint32_t CdrSums::endpoint_of(const std::string& name) {
    const auto [found, is_new] =
        endpoints_by_name_.try_emplace(name, static_cast<std::uint32_t>(endpoint_names_.size()));
    if (is_new) endpoint_names_.push_back(name);
    return found->second;
}

std::size_t CdrSums::series_of(const std::string& domain, CallDirection direction) {
    const auto [found, is_new] = series_by_name_.try_emplace({domain, direction}, series_.size());
    if (is_new) series_.push_back({domain, direction});
    return found->second;
}

const CdrSums::Party& CdrSums::party_of(std::string_view uri) {
    // Few phones make many calls.
    const auto known = parties_.find(uri);
    if (known != parties_.end()) return known->second;
    if (parties_.size() >= most_parties) parties_.clear();
    const SipUri parsed = parse_party(to_storable(uri));
    const std::string domain = parsed.domain.value_or("");
    Party party{series_of(domain, CallDirection::out), series_of(domain, CallDirection::in), {}};
    if (parsed.user) party.endpoint = endpoint_of(*parsed.user + (domain.empty() ? "" : "@" + domain));
    return parties_.emplace(std::string(uri), party).first->second;
}

CdrSums::Cell& CdrSums::cell(Series& series, std::int64_t minute) {
    auto& [recent_minute, recent] =
        series.recent.at(static_cast<std::uint64_t>(minute) % series.recent.size());
    if (recent != nullptr && recent_minute == minute) return *recent;
    const auto [found, is_new] = series.cells.try_emplace(minute);
    if (is_new) {
        ++cells_;
        const std::int64_t before = series.last - series.first + 1;
        series.first = before == 0 ? minute : std::min(series.first, minute);
        series.last = before == 0 ? minute : std::max(series.last, minute);
        spanned_minutes_ += static_cast<std::size_t>(series.last - series.first + 1 - before);
    }
    recent_minute = minute;
    recent = &found->second;
    return found->second;
}

void CdrSums::add_to(Series& series, const Cdr& cdr) {
    const UtcSeconds begin = cdr.settled_at;
    const std::int64_t first = minute_of(begin);
    const std::int64_t tried = minute_of(cdr.attempted_at);
    Cell& at_first = cell(series, first);
    ++(tried == first ? at_first : cell(series, tried)).calls.attempts;
    count_settled(at_first.calls, cdr.code);
    if (!cdr.answered()) return;

    const UtcSeconds end = cdr.ended_at();
    const std::int64_t last = minute_of(end);
    Cell& at_last = last == first ? at_first : cell(series, last);
    ++at_last.calls.ended;
    const std::int64_t begin_ms = seconds_of(begin) * 1000;
    if (first == last) {
        at_first.calls.talked += cdr.talked;
    } else {
        at_first.calls.talked += Milliseconds{(first + 1) * minute_ms - begin_ms};
        at_last.calls.talked += Milliseconds{begin_ms + cdr.talked.count() - last * minute_ms};
    }
    if (last - first > 1) {
        ++cell(series, first + 1).whole;
        --at_last.whole;
        inner_minutes_ += static_cast<std::size_t>(last - first - 1);
    }
    if (begin == end) return;
    const auto begin_second = static_cast<unsigned>(seconds_of(begin) % 60);
    const auto end_second = static_cast<unsigned>(seconds_of(end) % 60);
    if (begin_second != 0) at_first.calls.course.add(begin_second, 1);
    if (end_second != 0) at_last.calls.course.add(end_second, -1);
    const std::int64_t up_from = next_minute(begin);
    const std::int64_t up_to = next_minute(end);
    if (up_from == up_to) return;
    ++(up_from == first ? at_first : cell(series, up_from)).up;
    --(up_to == last ? at_last : cell(series, up_to)).up;
}

void CdrSums::add_to(std::uint32_t endpoint, const Cdr& cdr, CallDirection direction) {
    const std::int64_t hour =
        std::chrono::floor<std::chrono::hours>(cdr.attempted_at).time_since_epoch().count();
    EndpointCalls& calls = endpoints_[static_cast<std::uint64_t>(hour) << 32U | endpoint];
    EndpointCalls one;
    (direction == CallDirection::out ? one.out : one.in) = 1;
    (cdr.answered() ? one.answered : one.failed) = 1;
    if (cdr.answered()) {
        one.talked = cdr.talked;
        one.shortest = one.longest = cdr.talked;
    }
    calls.add(one);
}

void CdrSums::add(const Cdr& cdr, Field caller, Field callee, Field reason) {
    if (!cdr.answered())
        ++failures_[{time_of(minute_of(cdr.settled_at)), cdr.code, to_storable(reason.value_or(""))}];
    if (series_.empty()) series_of("*", CallDirection::all); // the first one
    add_to(series_.front(), cdr);
    if (caller) {
        const Party& party = party_of(*caller);
        add_to(series_[party.series_out], cdr);
        if (party.endpoint) add_to(*party.endpoint, cdr, CallDirection::out);
    }
    if (callee) {
        const Party& party = party_of(*callee);
        add_to(series_[party.series_in], cdr);
        if (party.endpoint) add_to(*party.endpoint, cdr, CallDirection::in);
    }
}

std::map<MinuteKey, MinuteCalls> CdrSums::minutes() const {
    static const MinuteCalls nothing;
    std::map<MinuteKey, MinuteCalls> sums;
    for (const Series& series : series_) {
        std::vector<std::int64_t> known;
        for (const auto& [minute, cell] : series.cells) known.push_back(minute);
        std::ranges::sort(known);
        std::int64_t up = 0;
        std::int64_t whole = 0;
        for (std::size_t i = 0; i < known.size(); ++i) {
            const Cell& cell = series.cells.at(known[i]);
            up += cell.up;
            whole += cell.whole;
            // This minute, and those up to the next one that anything happens in.
            const std::int64_t until = i + 1 < known.size() ? known[i + 1] : known[i] + 1;
            for (std::int64_t minute = known[i]; minute < until; ++minute) {
                if (minute != known[i] && up == 0 && whole == 0) break;
                MinuteCalls calls = minute == known[i] ? cell.calls : nothing;
                calls.concurrent = up;
                calls.talked += Milliseconds{whole * minute_ms};
                if (calls != nothing)
                    sums.emplace(MinuteKey{time_of(minute), series.domain, series.direction}, calls);
            }
        }
    }
    return sums;
}

std::map<EndpointKey, EndpointCalls> CdrSums::endpoints() const {
    std::map<EndpointKey, EndpointCalls> sums;
    for (const auto& [key, calls] : endpoints_)
        sums.emplace(EndpointKey{UtcSeconds{std::chrono::hours{static_cast<std::int64_t>(key) >> 32U}},
                                 endpoint_names_.at(key & 0xFFFFFFFFU)},
                     calls);
    return sums;
}

void CdrSums::clear() {
    series_.clear();
    series_by_name_.clear();
    parties_.clear();
    endpoint_names_.clear();
    endpoints_by_name_.clear();
    endpoints_.clear();
    failures_.clear();
    cells_ = inner_minutes_ = spanned_minutes_ = 0;
}

} // namespace sipkeep
