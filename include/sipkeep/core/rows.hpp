// Many rows of one table in one buffer: 50,000 dialogs must not cost 1,500,000 allocations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipkeep {

/// One column of one row, in the text form the server sends; absent is SQL NULL.
using Field = std::optional<std::string_view>;

class Rows;

/// A row inside a Rows; valid as long as that Rows is neither changed nor destroyed.
class RowView {
public:
    RowView(const Rows& rows, std::size_t row) : rows_(&rows), row_(row) {}
    [[nodiscard]] Field operator[](std::size_t column) const;
    [[nodiscard]] std::size_t width() const;

private:
    const Rows* rows_;
    std::size_t row_;
};

/// Rows of equal width, filled left to right. At most 2 GiB of text; more throws Error.
class Rows {
public:
    explicit Rows(std::size_t width) : width_(width) {}

    /// Appends the next field; a row exists once all its fields were added.
    void add(Field field);
    void add(RowView row);

    [[nodiscard]] std::size_t width() const { return width_; }
    [[nodiscard]] std::size_t size() const { return ends_.size() / width_; }
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] RowView operator[](std::size_t row) const { return {*this, row}; }
    [[nodiscard]] Field field(std::size_t row, std::size_t column) const;
    /// Bytes of text held.
    [[nodiscard]] std::size_t bytes() const { return text_.size(); }
    void clear();

private:
    static constexpr std::uint32_t null_bit = 0x80000000U;

    std::size_t width_;
    std::string text_;
    std::vector<std::uint32_t> ends_; ///< end of each field in text_; the top bit marks NULL
};

inline Field RowView::operator[](std::size_t column) const {
    return rows_->field(row_, column);
}
inline std::size_t RowView::width() const {
    return rows_->width();
}

} // namespace sipkeep
