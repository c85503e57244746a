#include "narrow_row.hpp"

#include <charconv>

namespace sipkeep {

namespace {

template <class Number>
Number take_number(std::string_view& text) {
    Number value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    const auto space = text.find(' ');
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    return value;
}

} // namespace

ContactState parse_narrow_row(std::string_view text) {
    ContactState state;
    state.contact_id = take_number<std::uint64_t>(text);
    state.expires = take_number<std::uint32_t>(text);
    state.cseq = take_number<std::int32_t>(text);
    state.last_modified = packed_datetime(text);
    return state;
}

} // namespace sipkeep
