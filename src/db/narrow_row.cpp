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
    state.from_memory = text.empty();
    return state;
}

NarrowRows::NarrowRows(Connection& connection, const std::string& from, Rethrow rethrow)
    : connection_(connection),
      query_("SELECT " + std::string(narrow_row) + " FROM " + from + " ORDER BY contact_id"),
      rethrow_(rethrow) {}

template <class Action>
void NarrowRows::translated(Action action) {
    try {
        action();
    } catch (const std::exception& error) {
        rethrow_(error);
    }
}

void NarrowRows::start() {
    if (rows_ || ended_) return;
    translated([&] { rows_.emplace(connection_.query(query_)); });
}

std::optional<ContactState> NarrowRows::next() {
    start();
    std::optional<ContactState> state;
    if (ended_) return state;
    translated([&] {
        ended_ = !rows_->next();
        if (ended_)
            rows_.reset();
        else
            state = parse_narrow_row(rows_->text(0).value_or(""));
    });
    return state;
}

} // namespace sipkeep
