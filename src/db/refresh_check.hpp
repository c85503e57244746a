// Checks that the refreshes of each registration's version fill it, without hole or overlap.
#pragma once

#include "version_check.hpp"

#include <map>
#include <vector>

namespace sipkeep {

class RefreshCheck {
public:
    /// Days before `start` are not looked at.
    RefreshCheck(CheckedNode& node, const VersionCheck& versions, UtcSeconds start)
        : node_(node), versions_(versions), start_(start) {}

    /// `versions`: those of one slice that begin on that day, ascending by key and begin.
    void check_day(UtcSeconds day, std::vector<CheckedVersion>& versions, const KeySlice& slice);
    /// Registrations refreshed, and otherwise unchanged, by the capture of that time; ask ascending.
    [[nodiscard]] std::uint64_t refreshed(UtcSeconds at);
    [[nodiscard]] UtcSeconds start() const { return start_; }

private:
    struct Refresh {
        std::uint64_t key;
        UtcSeconds seen, to, version_from;
    };
    void judge(const Refresh& refresh, std::vector<CheckedVersion>& versions);
    void fill(const Refresh& refresh, CheckedVersion& version);
    void judge_filled(const CheckedVersion& version);
    void add(const Refresh& refresh, const std::string& what) const;

    CheckedNode& node_;
    const VersionCheck& versions_;
    UtcSeconds start_;
    std::map<UtcSeconds, std::uint64_t> refreshed_;
};

} // namespace sipkeep
