// Checks the versions of one table of one node, day by day.
#pragma once

#include "sipkeep/core/table.hpp"
#include "sipkeep/db/archive_check.hpp"

#include "ledger_times.hpp"

#include <map>
#include <unordered_map>
#include <vector>

namespace sipkeep {

class Connection;
class Result;

/// Where and against what one node is checked.
struct CheckedNode {
    Connection& connection;
    unsigned id;
    std::string name;
    LedgerTimes ledger;
    ArchiveFindings& findings;
    std::uint64_t versions_in_memory;
};

/// One version; times as in its row.
struct CheckedVersion {
    std::uint64_t key;
    UtcSeconds from, to, began;
    UtcSeconds open_refresh;   ///< captured_at of location_open, where the version is open
    UtcSeconds refreshed_to{}; ///< how far its refreshes have filled it
};

/// "2026-11-22 14:03:00", or "open" for the end of an endless version.
[[nodiscard]] std::string shown(UtcSeconds time);
/// "[from, to)".
[[nodiscard]] std::string shown(const CheckedVersion& version);
/// SQL: a DATETIME as seconds since 1970, cheaper to read than its text.
[[nodiscard]] std::string seconds_of(const std::string& column);
/// Column `column` of such a query.
[[nodiscard]] UtcSeconds time_of(Result& row, std::size_t column);
/// " WHERE alias.node_id = ..": the alias may be "".
[[nodiscard]] std::string of_node(unsigned node_id, const std::string& alias);

extern const UtcSeconds endless; ///< valid_to of an open version

/// A share of a day's rows, by key, small enough to be kept in memory.
struct KeySlice {
    std::uint64_t number = 0, of = 1;
    /// " AND .." for the slice's keys; "" when it holds all.
    [[nodiscard]] std::string condition(const std::string& key) const;
};

class VersionCheck {
public:
    /// What happened at one time.
    struct Changes {
        std::uint64_t opened = 0; ///< versions that began, midnight's pieces left out
        std::uint64_t closed = 0; ///< versions that ended and did not go on as a piece
        std::int64_t growth = 0;  ///< begun less ended, pieces included
    };

    /// Days before `start` are not looked at.
    VersionCheck(CheckedNode& node, const TableSpec& table, Source source, UtcSeconds start);

    /// Reads the versions that begin on one day, slice by slice, and judges each. `and_then` gets each slice,
    /// ascending by key and begin. Call it for each day from `start` on.
    template <class Action>
    void check_day(UtcSeconds day, Action and_then) {
        if (day < start_) return;
        KeySlice slice{0, slices_of(day)};
        for (; slice.number < slice.of; ++slice.number) {
            std::vector<CheckedVersion> versions = read(day, slice);
            judge_together(versions);
            and_then(versions, slice);
        }
        judge_ended(day);
    }
    /// After the last day. `all`: no day was left out at the end.
    void finish(bool all);
    /// The *_open table against the versions, and against the newest capture. At any time.
    void check_open();

    /// Takes in what happened up to `at`, that is to be asked for ascending; what happened just then.
    Changes advance(UtcSeconds at);
    /// Versions in force at the time last asked for.
    [[nodiscard]] std::int64_t in_force() const { return in_force_; }
    [[nodiscard]] UtcSeconds start() const { return start_; }
    [[nodiscard]] Source source() const { return source_; }

    /// "location_version, node sbc1, contact_id 5".
    [[nodiscard]] std::string place(std::uint64_t key, const std::string& table) const;
    [[nodiscard]] std::string version_table() const { return name_ + "_version"; }

private:
    /// A version that ended at a midnight, and should go on as a piece.
    struct Ended {
        std::uint64_t key;
        UtcSeconds began, at;
        bool goes_on = false;
    };

    void add(Invariant invariant, std::string what) const { node_.findings.add(invariant, std::move(what)); }
    [[nodiscard]] std::uint64_t slices_of(UtcSeconds day) const;
    std::vector<CheckedVersion> read(UtcSeconds day, KeySlice slice);
    [[nodiscard]] std::string same_key() const;
    [[nodiscard]] std::string key_sql(const std::string& alias) const;
    std::uint64_t key_of(Result& row);
    void judge(const CheckedVersion& version, Result& row, UtcSeconds day);
    void judge_begin(const CheckedVersion& version, UtcSeconds day);
    void judge_end(const CheckedVersion& version);
    void judge_open(const CheckedVersion& version, Result& row) const;
    void judge_together(std::vector<CheckedVersion>& versions) const;
    void judge_ended(UtcSeconds day);
    void check_split();
    void miss_the_rest(const Ended& version);
    bool goes_on(const CheckedVersion& piece);

    CheckedNode& node_;
    const TableSpec& table_;
    Source source_;
    UtcSeconds start_;
    std::string name_, number_key_;
    std::vector<Ended> ended_, ending_; ///< up to the day before, ascending by key and began; on this day
    std::map<UtcSeconds, Changes> changes_;
    std::int64_t in_force_ = 0;
    std::vector<std::string> texts_; ///< keys that are no numbers, by the number that stands for them
    std::unordered_map<std::string, std::uint64_t> by_text_;
};

} // namespace sipkeep
