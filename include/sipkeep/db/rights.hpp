// What a database user may do, as GRANT statements tell it: those that sipkeep prints, and those of SHOW
// GRANTS.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sipkeep {

class Rights {
public:
    /// "GRANT SELECT, UPDATE (a, b) ON `db`.`table` TO ..": anything else is left out. Names are those
    /// between backticks; `*` stands for all of them.
    void add(std::string_view statement);
    void add(const Rights& more);

    /// What `needed` has and this has not, as "INSERT on db.table".
    [[nodiscard]] std::vector<std::string> lacking(const Rights& needed) const;
    /// What this has and nothing in `needed` asks for: of all databases at once, of another database, or of a
    /// kind that is needed for no table of that one.
    [[nodiscard]] std::vector<std::string> beyond(const Rights& needed) const;

    /// Some are held by a role, which SHOW GRANTS names only.
    [[nodiscard]] bool by_role() const { return by_role_; }

private:
    using Place = std::pair<std::string, std::string>; ///< database and table
    [[nodiscard]] bool covers(const std::string& privilege, const Place& place) const;

    std::map<Place, std::set<std::string>> held_;
    bool by_role_ = false;
};

} // namespace sipkeep
