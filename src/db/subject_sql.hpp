// The SQL by which history finds a subject, and what it puts in its place. Pure text.
#pragma once

#include "sipkeep/core/subject.hpp"
#include "sipkeep/core/time.hpp"

#include <string>
#include <string_view>

namespace sipkeep {

/// What stands where a domain stood.
inline constexpr std::string_view forgotten_domain = "(forgotten)";

/// Text that somebody gave, as a constant that no sql_mode reads otherwise.
[[nodiscard]] std::string text_constant(std::string_view text);

/// "forgotten-" and 16 hex digits of a hash of the column and `salt` (hex digits): the same for the same
/// text, so that what belonged together still does. NULL, and what is such a name already, stays.
[[nodiscard]] std::string anonymous(const std::string& column, const std::string& salt);

class SubjectSql {
public:
    SubjectSql(Subject subject, std::string salt);

    // Conditions on rows of dialog_version, location_version, acc_history (which may hold it: see
    // named_in()), cdr_endpoint_hour and cdr_minute.
    [[nodiscard]] std::string is_caller() const { return is_party("from"); }
    [[nodiscard]] std::string is_callee() const { return is_party("to"); }
    [[nodiscard]] std::string is_contact() const;
    [[nodiscard]] std::string may_be_named() const;
    [[nodiscard]] std::string is_endpoint() const;
    [[nodiscard]] std::string is_domain() const;

    // "SET a = .., b = ..": what goes of a row that meets the condition; keys, times and counts stay.
    [[nodiscard]] std::string forget_caller() const { return forget_party("from", "caller"); }
    [[nodiscard]] std::string forget_callee() const { return forget_party("to", "callee"); }
    /// Of a call that names the subject nowhere but in its record.
    [[nodiscard]] std::string forget_call() const;
    [[nodiscard]] std::string forget_contact() const;
    /// SELECT columns as those of `aor_roll_up`, and `was`, which `aor` was until now: what rows of it
    /// become, of contacts that meet is_contact().
    [[nodiscard]] std::string aors_renamed(unsigned node_id, UtcSeconds day, UtcSeconds versions_from) const;
    [[nodiscard]] std::string forget_record() const;
    /// The name for column endpoint of a row that meets is_endpoint().
    [[nodiscard]] std::string new_endpoint() const;

private:
    [[nodiscard]] std::string is_party(const std::string& side) const;
    [[nodiscard]] std::string forget_party(const std::string& side, const std::string& end) const;
    [[nodiscard]] std::string users() const;

    Subject subject_;
    std::string salt_, domain_;
};

} // namespace sipkeep
