// The SQL of a tracked table's pair <name>_open and <name>_closed. Pure text; compared whole in the tests.
#pragma once

#include "sipkeep/core/table.hpp"
#include "sipkeep/core/time.hpp"

#include <string>

namespace sipkeep {

/// Statements about the versions of one table on one node. A `condition` narrows them to some keys
/// ("dlg_id IN (1,2)"); "" means all versions of the node.
class VersionSql {
public:
    VersionSql(const TableSpec& table, unsigned node_id);

    /// Head of the INSERT of new open versions: node_id, keys, valid_from, began, [first_seen,] columns,
    /// derived.
    [[nodiscard]] std::string insert_open() const;
    /// Copies versions that began before `until` to the closed table, ending there.
    [[nodiscard]] std::string book(UtcSeconds until, const std::string& condition) const;
    /// Lets versions that began before `until` begin at `from` instead: what was before is booked.
    [[nodiscard]] std::string advance(UtcSeconds until, UtcSeconds from, const std::string& condition) const;
    [[nodiscard]] std::string remove_open(const std::string& condition) const;
    /// All columns of the spec of all open versions.
    [[nodiscard]] std::string select_open() const;
    /// Undo of a capture that never became visible: its closed versions, whose key is not open, open again.
    [[nodiscard]] std::string restore(UtcSeconds captured_at) const;
    [[nodiscard]] std::string forget_restored(UtcSeconds captured_at) const;

    [[nodiscard]] const std::string& open_table() const { return open_; }
    /// The key column, when there is just one (a number); "" otherwise.
    [[nodiscard]] const std::string& number_key() const { return number_key_; }
    /// "a = ? AND b = ?" over the key columns.
    [[nodiscard]] std::string key_is_bound() const;

private:
    [[nodiscard]] std::string of_node(const std::string& condition) const;
    /// "o.a = c.a AND .." over node_id and the key columns.
    [[nodiscard]] std::string same_key(const std::string& left, const std::string& right) const;

    const TableSpec& table_;
    unsigned node_id_;
    std::string open_, closed_, number_key_;
    std::string carried_; ///< columns that a version takes along from the open to the closed table
};

/// The same for the refresh log of location.
class RefreshSql {
public:
    explicit RefreshSql(unsigned node_id);

    [[nodiscard]] std::string insert_open() const;
    /// Books refreshes seen before `until`, of the contacts whose version began before `until`.
    [[nodiscard]] std::string book_with_versions(UtcSeconds until, const std::string& condition) const;
    [[nodiscard]] std::string book(UtcSeconds until, const std::string& condition) const;
    [[nodiscard]] std::string remove_open(const std::string& condition) const;
    /// Undo: refreshes superseded by a capture that never became visible are in force again.
    [[nodiscard]] std::string revert(UtcSeconds captured_at) const;
    [[nodiscard]] std::string restore(UtcSeconds captured_at) const;
    [[nodiscard]] std::string forget_restored(UtcSeconds captured_at) const;

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
