// Writes what a capture in the past changes about the keys of one table.
#pragma once

#include "sipkeep/core/timeline.hpp"

#include "fingerprint.hpp"
#include "key_list.hpp"
#include "refresh_follow_up.hpp"
#include "stored_states.hpp"
#include "version_sql.hpp"

#include <functional>
#include <map>
#include <vector>

namespace sipkeep {

class Connection;

/// Sums of KeyRewrite's counts.
struct SpliceCounts {
    std::uint64_t rows = 0; ///< that the capture has
    std::uint64_t opened = 0, closed = 0, refreshed = 0, compared = 0, found_by_compare = 0;
    std::int64_t next_opened = 0, next_closed = 0, next_refreshed = 0;
};

class SpliceWriter {
public:
    /// Where the rows of a key's pieces come from, as RowOf says; those that it has no piece of may be
    /// anything.
    using RowsOfKey = std::function<RowView(RowOf)>;

    /// `later_days`: midnights of the days with captures behind the window, ascending.
    SpliceWriter(Connection& connection, const TableSpec& table, unsigned node_id, const SpliceWindow& window,
                 std::vector<UtcSeconds> later_days);

    void add(const MergeKey& key, const KeyMoment& moment, const KeyRewrite& rewrite, const RowsOfKey& rows);
    /// Writes what was added; some of it is written before.
    void flush();
    /// What refreshes behind the window are left to be changed, after flush().
    [[nodiscard]] RefreshFollowUp& refreshes() { return refreshes_; }

private:
    struct Follower {
        MergeKey key;
        UtcSeconds from; ///< the end of the piece before
    };
    /// By the new value.
    using Followers = std::map<UtcSeconds, std::vector<Follower>>;

    [[nodiscard]] std::string of_node() const;
    void add_key(KeyList& list, const MergeKey& key, RowView row) const;
    void add_version(const VersionPiece& piece, RowView row);
    void add_refresh(const MergeKey& key, const RefreshPiece& piece, RowView row);
    void add_open(const KeyRewrite& rewrite, const RowsOfKey& rows);
    void add_what_follows(const MergeKey& key, const KeyMoment& moment, const KeyRewrite& rewrite,
                          RowView row);
    void remove(const std::string& table, const std::string& column,
                const std::map<UtcSeconds, KeyList>& keys, std::size_t expected);
    void change_began();
    void change_first_seen();
    [[nodiscard]] std::string guard(const std::string& column, UtcSeconds value) const;
    [[nodiscard]] UtcSeconds next_begin(UtcSeconds end) const;

    Connection& connection_;
    const TableSpec& table_;
    unsigned node_id_;
    VersionSql sql_;
    const SpliceWindow& window_;
    std::vector<UtcSeconds> later_days_;
    Fingerprinter fingerprinter_;
    RefreshFollowUp refreshes_;

    std::size_t keys_ = 0, old_version_count_ = 0, old_refresh_count_ = 0;
    std::map<UtcSeconds, KeyList> old_versions_, old_refreshes_;
    KeyList old_open_;
    std::size_t old_open_count_ = 0;
    Rows versions_, closed_refreshes_, open_;
    std::map<UtcSeconds, KeyList> began_;
    Followers first_seen_;
};

} // namespace sipkeep
