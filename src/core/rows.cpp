#include "sipkeep/core/rows.hpp"

#include "sipkeep/core/error.hpp"

namespace sipkeep {

void Rows::add(Field field) {
    if (field) {
        if (text_.size() + field->size() >= null_bit)
            throw Error("more than 2 GiB of rows in one read; the table is larger than sipkeep can capture");
        text_.append(*field);
    }
    const auto end = static_cast<std::uint32_t>(text_.size());
    ends_.push_back(field ? end : (end | null_bit));
}

void Rows::add(RowView row) {
    for (std::size_t column = 0; column < row.width(); ++column) add(row[column]);
}

Field Rows::field(std::size_t row, std::size_t column) const {
    const std::size_t at = row * width_ + column;
    const std::uint32_t end = ends_[at];
    if ((end & null_bit) != 0) return std::nullopt;
    const std::uint32_t begin = at == 0 ? 0 : ends_[at - 1] & ~null_bit;
    return std::string_view(text_).substr(begin, end - begin);
}

void Rows::clear() {
    text_.clear();
    ends_.clear();
}

} // namespace sipkeep
