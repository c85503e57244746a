// How large an archive becomes that grows by the day, and drops its days when they are old.
#pragma once

#include "sipkeep/core/retention.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace sipkeep {

/// Something that grows evenly until its oldest day is as old as days are kept. Sizes are in bytes.
struct GrowingSize {
    std::uint64_t now = 0;
    std::uint64_t a_day = 0;  ///< what a day brings
    std::chrono::days age{0}; ///< of its oldest day
    KeptFor kept;

    /// In so many days.
    [[nodiscard]] std::uint64_t in(std::chrono::days later) const;
    /// Days until it grows no more; nullopt: it never stops.
    [[nodiscard]] std::optional<std::chrono::days> level_in() const;
};

/// Of several such sizes together.
class Forecast {
public:
    /// As far as it looks ahead: 100 years.
    static constexpr std::chrono::days horizon{36500};

    Forecast() = default;
    explicit Forecast(std::vector<GrowingSize> parts) : parts_(std::move(parts)) {}

    void add(const GrowingSize& part) { parts_.push_back(part); }

    [[nodiscard]] std::uint64_t now() const { return in(std::chrono::days{0}); }
    /// What the next day adds: nothing to parts that are level.
    [[nodiscard]] std::uint64_t a_day() const;
    /// In so many days.
    [[nodiscard]] std::uint64_t in(std::chrono::days later) const;
    /// Days until none of them grows any more; nullopt: some never stop.
    [[nodiscard]] std::optional<std::chrono::days> level_in() const;
    /// The size from that day on.
    [[nodiscard]] std::optional<std::uint64_t> level() const;
    /// Days until so many bytes are reached, 0: they are now; nullopt: not within the horizon.
    [[nodiscard]] std::optional<std::chrono::days> full_in(std::uint64_t bytes) const;

private:
    std::vector<GrowingSize> parts_;
};

} // namespace sipkeep
