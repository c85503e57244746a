// A run with a spool, without anything real around it but the folder.
#include "sipkeep/app/spooled_run.hpp"
#include "sipkeep/core/error.hpp"

#include "archive_rig.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <fstream>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

struct SpooledRig : ArchiveRig {
    TemporaryFolder folder;
    RealFileSystem files;
    SpoolLimits limits{.max_bytes = 1U << 30U, .max_files = 100};
    bool away = false;           ///< history can't be connected to
    bool schema_missing = false; ///< .. or is not sipkeep's yet
    std::size_t connections = 0;

    SpooledRig() { say_all_is_well(); }

    Spool spool() { return {files, folder.path("spool"), "sbc1", limits, plan.interval}; }

    SpooledResult run(int minute, LiveReader* live = nullptr) {
        FakeLiveReader fake(tables);
        Spool open = spool();
        const OpenHistory open_history = [&]() -> std::unique_ptr<HistoryStore> {
            ++connections;
            if (away) throw HistoryUnavailable("history database: can't be reached");
            if (schema_missing) throw SchemaError("history database: no tables; sipkeep schema init");
            return std::make_unique<FakeHistoryStore>(history);
        };
        return archive_or_spool(plan, {.mi = &mi, .live = live != nullptr ? live : &fake}, open, open_history,
                                first + 60s * minute);
    }
    /// The table moves, so that each minute is told from the others.
    void live_on(int minute) {
        tables.put_contact(1, phone(1, std::to_string(200 + minute)));
        tables.put_dialog(std::uint64_t(100 + minute), call(100 + minute));
        if (minute % 2 == 0)
            tables.location.erase(2);
        else
            tables.put_contact(2, phone(2));
    }
    std::string contacts_at(int minute) {
        return snapshot(location_table(), first + 60s * minute, {"contact_id", "expires"});
    }
    std::string dialogs_at(int minute) { return snapshot(dialog_table(), first + 60s * minute, {"dlg_id"}); }
};

/// What a run of these minutes gives when history is always there.
struct Expected : SpooledRig {
    explicit Expected(int minutes) {
        for (int minute = 0; minute < minutes; ++minute) {
            live_on(minute);
            static_cast<void>(run(minute));
        }
    }
};

} // namespace

TEST_CASE("with history there, nothing is spooled") {
    SpooledRig rig;
    const SpooledResult result = rig.run(0);
    CHECK((result.code == ExitCode::done));
    CHECK(result.archive.stored);
    CHECK_FALSE(result.archive.spooled);
    CHECK(rig.ledger(first).provenance == "live");
    CHECK(rig.spool().waiting().empty());
    const SpooledResult again = rig.run(0);
    CHECK((again.code == ExitCode::done));
    CHECK_FALSE(again.archive.stored);
    CHECK_FALSE(again.archive.spooled);
}

TEST_CASE("an outage leaves the same history as if there had been none") {
    SpooledRig rig;
    for (int minute = 0; minute < 8; ++minute) {
        rig.live_on(minute);
        rig.away = minute >= 2 && minute < 6;
        const SpooledResult result = rig.run(minute);
        INFO("minute " << minute << ": " << result.failure);
        CHECK((result.code == (rig.away ? ExitCode::spooled : ExitCode::done)));
        CHECK(result.archive.spooled == rig.away);
        CHECK(result.archive.waiting == (rig.away ? std::size_t(minute - 1) : 0U));
        CHECK(result.archive.replayed == (minute == 6 ? 5U : 0U));
    }
    Expected expected(8);
    REQUIRE(rig.node().ledger.size() == 8);
    for (int minute = 0; minute < 8; ++minute) {
        INFO("minute " << minute);
        CHECK(rig.contacts_at(minute) == expected.contacts_at(minute));
        CHECK(rig.dialogs_at(minute) == expected.dialogs_at(minute));
        const LedgerRow& row = rig.ledger(first + 60s * minute);
        const LedgerRow& like = expected.ledger(first + 60s * minute);
        CHECK(row.provenance == (minute >= 2 && minute <= 6 ? "spool" : "live"));
        CHECK(row.started_at == like.started_at);
        CHECK(row.epoch_started_at == like.epoch_started_at);
        CHECK(row.samples == like.samples);
        CHECK(row.destinations == like.destinations);
        CHECK(row.opened == like.opened);
        CHECK(row.closed == like.closed);
        CHECK(row.refreshed == like.refreshed);
        CHECK(row.flags == like.flags);
    }
}

TEST_CASE("history that is lost amid a capture, or at its commit, costs no minute") {
    Expected expected(3);
    const auto check = [&](SpooledRig& rig) {
        rig.live_on(2);
        CHECK((rig.run(2).code == ExitCode::done));
        for (int minute = 0; minute < 3; ++minute) {
            CHECK(rig.contacts_at(minute) == expected.contacts_at(minute));
            CHECK(rig.dialogs_at(minute) == expected.dialogs_at(minute));
        }
        CHECK(rig.node().ledger.size() == 3);
        CHECK(rig.spool().waiting().empty());
    };
    SpooledRig rig;
    rig.live_on(0);
    static_cast<void>(rig.run(0));
    rig.live_on(1);
    SECTION("amid") {
        rig.history.lost_amid_contacts = true;
        const SpooledResult result = rig.run(1);
        CHECK((result.code == ExitCode::spooled));
        CHECK(result.archive.waiting == 1);
        rig.history.lost_amid_contacts = false;
        check(rig);
        CHECK(rig.ledger(first + 60s).provenance == "spool");
    }
    SECTION("at the commit, which took effect") {
        rig.history.lost_at_commit = true;
        CHECK((rig.run(1).code == ExitCode::spooled));
        rig.history.lost_at_commit = false;
        check(rig);
        CHECK(rig.ledger(first + 60s).provenance == "live");
    }
}

TEST_CASE("a run of a minute that waits already does not look again, but replays") {
    SpooledRig rig;
    rig.away = true;
    static_cast<void>(rig.run(0));
    const std::size_t asked = rig.transport.mi().requests().size();
    const SpooledResult again = rig.run(0);
    CHECK((again.code == ExitCode::spooled));
    CHECK_FALSE(again.archive.spooled);
    rig.away = false;
    const SpooledResult back = rig.run(0);
    CHECK((back.code == ExitCode::done));
    CHECK(back.archive.replayed == 1);
    CHECK(rig.transport.mi().requests().size() == asked);
    CHECK(rig.node().ledger.size() == 1);
}

TEST_CASE("with the schema missing the capture waits, and the exit code says what to do") {
    SpooledRig rig;
    rig.schema_missing = true;
    const SpooledResult result = rig.run(0);
    CHECK((result.code == ExitCode::schema));
    CHECK_THAT(result.failure, ContainsSubstring("sipkeep schema init"));
    CHECK(result.archive.waiting == 1);
    rig.schema_missing = false;
    CHECK((rig.run(1).code == ExitCode::done));
    CHECK(rig.node().ledger.size() == 2);
}

TEST_CASE("a clock that stepped back behind what waits, or behind history, is refused and spooled nowhere") {
    SpooledRig rig;
    static_cast<void>(rig.run(5));
    CHECK_THROWS_AS(rig.run(4), ClockSteppedBack);
    CHECK(rig.spool().waiting().empty());
    rig.away = true;
    static_cast<void>(rig.run(7));
    CHECK_THROWS_AS(rig.run(6), ClockSteppedBack);
    CHECK(rig.spool().waiting().size() == 1);
}

TEST_CASE("a damaged capture is set aside, named in the ledger, and the others go on") {
    SpooledRig rig;
    rig.away = true;
    for (int minute = 0; minute < 3; ++minute) {
        rig.live_on(minute);
        static_cast<void>(rig.run(minute));
    }
    const std::string file = rig.spool().path(rig.spool().waiting()[1]);
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
    rig.away = false;
    rig.live_on(3);
    const SpooledResult result = rig.run(3);
    REQUIRE(result.archive.errors.size() == 1);
    CHECK_THAT(result.archive.errors[0], ContainsSubstring(file + ": ends "));
    CHECK_THAT(result.archive.errors[0], ContainsSubstring("set aside"));
    CHECK(result.archive.partial());
    REQUIRE(rig.node().ledger.size() == 3);
    const LedgerRow& after = rig.ledger(first + 120s);
    CHECK(after.flags == Flags{"captures_lost"});
    CHECK(after.error == "spool: lost 1 capture of 2026-11-22T12:01:00Z (set aside)");
    CHECK(rig.ledger(first + 180s).flags.empty());
    Expected expected(4);
    for (const int minute : {0, 2, 3}) {
        CHECK(rig.contacts_at(minute) == expected.contacts_at(minute));
        CHECK(rig.dialogs_at(minute) == expected.dialogs_at(minute));
    }
}

TEST_CASE("a spool that is full gives up its oldest, loudly, and the ledger names them") {
    SpooledRig rig;
    static_cast<void>(rig.run(0));
    rig.limits.max_files = 2;
    rig.away = true;
    for (int minute = 1; minute <= 4; ++minute) {
        rig.live_on(minute);
        const SpooledResult result = rig.run(minute);
        CHECK(result.archive.warnings.size() == (minute > 2 ? 1U : 0U));
        if (minute > 2) CHECK_THAT(result.archive.warnings[0], ContainsSubstring("spool is full"));
    }
    rig.away = false;
    CHECK((rig.run(5).code == ExitCode::done));
    CHECK(rig.node().ledger.size() == 4); // 0, and 3 to 5: for these there is history again
    const LedgerRow& after = rig.node().ledger.upper_bound(first)->second;
    CHECK(after.flags == Flags{"captures_lost"});
    CHECK(after.error ==
          "spool: lost 2 captures from 2026-11-22T12:01:00Z to 2026-11-22T12:02:00Z (spool full)");
    CHECK(rig.spool().lost().empty());
}

TEST_CASE("a spool that can't take the capture either loses the minute, and says both reasons") {
    SpooledRig rig;
    rig.limits.max_bytes = 100;
    rig.away = true;
    CHECK_THROWS_WITH(rig.run(0), ContainsSubstring("can't be reached") &&
                                      ContainsSubstring("spool.max_bytes") &&
                                      ContainsSubstring("this minute is lost"));
}

TEST_CASE("a source that fails while history is away is marked when the capture is stored") {
    SpooledRig rig;
    rig.away = true;
    FakeLiveReader broken(rig.tables);
    broken.fail_from(0, "no such table");
    const SpooledResult result = rig.run(0, &broken);
    CHECK((result.code == ExitCode::spooled));
    CHECK(result.archive.errors.size() == 2);
    rig.away = false;
    CHECK(rig.run(1).archive.errors.size() == 2);
    CHECK((rig.ledger(first).dialog == SourceStatus::failed));
    CHECK((rig.ledger(first).location == SourceStatus::failed));
    CHECK((rig.ledger(first).mi == SourceStatus::ok));
    CHECK((rig.ledger(first + 60s).dialog == SourceStatus::ok));
}
