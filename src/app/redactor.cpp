#include "sipkeep/app/redactor.hpp"

#include "sipkeep/core/text.hpp"
#include "sipkeep/db/acc_reader.hpp"
#include "sipkeep/sys/keyed_hash.hpp"

#include <nlohmann/json.hpp>

namespace sipkeep {

namespace {

std::vector<std::string> columns_of(const std::string& configured, const std::vector<std::string>& usual) {
    return configured.empty() ? usual : std::vector<std::string>{configured};
}

std::optional<RedactAction> action_of(const RedactRules& rules, std::string_view name) {
    const auto found = rules.find(name);
    return found == rules.end() ? std::nullopt : std::optional(found->second);
}

} // namespace

Redactor::Redactor(const RedactSettings& settings, const std::vector<std::string>& caller_columns,
                   const std::vector<std::string>& callee_columns)
    : names_([key = settings.key](std::string_view text) { return hmac_sha256(key, text); }),
      caller_(action_of(settings.acc, caller_rule)), callee_(action_of(settings.acc, callee_rule)) {
    tables_[dialog_table().name] = rules_of(dialog_table(), settings.dialog);
    tables_[location_table().name] = rules_of(location_table(), settings.location);
    for (const TableSpec* table : {&acc_table(), &missed_calls_table()}) {
        TableRules& rules = tables_[table->name] = rules_of(*table, settings.acc);
        // What is said of a column by its own name goes before.
        for (const auto& [action, columns] :
             {std::pair(caller_, caller_columns), std::pair(callee_, callee_columns)})
            for (const std::string& column : columns)
                if (action) rules.extras.emplace(column, *action);
    }
}

Redactor::TableRules Redactor::rules_of(const TableSpec& table, const RedactRules& rules) {
    TableRules result;
    for (const Column& column : table.columns) result.columns.push_back(action_of(rules, column.name));
    for (const auto& [name, action] : rules)
        if (name.starts_with(extra_prefix)) result.extras.emplace(name.substr(extra_prefix.size()), action);
    return result;
}

std::string Redactor::changed(RedactAction action, std::string_view text, bool is_party) const {
    std::string result(text);
    if (action != RedactAction::pseudonym) result = truncate_addresses(result);
    if (action != RedactAction::truncate) result = is_party ? names_.of_party(result) : names_.of_uri(result);
    return result;
}

std::optional<std::string> Redactor::party(Field uri, std::optional<RedactAction> action) const {
    if (!uri || action == RedactAction::drop) return std::nullopt;
    return action ? changed(*action, to_storable(*uri), true) : std::string(*uri);
}

std::string Redactor::changed_extra(const TableRules& rules, std::string_view json) const {
    nlohmann::json object = nlohmann::json::parse(json, nullptr, false);
    if (!object.is_object()) return std::string(json);
    for (auto& [name, value] : object.items()) {
        const auto rule = rules.extras.find(name);
        if (rule == rules.extras.end()) continue;
        // Bytes in hexadecimal are no text to find anything in.
        if (rule->second == RedactAction::drop || !value.is_string())
            value = nullptr;
        else
            value = changed(rule->second, value.get<std::string>(), true);
    }
    return object.dump();
}

void Redactor::add(Rows& to, const TableSpec& table, RowView row) const {
    const TableRules& rules = tables_.at(table.name);
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const Field field = row[i];
        const auto& action = rules.columns[i];
        const bool extra = table.columns[i].role == ColumnRole::extra;
        if (!field || action == RedactAction::drop)
            to.add(std::nullopt);
        else if (extra && !rules.extras.empty())
            to.add(changed_extra(rules, *field));
        else if (action)
            to.add(changed(*action, *field, false));
        else
            to.add(field);
    }
}

Rows Redactor::rows(const TableSpec& table, const Rows& rows) const {
    Rows redacted(rows.width());
    for (std::size_t i = 0; i < rows.size(); ++i) add(redacted, table, rows[i]);
    return redacted;
}

std::shared_ptr<const Redactor> make_redactor(const Config& config) {
    if (!config.redact) return nullptr;
    const LiveSettings live = config.live.value_or(LiveSettings{});
    return std::make_shared<const Redactor>(*config.redact,
                                            columns_of(live.caller_column, usual_caller_columns()),
                                            columns_of(live.callee_column, usual_callee_columns()));
}

void RedactedContacts::each_contact(const std::function<void(RowView)>& show, const Deadline& until) {
    Rows row(location_table().columns.size());
    contacts_.each_contact(
        [&](RowView contact) {
            row.clear();
            redactor_.add(row, location_table(), contact);
            show(row[0]);
        },
        until);
}

} // namespace sipkeep
