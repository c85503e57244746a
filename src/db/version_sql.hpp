// The SQL of a tracked table's pair <name>_version and <name>_open. Pure text; compared whole in the tests.
#pragma once

#include "sipkeep/core/table.hpp"
#include "sipkeep/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sipkeep {

/// Fields of a row of VersionSql::insert_version(); insert_piece() takes one more.
[[nodiscard]] std::size_t version_width(const TableSpec& table);
/// .. of insert_open().
[[nodiscard]] std::size_t open_width(const TableSpec& table);

/// Statements about the open versions of one table on one node. A `condition` narrows them to some keys of
/// the open table, which is `o` in all of them ("o.dlg_id IN (1,2)"); "" means all open versions of the node.
class VersionSql {
public:
    VersionSql(const TableSpec& table, unsigned node_id);

    /// Head of the INSERT of versions: node_id, valid_from, keys, began, [first_seen,] columns, derived.
    [[nodiscard]] std::string insert_version() const;
    /// The same for versions whose end is known: node_id, valid_from, valid_to, keys, ..
    [[nodiscard]] std::string insert_piece() const;
    /// Adds a piece of the day that begins at `day`, for all that went on through the end of another day.
    [[nodiscard]] std::string repeat_day(UtcSeconds end_of_other, UtcSeconds day) const;
    /// Head of the INSERT into the open table: node_id, valid_from, [captured_at,] keys, [refresh columns,]
    /// [fingerprint: where the key is one number].
    [[nodiscard]] std::string insert_open() const;
    /// Lets versions that began before `until` end there.
    [[nodiscard]] std::string end(UtcSeconds until, const std::string& condition) const;
    /// The same for open versions whose beginnings are known, keyed by these: no join, so the server updates
    /// them as it finds them. For tables with a number_key().
    [[nodiscard]] std::string end_at(UtcSeconds until,
                                     const std::map<std::string, std::vector<std::uint64_t>>& by_begin) const;
    /// valid_from and key of open versions.
    [[nodiscard]] std::string select_begins(const std::string& condition) const;
    /// Adds a version from `from` on, equal to the open one, for those that began before `until`.
    [[nodiscard]] std::string repeat(UtcSeconds until, UtcSeconds from, const std::string& condition) const;
    /// Makes the version that begins at `from` the open one, for those that began before `until`.
    [[nodiscard]] std::string advance(UtcSeconds until, UtcSeconds from, const std::string& condition) const;
    [[nodiscard]] std::string remove_open(const std::string& condition) const;
    /// All columns of the spec of open versions.
    [[nodiscard]] std::string select_open(const std::string& condition) const;

    [[nodiscard]] const std::string& open_table() const { return open_; }
    [[nodiscard]] const std::string& version_table() const { return version_; }
    /// "FROM <name>_open o STRAIGHT_JOIN <name>_version v ON .. ": each open row with its version.
    [[nodiscard]] const std::string& from_open() const { return from_open_; }
    /// The key column, when there is just one (a number); "" otherwise.
    [[nodiscard]] const std::string& number_key() const { return number_key_; }
    /// "o.a = ? AND o.b = ?" over the key columns.
    [[nodiscard]] std::string key_is_bound() const;

    /// " WHERE o.node_id = .. AND condition".
    [[nodiscard]] std::string of_node(const std::string& condition) const;

private:
    const TableSpec& table_;
    unsigned node_id_;
    std::string open_, version_, number_key_, from_open_;
};

/// The same for the refreshes of location: location_open holds those in force, location_refresh_closed the
/// others.
class RefreshSql {
public:
    explicit RefreshSql(unsigned node_id);

    /// Copies refreshes seen before `until`, of versions that began before it, to the closed table, ending
    /// there.
    [[nodiscard]] std::string book(UtcSeconds until, const std::string& condition) const;
    /// As VersionSql::repeat_day().
    [[nodiscard]] std::string repeat_day(UtcSeconds end_of_other, UtcSeconds day) const;
    /// Head of the INSERT into the closed table: node_id, valid_to, contact_id, captured_at, version_from,
    /// expires, cseq, last_modified.
    [[nodiscard]] static std::string insert_closed();
    /// Head and tail of the statement that puts new refreshes in force for contacts that are open: node_id,
    /// valid_from (of no meaning: it stays what it is), captured_at, contact_id, expires, cseq,
    /// last_modified.
    [[nodiscard]] static std::string supersede_head();
    [[nodiscard]] static std::string supersede_tail();

private:
    unsigned node_id_;
};

/// "key IN (1,2,3)".
template <class Ids>
std::string in_list(const std::string& key, const Ids& ids) {
    std::string list = key + " IN (";
    for (const auto id : ids) list += std::to_string(id) + ",";
    list.back() = ')';
    return list;
}

} // namespace sipkeep
