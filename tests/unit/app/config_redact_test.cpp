// The section `redact` of the configuration.
#include "sipkeep/app/config.hpp"
#include "sipkeep/core/error.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <nlohmann/json.hpp>

using namespace sipkeep;

namespace {

/// The lines of the section begin with the fifth of the file.
Config with_rules(const std::string& redact, const std::string& credentials = "") {
    return parse_config("node: a\nmi: {url: http://x}\nhistory: {user: u}\nredact:\n" + redact, "s.yaml",
                        {std::nullopt, credentials});
}

std::string complaint_of_rules(const std::string& redact, const std::string& credentials = "") {
    try {
        static_cast<void>(with_rules(redact, credentials));
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("rules of all tables are read, with the key that they need") {
    const TemporaryFolder folder;
    const auto key = folder.write("redact.key", std::string(64, '7') + "\n");
    const auto config =
        with_rules("  key_file: " + key +
                   "\n  dialog: {from_uri: pseudonym, caller_contact: pseudonym+truncate, vars: drop}\n"
                   "  location:\n    username: pseudonym\n    extra.who: truncate\n"
                   "  acc: {caller: pseudonym, callee: drop, extra: drop}\n");
    REQUIRE(config.redact);
    CHECK(config.redact->key == std::string(64, '7'));
    CHECK(config.redact->dialog == RedactRules{{"from_uri", RedactAction::pseudonym},
                                               {"caller_contact", RedactAction::pseudonym_truncate},
                                               {"vars", RedactAction::drop}});
    CHECK(config.redact->location ==
          RedactRules{{"username", RedactAction::pseudonym}, {"extra.who", RedactAction::truncate}});
    CHECK(config.redact->acc == RedactRules{{"caller", RedactAction::pseudonym},
                                            {"callee", RedactAction::drop},
                                            {"extra", RedactAction::drop}});

    auto shown = show_config(config);
    CHECK(shown["redact"]["key"] == "***");
    CHECK(shown["redact"]["dialog"]["caller_contact"] == "pseudonym+truncate");
    CHECK_THAT(shown.dump(), !ContainsSubstring("7777"));
    shown["redact"].erase("key");
    CHECK(parse_config(shown.dump(), "again", {}).redact->dialog == config.redact->dialog);
}

TEST_CASE("without the section nothing is redacted, and without pseudonyms it needs no key") {
    CHECK_FALSE(parse_config("node: a\nmi: {url: http://x}\nhistory: {user: u}\n", "s", {}).redact);
    CHECK(with_rules("  location: {user_agent: drop, contact: truncate}\n").redact->key.empty());
}

TEST_CASE("what is wrong with a rule is said at its line") {
    CHECK(complaint_of_rules("  dialog: {form_uri: drop}\n") ==
          "s.yaml:5: redact.dialog.form_uri: unknown column; did you mean from_uri? a column of your own is "
          "named extra.form_uri");
    CHECK(complaint_of_rules("  location:\n    customer: drop\n") ==
          "s.yaml:6: redact.location.customer: unknown column; a column of your own is named extra.customer");
    CHECK(complaint_of_rules("  location:\n    user_agent: hide\n") ==
          "s.yaml:6: redact.location.user_agent: expected pseudonym, truncate, pseudonym+truncate or drop");
    CHECK(complaint_of_rules("  location: {user_agent: }\n") ==
          "s.yaml:5: redact.location.user_agent: expected pseudonym, truncate, pseudonym+truncate or drop");
    CHECK(complaint_of_rules("  location: {contact_id: drop}\n") ==
          "s.yaml:5: redact.location.contact_id: has to stay as it is: rows are told apart by it");
    CHECK(
        complaint_of_rules("  dialog: {callid: drop}\n") ==
        "s.yaml:5: redact.dialog.callid: can't be dropped: calls are told apart by it; make it a pseudonym");
    CHECK(complaint_of_rules("  dialog: {vars: truncate}\n") ==
          "s.yaml:5: redact.dialog.vars: can only be dropped");
    CHECK(complaint_of_rules("  dialog: {caller: drop}\n") ==
          "s.yaml:5: redact.dialog.caller: unknown column; did you mean callid? a column of your own is "
          "named extra.caller");
    CHECK(complaint_of_rules("  dialog: [from_uri]\n") ==
          "s.yaml:5: redact.dialog: expected columns and what becomes of them, as { from_uri: pseudonym }");
    CHECK(complaint_of_rules("  dailog: {from_uri: drop}\n") ==
          "s.yaml:5: redact.dailog: unknown key; did you mean dialog?");
    CHECK(complaint_of_rules("  dispatcher: {uri: drop}\n") == "s.yaml:5: redact.dispatcher: unknown key");
}

TEST_CASE("pseudonyms need a key of some length that others may not read") {
    const TemporaryFolder folder;
    const std::string rule = "  acc: {caller: pseudonym}\n";
    CHECK(complaint_of_rules(rule) ==
          "s.yaml:4: redact.key_file: missing; pseudonyms (acc.caller) are made with a key");
    const auto with_key = [&](const std::string& path) { return "  key_file: " + path + "\n" + rule; };
    CHECK_THAT(complaint_of_rules(with_key(folder.path("none"))), ContainsSubstring("none: can't be opened"));
    CHECK_THAT(complaint_of_rules(with_key(folder.write("open.key", std::string(64, '7'), 0644))),
               ContainsSubstring("holds a key, but others may access it; run chmod o= "));
    CHECK(complaint_of_rules(with_key(folder.write("short.key", std::string(31, '7') + "\n"))) ==
          "s.yaml:5: redact.key_file: holds fewer than 32 bytes; make one by `openssl rand -hex 32`");
    CHECK_THAT(complaint_of_rules(with_key(folder.write("empty.key", "\n"))),
               ContainsSubstring("empty.key: is empty"));
    CHECK_THAT(complaint_of_rules("  key_file: redact.key\n" + rule),
               ContainsSubstring("s.yaml:5: redact.key_file: "));
    static_cast<void>(folder.write("redact.key", std::string(64, '7')));
    CHECK(with_rules("  key_file: credential:redact.key\n" + rule, folder.path()).redact->key ==
          std::string(64, '7'));
}
