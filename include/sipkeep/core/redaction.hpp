// Values without what tells whose they are.
#pragma once

#include "sipkeep/core/table.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sipkeep {

/// What becomes of a column before it is kept.
enum class RedactAction : std::uint8_t {
    pseudonym,          ///< users and other text become pseudonyms
    truncate,           ///< IP addresses lose their end
    pseudonym_truncate, ///< both
    drop,               ///< NULL
};
/// "pseudonym", "truncate", "pseudonym+truncate", "drop", and back; nullopt: none of them.
[[nodiscard]] const char* to_string(RedactAction action);
[[nodiscard]] std::optional<RedactAction> redact_action(std::string_view text);

/// By column; an operator's own as extra.NAME.
using RedactRules = std::map<std::string, RedactAction, std::less<>>;

/// Names in rules for `acc` that stand for the two columns with the URIs, whatever these are called.
inline constexpr std::string_view caller_rule = "caller";
inline constexpr std::string_view callee_rule = "callee";
inline constexpr std::string_view extra_prefix = "extra.";

/// Names that rules of a table may have, but for those of operators' columns.
[[nodiscard]] std::vector<std::string_view> redactable(const TableSpec& table);
/// Why a column of redactable() must not become that, or "".
[[nodiscard]] std::string redact_refusal(const TableSpec& table, std::string_view column,
                                         RedactAction action);

/// Addresses in a text: an IPv4 address keeps its first 24 bits, an IPv6 address its first 48, what follows
/// becomes 0
/// ("203.0.113.0", "2001:db8:1::"). Ports and host names stay. Done twice, it changes nothing more.
[[nodiscard]] std::string truncate_addresses(std::string_view text);

/// A keyed hash of 32 bytes, such as HMAC-SHA-256; may be called from any thread.
using KeyedHash = std::function<std::string(std::string_view text)>;

/// Names that stand for others: 24 hex digits, always the same for the same text and key. The last 8 are a
/// keyed hash of the others: so a pseudonym is known for one, and stays what it is. Empty text stays empty.
class Pseudonyms {
public:
    explicit Pseudonyms(KeyedHash hash) : hash_(std::move(hash)) {}

    [[nodiscard]] std::string of(std::string_view text) const;
    /// Of a URI only the user goes (percent escapes decoded before): scheme, host, port and the parameters
    /// transport, user, lr, ob and phone-context stay; password, other parameters, headers and display name
    /// are left out. Any other text becomes a pseudonym as a whole.
    [[nodiscard]] std::string of_uri(std::string_view text) const;
    /// The same for what parse_party() reads: of user@host the host stays as well.
    [[nodiscard]] std::string of_party(std::string_view text) const;

private:
    [[nodiscard]] bool is_one(std::string_view text) const;
    [[nodiscard]] std::string check_of(std::string_view name) const;

    KeyedHash hash_;
};

} // namespace sipkeep
