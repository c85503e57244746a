// Calls summed up: per minute, domain and direction, per hour and endpoint, and failures per minute and code.
#pragma once

#include "sipkeep/core/cdr.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sipkeep {

enum class CallDirection : std::uint8_t {
    all, ///< every call of the node once; domain is '*'
    out, ///< calls from the domain
    in,  ///< calls to the domain
};
[[nodiscard]] const char* to_string(CallDirection direction);

/// How the number of calls that are up changes within a minute: the net change at each of its seconds 1
/// to 59. (What changes at second 0 is in the number at the minute's start.) Adding is all that is ever done
/// to it, so the order in which calls become known does not matter.
class MinuteCourse {
public:
    void add(unsigned second, std::int32_t change) { changes_.at(second) += change; }
    void add(const MinuteCourse& other);
    struct Peak {
        std::int64_t calls = 0;
        unsigned second = 0; ///< the first one with so many
    };
    [[nodiscard]] Peak peak(std::int64_t at_start) const;
    /// "7+1 33-2": second and change, ascending; "" when nothing changes.
    [[nodiscard]] std::string text() const;
    /// Throws Error for what text() never writes.
    [[nodiscard]] static MinuteCourse parse(std::string_view text);
    friend bool operator==(const MinuteCourse&, const MinuteCourse&) = default;

private:
    std::array<std::int32_t, 60> changes_{};
};

/// Counts of one minute, domain and direction.
struct MinuteCalls {
    std::uint64_t attempts = 0;            ///< INVITEs, by `created`
    std::uint64_t answered = 0;            ///< by `time`
    std::array<std::uint64_t, 4> failed{}; ///< by `time`: 3xx, 4xx without 487, 5xx, 6xx
    std::uint64_t cancelled = 0;           ///< 487, by `time`
    std::uint64_t ended = 0;               ///< answered calls, by their end
    Milliseconds talked{0};                ///< within this minute, by calls of any age
    std::int64_t concurrent = 0;           ///< answered calls up at the minute's first second
    MinuteCourse course;

    void add(const MinuteCalls& other);
    friend bool operator==(const MinuteCalls&, const MinuteCalls&) = default;
};

/// Counts of one endpoint over the attempts of one hour.
struct EndpointCalls {
    std::uint64_t out = 0, in = 0; ///< attempts made and received
    std::uint64_t answered = 0, failed = 0;
    Milliseconds talked{0};                        ///< whole calls, however long they lasted
    std::optional<Milliseconds> shortest, longest; ///< of the answered ones

    void add(const EndpointCalls& other);
    friend bool operator==(const EndpointCalls&, const EndpointCalls&) = default;
};

struct MinuteKey {
    UtcSeconds minute;
    std::string domain; ///< '' where the URI tells none
    CallDirection direction = CallDirection::all;
    friend auto operator<=>(const MinuteKey&, const MinuteKey&) = default;
};
struct EndpointKey {
    UtcSeconds hour;
    std::string endpoint; ///< user@domain
    friend auto operator<=>(const EndpointKey&, const EndpointKey&) = default;
};

struct FailureKey {
    UtcSeconds minute; ///< in which the call failed
    int code = 0;      ///< 300 to 699
    std::string reason;
    friend auto operator<=>(const FailureKey&, const FailureKey&) = default;
};

/// Adds calls up. What it holds can be added to what is stored, in any order and any pieces, and the sum is
/// that of all calls at once.
class CdrSums {
public:
    CdrSums() = default;
    CdrSums(CdrSums&&) = default;
    CdrSums& operator=(CdrSums&&) = default;

    /// `caller`, `callee`: URIs, user@domain or a number; absent: the table has no such column. `reason`: of
    /// the final reply.
    void add(const Cdr& cdr, Field caller, Field callee, Field reason);

    /// Rows that minutes(), endpoints() and failures() hold at most.
    [[nodiscard]] std::size_t rows() const {
        return std::min(cells_ + inner_minutes_, spanned_minutes_) + endpoints_.size() + failures_.size();
    }
    [[nodiscard]] std::map<MinuteKey, MinuteCalls> minutes() const;
    [[nodiscard]] std::map<EndpointKey, EndpointCalls> endpoints() const;
    /// Calls that failed.
    [[nodiscard]] const std::map<FailureKey, std::uint64_t>& failures() const { return failures_; }
    void clear();

private:
    struct Cell {
        MinuteCalls calls;
        std::int64_t up = 0;    ///< from this minute's start on, so many calls more are up
        std::int64_t whole = 0; ///< from this minute on, so many calls more last all of it
    };
    struct Series {
        std::string domain;
        CallDirection direction;
        std::unordered_map<std::int64_t, Cell> cells{}; ///< by minutes since 1970
        /// By minute modulo their number: most calls lie in the few minutes before their neighbours' ends.
        std::array<std::pair<std::int64_t, Cell*>, 16> recent{};
        std::int64_t first = 0, last = -1; ///< minutes, of all cells
    };
    struct Party {
        std::size_t series_out, series_in;
        std::optional<std::uint32_t> endpoint; ///< absent: the URI names no user
    };
    struct TextHash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    const Party& party_of(std::string_view uri);
    std::size_t series_of(const std::string& domain, CallDirection direction);
    Cell& cell(Series& series, std::int64_t minute);
    void add_to(Series& series, const Cdr& cdr);
    void add_to(std::uint32_t endpoint, const Cdr& cdr, CallDirection direction);
    std::uint32_t endpoint_of(const std::string& name);

    std::vector<Series> series_;
    std::map<std::pair<std::string, CallDirection>, std::size_t> series_by_name_;
    std::unordered_map<std::string, Party, TextHash, std::equal_to<>> parties_; ///< by URI; bounded
    std::vector<std::string> endpoint_names_;
    std::unordered_map<std::string, std::uint32_t> endpoints_by_name_;
    std::unordered_map<std::uint64_t, EndpointCalls> endpoints_; ///< by hours since 1970 << 32 | endpoint
    std::map<FailureKey, std::uint64_t> failures_;
    std::size_t cells_ = 0, inner_minutes_ = 0, spanned_minutes_ = 0;
};

} // namespace sipkeep
