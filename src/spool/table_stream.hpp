// The tables of a capture file: bytes to rows and back.
#pragma once

#include "sipkeep/core/rows.hpp"
#include "sipkeep/sys/compression.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sipkeep {

using ColumnNames = std::vector<std::string_view>;

/// Writes one table after the other into a Compressor.
class TableWriter {
public:
    explicit TableWriter(Compressor& to) : to_(to) {}

    void begin(std::string_view name, const ColumnNames& columns);
    void add(RowView row);
    /// Ends the table with the number of its rows.
    void end();
    void text(std::string_view text);

private:
    void number(std::uint64_t number);
    void field(Field field);

    Compressor& to_;
    std::uint64_t rows_ = 0;
};

/// Reads what TableWriter wrote. Every method throws Error for what it can't have written.
class TableReader {
public:
    explicit TableReader(Decompressor& from) : from_(from), buffer_(1U << 16U) {}

    /// The head of a table named so. A column of `wanted` that the file has not is NULL in every row; one of
    /// the file that is not wanted is an error: a newer sipkeep has written it.
    void begin(std::string_view name, const ColumnNames& wanted);
    /// Appends the next row, its columns as wanted. False at the end of the table.
    [[nodiscard]] bool next(Rows& rows);
    [[nodiscard]] std::string text();
    /// Throws Error when something follows.
    void require_end();
    /// Decompressor::frame_offset() of what comes next, when that begins a frame.
    [[nodiscard]] std::uint64_t next_frame_offset();

private:
    [[nodiscard]] bool fill();
    [[nodiscard]] unsigned char byte();
    [[nodiscard]] std::uint64_t number();
    /// False: NULL. Else the text is in field_.
    [[nodiscard]] bool field();

    Decompressor& from_;
    std::vector<char> buffer_;
    std::size_t at_ = 0, size_ = 0;
    std::string field_;
    std::vector<std::ptrdiff_t> source_; ///< for each column wanted: which one of the file it is, or -1
    std::vector<std::string> values_;
    std::vector<bool> present_;
    std::uint64_t rows_ = 0;
};

} // namespace sipkeep
