// Reports: questions to the history in SQL, one file each (schema/reports/NAME.sql).
//
// A file begins with a head of comment lines:
//   -- group: calls                     calls, registrations, server or archive
//   -- question: How many ..?
//   -- range: -24h                      default beginning of the time asked for; at: one moment; none: no
//   time
//   -- by: hour                         default step; all: the time asked for is not divided
//   -- note: ..                         any number
//   -- needs: aor                       cannot do without that option
//   -- column NAME UNIT: meaning        each column of the result, in its order
// and goes on with one SELECT for MariaDB 10.6 and MySQL 8.0. In it stand, outside of quotes,
//   :from :to :at :now                  times, as DATETIME literals
//   :interval :top                      numbers
//   :nodes, :node_ids                   'sbc1', 'sbc2' and their numbers, by which keys are ranges
//   :domain :user                       what --domain and --aor gave, or NULL
//   :steps                              a derived table (begins, ends) of the steps
//   :step(TIME)                         the beginning of the step that holds it
//   :rolled_to                          up to when roll-ups answer, and minutes from there on; at a minute:
//                                       up to when refreshes are rolled up
//   :captures_from                      the same of captures
//   :statistics :registrations          the views of these roll-ups, by hour or day
//   :captures :destinations             likewise
//   :held_from                          midnight from which versions are read that were in force at
//                                       :rolled_to, or at :at
//   :PART(ARGUMENT)                     schema/reports/parts/PART.sql with :argument replaced
// Where a quotient is rounded, 1.000000 * or 100.000000 * stands before it: MySQL would cut it to four digits
// first.
#pragma once

#include "sipkeep/core/steps.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sipkeep {

enum class ReportUnit : std::uint8_t { text, time, count, number, percent, seconds, bytes };
/// As in the head of a file.
[[nodiscard]] const char* to_string(ReportUnit unit);

struct ReportColumn {
    std::string name;
    ReportUnit unit;
    std::string meaning;
};

enum class ReportSpan : std::uint8_t { none, at, range };

struct Report {
    std::string name;
    std::string group;
    std::string question;
    std::vector<std::string> notes;
    std::vector<ReportColumn> columns;
    ReportSpan span = ReportSpan::range;
    std::string default_from;   ///< "-24h"; of a range
    std::optional<StepUnit> by; ///< default step; absent without a range
    bool needs_aor = false;
    bool reads_ledger = false;      ///< its own text, not only that of parts, reads captures one by one
    std::string statement;          ///< parts put in, placeholders left
    std::set<std::string> asks_for; ///< names of the placeholders in it

    /// Whether --by may be given: the steps are rows of the result.
    [[nodiscard]] bool divided() const { return by && *by != StepUnit::all; }
};

/// Texts of parts by name.
using ReportParts = std::map<std::string, std::string>;

/// The text with each part that it names put in, and in them likewise.
[[nodiscard]] std::string with_parts(const std::string& text, const ReportParts& parts);

/// Throws Error "schema/reports/NAME.sql: what is wrong" for a head or a placeholder that is none of the
/// above.
[[nodiscard]] Report parse_report(const std::string& name, const std::string& text, const ReportParts& parts);

/// What stands in a statement: a name, and what is in brackets behind it.
struct Placeholder {
    std::string name;
    std::string argument; ///< of :step() and parts
};

/// The statement with each placeholder replaced by what `value` gives for it; quoted text, comments and what
/// `value` gives stay as they are. Throws Error for brackets that are not closed.
[[nodiscard]] std::string fill_in(const std::string& statement,
                                  const std::function<std::string(const Placeholder&)>& value);

} // namespace sipkeep
