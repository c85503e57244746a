// What is asked of MI beside statistics, and where calls and registrations are read.
#include "sipkeep/core/error.hpp"

#include "config_values.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>

namespace sipkeep {

namespace {

using Json = nlohmann::ordered_json;

struct NamedSource {
    std::string_view name;
    TableSource source;
};
constexpr std::array<NamedSource, 4> table_sources{{{"auto", TableSource::automatic},
                                                    {"table", TableSource::table},
                                                    {"mi", TableSource::memory},
                                                    {"both", TableSource::both}}};

/// One name, or a list of them.
std::vector<std::string> names_in(const ConfigNode& node) {
    if (node.kind != ConfigNode::Kind::list) return {scalar(node, "a name, or a list of names")};
    std::vector<std::string> names;
    for (const ConfigNode& child : node.children) names.push_back(scalar(child, "a name"));
    return names;
}

MiQuestion question_of(const ConfigNode& node) {
    if (node.kind != ConfigNode::Kind::map) throw UsageError("expected { name: .., method: .., .. }");
    MiQuestion question;
    for (const ConfigNode& part : node.children) {
        if (part.key == "name")
            question.name = scalar(part, "a name");
        else if (part.key == "method")
            question.method = scalar(part, "a command of MI");
        else if (part.key == "params")
            question.params = scalar(part, "JSON in quotes");
        else if (part.key == "rows")
            question.rows = scalar(part, "a JSON pointer such as /Pipes");
        else if (part.key == "key")
            question.key = names_in(part);
        else if (part.key == "values")
            question.values = names_in(part);
        else if (part.key == "keep")
            question.keep = names_in(part);
        else
            throw UsageError(part.key +
                             ": unknown; expected name, method, params, rows, key, values or keep");
    }
    if (question.name.empty()) question.name = question.method;
    check_mi_question(question);
    return question;
}

} // namespace

std::string source_refusal(const std::string& section, TableSource source, bool has_mi, bool has_table) {
    if (asks_memory(source) && !has_mi) return "needs mi, which is missing; say where OpenSIPS answers MI";
    const bool needs_table = source == TableSource::table || source == TableSource::both;
    return needs_table && !has_table ? "needs live." + section + ", which is missing or false" : "";
}

void read_value(const ConfigNode& node, std::vector<std::string>& names) {
    names.clear();
    if (is_none(node)) return;
    if (node.kind != ConfigNode::Kind::list)
        throw UsageError("expected none, or a list such as [profiles, ratelimit]");
    for (const ConfigNode& child : node.children) {
        const std::string& name = scalar(child, "a name");
        const auto& known = known_mi_questions();
        if (std::ranges::find(known, name) == known.end()) {
            const auto suggestion = nearest(name, known);
            throw UsageError(
                name + ": not known; " +
                (suggestion.empty() ? "use mi.extra" : "did you mean " + std::string(suggestion) + "?"));
        }
        if (std::ranges::find(names, name) != names.end()) throw UsageError(name + " is given twice");
        names.push_back(name);
    }
}

void read_value(const ConfigNode& node, std::vector<MiQuestion>& questions) {
    questions.clear();
    if (is_none(node)) return;
    if (node.kind != ConfigNode::Kind::list)
        throw UsageError(
            "expected none, or a list such as [{ name: pipes, method: rl_list, rows: /Pipes, key: id, "
            "values: [counter] }]");
    for (const ConfigNode& child : node.children) {
        questions.push_back(question_of(child));
        const auto same = [&](const MiQuestion& other) { return other.name == questions.back().name; };
        if (std::ranges::count_if(questions, same) > 1)
            throw UsageError("name " + questions.back().name + " is given twice");
    }
}

void read_value(const ConfigNode& node, TableSource& source) {
    const std::string& text = scalar(node, "auto, table, mi or both");
    const auto* const found = std::ranges::find(table_sources, text, &NamedSource::name);
    if (found == table_sources.end()) throw UsageError("expected auto, table, mi or both");
    source = found->source;
}

Json shown(const std::vector<std::string>& names) {
    return names.empty() ? Json("none") : Json(names);
}

Json shown(const std::vector<MiQuestion>& questions) {
    if (questions.empty()) return "none";
    Json list = Json::array();
    for (const MiQuestion& q : questions) {
        Json one{{"name", q.name}, {"method", q.method}};
        if (!q.params.empty()) one["params"] = q.params;
        if (!q.rows.empty()) one["rows"] = q.rows;
        for (const auto& [key, names] :
             {std::pair{"key", &q.key}, std::pair{"values", &q.values}, std::pair{"keep", &q.keep}})
            if (!names->empty()) one[key] = *names;
        list.push_back(std::move(one));
    }
    return list;
}

Json shown(TableSource source) {
    return std::string(std::ranges::find(table_sources, source, &NamedSource::source)->name);
}

} // namespace sipkeep
