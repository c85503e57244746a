// diff_contacts: what one batch of full rows changes.
#include "sipkeep/core/diff.hpp"

#include "support/catch.hpp"
#include "support/table_rows.hpp"

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

using Ids = std::vector<std::uint64_t>;
using FirstSeen = std::vector<std::optional<std::string>>;

Cells contact(int id, const std::string& uri = "sip:a@192.0.2.1") {
    return {{"contact_id", std::to_string(id)},
            {"username", "a"},
            {"contact", uri},
            {"expires", "100"},
            {"cseq", "1"},
            {"last_modified", "2026-11-22 10:00:00"},
            {"callid", "reg-1"},
            {"user_agent", "u"}};
}

Cells with(Cells cells, const std::string& column, const std::optional<std::string>& value) {
    cells[column] = value;
    return cells;
}

/// Open versions as the store gives them: first_seen behind the columns of the table.
Rows stored(const std::vector<Cells>& all, const std::string& first_seen = "2026-11-01 00:00:00") {
    Rows rows(location_table().columns.size() + 1);
    for (const Cells& cells : all) {
        const Rows row = rows_with(location_table(), {cells});
        for (std::size_t i = 0; i < row.width(); ++i) rows.add(row.field(0, i));
        rows.add(first_seen);
    }
    return rows;
}

ContactChanges changes(const std::vector<Cells>& seen, const Rows& open) {
    return diff_contacts(rows_with(location_table(), seen), open);
}

std::string ids_of(const Rows& rows) {
    return text_of(rows, location_table(), {"contact_id"});
}

} // namespace

TEST_CASE("equal contacts change nothing; no contacts change nothing") {
    const ContactChanges none = changes({contact(1), contact(2)}, stored({contact(1), contact(2)}));
    CHECK(none.opened.empty());
    CHECK(none.refreshed.empty());
    CHECK(none.closed.empty());
    CHECK(changes({}, stored({})).opened.empty());
    CHECK(changes({}, stored({contact(1)})).closed.empty()); // who is gone, the narrow scan tells
}

TEST_CASE("a contact without an open version opens one, and begins a chain") {
    const ContactChanges found = changes({contact(1), contact(3)}, stored({contact(2)}));
    CHECK(ids_of(found.opened) == "1\n3\n");
    CHECK(found.closed.empty());
    CHECK(found.first_seen == FirstSeen{std::nullopt, std::nullopt});
}

TEST_CASE("a refresh moves expires, cseq and last_modified and leaves the version open") {
    for (const char* column : {"expires", "cseq"}) {
        const ContactChanges found = changes({with(contact(1), column, "777")}, stored({contact(1)}));
        CHECK(found.opened.empty());
        CHECK(found.closed.empty());
        REQUIRE(found.refreshed.size() == 1);
        CHECK(text_of(found.refreshed).find("777") != std::string::npos);
    }
    const ContactChanges found =
        changes({with(contact(1), "last_modified", "2026-11-22 10:01:00")}, stored({contact(1)}));
    CHECK(text_of(found.refreshed) == "1|100|1|2026-11-22 10:01:00\n");
}

TEST_CASE("every other column makes a new version that carries first_seen on, contact alone excepted") {
    for (const Column& column : location_table().columns) {
        if (column.role == ColumnRole::key || column.role == ColumnRole::refresh) continue;
        INFO(column.name);
        const ContactChanges found =
            changes({with(contact(1), std::string(column.name), "changed")}, stored({contact(1)}));
        CHECK(found.closed == Ids{1});
        CHECK(ids_of(found.opened) == "1\n");
        CHECK(found.refreshed.empty());
        const bool same_chain = column.name != "contact";
        CHECK(found.first_seen ==
              FirstSeen{same_chain ? std::optional<std::string>("2026-11-01 00:00:00") : std::nullopt});
    }
}

TEST_CASE("a reused contact_id with another contact begins a chain of its own") {
    const ContactChanges found =
        changes({contact(1, "sip:other@192.0.2.9")}, stored({contact(1, "sip:a@192.0.2.1")}));
    CHECK(found.closed == Ids{1});
    CHECK(ids_of(found.opened) == "1\n");
    CHECK(found.first_seen == FirstSeen{std::nullopt});
}

TEST_CASE("NULL to '' and back are new versions") {
    const Cells null = with(contact(1), "attr", std::nullopt);
    const Cells empty = with(contact(1), "attr", "");
    CHECK(changes({null}, stored({empty})).closed == Ids{1});
    CHECK(changes({empty}, stored({null})).closed == Ids{1});
}

TEST_CASE("create, change, refresh and keep in one batch, in order of their ids") {
    const ContactChanges found = changes(
        {contact(1), with(contact(2), "user_agent", "v2"), with(contact(4), "expires", "160"), contact(6)},
        stored({contact(2), contact(3), contact(4), contact(6)}));
    CHECK(ids_of(found.opened) == "1\n2\n");
    CHECK(found.first_seen == FirstSeen{std::nullopt, "2026-11-01 00:00:00"});
    CHECK(found.closed == Ids{2});
    CHECK(text_of(found.refreshed) == "4|160|1|2026-11-22 10:00:00\n");
}

TEST_CASE("a version that changes and is refreshed at once is a new version, and no refresh besides") {
    const ContactChanges found = changes(
        {with(with(contact(1), "expires", "160"), "received", "sip:198.51.100.1")}, stored({contact(1)}));
    CHECK(ids_of(found.opened) == "1\n");
    CHECK(found.refreshed.empty());
}
