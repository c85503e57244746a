#include "sipkeep/core/packed_day.hpp"

#include "sipkeep/core/error.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>
#include <optional>

namespace sipkeep {

namespace {

constexpr std::uint32_t seconds_a_day = 86'400;

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

/// What a value of 64 bits grew by; needs a bit more.
struct Delta {
    bool below = false; ///< zero
    std::uint64_t size = 0;
};

Delta delta_of(std::int64_t from, std::int64_t to) {
    const std::uint64_t up = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
    return to < from ? Delta{true, 0 - up} : Delta{false, up};
}

void append(std::string& text, const Delta& delta) {
    const std::uint64_t plain = static_cast<std::uint64_t>(most) + (delta.below ? 1 : 0);
    const char* quote = delta.size > plain ? "\"" : "";
    text += quote;
    if (delta.below) text += '-';
    text += std::to_string(delta.size);
    text += quote;
}

std::uint32_t step_of(const std::vector<DaySample>& samples) {
    std::uint32_t step = 0;
    for (const DaySample& sample : samples) step = std::gcd(step, sample.second - samples.front().second);
    return std::max(step, 1U);
}

void require_order(const std::vector<DaySample>& samples) {
    const bool ascending = std::ranges::adjacent_find(samples, [](const DaySample& a, const DaySample& b) {
                               return a.second >= b.second;
                           }) == samples.end();
    if (samples.empty() || !ascending || samples.back().second >= seconds_a_day)
        throw Error("samples of a day that are none, not in order, or not of one day");
}

[[noreturn]] void refuse(const char* what) {
    throw Error(std::string("sample_day: ") + what + " that sipkeep never writes");
}

/// The elements of a flat JSON array of numbers, strings of digits, and null.
class Elements {
public:
    explicit Elements(std::string_view text) : text_(text) {
        if (text_.size() < 2 || text_.front() != '[' || text_.back() != ']') refuse("an array");
        text_ = text_.substr(1, text_.size() - 2);
    }

    [[nodiscard]] bool more() const { return !done_; }

    /// Nullopt: null.
    std::optional<Delta> next() {
        const auto comma = text_.find(',');
        const std::string_view element = text_.substr(0, comma);
        done_ = comma == std::string_view::npos;
        if (!done_) text_.remove_prefix(comma + 1);
        if (element == "null") return std::nullopt;
        const bool quoted = element.size() > 2 && element.front() == '"' && element.back() == '"';
        return number(quoted ? element.substr(1, element.size() - 2) : element);
    }

private:
    static Delta number(std::string_view text) {
        const bool below = text.starts_with('-');
        if (below) text.remove_prefix(1);
        std::uint64_t digits = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), digits);
        if (error != std::errc{} || end != text.data() + text.size()) refuse("an element");
        return {below, digits};
    }

    std::string_view text_;
    bool done_ = false;
};

std::int64_t moved(std::int64_t value, const Delta& by) {
    const std::uint64_t from = static_cast<std::uint64_t>(value);
    const std::uint64_t room =
        by.below ? from - static_cast<std::uint64_t>(least) : static_cast<std::uint64_t>(most) - from;
    if (by.size > room) refuse("a value");
    return static_cast<std::int64_t>(by.below ? from - by.size : from + by.size);
}

} // namespace

PackedDay pack_day(const std::vector<DaySample>& samples) {
    require_order(samples);
    PackedDay packed;
    packed.first_second = samples.front().second;
    packed.last_second = samples.back().second;
    packed.step = step_of(samples);
    packed.samples = static_cast<std::uint32_t>(samples.size());
    packed.first_value = packed.lowest = packed.highest = samples.front().value;
    packed.last_value = samples.back().value;
    const bool flagged = std::ranges::any_of(samples, [](const DaySample& s) { return s.flag != 0; });
    std::uint32_t place = packed.first_second;
    std::int64_t before = 0;
    for (const DaySample& sample : samples) {
        packed.lowest = std::min(packed.lowest, sample.value);
        packed.highest = std::max(packed.highest, sample.value);
        for (; place < sample.second; place += packed.step) {
            packed.deltas += ",null";
            if (flagged) packed.flags += ",null";
        }
        packed.deltas += ',';
        append(packed.deltas, delta_of(before, sample.value));
        if (flagged) packed.flags += "," + std::to_string(sample.flag);
        before = sample.value;
        place += packed.step;
    }
    packed.deltas.front() = '[';
    packed.deltas += ']';
    if (flagged) {
        packed.flags.front() = '[';
        packed.flags += ']';
    }
    return packed;
}

std::vector<DaySample> unpack_day(const PackedDay& packed) {
    std::vector<DaySample> samples;
    Elements deltas(packed.deltas);
    std::optional<Elements> flags;
    if (!packed.flags.empty()) flags.emplace(packed.flags);
    std::int64_t value = 0;
    for (std::uint64_t second = packed.first_second; deltas.more(); second += packed.step) {
        const auto delta = deltas.next();
        if (flags && !flags->more()) refuse("flags");
        const auto flag = flags ? flags->next() : std::optional<Delta>(Delta{});
        if (!delta) continue;
        if (second >= seconds_a_day) refuse("a time");
        if (!flag || flag->below || flag->size > std::numeric_limits<std::uint8_t>::max()) refuse("a flag");
        value = moved(value, *delta);
        samples.push_back({static_cast<std::uint32_t>(second), value, static_cast<std::uint8_t>(flag->size)});
    }
    if (flags && flags->more()) refuse("flags");
    return samples;
}

} // namespace sipkeep
