#include "support/fake_live_reader.hpp"

#include "sipkeep/core/error.hpp"

#include "support/contact_states.hpp"

#include <charconv>

namespace sipkeep::test {

namespace {

template <class Number>
Number number(const Cells& cells, const std::string& column) {
    Number value = 0;
    const auto cell = cells.find(column);
    if (cell == cells.end() || !cell->second) return value;
    std::from_chars(cell->second->data(), cell->second->data() + cell->second->size(), value);
    return value;
}

bool is_told_by_mi(const Cells& cells) {
    const auto cell = cells.find(source_column);
    return cell != cells.end() && cell->second == from_memory;
}

std::int64_t last_modified(const Cells& cells) {
    const auto cell = cells.find("last_modified");
    return cell == cells.end() || !cell->second ? 0 : packed_datetime(*cell->second);
}

} // namespace

void FakeLiveTables::put_dialog(std::uint64_t dlg_id, Cells cells) {
    cells["dlg_id"] = std::to_string(dlg_id);
    dialog[dlg_id] = std::move(cells);
}

void FakeLiveTables::put_contact(std::uint64_t contact_id, Cells cells) {
    cells["contact_id"] = std::to_string(contact_id);
    location[contact_id] = std::move(cells);
}

const FakeLiveTables& FakeLiveReader::snapshot() {
    if (!snapshot_) snapshot_ = tables_;
    return *snapshot_;
}

void FakeLiveReader::begin_read(const char* table, std::string what) {
    log_.push_back(std::move(what));
    const std::size_t read = reads_++;
    if (fail_once_ ? read == fail_from_ : read >= fail_from_)
        throw SourceError(std::string(table) + ": " + reason_);
}

Rows FakeLiveReader::dialogs() {
    begin_read("dialog", "dialogs");
    Rows rows(dialog_table().columns.size());
    for (const auto& [id, cells] : snapshot().dialog) {
        add_row(rows, dialog_table(), cells);
        if (repeat_dialogs_) add_row(rows, dialog_table(), cells);
    }
    return rows;
}

std::unique_ptr<ContactStates> FakeLiveReader::contact_states() {
    begin_read("location", "contact_states");
    std::vector<ContactState> states;
    for (const auto& [id, cells] : snapshot().location)
        for (int times = repeat_contacts_ ? 2 : 1; times > 0; --times)
            states.push_back({.contact_id = id,
                              .last_modified = last_modified(cells),
                              .expires = number<std::uint32_t>(cells, "expires"),
                              .cseq = number<std::int32_t>(cells, "cseq"),
                              .from_memory = is_told_by_mi(cells)});
    states_read_ = true;
    auto stream = std::make_unique<StatesInMemory>(std::move(states));
    stream->at_row = [breaks_at = break_states_at_, reason = reason_](std::size_t row) {
        if (row >= breaks_at) throw SourceError("location: " + reason);
    };
    return stream;
}

Rows FakeLiveReader::contacts(std::span<const std::uint64_t> ids) {
    begin_read("location", "contacts " + std::to_string(ids.size()));
    if (!snapshot_ || !states_read_) throw SourceError("the snapshot of location was lost");
    std::map<std::uint64_t, const Cells*> wanted;
    for (const std::uint64_t id : ids)
        if (const auto found = snapshot_->location.find(id); found != snapshot_->location.end())
            wanted[id] = &found->second;
    Rows rows(location_table().columns.size());
    for (const auto& [id, cells] : wanted) add_row(rows, location_table(), *cells);
    return rows;
}

void FakeLiveReader::each_contact(const std::function<void(RowView)>& show, const Deadline& until) {
    begin_read("location", "each_contact");
    if (!snapshot_ || !states_read_) throw SourceError("the snapshot of location was lost");
    if (until.passed()) throw SourceError("location: takes too long to be read in full");
    for (const auto& [id, cells] : snapshot_->location) {
        Rows one(location_table().columns.size());
        add_row(one, location_table(), cells);
        show(one[0]);
    }
}

void FakeLiveReader::finish() noexcept {
    log_.emplace_back("finish");
    snapshot_.reset();
    states_read_ = false;
}

} // namespace sipkeep::test
