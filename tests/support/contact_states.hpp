// Narrow rows that are in memory already, and streams of them read to their ends.
#pragma once

#include "sipkeep/core/diff.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace sipkeep::test {

/// Gives the states as they are told, in whatever order.
class StatesInMemory final : public ContactStates {
public:
    explicit StatesInMemory(std::vector<ContactState> states) : states_(std::move(states)) {}

    /// Called by start(), and by next() with the number of the row it is asked for; they may throw.
    std::function<void()> at_start;
    std::function<void(std::size_t)> at_row;

    void start() override {
        if (!std::exchange(started_, true) && at_start) at_start();
    }
    std::optional<ContactState> next() override {
        start();
        if (at_row) at_row(next_);
        return next_ < states_.size() ? std::optional(states_[next_++]) : std::nullopt;
    }

private:
    std::vector<ContactState> states_;
    std::size_t next_ = 0;
    bool started_ = false;
};

inline std::vector<ContactState> all_of(ContactStates& states) {
    std::vector<ContactState> all;
    while (const auto state = states.next()) all.push_back(*state);
    return all;
}

inline std::vector<ContactState> all_of(const std::unique_ptr<ContactStates>& states) {
    return all_of(*states);
}

inline std::vector<std::uint64_t> ids_of(const std::unique_ptr<ContactStates>& states) {
    std::vector<std::uint64_t> ids;
    while (const auto state = states->next()) ids.push_back(state->contact_id);
    return ids;
}

} // namespace sipkeep::test
