// An exported day in a file.
#pragma once

#include "sipkeep/core/exported_day.hpp"
#include "sipkeep/sys/compression.hpp"
#include "sipkeep/sys/durable_file.hpp"
#include "sipkeep/sys/sha256.hpp"

#include <functional>
#include <memory>
#include <string>

namespace sipkeep {

// A day file is the line "sipkeep day 1 " and the head as JSON (`head -1 FILE` shows it), Zstandard frames
// with the rows of its tables in the order of the head, as in a capture file, and the line "sha256 " and the
// SHA-256 of all bytes before it in hexadecimal digits. The same day makes the same file.

class DayFileWriter {
public:
    /// Writes the head. Every method throws Error when the file can't be written.
    DayFileWriter(NewFile& file, const ExportedHead& head);
    DayFileWriter(const DayFileWriter&) = delete;
    DayFileWriter& operator=(const DayFileWriter&) = delete;
    ~DayFileWriter();

    /// `show` calls its argument with each row of the next table of the head, one at a time. Throws Error
    /// when their number is not that of the head.
    void table(const ExportedTable& table,
               const std::function<void(const std::function<void(RowView)>&)>& show);
    /// Ends the file; call file.keep() afterwards. Returns its checksum.
    std::string finish();

private:
    void write(std::string_view bytes);

    NewFile& file_;
    Sha256 sum_;
    Compressor compressor_;
};

/// A day file that was read once and found whole: its rows can be read as often as needed, one at a time.
class DayFile final : public ExportedDay {
public:
    /// Throws Error naming the file and what is wrong with it: damaged, cut off, of another format, none of
    /// sipkeep's.
    DayFile(FileSystem& files, std::string path);
    ~DayFile() override;

    [[nodiscard]] const ExportedHead& head() const override { return head_; }
    [[nodiscard]] const std::string& name() const override { return path_; }
    [[nodiscard]] std::unique_ptr<ExportedRows> rows() override;
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    /// 64 hexadecimal digits: files of the same are the same.
    [[nodiscard]] const std::string& sum() const { return sum_; }

private:
    FileSystem& files_;
    std::string path_, sum_;
    ExportedHead head_;
    std::uint64_t bytes_ = 0, rows_offset_ = 0;
};

} // namespace sipkeep
