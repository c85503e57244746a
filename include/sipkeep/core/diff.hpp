// Diff: what must change in history so that its open versions equal what was seen. Pure; no database.
#pragma once

#include "sipkeep/core/rows.hpp"
#include "sipkeep/core/table.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace sipkeep {

/// Changes of a table that is read in full (dialog, dispatcher).
struct VersionChanges {
    explicit VersionChanges(const TableSpec& table);

    Rows opened; ///< versions that begin: new rows, and the new state of changed ones
    Rows closed; ///< key columns of the open versions that end: gone rows, and the old state of changed ones
};

/// What OpenSIPS counts in seconds left, MI tells a second more or less of from look to look.
inline constexpr std::int64_t clock_wander = 2;

/// Compares the rows seen with the open versions, which are shown to it one by one, in any order. The timeout
/// of a call that MI told twice may wander.
class FullDiff {
public:
    /// `seen` must outlive the diff. Throws SourceError when two rows seen share a key.
    FullDiff(const TableSpec& table, const Rows& seen);

    void show_open(RowView version);
    /// Call once, after the last open version.
    [[nodiscard]] VersionChanges finish();

private:
    const TableSpec& table_;
    const Rows& seen_;
    std::unordered_map<std::string, std::size_t> by_key_;
    std::vector<bool> kept_;
    VersionChanges changes_;
};

/// The narrow columns of `location`: the least that shows a registration was new, refreshed or gone.
struct ContactState {
    std::uint64_t contact_id = 0;
    std::int64_t last_modified = 0; ///< YYYYMMDDhhmmss, as in the table (the OpenSIPS host's local time)
    std::uint32_t expires = 0;      ///< unix time
    std::int32_t cseq = 0;
    bool from_memory = false; ///< MI told it, without a last_modified

    friend bool operator==(const ContactState&, const ContactState&) = default;
    /// As it was, as far as that can be told: of two that MI told, `expires` may wander.
    [[nodiscard]] bool stands_still(const ContactState& before) const;
};

/// Seam: the narrow columns of many registrations, one by one, ascending by contact_id.
class ContactStates {
public:
    ContactStates() = default;
    ContactStates(const ContactStates&) = delete;
    ContactStates& operator=(const ContactStates&) = delete;
    virtual ~ContactStates() = default;

    /// Sends the query, so that its server works while the caller still does other things. Once; next() does
    /// it when nobody has.
    virtual void start() = 0;
    /// Nullopt when there are no more. Throws rather than end early: a broken stream never looks like a short
    /// one.
    [[nodiscard]] virtual std::optional<ContactState> next() = 0;
};

/// Packs "2026-11-22 16:17:15" as 20261122161715; text that is no DATETIME packs to 0.
[[nodiscard]] std::int64_t packed_datetime(std::string_view text);

/// Ids of contacts, ascending, by what the narrow columns say of them.
struct ContactCandidates {
    std::vector<std::uint64_t> added;    ///< not among the open versions
    std::vector<std::uint64_t> moved;    ///< a narrow column differs
    std::vector<std::uint64_t> compared; ///< equal so far; it is their turn to be compared in full
    std::vector<std::uint64_t> gone;     ///< among the open versions only
};

/// Which contacts it is the turn of to be compared in full: a fixed share of all ids, another one in each of
/// `every` captures, so that one which stays is looked at in each `every`-th, whatever comes and goes around
/// it.
struct CompareTurn {
    std::uint64_t number = 0; ///< counts the captures of `location`
    unsigned every = 60;      ///< 0 and 1: all contacts, always

    [[nodiscard]] bool takes(std::uint64_t contact_id) const;
};

/// What one merge of the contacts seen with the open versions found.
struct ContactComparison {
    ContactCandidates candidates;
    std::uint64_t seen = 0;        ///< number of contacts
    std::uint64_t from_memory = 0; ///< of these, only MI told
    std::uint64_t kept = 0;        ///< not seen, and not gone (MemoryLook::missed)
};

/// Whether registrations that only OpenSIPS's memory holds were looked for.
enum class MemoryLook : std::uint8_t {
    done,   ///< or never wanted: what was not seen is gone
    missed, ///< this time: what MI told before is neither seen nor gone
};

/// Merges the contacts seen with the open versions, row by row. Keeps of a row no more than its id. Throws
/// SourceError when the ids seen do not ascend, Error when the open ones don't, and what the streams throw.
[[nodiscard]] ContactComparison compare_contacts(ContactStates& seen, ContactStates& open, CompareTurn turn,
                                                 MemoryLook memory = MemoryLook::done);

/// Changes of one batch of contacts.
struct ContactChanges {
    ContactChanges();

    Rows opened;    ///< all columns of location_table()
    Rows refreshed; ///< contact_id, expires, cseq, last_modified
    std::vector<std::uint64_t> closed;
    /// Parallel to `opened`: first_seen of the version it goes on from (same contact_id and contact), else
    /// absent.
    std::vector<std::optional<std::string>> first_seen;
};

/// Compares full rows seen with the stored open versions of the same batch of ids; both ascending by
/// contact_id. Stored rows hold all columns of location_table() and first_seen behind them. An id in `seen`
/// only opens a version.
[[nodiscard]] ContactChanges diff_contacts(const Rows& seen, const Rows& stored);

} // namespace sipkeep
