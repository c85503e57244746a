#include "unit/layers/rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <regex>

namespace sipkeep::rules {

namespace {

std::string at_line(const SourceText& source, std::size_t line, const std::string& what) {
    return source.path + ":" + std::to_string(line) + ": " + what;
}

struct Include {
    std::size_t line = 0;
    bool quoted = false;
    std::string_view path;
};

std::vector<Include> includes_of(const SourceText& source) {
    std::vector<Include> includes;
    std::size_t number = 0;
    for (auto line : lines_of(source.without_comments)) {
        ++number;
        auto at = skip_blanks(line, 0);
        if (at == line.size() || line[at] != '#') continue;
        at = skip_blanks(line, at + 1);
        if (!line.substr(at).starts_with("include")) continue;
        const auto open = line.find_first_of("<\"", at);
        if (open == npos) continue;
        const auto close = std::min(line.find_first_of(">\"", open + 1), line.size());
        includes.push_back({number, line[open] == '"', line.substr(open + 1, close - open - 1)});
    }
    return includes;
}

const std::map<std::string_view, std::vector<std::string_view>>& visible_layers() {
    static const std::map<std::string_view, std::vector<std::string_view>> layers{
        {"core", {"core"}},
        {"sys", {"sys", "core"}},
        {"mi", {"mi", "sys", "core"}},
        {"db", {"db", "sys", "core"}},
        {"dump", {"dump", "sys", "core"}},
        {"spool", {"spool", "sys", "core"}},
        {"app", {"app", "mi", "db", "dump", "spool", "sys", "core"}},
        {"main", {"app", "mi", "db", "dump", "spool", "sys", "core"}},
    };
    return layers;
}

bool is_layer(std::string_view name) {
    return name != "main" && visible_layers().contains(name);
}

/// Empty for a file that is in no layer.
std::string_view layer_of_file(std::string_view path) {
    if (path == "src/main.cpp") return "main";
    for (const std::string_view root : {"src/", "include/sipkeep/"})
        if (path.starts_with(root)) {
            const auto rest = path.substr(root.size());
            const auto layer = rest.substr(0, rest.find('/'));
            return is_layer(layer) && layer.size() < rest.size() ? layer : "";
        }
    return "";
}

/// Empty for what is no header of ours, or one without a layer (made by the build).
std::string_view layer_of_include(std::string_view path) {
    constexpr std::string_view root = "sipkeep/";
    if (path.starts_with(root)) path.remove_prefix(root.size());
    const auto layer = path.substr(0, path.find('/'));
    return is_layer(layer) && layer.size() < path.size() ? layer : "";
}

struct Library {
    std::string_view header;              ///< how its includes begin
    std::vector<std::string_view> places; ///< how the paths begin that may include it
};

const std::vector<Library>& libraries() {
    static const std::vector<std::string_view> db{"src/db/", "include/sipkeep/db/"};
    static const std::vector<Library> all{
        {"cppconn/", db},
        {"jdbc/", db},
        {"mysql", db}, // mysql_driver.h, mysql/jdbc.h, mysqlx/..
        {"mariadb", db},
        {"curl/", {"src/mi/http_transport", "include/sipkeep/mi/http_transport"}},
        {"yaml-cpp/", {"src/app/config", "include/sipkeep/app/config"}},
        {"cxxopts", {"src/app/cli", "include/sipkeep/app/cli"}},
        {"date/", {"src/core/time_text.cpp"}},
        {"zstd", {"src/sys/compression.cpp"}},
    };
    return all;
}

bool begins_with_any(std::string_view text, const std::vector<std::string_view>& beginnings) {
    return std::any_of(beginnings.begin(), beginnings.end(),
                       [&](auto beginning) { return text.starts_with(beginning); });
}

/// Where `name` is called as a free function; members (.name, ->name) are somebody else's.
std::vector<std::size_t> free_calls(std::string_view code, std::string_view name) {
    std::vector<std::size_t> calls;
    for (auto at = find_word(code, name); at != npos; at = find_word(code, name, at + 1)) {
        const auto before = code.substr(0, at);
        const auto open = skip_blanks(code, at + name.size());
        if (open < code.size() && code[open] == '(' && !before.ends_with('.') && !before.ends_with("->"))
            calls.push_back(at);
    }
    return calls;
}

/// The classes and enumerations of a file that other files could name as well, with their lines.
std::vector<std::pair<std::string, std::size_t>> shared_classes(std::string_view code) {
    static const std::regex head_of_class(
        R"(^\s*(?:template\s*<[^{}]*>\s*)?(?:enum\s+class|enum|class|struct|union)\s+(?:\[\[\w+\]\]\s*)?([\w:]+)[^()=]*$)");
    std::vector<std::pair<std::string, std::size_t>> found;
    std::vector<bool> shared{true}; // by depth: namespaces that have a name, and nothing else
    std::size_t begin = 0;
    for (std::size_t at = 0; at < code.size(); ++at) {
        if (code[at] == '{') {
            const std::string head(code.substr(begin, at - begin));
            const auto first =
                skip_blanks(head, head.find_first_not_of("\n ") == npos ? 0 : head.find_first_not_of("\n "));
            const bool is_namespace = std::string_view(head).substr(first).starts_with("namespace");
            const bool has_name = is_namespace && head.find_first_not_of("\n ", first + 9) != npos;
            std::smatch match;
            if (shared.back() && !is_namespace && std::regex_match(head, match, head_of_class))
                found.emplace_back(match[1], line_of(code, begin + first));
            shared.push_back(shared.back() && has_name);
        } else if (code[at] == '}' && shared.size() > 1) {
            shared.pop_back();
        }
        if (code[at] == '{' || code[at] == '}' || code[at] == ';') begin = at + 1;
    }
    return found;
}

std::string upper(std::string_view text) {
    std::string result(text);
    for (auto& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return result;
}

bool begins_with_words(std::string_view text, std::string_view words) {
    return text.starts_with(words) && (text.size() == words.size() || !is_word_character(text[words.size()]));
}

/// Single keywords count in capitals only ("update the schema" is English), pairs in any case.
bool is_sql(std::string_view line) {
    constexpr std::array<std::string_view, 4> keywords{"SELECT", "INSERT", "UPDATE", "WITH RECURSIVE"};
    constexpr std::array<std::string_view, 11> pairs{
        "INSERT INTO", "REPLACE INTO",      "DELETE FROM", "CREATE TABLE",   "ALTER TABLE",      "DROP TABLE",
        "CREATE VIEW", "CREATE OR REPLACE", "SELECT *",    "TRUNCATE TABLE", "START TRANSACTION"};
    line.remove_prefix(std::min(line.find_first_not_of(" \t("), line.size()));
    const auto capitals = upper(line);
    return std::any_of(keywords.begin(), keywords.end(),
                       [&](auto words) { return begins_with_words(line, words); }) ||
           std::any_of(pairs.begin(), pairs.end(), [&](auto words) {
               return begins_with_words(capitals, words) || line.find(words) != npos;
           });
}

/// Splits at line ends, written as such (raw strings) or as \n.
bool has_sql(std::string text) {
    for (auto at = text.find("\\n"); at != std::string::npos; at = text.find("\\n"))
        text.replace(at, 2, "\n");
    const auto lines = lines_of(text);
    return std::any_of(lines.begin(), lines.end(), is_sql);
}

void complain_of_clocks(const SourceText& source, Complaints& complaints) {
    const std::string_view code = source.code;
    const auto add = [&](std::size_t at) {
        complaints.push_back(at_line(source, line_of(code, at),
                                     "reads a clock; only core/time.cpp does (Clock, Stopwatch, Deadline)"));
    };
    // Any X::now(), so that an alias of a std clock is no way around.
    for (const auto at : free_calls(code, "now"))
        if (code.substr(0, at).ends_with("::")) add(at);
    for (const auto* name : {"gettimeofday", "clock_gettime", "timespec_get", "ftime"})
        for (const auto at : free_calls(code, name)) add(at);
    for (const auto at : free_calls(code, "time")) {
        const auto argument = code.substr(skip_blanks(code, code.find('(', at) + 1));
        const bool std_time = code.substr(0, at).ends_with("std::");
        const bool no_target = begins_with_words(argument, "nullptr") ||
                               begins_with_words(argument, "NULL") || begins_with_words(argument, "0");
        if (std_time || no_target) add(at);
    }
    for (const auto at : free_calls(code, "clock"))
        if (code.substr(0, at).ends_with("std::")) add(at);
}

bool is_bad_name(std::string_view name) {
    constexpr std::array<std::string_view, 7> endings{"Manager", "Managers", "Helper", "Helpers",
                                                      "Util",    "Utils",    "Data"};
    return std::any_of(endings.begin(), endings.end(), [&](auto ending) { return name.ends_with(ending); });
}

/// The name declared by the class, struct, union or enum keyword that ends before `at`; empty for template
/// parameters.
std::string_view declared_name(std::string_view code, std::size_t at) {
    for (;;) {
        at = skip_blanks(code, at);
        if (code.substr(at).starts_with("[[")) {
            at = std::min(code.find("]]", at), code.size() - 2) + 2;
            continue;
        }
        auto end = at;
        while (end < code.size() && is_word_character(code[end])) ++end;
        const auto word = code.substr(at, end - at);
        if (word == "class" || word == "struct") { // enum class
            at = end;
            continue;
        }
        const auto next = skip_blanks(code, end);
        const auto rest = code.substr(next);
        const bool declares = next < code.size() &&
                              (std::string_view("{:;").find(code[next]) != npos || rest.starts_with("final"));
        return declares ? word : std::string_view{};
    }
}

} // namespace

Complaints check_arrows(const SourceText& source) {
    Complaints complaints;
    const auto layer = layer_of_file(source.path);
    if (layer.empty())
        return {at_line(source, 1, "is in no layer of the house (core, sys, mi, db, dump, spool, app)")};
    const auto& visible = visible_layers().at(layer);
    for (const auto& include : includes_of(source)) {
        const std::string path(include.path);
        if (path.find("..") != npos)
            complaints.push_back(
                at_line(source, include.line, "includes " + path + ": name it from its root, without '..'"));
        const auto target = layer_of_include(path);
        if (!target.empty() && std::find(visible.begin(), visible.end(), target) == visible.end())
            complaints.push_back(at_line(source, include.line, std::string(layer) + " must not see " + path));
    }
    return complaints;
}

Complaints check_third_party(const SourceText& source) {
    Complaints complaints;
    const bool core = layer_of_file(source.path) == "core";
    for (const auto& include : includes_of(source)) {
        const auto found = std::find_if(libraries().begin(), libraries().end(), [&](const Library& library) {
            return include.path.starts_with(library.header);
        });
        const bool known = found != libraries().end();
        const bool misplaced = known && !begins_with_any(source.path, found->places);
        // A standard header has neither folder nor ending.
        const bool foreign_to_core =
            core && !known && !include.quoted && include.path.find_first_of("/.") != npos;
        if (misplaced || foreign_to_core || (core && include.path.starts_with("nlohmann/")))
            complaints.push_back(
                at_line(source, include.line, "must not include " + std::string(include.path) + " here"));
    }
    return complaints;
}

Complaints check_sql(const SourceText& source) {
    Complaints complaints;
    if (source.path.starts_with("src/db/")) return complaints;
    for (const auto& literal : source.literals)
        if (has_sql(literal.text))
            complaints.push_back(at_line(source, literal.line, "SQL outside src/db and schema/"));
    return complaints;
}

Complaints check_calls(const SourceText& source) {
    Complaints complaints;
    const auto complain_of = [&](std::string_view name, const std::string& why) {
        for (const auto at : free_calls(source.code, name))
            complaints.push_back(at_line(source, line_of(source.code, at), std::string(name) + "(): " + why));
    };
    if (source.path != "src/main.cpp") {
        for (const auto* name : {"exit", "_exit", "_Exit", "quick_exit", "abort", "terminate"})
            if (name != std::string_view("_exit") ||
                source.path != "src/sys/apart.cpp") // that of a process it made
                complain_of(name, "only main.cpp ends the process; throw an Error");
        for (const auto* name : {"getenv", "secure_getenv", "setenv", "putenv", "unsetenv"})
            complain_of(name, "only main.cpp sees the environment");
    }
    if (source.path != "src/core/time.cpp") complain_of_clocks(source, complaints);
    return complaints;
}

Complaints check_names(const SourceText& source) {
    Complaints complaints;
    for (const auto* keyword : {"class", "struct", "union", "enum"})
        for (auto at = find_word(source.code, keyword); at != npos;
             at = find_word(source.code, keyword, at + 1)) {
            // "enum class X" is found at its enum.
            const auto before = std::string_view(source.code).substr(0, at);
            const auto last = before.find_last_not_of(" \t\n");
            if (last != npos && before.substr(0, last + 1).ends_with("enum")) continue;
            const auto name = declared_name(source.code, at + std::string_view(keyword).size());
            if (is_bad_name(name))
                complaints.push_back(at_line(source, line_of(source.code, at),
                                             "name " + std::string(name) + " after what it is"));
        }
    return complaints;
}

Complaints check_length(const SourceText& source) {
    constexpr std::size_t most = 400;
    const auto lines = lines_of(source.without_comments).size();
    if (lines <= most) return {};
    return {at_line(source, lines, "over " + std::to_string(most) + " lines; look for the missing noun")};
}

Complaints check_one_definition(const std::vector<SourceText>& sources) {
    Complaints complaints;
    std::map<std::string, std::string> first; // name to place
    for (const auto& source : sources)
        for (const auto& [name, line] : shared_classes(source.code)) {
            const auto place = source.path + ":" + std::to_string(line);
            const auto [known, is_new] = first.try_emplace(name, place);
            if (!is_new)
                complaints.push_back(place + ": " + name + " is defined at " + known->second + ", too");
        }
    return complaints;
}

Complaints check_in_build(const std::string& path, const std::map<std::string, std::string>& cmake_files) {
    for (auto slash = path.rfind('/'); slash != std::string::npos && slash > 0;
         slash = path.rfind('/', slash - 1)) {
        const auto found = cmake_files.find(path.substr(0, slash) + "/CMakeLists.txt");
        if (found == cmake_files.end()) continue;
        const auto relative = path.substr(slash + 1);
        for (auto line : lines_of(found->second)) {
            line = line.substr(0, line.find('#'));
            for (auto at = line.find(relative); at != npos; at = line.find(relative, at + 1)) {
                const auto end = at + relative.size();
                constexpr std::string_view around = " \t\r()\"";
                if ((at == 0 || around.find(line[at - 1]) != npos) &&
                    (end == line.size() || around.find(line[end]) != npos))
                    return {};
            }
        }
    }
    return {path + ":1: is in no CMakeLists.txt"};
}

Complaints check_source(const SourceText& source) {
    Complaints all;
    for (const auto check : {check_arrows, check_third_party, check_sql, check_calls, check_mutable_state,
                             check_names, check_length}) {
        const auto complaints = check(source);
        all.insert(all.end(), complaints.begin(), complaints.end());
    }
    return all;
}

} // namespace sipkeep::rules
