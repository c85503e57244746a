// Rows as the configuration's `redact` lets them be kept: between whatever reads them and all that compares,
// writes or spools them.
#pragma once

#include "sipkeep/app/config.hpp"
#include "sipkeep/core/live_reader.hpp"
#include "sipkeep/core/redaction.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sipkeep {

/// Redacting twice changes nothing more. May be used by several threads.
class Redactor {
public:
    /// `caller_columns`, `callee_columns`: what the rules `caller` and `callee` of acc stand for.
    Redactor(const RedactSettings& settings, const std::vector<std::string>& caller_columns,
             const std::vector<std::string>& callee_columns);

    /// Rows of dialog, location, acc or missed_calls; columns as in the spec.
    [[nodiscard]] Rows rows(const TableSpec& table, const Rows& rows) const;
    void add(Rows& to, const TableSpec& table, RowView row) const;
    /// The two parties of a call, as in AccRow; absent where they are dropped.
    [[nodiscard]] std::optional<std::string> caller(Field uri) const { return party(uri, caller_); }
    [[nodiscard]] std::optional<std::string> callee(Field uri) const { return party(uri, callee_); }
    [[nodiscard]] std::string pseudonym(std::string_view user) const { return names_.of(user); }

private:
    struct TableRules {
        std::vector<std::optional<RedactAction>> columns;
        std::map<std::string, RedactAction> extras; ///< by name of the operator's column
    };
    [[nodiscard]] static TableRules rules_of(const TableSpec& table, const RedactRules& rules);
    [[nodiscard]] std::string changed(RedactAction action, std::string_view text, bool is_party) const;
    [[nodiscard]] std::optional<std::string> party(Field uri, std::optional<RedactAction> action) const;
    [[nodiscard]] std::string changed_extra(const TableRules& rules, std::string_view json) const;

    Pseudonyms names_;
    std::map<std::string_view, TableRules> tables_; ///< by name
    std::optional<RedactAction> caller_, callee_;
};

/// Null: nothing is to be redacted.
[[nodiscard]] std::shared_ptr<const Redactor> make_redactor(const Config& config);

/// Registrations, redacted as they are shown.
class RedactedContacts final : public ContactRows {
public:
    RedactedContacts(ContactRows& contacts, const Redactor& redactor)
        : contacts_(contacts), redactor_(redactor) {}
    void each_contact(const std::function<void(RowView)>& show, const Deadline& until) override;

private:
    ContactRows& contacts_;
    const Redactor& redactor_;
};

/// The live tables, redacted as they are read.
class RedactedReader final : public LiveReader {
public:
    RedactedReader(LiveReader& reader, const Redactor& redactor) : reader_(reader), redactor_(redactor) {}

    Rows dialogs() override { return redactor_.rows(dialog_table(), reader_.dialogs()); }
    std::unique_ptr<ContactStates> contact_states() override { return reader_.contact_states(); }
    Rows contacts(std::span<const std::uint64_t> ids) override {
        return redactor_.rows(location_table(), reader_.contacts(ids));
    }
    void each_contact(const std::function<void(RowView)>& show, const Deadline& until) override {
        RedactedContacts(reader_, redactor_).each_contact(show, until);
    }
    void finish() noexcept override { reader_.finish(); }

private:
    LiveReader& reader_;
    const Redactor& redactor_;
};

} // namespace sipkeep
