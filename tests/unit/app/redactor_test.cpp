#include "sipkeep/app/redactor.hpp"
#include "sipkeep/app/spooled_run.hpp"

#include "archive_rig.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

using Action = RedactAction;

RedactSettings settings() {
    RedactSettings settings;
    settings.key = std::string(32, 'k');
    settings.dialog = {{"from_uri", Action::pseudonym},
                       {"callid", Action::pseudonym},
                       {"caller_contact", Action::pseudonym_truncate},
                       {"vars", Action::drop},
                       {"extra.who", Action::pseudonym}};
    settings.location = {{"username", Action::pseudonym},
                         {"contact", Action::pseudonym_truncate},
                         {"received", Action::truncate},
                         {"user_agent", Action::drop},
                         {"extra", Action::drop}};
    settings.acc = {{"callid", Action::pseudonym},
                    {"caller", Action::pseudonym},
                    {"callee", Action::drop},
                    {"extra.pin", Action::drop}};
    return settings;
}

const Redactor& redactor() {
    static const Redactor made(settings(), {"from_uri", "caller"}, {"to_uri"});
    return made;
}

Cells dialog_cells() {
    return {{"dlg_id", "7"},
            {"callid", "c7@10.0.0.1"},
            {"from_uri", "sip:alice@example.com"},
            {"to_uri", "sip:bob@example.com"},
            {"caller_contact", "sip:alice@203.0.113.57:5060"},
            {"vars", "secret"},
            {"extra", R"({"other":"alice","who":"alice"})"}};
}

Rows redacted(const TableSpec& table, const Cells& cells) {
    return redactor().rows(table, rows_with(table, {cells}));
}

std::string cell(const Rows& rows, const TableSpec& table, const char* column) {
    return std::string(rows.field(0, table.at(column)).value_or("NULL"));
}

} // namespace

TEST_CASE("each column becomes what its rule says, others and NULL stay") {
    const std::string alice = redactor().pseudonym("alice");
    const Rows dialog = redacted(dialog_table(), dialog_cells());
    const auto of_dialog = [&](const char* column) { return cell(dialog, dialog_table(), column); };
    CHECK(of_dialog("dlg_id") == "7");
    CHECK(of_dialog("callid") == redactor().pseudonym("c7@10.0.0.1"));
    CHECK(of_dialog("from_uri") == "sip:" + alice + "@example.com");
    CHECK(of_dialog("to_uri") == "sip:bob@example.com");
    CHECK(of_dialog("caller_contact") == "sip:" + alice + "@203.0.113.0:5060");
    CHECK(of_dialog("vars") == "NULL");
    CHECK(of_dialog("mangled_from_uri") == "NULL");
    CHECK(of_dialog("extra") == R"({"other":"alice","who":")" + alice + "\"}");
    CHECK(dialog_table().derive(dialog[0])[0] == alice);

    const Rows contact = redacted(location_table(), {{"contact_id", "9"},
                                                     {"username", "alice"},
                                                     {"domain", "example.com"},
                                                     {"contact", "sip:alice@[2001:db8:1:2::7]:5060;ob"},
                                                     {"received", "sip:203.0.113.57:1024"},
                                                     {"user_agent", "phone"},
                                                     {"extra", "{}"}});
    const auto of_contact = [&](const char* column) { return cell(contact, location_table(), column); };
    CHECK(of_contact("username") == alice);
    CHECK(of_contact("domain") == "example.com");
    CHECK(of_contact("contact") == "sip:" + alice + "@[2001:db8:1::]:5060;ob");
    CHECK(of_contact("received") == "sip:203.0.113.0:1024");
    CHECK(of_contact("user_agent") == "NULL");
    CHECK(of_contact("extra") == "NULL");
}

TEST_CASE("records of both tables, and the parties that are added up, go by the same names") {
    const std::string alice = redactor().pseudonym("alice");
    for (const TableSpec* table : {&acc_table(), &missed_calls_table()}) {
        const Rows record = redacted(
            *table, {{"id", "1"},
                     {"callid", "c7@10.0.0.1"},
                     {"extra",
                      R"({"from_uri":"sip:alice@example.com","n":{"hex":"AB"},"pin":"1234","to_uri":"x"})"}});
        CHECK(cell(record, *table, "callid") == redactor().pseudonym("c7@10.0.0.1"));
        CHECK(cell(record, *table, "extra") ==
              R"({"from_uri":"sip:)" + alice + R"(@example.com","n":{"hex":"AB"},"pin":null,"to_uri":null})");
    }
    CHECK(redactor().caller("alice@example.com") == alice + "@example.com");
    CHECK(redactor().caller(std::nullopt) == std::nullopt);
    CHECK(redactor().callee("sip:bob@example.com") == std::nullopt);
}

TEST_CASE("what was redacted already stays as it is") {
    const Rows once = redacted(dialog_table(), dialog_cells());
    CHECK(text_of(redactor().rows(dialog_table(), once)) == text_of(once));
}

TEST_CASE("nothing but redacted rows gets into history or the spool, whatever waited there before") {
    TemporaryFolder folder;
    RealFileSystem files;
    ArchiveRig rig;
    rig.say_all_is_well();
    rig.tables.put_dialog(7, dialog_cells());
    rig.tables.put_contact(
        9, {{"username", "alice"}, {"contact", "sip:alice@203.0.113.57"}, {"expires", "100"}, {"cseq", "1"}});
    const auto open = [&] {
        return Spool(files, folder.path("spool"), "sbc1", {.max_bytes = 1U << 30U, .max_files = 100},
                     rig.plan.interval);
    };
    bool away = true;
    const auto run = [&](int minute) {
        Spool spool = open();
        FakeLiveReader live(rig.tables);
        return archive_or_spool(
            rig.plan, {.mi = &rig.mi, .live = &live}, spool,
            [&]() -> std::unique_ptr<HistoryStore> {
                if (away) throw HistoryUnavailable("away");
                return std::make_unique<FakeHistoryStore>(rig.history);
            },
            first + 60s * minute);
    };
    REQUIRE(run(0).code == ExitCode::spooled); // no rules yet
    rig.plan.redactor =
        std::make_shared<const Redactor>(settings(), std::vector<std::string>{}, std::vector<std::string>{});
    REQUIRE(run(1).code == ExitCode::spooled);
    {
        const Spool spool = open();
        CaptureFile file(files, spool.path(spool.waiting().back()));
        std::string spooled = text_of(file.capture().dialogs);
        file.each_contact(
            [&](RowView contact) {
                for (std::size_t i = 0; i < contact.width(); ++i)
                    spooled += std::string(contact[i].value_or("")) + "|";
            },
            Deadline(1min));
        CHECK_THAT(spooled, ContainsSubstring("203.0.113.0"));
        CHECK_THAT(spooled, !ContainsSubstring("sip:alice"));
        CHECK_THAT(spooled, !ContainsSubstring("203.0.113.57"));
    }
    away = false;
    const SpooledResult back = run(2);
    INFO(back.failure);
    CHECK(back.archive.errors == std::vector<std::string>{});
    REQUIRE(back.archive.replayed == 3);
    run(3);
    // The same in all four captures: one version each.
    const std::string alice = redactor().pseudonym("alice");
    for (int minute = 0; minute < 4; ++minute) {
        CHECK(rig.snapshot(dialog_table(), first + 60s * minute, {"dlg_id", "from_uri"}) ==
              "1|<null>\n7|sip:" + alice + "@example.com\n");
        CHECK(rig.snapshot(location_table(), first + 60s * minute, {"username", "contact"}) ==
              "<null>|" + redactor().pseudonym("sip:1") + "\n<null>|" + redactor().pseudonym("sip:2") + "\n" +
                  alice + "|sip:" + alice + "@203.0.113.0\n");
    }
}
