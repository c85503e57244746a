#include "dlg_list.hpp"

#include "sipkeep/core/table.hpp"

#include <charconv>

namespace sipkeep {

namespace {

using nlohmann::json;

/// Where a column of `dialog` comes from. OpenSIPS calls what it stores as caller_cseq "callee_cseq" in the
/// caller's leg, and the other way round.
struct ListedColumn {
    const char* column;
    const char* member;
    bool of_callee;
};
constexpr ListedColumn listed_columns[] = {
    {"callid", "callid", false},
    {"from_uri", "from_uri", false},
    {"from_tag", "caller_tag", false},
    {"to_uri", "to_uri", false},
    {"to_tag", "callee_tag", true},
    {"caller_cseq", "callee_cseq", false},
    {"callee_cseq", "caller_cseq", true},
    {"caller_route_set", "caller_route_set", false},
    {"callee_route_set", "callee_route_set", true},
    {"caller_contact", "caller_contact", false},
    {"callee_contact", "callee_contact", true},
    {"caller_sock", "caller_bind_addr", false},
    {"callee_sock", "callee_bind_addr", true},
    {"state", "state", false},
    {"start_time", "timestart", false},
    {"timeout", "timeout", false},
};

/// A text or number that says something; OpenSIPS writes "" where its table has NULL.
std::optional<std::string> text_of(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) return std::nullopt;
    if (found->is_number_integer()) return found->dump();
    if (!found->is_string() || found->get_ref<const std::string&>().empty()) return std::nullopt;
    return found->get<std::string>();
}

/// The branch that answered: the others have no contact. While it rings, the first.
const json& callee_of(const json& dialog) {
    static const json none = json::object();
    const auto list = dialog.find("CALLEES");
    if (list == dialog.end() || !list->is_array() || list->empty()) return none;
    for (const json& callee : *list)
        if (callee.is_object() && text_of(callee, "callee_contact")) return callee;
    return list->front().is_object() ? list->front() : none;
}

std::uint64_t id_of(const RpcMethod& method, const json& dialog) {
    const auto text = dialog.is_object() ? text_of(dialog, "db_id") : std::nullopt;
    std::uint64_t id = 0;
    if (!text ||
        std::from_chars(text->data(), text->data() + text->size(), id).ptr != text->data() + text->size())
        method.fail("the reply has a dialog without a \"db_id\"");
    return id;
}

} // namespace

DialogList::DialogList() : rows_(dialog_table().columns.size()) {}

DialogPage DialogList::add(const RpcMethod& method, const json& result) {
    const auto list = result.is_object() ? result.find("Dialogs") : result.end();
    if (!result.is_object() || list == result.end() || !list->is_array())
        method.fail("the reply has no \"Dialogs\"");
    DialogPage page{.dialogs = list->size()};
    for (const json& dialog : *list) {
        const std::uint64_t id = id_of(method, dialog);
        const bool known = !seen_.insert(id).second;
        if (&dialog == &list->front()) page.joins = known;
        if (known) continue;
        const json& callee = callee_of(dialog);
        for (const Column& column : dialog_table().columns) {
            const auto origin = std::ranges::find(listed_columns, column.name, &ListedColumn::column);
            if (column.role == ColumnRole::key)
                rows_.add(std::to_string(id));
            else if (column.name == source_column)
                rows_.add(from_memory);
            else if (origin == std::end(listed_columns))
                rows_.add(std::nullopt);
            else
                rows_.add(text_of(origin->of_callee ? callee : dialog, origin->member));
        }
    }
    return page;
}

} // namespace sipkeep
