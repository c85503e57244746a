// Whom history is asked to forget.
#pragma once

#include "sipkeep/core/sip_uri.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sipkeep {

/// An address of record, or everybody of a domain.
struct Subject {
    std::vector<std::string>
        users;          ///< names of the one user, compared byte by byte; empty: all of the domain
    std::string domain; ///< lower case, without port

    [[nodiscard]] bool is_domain() const { return users.empty(); }
    [[nodiscard]] bool is(const SipUri& party) const;
    /// "alice@example.com", of the first of its names, or "example.com".
    [[nodiscard]] std::string text() const;
};

/// Reads "alice@example.com" or "example.com", or either behind "sip:". Throws UsageError.
[[nodiscard]] Subject parse_subject(const std::string& text);

/// Whether the columns of a call record tell of it: one of them holds a party that it is, or, for an address
/// of record, one its user and one its domain.
[[nodiscard]] bool named_in(std::span<const std::string> values, const Subject& subject);

} // namespace sipkeep
