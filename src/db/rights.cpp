#include "sipkeep/db/rights.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace sipkeep {

namespace {

constexpr std::string_view all = "ALL PRIVILEGES";
constexpr std::string_view option = "GRANT OPTION";
constexpr std::string_view of_columns = "UPDATE of columns";

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

/// Privileges between commas; columns in brackets belong to theirs.
std::set<std::string> privileges_in(std::string_view list) {
    std::set<std::string> found;
    int open = 0;
    std::string one;
    const auto finish = [&] {
        const std::string_view text = trimmed(one);
        const auto bracket = text.find('(');
        if (bracket == std::string_view::npos)
            found.emplace(text);
        else
            found.insert(std::string(trimmed(text.substr(0, bracket))) + " of columns");
        one.clear();
    };
    for (const char c : list) {
        if (c == '(') ++open;
        if (c == ')') --open;
        if (c == ',' && open == 0)
            finish();
        else
            one += c;
    }
    finish();
    return found;
}

/// "`name`" or "*" at the start of `text`, which loses it.
std::optional<std::string> take_name(std::string_view& text) {
    if (text.starts_with('*')) {
        text.remove_prefix(1);
        return "*";
    }
    if (!text.starts_with('`')) return std::nullopt;
    const auto end = text.find('`', 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string name(text.substr(1, end - 1));
    std::erase(name, '\\'); // a database's name is a pattern there
    text.remove_prefix(end + 1);
    return name;
}

std::string shown(const std::string& privilege, const std::pair<std::string, std::string>& place) {
    return privilege + " on " + place.first + "." + place.second;
}

} // namespace

void Rights::add(std::string_view statement) {
    constexpr std::string_view grant = "GRANT ";
    if (!statement.starts_with(grant)) return;
    const auto on = statement.find(" ON ");
    if (on == std::string_view::npos) {
        by_role_ = true;
        return;
    }
    std::string_view rest = statement.substr(on + 4);
    if (rest.starts_with("TABLE ")) rest.remove_prefix(6);
    const auto database = take_name(rest);
    if (!database || !rest.starts_with('.')) return; // PROXY, or a routine
    rest.remove_prefix(1);
    const auto table = take_name(rest);
    if (!table) return;
    auto found = privileges_in(statement.substr(grant.size(), on - grant.size()));
    if (rest.find(" WITH GRANT OPTION") != std::string_view::npos) found.emplace(option);
    found.erase("USAGE");
    if (!found.empty()) held_[{*database, *table}].merge(found);
}

void Rights::add(const Rights& more) {
    for (const auto& [place, privileges] : more.held_)
        held_[place].insert(privileges.begin(), privileges.end());
}

bool Rights::covers(const std::string& privilege, const Place& place) const {
    const std::array<Place, 3> places{{{"*", "*"}, {place.first, "*"}, place}};
    return std::ranges::any_of(places, [&](const Place& one) {
        const auto held = held_.find(one);
        if (held == held_.end()) return false;
        return held->second.contains(std::string(all)) || held->second.contains(privilege) ||
               (privilege == of_columns && held->second.contains("UPDATE"));
    });
}

std::vector<std::string> Rights::lacking(const Rights& needed) const {
    std::vector<std::string> found;
    for (const auto& [place, privileges] : needed.held_)
        for (const std::string& privilege : privileges)
            if (!covers(privilege, place)) found.push_back(shown(privilege, place));
    return found;
}

std::vector<std::string> Rights::beyond(const Rights& needed) const {
    std::map<std::string, std::set<std::string>> kinds; // by database
    for (const auto& [place, privileges] : needed.held_)
        kinds[place.first].insert(privileges.begin(), privileges.end());
    std::vector<std::string> found;
    for (const auto& [place, privileges] : held_)
        for (const std::string& privilege : privileges) {
            const auto of_database = kinds.find(place.first);
            const bool asked = of_database != kinds.end() &&
                               (of_database->second.contains(privilege) ||
                                (privilege == of_columns && of_database->second.contains("UPDATE")));
            if (!asked) found.push_back(shown(privilege, place));
        }
    return found;
}

} // namespace sipkeep
