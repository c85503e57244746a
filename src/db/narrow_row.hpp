// The narrow columns of a registration as one text: a fourth of the calls into Connector/C++, whose price is
// a string a column, and no more work for the server.
#pragma once

#include "sipkeep/core/diff.hpp"
#include "sipkeep/db/connection.hpp"

#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace sipkeep {

/// Selected from `location` and from location_open alike.
inline constexpr std::string_view narrow_row =
    "CONCAT_WS(' ', contact_id, COALESCE(expires, 0), COALESCE(cseq, 0), COALESCE(last_modified, ''))";

/// "1234 1795367909 7 2026-11-22 16:17:15"; what is missing at the end is 0. Without a time it is taken for
/// what MI told, which is so in location_open.
[[nodiscard]] ContactState parse_narrow_row(std::string_view text);

/// The narrow rows of a table as its server sends them. Occupies the connection from start() on, until its
/// end or its destructor, which reads what is left; the connection must outlive it.
class NarrowRows final : public ContactStates {
public:
    /// Throws what whoever reads the stream is to catch.
    using Rethrow = void (*)(const std::exception& error);

    /// `from`: the table, and a WHERE behind it if need be.
    NarrowRows(Connection& connection, const std::string& from, Rethrow rethrow);

    void start() override;
    std::optional<ContactState> next() override;

private:
    template <class Action>
    void translated(Action action);

    Connection& connection_;
    std::string query_;
    Rethrow rethrow_;
    std::optional<Result> rows_;
    bool ended_ = false;
};

} // namespace sipkeep
