// LiveReader without a database: two tables in memory, and reads that fail when told to.
#pragma once

#include "sipkeep/db/live_reader.hpp"

#include "support/table_rows.hpp"

#include <map>
#include <string>
#include <vector>

namespace sipkeep::test {

/// The live tables: full rows by their key. A reader that has begun to read does not see later changes.
struct FakeLiveTables {
    std::map<std::uint64_t, Cells> dialog;
    std::map<std::uint64_t, Cells> location;

    /// Puts a row in, or in place of the one with its key.
    void put_dialog(std::uint64_t dlg_id, Cells cells);
    void put_contact(std::uint64_t contact_id, Cells cells);
};

class FakeLiveReader final : public LiveReader {
public:
    explicit FakeLiveReader(const FakeLiveTables& tables) : tables_(tables) {}

    /// The read number `at` (all methods counted together, from 0) and those after it throw SourceError.
    void fail_from(std::size_t at, std::string reason) {
        fail_from_ = at;
        reason_ = std::move(reason);
    }
    /// Only that one.
    void fail_at(std::size_t at, std::string reason) {
        fail_from(at, std::move(reason));
        fail_once_ = true;
    }
    /// Full rows that the table holds twice, as one without a primary key can.
    void repeat_dialogs() { repeat_dialogs_ = true; }
    void repeat_contacts() { repeat_contacts_ = true; }
    /// A stream of narrow rows throws SourceError when asked for its row number `row` (from 0).
    void break_states_at(std::size_t row, std::string reason) {
        break_states_at_ = row;
        reason_ = std::move(reason);
    }
    /// What was read: "dialogs", "contact_states", "contacts 3" (ids), "finish".
    [[nodiscard]] const std::vector<std::string>& log() const { return log_; }

    Rows dialogs() override;
    std::unique_ptr<ContactStates> contact_states() override;
    Rows contacts(std::span<const std::uint64_t> ids) override;
    void each_contact(const std::function<void(RowView)>& show, const Deadline& until) override;
    void finish() noexcept override;

private:
    const FakeLiveTables& snapshot();
    void begin_read(const char* table, std::string what);

    const FakeLiveTables& tables_;
    std::optional<FakeLiveTables> snapshot_;
    bool states_read_ = false;
    bool repeat_dialogs_ = false;
    bool repeat_contacts_ = false;
    std::size_t break_states_at_ = SIZE_MAX;
    bool fail_once_ = false;
    std::size_t reads_ = 0;
    std::size_t fail_from_ = SIZE_MAX;
    std::string reason_;
    std::vector<std::string> log_;
};

} // namespace sipkeep::test
