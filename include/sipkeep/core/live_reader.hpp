// Seam: the live tables of one moment, wherever they are read from.
#pragma once

#include "sipkeep/core/diff.hpp"
#include "sipkeep/core/rows.hpp"
#include "sipkeep/core/time.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace sipkeep {

/// Full rows of registrations, of one moment.
class ContactRows {
public:
    ContactRows() = default;
    ContactRows(const ContactRows&) = delete;
    ContactRows& operator=(const ContactRows&) = delete;
    virtual ~ContactRows() = default;

    /// Shows the full row of each contact (columns as in location_table()), ascending by contact_id, holding
    /// few of them at a time. Throws SourceError when `until` passes before the last one was read, and what
    /// `show` throws.
    virtual void each_contact(const std::function<void(RowView)>& show, const Deadline& until) = 0;
};

/// Seam: one look at the live tables. Everything one object returns is of one moment, as long as nothing
/// throws. Every method throws SourceError: what, where, what to do.
class LiveReader : public ContactRows {
public:
    /// All rows of `dialog`; columns as in dialog_table().
    [[nodiscard]] virtual Rows dialogs() = 0;
    /// The narrow columns of all rows of `location`. A table that can't be read throws here; the query itself
    /// waits for start(). Read the stream to its end or destroy it before the next call of this reader: from
    /// start() on it occupies the connection, and until it is destroyed it holds the snapshot.
    [[nodiscard]] virtual std::unique_ptr<ContactStates> contact_states() = 0;
    /// Full rows of some contacts (columns as in location_table()), ascending by contact_id. Call it after
    /// contact_states(), with at most `contact_batch` ids that it returned; in another thread, if you like,
    /// but call no other method meanwhile.
    [[nodiscard]] virtual Rows contacts(std::span<const std::uint64_t> ids) = 0;
    /// Call it after contact_states().
    void each_contact(const std::function<void(RowView)>& show, const Deadline& until) override = 0;
    /// Lets go of the snapshot (a stream of it does when it is destroyed); harmless when nothing was read.
    virtual void finish() noexcept = 0;
};

/// IN lists of about 500 ids fetched fastest.
inline constexpr std::size_t contact_batch = 500;

} // namespace sipkeep
