// Checks that roll-ups say what the rows say that they were derived from.
#pragma once

#include "sipkeep/db/archive_check.hpp"

#include "version_check.hpp"

#include <set>

namespace sipkeep {

class RollUpCheck {
public:
    explicit RollUpCheck(CheckedNode& node);

    /// A day that is rolled up, and has not changed since: whatever of it can still be derived.
    void check_day(UtcSeconds day);

private:
    /// `select`: the columns of the rows, in their order; `key`: how many of them name one.
    void compare(const std::string& table, const std::string& select, const Rows& derived, std::size_t key,
                 UtcSeconds day);
    void compare_events(const std::string& table, std::string_view columns, const std::string& of_day,
                        const std::string& derived, UtcSeconds day);
    void check_calls_without_record(UtcSeconds day);
    void check_ledger(class RolledRows& rows, const std::string& hours, UtcSeconds day);
    void add(const std::string& table, const std::string& which, UtcSeconds day);

    CheckedNode& node_;
    UtcSeconds rolled_to_, days_from_, calls_from_, registrations_from_, refreshes_from_;
    std::set<UtcSeconds> due_;
};

} // namespace sipkeep
