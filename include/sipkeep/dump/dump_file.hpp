// A mysqldump or mariadb-dump file: the dialogs and registrations of one moment.
#pragma once

#include "sipkeep/core/capture.hpp"
#include "sipkeep/core/live_reader.hpp"
#include "sipkeep/sys/file_system.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace sipkeep {

/// Which of a dump's tables are OpenSIPS's.
struct DumpSource {
    std::string database; ///< the one that counts in a dump of several
    std::string dialog_table = "dialog";
    std::string location_table = "location";
};

/// A dump that was read once: plain, gzip or Zstandard; extended or single inserts, with or without lists of
/// columns, among whatever else it holds. Holds the dialogs; the registrations are read again when they are
/// asked for. Every method throws Error naming the file, the place in it, and what is wrong.
class DumpFile final : public ContactRows {
public:
    /// Called now and then with the bytes of the file that were read so far.
    using Progress = std::function<void(std::uint64_t)>;

    DumpFile(FileSystem& files, std::string path, DumpSource source, Progress progress = {});

    /// `off`: the dump does not hold the table's rows. Never `failed`: a row that can't be read throws.
    [[nodiscard]] SourceStatus dialog() const { return dialog_; }
    [[nodiscard]] SourceStatus location() const { return location_; }
    /// "2026-11-20 09:15:02", in the local time of the host that took the dump; absent: it tells none.
    [[nodiscard]] const std::optional<std::string>& completed_on() const { return completed_on_; }
    /// False: its last line is missing. It may have been cut off; both tables have ended before.
    [[nodiscard]] bool complete() const { return complete_; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

    [[nodiscard]] bool in_order() const { return in_order_; }
    [[nodiscard]] Rows& dialogs() { return dialogs_; }
    /// Throws once the first row out of order comes: in_order() is false then, and the next call sorts them
    /// in memory, at most 512 MiB. `until` is not looked at.
    void each_contact(const std::function<void(RowView)>& show, const Deadline& until) override;

private:
    void read_dialogs();
    void each_in_order(const std::function<void(RowView)>& show);
    void each_sorted(const std::function<void(RowView)>& show);

    FileSystem& files_;
    std::string path_;
    DumpSource source_;
    Progress progress_;
    SourceStatus dialog_ = SourceStatus::off, location_ = SourceStatus::off;
    std::optional<std::string> completed_on_;
    bool complete_ = false;
    std::uint64_t bytes_ = 0;
    bool in_order_ = true;
    Rows dialogs_;
};

} // namespace sipkeep
