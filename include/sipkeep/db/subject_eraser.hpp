// Takes what names a subject out of history, and leaves what is counted.
#pragma once

#include "sipkeep/core/subject.hpp"
#include "sipkeep/core/time.hpp"
#include "sipkeep/db/database_settings.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

class SubjectWork;

/// Rows that name the subject.
struct SubjectRows {
    std::map<std::string, std::uint64_t> by_table; ///< each table that may hold a subject
    std::uint64_t open_dialogs = 0; ///< versions in force now: the next capture brings them back
    std::uint64_t open_contacts = 0;

    void add(const SubjectRows& other);
};

enum class EraseHow : std::uint8_t { count, erase };

/// Rows, keys and times stay; what names the subject becomes NULL or a name that stands for nobody, the same
/// for the same text. Whatever kills the process, a call and its records have changed together or not at all,
/// and another run goes on with the rest. Every method throws HistoryUnavailable, and Error where the user of
/// the database lacks a right.
class SubjectEraser {
public:
    /// Connects. Throws SchemaError when the schema is not this program's, LockedError when another one is at
    /// work in this database. `node`: only of this one.
    SubjectEraser(const DatabaseSettings& settings, Subject subject, std::optional<std::string> node,
                  EraseHow how);
    SubjectEraser(const SubjectEraser&) = delete;
    SubjectEraser& operator=(const SubjectEraser&) = delete;
    ~SubjectEraser();

    /// Names of the nodes to look through. Throws Error when the one asked for has no history.
    [[nodiscard]] const std::vector<std::string>& nodes() const;
    /// Notes in `forgotten` that it is being done, or goes on with what was cut off.
    void begin(UtcSeconds now);
    /// Of one node. Comes after begin(), but to count.
    [[nodiscard]] SubjectRows erase(const std::string& node);
    /// All is done, at `now`: from here on nobody can tell what the names stood for.
    void finish(UtcSeconds now);

private:
    std::unique_ptr<SubjectWork> work_;
};

} // namespace sipkeep
