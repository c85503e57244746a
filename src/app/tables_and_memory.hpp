// Calls and registrations as they are in OpenSIPS's tables, in its memory, or in both put together.
#pragma once

#include "sipkeep/app/look.hpp"

#include <memory>
#include <optional>
#include <string>

namespace sipkeep {

/// What the plan wants of `live` and `mi`, as if it were one table. Where both have a row, the table's is
/// taken: it has more columns; from_memory tells the others.
class TablesAndMemory final : public LiveReader {
public:
    /// `plan` and what `sources` points to must outlive it. `begun`: the look as far as it has come. Where a
    /// table is empty, its statistics tell the source `automatic` whether memory is, too.
    TablesAndMemory(const ArchivePlan& plan, const ArchiveSources& sources, const Capture& begun,
                    UtcMilliseconds now);

    Rows dialogs() override;
    std::unique_ptr<ContactStates> contact_states() override;
    Rows contacts(std::span<const std::uint64_t> ids) override;
    void each_contact(const std::function<void(RowView)>& show, const Deadline& until) override;
    void finish() noexcept override;

    [[nodiscard]] const TableLook& dialog_look() const { return dialog_look_; }
    [[nodiscard]] const TableLook& location_look() const { return location_look_; }
    /// Ids of rows that the table has and memory has not, where both were read; ascending.
    [[nodiscard]] const std::vector<std::uint64_t>& dialog_ghosts() const { return dialog_ghosts_; }
    [[nodiscard]] const std::vector<std::uint64_t>& location_ghosts() const { return location_ghosts_; }
    /// Why MI was not heard beside a table that was read; once.
    [[nodiscard]] std::optional<std::string> take_failure();

private:
    [[nodiscard]] bool reads_table(TableSource source) const;
    [[nodiscard]] Deadline until(TableSource source);
    [[nodiscard]] bool is_unlike_empty(const std::optional<std::int64_t>& counted, TableLook& look) const;
    /// Asks MI beside the table, or in its place: `source` says whether a failure fails the source.
    template <class Ask>
    void ask_memory(TableSource source, TableLook& look, Ask ask);
    void look_at_location();
    void find_location_ghosts();

    const ArchivePlan& plan_;
    LiveReader* live_;
    MiClient* mi_;
    UtcMilliseconds now_;
    bool thinned_;
    std::optional<Deadline> lists_until_; ///< once one was asked for
    std::optional<std::int64_t> registered_users_;
    TableLook dialog_look_, location_look_;
    std::optional<std::string> failure_;
    bool looked_at_location_ = false;
    std::unique_ptr<ContactStates> table_states_; ///< begun, to see whether the table is empty
    std::optional<ContactState> first_state_;
    std::vector<ContactState> read_states_; ///< of the whole table, where memory is read beside it
    std::vector<std::uint64_t> dialog_ghosts_, location_ghosts_;
    ListedContacts listed_;
};

} // namespace sipkeep
