// Refreshes behind a capture that was spliced in: they name their version, and when they were seen.
#pragma once

#include "sipkeep/core/timeline.hpp"

#include "version_sql.hpp"

#include <map>
#include <unordered_map>
#include <vector>

namespace sipkeep {

class Connection;

/// They are keyed by their end, which a contact does not tell: so each day concerned is read once, for all.
/// Holds about 100 bytes a contact concerned.
class RefreshFollowUp {
public:
    /// `next`: the capture behind the one spliced in; `later_days`: midnights of the days with captures
    /// behind that of `next`.
    RefreshFollowUp(unsigned node_id, std::optional<UtcSeconds> next, std::vector<UtcSeconds> later_days)
        : node_id_(node_id), next_(next), later_days_(std::move(later_days)) {}

    /// The version in force at the next capture begins at `version_from` now: so do its later refreshes of
    /// that day.
    void move(std::uint64_t contact_id, const StoredState& after, UtcSeconds version_from);
    /// The refresh in force at the next capture, which goes on through midnight, was seen at `seen` first.
    void see(std::uint64_t contact_id, UtcSeconds old, UtcSeconds seen);

    /// `reader` is not used for anything else meanwhile, and may see the tables as they were before.
    void run(Connection& writer, Connection& reader);

private:
    struct Moved {
        UtcSeconds after, until, old, version_from;
    };
    struct Seen {
        UtcSeconds old, seen;
    };
    /// Keys of refreshes, by the new value: contacts by valid_to.
    using Changes = std::map<UtcSeconds, std::map<std::string, std::vector<std::uint64_t>>>;

    void run_moved(Connection& writer, Connection& reader);
    void run_seen(Connection& writer, Connection& reader);
    void add(Connection& writer, const std::string& column, UtcSeconds value, const std::string& valid_to,
             std::uint64_t contact_id);
    void flush(Connection& writer, const std::string& column);
    void change_open(Connection& writer, const std::string& column, UtcSeconds value, UtcSeconds old,
                     const std::vector<std::uint64_t>& contact_ids) const;
    [[nodiscard]] std::string of_node() const { return " WHERE node_id = " + std::to_string(node_id_); }

    unsigned node_id_;
    std::optional<UtcSeconds> next_;
    std::vector<UtcSeconds> later_days_;
    std::unordered_map<std::uint64_t, Moved> moved_;
    std::unordered_map<std::uint64_t, Seen> seen_;
    Changes changes_;
    std::size_t changed_ = 0;
};

} // namespace sipkeep
