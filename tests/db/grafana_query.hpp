// What Grafana's MySQL data source makes of a query in a dashboard before the server gets it.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace sipkeep::test {

/// What is chosen of a variable. `all_text` stands for all of it, unquoted, where the dashboard says so.
struct Chosen {
    std::vector<std::string> values = {};
    std::string all_text = {};

    [[nodiscard]] std::string formatted(const std::string& format) const {
        if (!all_text.empty()) return all_text;
        const bool quoted = format == "sqlstring";
        if (!quoted && format != "csv") throw std::runtime_error("format of a variable: " + format);
        std::string text;
        for (const auto& value : values) {
            text += text.empty() ? "" : ",";
            if (!quoted) {
                text += value;
                continue;
            }
            text += '\'';
            for (const char c : value) text += c == '\'' ? "''" : std::string(1, c);
            text += '\'';
        }
        return text;
    }
};

class GrafanaQuery {
public:
    std::int64_t from = 0, to = 0; ///< Unix seconds
    int interval_minutes = 1;
    std::map<std::string, Chosen> variables = {};

    /// Throws std::runtime_error for what Grafana would not know.
    [[nodiscard]] std::string expand(const std::string& sql) const {
        std::string result;
        for (std::size_t at = 0; at < sql.size();) {
            const auto dollar = std::min(sql.find('$', at), sql.size());
            result.append(sql, at, dollar - at);
            at = dollar;
            if (at == sql.size()) break;
            if (sql.compare(at, 2, "${") == 0) {
                const auto end = sql.find('}', at);
                if (end == std::string::npos) throw std::runtime_error("unclosed " + sql.substr(at));
                result += variable(sql.substr(at + 2, end - at - 2));
                at = end + 1;
                continue;
            }
            auto end = at + 1;
            while (end < sql.size() &&
                   (std::isalnum(static_cast<unsigned char>(sql[end])) != 0 || sql[end] == '_'))
                ++end;
            const std::string name = sql.substr(at + 1, end - at - 1);
            at = end;
            if (name == "__interval_ms") {
                result += std::to_string(interval_minutes * 60'000);
            } else if (name == "__interval") {
                result += std::to_string(interval_minutes) + "m";
            } else if (at < sql.size() && sql[at] == '(') {
                // As Grafana reads it: the first closing bracket ends the arguments.
                const auto close = sql.find(')', at);
                if (close == std::string::npos) throw std::runtime_error("unclosed " + sql.substr(at));
                result += macro(name, arguments(expand(sql.substr(at + 1, close - at - 1))));
                at = close + 1;
            } else {
                throw std::runtime_error("no format of $" + name); // each kind has its own default
            }
        }
        return result;
    }

private:
    [[nodiscard]] std::string variable(const std::string& asked) const {
        const auto colon = asked.find(':');
        const auto chosen = variables.find(asked.substr(0, colon));
        if (colon == std::string::npos || chosen == variables.end())
            throw std::runtime_error("unknown variable " + asked);
        return chosen->second.formatted(asked.substr(colon + 1));
    }
    static std::vector<std::string> arguments(const std::string& text) {
        std::vector<std::string> all{""};
        for (const char c : text) {
            if (c == ',')
                all.emplace_back();
            else if (c != ' ' || !all.back().empty())
                all.back() += c;
        }
        return all;
    }
    static std::string seconds(std::string interval) {
        std::erase(interval, '\'');
        static const std::map<char, int> units{{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
        if (interval.size() < 2 || !units.contains(interval.back()))
            throw std::runtime_error("interval " + interval);
        return std::to_string(std::stoi(interval) * units.at(interval.back()));
    }
    [[nodiscard]] std::string macro(const std::string& name, const std::vector<std::string>& given) const {
        const std::string begin = "FROM_UNIXTIME(" + std::to_string(from) + ")";
        const std::string end = "FROM_UNIXTIME(" + std::to_string(to) + ")";
        if (name == "__timeFrom") return begin;
        if (name == "__timeTo") return end;
        if (name == "__timeFilter" && given.size() == 1 && !given[0].empty())
            return given[0] + " BETWEEN " + begin + " AND " + end;
        if ((name == "__timeGroup" || name == "__timeGroupAlias") && given.size() >= 2) {
            const std::string step = seconds(given[1]);
            return "UNIX_TIMESTAMP(" + given[0] + ") DIV " + step + " * " + step +
                   (name == "__timeGroupAlias" ? " AS \"time\"" : "");
        }
        throw std::runtime_error("unknown macro $" + name);
    }
};

} // namespace sipkeep::test
