#include "table_stream.hpp"

#include "sipkeep/core/error.hpp"

#include <algorithm>

namespace sipkeep {

namespace {

constexpr char row_follows = 1;
constexpr char no_more_rows = 0;
constexpr std::uint64_t longest_field = 64U
                                        << 20U; ///< MEDIUMTEXT holds 16 MiB, latin1 at most doubles in UTF-8
constexpr std::uint64_t most_columns = 1000;

} // namespace

void TableWriter::number(std::uint64_t number) {
    std::string bytes;
    for (; number >= 0x80U; number >>= 7U) bytes += static_cast<char>(0x80U | (number & 0x7FU));
    bytes += static_cast<char>(number);
    to_.add(bytes);
}

void TableWriter::field(Field field) {
    number(field ? field->size() + 1 : 0);
    if (field) to_.add(*field);
}

void TableWriter::text(std::string_view text) {
    field(text);
}

void TableWriter::begin(std::string_view name, const ColumnNames& columns) {
    text(name);
    number(columns.size());
    for (const std::string_view column : columns) text(column);
    rows_ = 0;
}

void TableWriter::add(RowView row) {
    to_.add({&row_follows, 1});
    for (std::size_t i = 0; i < row.width(); ++i) field(row[i]);
    ++rows_;
}

void TableWriter::end() {
    to_.add({&no_more_rows, 1});
    number(rows_);
}

bool TableReader::fill() {
    if (at_ < size_) return true;
    at_ = 0;
    size_ = from_.read(buffer_.data(), buffer_.size());
    return size_ > 0;
}

unsigned char TableReader::byte() {
    if (!fill()) throw Error("ends too early: it was cut off");
    return static_cast<unsigned char>(buffer_[at_++]);
}

std::uint64_t TableReader::number() {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const std::uint64_t next = byte();
        number |= (next & 0x7FU) << shift;
        if (next < 0x80U) return number;
    }
    throw Error("is damaged: a number has no end");
}

bool TableReader::field() {
    const std::uint64_t length = number();
    field_.clear();
    if (length == 0) return false;
    if (length - 1 > longest_field) throw Error("is damaged: a field of more than 64 MiB");
    while (field_.size() < length - 1) {
        if (!fill()) throw Error("ends too early: it was cut off");
        const std::size_t some = std::min<std::size_t>(size_ - at_, length - 1 - field_.size());
        field_.append(buffer_.data() + at_, some);
        at_ += some;
    }
    return true;
}

std::string TableReader::text() {
    if (!field()) throw Error("is damaged: a text is missing");
    return field_;
}

void TableReader::begin(std::string_view name, const ColumnNames& wanted) {
    if (text() != name) throw Error("is damaged: table " + std::string(name) + " is missing");
    const std::uint64_t columns = number();
    if (columns == 0 || columns > most_columns) throw Error("is damaged: a table of no or too many columns");
    source_.assign(wanted.size(), -1);
    for (std::uint64_t i = 0; i < columns; ++i) {
        const std::string column = text();
        const auto found = std::find(wanted.begin(), wanted.end(), column);
        if (found == wanted.end())
            throw Error("has a column " + std::string(name) + "." + column +
                        " that this sipkeep does not know; a newer one wrote it");
        source_[static_cast<std::size_t>(found - wanted.begin())] = static_cast<std::ptrdiff_t>(i);
    }
    values_.resize(columns);
    present_.assign(columns, false);
    rows_ = 0;
}

bool TableReader::next(Rows& rows) {
    const auto mark = static_cast<char>(byte());
    if (mark == no_more_rows) {
        if (number() != rows_) throw Error("is damaged: rows are missing");
        return false;
    }
    if (mark != row_follows) throw Error("is damaged: neither a row nor the end of a table");
    for (std::size_t i = 0; i < values_.size(); ++i) {
        present_[i] = field();
        values_[i].swap(field_);
    }
    for (const std::ptrdiff_t source : source_) {
        const bool has = source >= 0 && present_[static_cast<std::size_t>(source)];
        rows.add(has ? Field(values_[static_cast<std::size_t>(source)]) : Field());
    }
    ++rows_;
    return true;
}

void TableReader::require_end() {
    if (fill()) throw Error("is damaged: something follows its end");
}

std::uint64_t TableReader::next_frame_offset() {
    if (!fill()) throw Error("ends too early: it was cut off");
    return from_.frame_offset();
}

} // namespace sipkeep
