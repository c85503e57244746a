// What the steps of forgetting a subject share: the session, the names, the counts.
#pragma once

#include "sipkeep/core/error.hpp"
#include "sipkeep/db/connection.hpp"
#include "sipkeep/db/subject_eraser.hpp"

#include "cdr_sums_sql.hpp"
#include "key_pages.hpp"
#include "subject_sql.hpp"

#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

namespace sipkeep {

class SubjectWork {
public:
    SubjectWork(const DatabaseSettings& settings, Subject whom, std::optional<std::string> only,
                EraseHow how);

    /// Finds the row of `forgotten` that was cut off, or makes one.
    void begin(UtcSeconds now);
    void finish(UtcSeconds now);

    /// Runs in a transaction of its own, for which the writers of the node wait.
    template <class Action>
    void changing(unsigned node_id, Action action) {
        start(node_id);
        action();
        connection.execute("COMMIT");
    }
    /// Adds rows of a table to what is found, and to the row of `forgotten`.
    void note(const std::string& table, std::uint64_t rows);
    /// So that the next capture compares in full what is open of a page: its key, and whether it is. Returns
    /// how many are.
    std::uint64_t unmark(unsigned node_id, const std::string& table, const KeyColumn& key, const Rows& page);
    void roll_back();

    Connection connection;
    Subject subject;
    bool counts_only;
    SubjectSql sql;
    std::vector<std::string> nodes;
    std::map<std::string, unsigned> node_ids;
    SubjectRows found;
    std::unordered_set<std::size_t> counted_calls; ///< hashes of Call-IDs whose records are counted

private:
    void take_turn();
    void read_nodes();
    void start(unsigned node_id);

    Connection turn_; ///< holds the lock of retention_task
    std::optional<std::string> node_;
    std::string id_; ///< of the row in `forgotten`
};

/// What versions name, by the date on which they begin.
using NamesByDate = std::map<std::string, std::set<std::string>>;
/// Adds some columns of a page, whose first one is valid_from.
void add_names(NamesByDate& names, const Rows& page, std::initializer_list<std::size_t> columns);
/// What a roll-up names may be the subject's own: it goes with what tells whose it is. The days are due then,
/// so that reports read their versions, until they are rolled up again.
void take_out(SubjectWork& work, unsigned node_id, const std::string& roll_up, const std::string& column,
              const NamesByDate& names);

// The steps, one node each.
void forget_dialogs(SubjectWork& work, unsigned node_id);
/// Days that were added up by address of record; while the versions still tell the names.
void forget_aors(SubjectWork& work, unsigned node_id);
void forget_contacts(SubjectWork& work, unsigned node_id);
/// Records that name the subject themselves, as those of calls that were never answered or never seen up.
void forget_records(SubjectWork& work, unsigned node_id, const std::string& table);
void forget_endpoints(SubjectWork& work, unsigned node_id);
void forget_endpoint_spans(SubjectWork& work, unsigned node_id, EndpointSpan span);
/// Days that were rolled up by domain; where their versions are kept, they are rolled up again.
void forget_registrations(SubjectWork& work, unsigned node_id);
/// The calls of all domains that are forgotten become those of one.
void forget_minutes(SubjectWork& work, unsigned node_id);

} // namespace sipkeep
