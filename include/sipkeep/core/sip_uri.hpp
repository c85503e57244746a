// The two parts of a SIP or tel URI that reports group calls by.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sipkeep {

/// At most 255 bytes each (the width of the history's columns); what is longer is absent.
struct SipUri {
    std::optional<std::string> user;   ///< without password and user parameters
    std::optional<std::string> domain; ///< lower case, without port; an IPv6 address keeps its brackets
};

/// Reads a URI (RFC 3261 19.1, RFC 3966) or a name-addr around one, as the columns from_uri and to_uri of the
/// table `dialog` hold them: `sip:alice@example.com;transport=tcp`, `"Alice" <sips:alice@[::1]:5061>;tag=1`,
/// `tel:+49-30-1`.
///   sip:, sips:  user up to its first ':' or ';' (a password never gets out); absent when the URI has none.
///                Percent escapes in it are decoded if all of them are well-formed and the result is valid
///                UTF-8 without control characters, else it stays as written. One dot at the end of the
///                domain is dropped.
///   tel:         user is the number as written, up to ';'; domain is phone-context when that is a domain
///   name.
/// Anything else (another scheme or none, control bytes, spaces within the URI, unbalanced quotes or
/// brackets, an empty user before '@', a second '@', a domain that is neither name nor address, a port above
/// 65535) gives an empty SipUri. Never throws for its input; linear in its length. Valid UTF-8 in, valid
/// UTF-8 out.
[[nodiscard]] SipUri parse_sip_uri(std::string_view text);

/// The pieces of a URI, as written; they point into the text.
struct SipUriParts {
    std::string_view scheme;     ///< sip, sips or tel
    std::string_view user;       ///< empty: none; of tel the number
    std::string_view host;       ///< with its port; empty: of tel
    std::string_view parameters; ///< from the first ';' on, or empty; no headers
    bool in_brackets = false;    ///< it stood in < >
};

/// Nullopt for what parse_sip_uri() finds neither user nor domain in.
[[nodiscard]] std::optional<SipUriParts> split_sip_uri(std::string_view text);

/// A party of a call as operators keep it in `acc`: a URI, user@domain, or a number or name alone (printable
/// ASCII; its domain is absent then). Never throws for its input.
[[nodiscard]] SipUri parse_party(std::string_view text);

} // namespace sipkeep
