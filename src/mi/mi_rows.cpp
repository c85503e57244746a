#include "mi_rows.hpp"

#include "sipkeep/core/error.hpp"
#include "sipkeep/core/table.hpp"

#include "foreign_text.hpp"
#include "sample_value.hpp"

#include <algorithm>
#include <array>

namespace sipkeep {

namespace {

using nlohmann::json;
using Around = std::vector<const json*>; ///< the objects a row lies in, outermost first

constexpr std::size_t longest_key = 255;
constexpr std::size_t longest_statistic = 190;

std::vector<std::string> steps_of(const std::string& pointer) {
    std::vector<std::string> steps;
    for (std::size_t at = 0; at < pointer.size();) {
        const auto next = std::min(pointer.find('/', at + 1), pointer.size());
        std::string step;
        for (std::size_t i = at + 1; i < next; ++i) {
            if (pointer[i] != '~' || i + 1 == next) {
                step += pointer[i];
                continue;
            }
            step += pointer[++i] == '1' ? '/' : '~';
        }
        steps.push_back(std::move(step));
        at = next;
    }
    return steps;
}

/// Texts and numbers as text; nothing of what is null, or nested.
std::optional<std::string> scalar(const json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_number() || value.is_boolean()) return value.dump();
    return std::nullopt;
}

bool contains(const std::vector<std::string>& list, const std::string& text) {
    return std::ranges::find(list, text) != list.end();
}

class Answering {
public:
    Answering(const RpcMethod& method, const MiQuestion& question, MiAnswer& answer)
        : method_(method), question_(question), answer_(answer) {}

    void walk(const json& here, std::span<const std::string> steps, Around around) {
        if (here.is_null()) return; // list_tcp_conns without any TCP socket
        if (here.is_object()) around.push_back(&here);
        if (steps.empty()) return add_all(here, around);
        if (steps.front() == "*") {
            if (!here.is_array()) misshapen();
            for (const json& element : here) walk(element, steps.subspan(1), around);
            return;
        }
        const auto found = here.is_object() ? here.find(steps.front()) : here.end();
        if (!here.is_object() || found == here.end()) misshapen();
        walk(*found, steps.subspan(1), std::move(around));
    }

private:
    [[noreturn]] void misshapen() const {
        method_.fail("the reply has nothing at \"" + question_.rows + "\"; which mi.extra." + question_.name +
                     ".rows names");
    }

    void add_all(const json& rows, Around around) {
        if (rows.is_object()) return add(rows, around);
        if (!rows.is_array()) misshapen();
        for (const json& row : rows) {
            if (!row.is_object()) {
                const auto text = scalar(row);
                if (!text) method_.fail("the reply has a row that is neither an object nor a text");
                add_row(text->substr(0, text->find_last_not_of(' ') + 1), "{}");
                continue;
            }
            Around with_row = around;
            with_row.push_back(&row);
            add(row, with_row);
        }
    }

    void add(const json& row, const Around& around) {
        std::string key;
        for (const std::string& name : question_.key) {
            std::optional<std::string> part;
            for (auto object = around.rbegin(); object != around.rend() && !part; ++object)
                if (const auto found = (*object)->find(name); found != (*object)->end())
                    part = scalar(*found);
            if (!part) method_.fail("a row has no \"" + name + "\" to tell it apart by");
            key += (key.empty() ? "" : " ") + *part;
        }
        while (key.ends_with(' ')) key.pop_back(); // the database does not tell keys apart by these
        json content = json::object();
        for (const auto& [name, value] : row.items()) {
            if (!scalar(value) || contains(question_.key, name) || contains(question_.values, name)) continue;
            if (question_.keep.empty() || contains(question_.keep, name)) content[name] = value;
        }
        for (const std::string& name : question_.keep)
            for (auto object = around.rbegin(); object != around.rend() && !content.contains(name); ++object)
                if (const auto found = (*object)->find(name); found != (*object)->end() && scalar(*found))
                    content[name] = *found;
        for (const std::string& name : question_.values) add_statistic(row, key, name);
        add_row(key, content.dump());
    }

    void add_statistic(const json& row, const std::string& key, const std::string& name) {
        const auto found = row.find(name);
        if (found == row.end() || found->is_null()) return; // missing is not zero
        // Some commands write their numbers as texts.
        const json number =
            found->is_string() ? json::parse(found->get_ref<const std::string&>(), nullptr, false) : *found;
        const auto sample = number.is_number() ? parse_sample_value(number) : std::nullopt;
        if (!sample) method_.fail("\"" + name + "\" of " + escaped(key) + " is no number");
        Statistic statistic{.group = question_.name,
                            .name = key.empty() ? name : key + "." + name,
                            .kind = StatisticKind::gauge,
                            .value = sample->value,
                            .flag = sample->flag};
        if (statistic.name.size() <= longest_statistic) answer_.statistics.push_back(std::move(statistic));
    }

    void add_row(const std::string& key, const std::string& content) {
        if (key.size() > longest_key)
            method_.fail("a row's key has more than " + std::to_string(longest_key) +
                         " bytes: " + escaped(key));
        answer_.rows.add(question_.name);
        answer_.rows.add(key);
        answer_.rows.add(content);
    }

    const RpcMethod& method_;
    const MiQuestion& question_;
    MiAnswer& answer_;
};

const std::vector<MiQuestion>& known() {
    static const std::vector<MiQuestion> questions{
        {"ratelimit", "rl_list", "", "/Pipes", {"id"}, {"limit", "counter"}, {"algorithm"}},
        {"pike", "pike_list", "", "/IPs", {}, {}, {}},
        {"load_balancer",
         "lb_list",
         "",
         "/Destinations/*/Resources",
         {"group", "uri", "name"},
         {"load", "max"},
         {"enabled"}},
        {"tcp", "list_tcp_conns", "", "/Connections", {"ID"}, {}, {"Type", "State", "Remote", "Local"}},
        {"processes", "ps", "", "/Processes", {"ID"}, {}, {"PID", "Type"}}};
    return questions;
}

} // namespace

MiAnswer::MiAnswer() : rows(mi_row_table().columns.size()) {}

void check_mi_question(const MiQuestion& question) {
    const auto is_named = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    const std::string& name = question.name;
    if (name.empty() || name.size() > 64 || !std::ranges::all_of(name, is_named))
        throw UsageError("name: expected 1 to 64 of a-z, 0-9, _ and -");
    if (name == dialog_ghosts || name == location_ghosts) throw UsageError("name: " + name + " is taken");
    if (question.method.empty()) throw UsageError("method: missing; it names the MI command");
    if (!question.rows.empty() && question.rows.front() != '/')
        throw UsageError("rows: expected a JSON pointer such as /Pipes");
    if (!question.params.empty() && !json::accept(question.params)) throw UsageError("params: is no JSON");
}

const std::vector<std::string_view>& known_mi_questions() {
    static const std::vector<std::string_view> names = [] {
        std::vector<std::string_view> list{profiles_question};
        for (const MiQuestion& question : known()) list.push_back(question.name);
        return list;
    }();
    return names;
}

MiQuestion known_mi_question(std::string_view name) {
    if (name == profiles_question) return {.name = std::string(name), .method = "list_all_profiles"};
    const auto found = std::ranges::find(known(), name, &MiQuestion::name);
    if (found == known().end()) throw UsageError(std::string(name) + ": not known");
    return *found;
}

void add_answer(const RpcMethod& method, const MiQuestion& question, const json& result, MiAnswer& answer) {
    const std::vector<std::string> steps = steps_of(question.rows);
    Answering(method, question, answer).walk(result, steps, {});
}

} // namespace sipkeep
