// Dumps and saved spools into a history that lacks them, with the real program.
#include "site.hpp"
#include "support/catch.hpp"
#include "support/real_dump.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

/// Noon of yesterday and so many minutes: nothing is put in that is still to come.
UtcSeconds minute_of(int minute) {
    return midnight(std::chrono::floor<Seconds>(SystemClock().now())) - std::chrono::hours{12} +
           Seconds{60} * minute;
}
std::string at(int minute) {
    return to_rfc3339(minute_of(minute));
}
ProgramResult snapshot(Site& site, int minute) {
    return site.sipkeep({"snapshot", "--at", at(minute)});
}

std::string seen_at(Site& site, int minute) {
    return site.history.rows("SELECT contact_id FROM location_snapshot WHERE node = '" + site.settings.node +
                             "' AND captured_at = '" + to_datetime(minute_of(minute)) + "' ORDER BY 1") +
           "-\n" +
           site.history.rows("SELECT dlg_id FROM dialog_snapshot WHERE node = '" + site.settings.node +
                             "' AND captured_at = '" + to_datetime(minute_of(minute)) + "' ORDER BY 1");
}

std::string stamp(std::string time) {
    std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
    return time;
}

} // namespace

TEST_CASE("backfill dump puts a dump in between two captures; again, it changes nothing") {
    Site& site = shared_site("dumped");
    site.add_dialog(1);
    site.add_contact(1);
    REQUIRE(snapshot(site, 0).exit_code == 0);
    site.add_contact(2);
    site.add_dialog(2);
    const std::string file = site.folder.write("one.sql", real_dump(site.live));
    site.remove_contact(1);
    site.remove_dialog(2);
    REQUIRE(snapshot(site, 2).exit_code == 0);
    const std::string before = seen_at(site, 0);
    const std::string after = seen_at(site, 2);

    const std::vector<std::string> command{"backfill", "dump", file, "--captured-at", at(1), "-q"};
    std::vector<std::string> rehearsal = command;
    rehearsal.push_back("--dry-run");
    const ProgramResult dry = site.sipkeep(rehearsal);
    CHECK(dry.err == "");
    CHECK(dry.out == "dry run, nothing stored: 1 captures to store, 0 already there, 0 not usable\n");
    CHECK(site.ledger("provenance") == "live\nlive\n");

    const ProgramResult done = site.sipkeep(command);
    CHECK(done.err == "");
    CHECK(done.exit_code == 0);
    CHECK(done.out == "1 captures stored, 0 already there, 0 not usable\n");
    CHECK(site.ledger("provenance, dialog_status, location_status, mi_status") ==
          "live|ok|ok|ok\ndump|ok|ok|off\nlive|ok|ok|ok\n");
    CHECK(seen_at(site, 0) == before);
    CHECK(seen_at(site, 1) == "1\n2\n-\n1\n2\n");
    CHECK(seen_at(site, 2) == after);
    CHECK(site.sipkeep(command).out == "0 captures stored, 1 already there, 0 not usable\n");
    CHECK(site.sipkeep({"verify", "--node", "dumped"}).exit_code == 0);
}

TEST_CASE("backfill dump killed at any instant left history as it was, or done; the next one takes away what "
          "it left") {
    Site& site = shared_site("killed_dump");
    const std::string spool = site.folder.path("spool-killed");
    site.settings.more = "spool: { dir: " + spool + " }\n";
    for (int id = 1; id <= 300; ++id) site.add_contact(id);
    REQUIRE(snapshot(site, 0).exit_code == 0);
    for (int id = 301; id <= 500; ++id) site.add_contact(id);
    for (int id = 1; id <= 100; ++id) site.remove_contact(id);
    const std::string file = site.folder.write("killed.sql", real_dump(site.live));
    for (int id = 200; id <= 300; ++id) site.remove_contact(id);
    REQUIRE(snapshot(site, 2).exit_code == 0);
    const std::vector<std::string> command{"backfill", "dump", file, "--captured-at", at(1), "-q"};
    const auto leftovers = [&] {
        std::vector<std::string> names;
        if (std::filesystem::exists(spool + "/backfill"))
            for (const auto& entry : std::filesystem::directory_iterator(spool + "/backfill"))
                names.push_back(entry.path().filename());
        return names;
    };
    int struck = 0;
    bool left_something = false;
    for (int delay_ms = 0;
         delay_ms < 400 && site.ledger("captured_at").find(to_datetime(minute_of(1))) == std::string::npos;
         delay_ms += 20) {
        const auto run = site.start(command);
        std::this_thread::sleep_for(std::chrono::milliseconds{delay_ms});
        run->signal(SIGKILL);
        if (run->wait().exit_code == -SIGKILL) ++struck;
        left_something = left_something || !leftovers().empty();
        INFO("killed after " << delay_ms << " ms");
        CHECK(site.sipkeep({"verify", "--node", "killed_dump"}).exit_code == 0);
    }
    CHECK(struck > 3);
    CHECK(left_something);
    CHECK(site.sipkeep(command).exit_code == 0);
    CHECK(leftovers().empty());
    CHECK(site.ledger("contacts") == "300\n400\n299\n");
    CHECK(site.sipkeep({"verify", "--node", "killed_dump"}).exit_code == 0);
    site.settings.more.clear();
}

TEST_CASE("backfills of dumps side by side, and snapshots among them: every minute is what it was") {
    Site& site = shared_site("side_by_side");
    site.settings.more = "spool: { dir: " + site.folder.path("spool-side") + " }\n";
    constexpr int minutes = 24;
    std::map<int, std::string> seen;
    std::vector<std::string> missed[2];
    const auto rows = [&site] {
        return site.live.rows("SELECT contact_id FROM location ORDER BY 1") + "-\n" +
               site.live.rows("SELECT dlg_id FROM dialog ORDER BY 1");
    };
    for (int id = 1; id <= 200; ++id) site.add_contact(id);
    for (int minute = 0; minute < minutes; ++minute) {
        site.add_contact(201 + minute);
        site.add_dialog(1 + minute);
        if (minute % 2 == 1) site.remove_contact(minute);
        if (minute % 3 == 2) site.remove_dialog(minute);
        if (minute % 4 != 0 && minute < minutes - 1) {
            const std::string file =
                site.folder.write("side" + std::to_string(minute) + ".sql", real_dump(site.live));
            missed[minute % 2].push_back(file);
            seen[minute] = rows();
        } else {
            REQUIRE(snapshot(site, minute).exit_code == 0);
            seen[minute] = rows();
        }
    }
    const std::string config = site.write_config(); // once: what runs side by side only reads it
    const auto run = [&config](std::vector<std::string> words) {
        words.insert(words.begin(), SIPKEEP_PROGRAM);
        words.insert(words.end(), {"-c", config});
        return run_program(words);
    };
    const auto backfill = [&](int which) {
        std::string failures;
        for (const std::string& file : missed[which]) {
            const int minute = std::stoi(file.substr(file.rfind("side") + 4));
            const ProgramResult done = run({"backfill", "dump", file, "--captured-at", at(minute), "-q"});
            if (done.exit_code != 0) failures += done.out + done.err;
        }
        return failures;
    };
    std::string failures[2];
    {
        std::thread one([&] { failures[0] = backfill(0); });
        std::thread other([&] { failures[1] = backfill(1); });
        for (int minute = minutes; minute < minutes + 8; ++minute) {
            const int code = run({"snapshot", "--at", at(minute)}).exit_code;
            CHECK((code == 0 || code == 4)); // stored, or waiting for the next one
            seen[minute] = seen[minutes - 1];
        }
        one.join();
        other.join();
    }
    CHECK(failures[0] == "");
    CHECK(failures[1] == "");
    CHECK(snapshot(site, minutes + 8).exit_code == 0);
    for (const auto& [minute, there] : seen) {
        CAPTURE(minute);
        CHECK(seen_at(site, minute) == there);
    }
    CHECK(site.sipkeep({"verify", "--node", "side_by_side"}).out == "");
    site.settings.more.clear();
}

TEST_CASE("backfill dump takes the time from the dump's last line, in the zone of the configuration") {
    Site& site = shared_site("timed");
    site.add_contact(1);
    std::string dump = real_dump(site.live, {"--skip-dump-date"});
    const std::string last = "-- Dump completed";
    REQUIRE(dump.find(last) != std::string::npos);
    dump.replace(dump.find(last), last.size(), "-- Dump completed on 2026-01-20  9:15:42");
    const std::string file = site.folder.write("timed.sql", dump);
    const ProgramResult done = site.sipkeep({"backfill", "dump", file, "-q"});
    CHECK(done.err == "");
    CHECK(done.exit_code == 0);
    // As the first capture of all, and then another one before it.
    const std::string first = site.ledger("captured_at");
    CHECK_THAT(first, ContainsSubstring("2026-01-20 "));
    CHECK_THAT(first, ContainsSubstring(":15:00"));
    site.add_contact(2);
    const std::string older = site.folder.write("older.sql", real_dump(site.live));
    CHECK(
        site.sipkeep({"backfill", "dump", older, "--captured-at", "2026-01-03T00:00:00Z", "-q"}).exit_code ==
        0);
    CHECK(site.ledger("contacts, opened, closed") == "2|2|0\n1|0|1\n");
    CHECK(site.sipkeep({"verify", "--node", "timed"}).exit_code == 0);
}

TEST_CASE("backfill dump refuses what is cut off or no dump, says where, and goes on with the next") {
    Site& site = shared_site("cut_dump");
    site.add_contact(1);
    const std::string whole = real_dump(site.live);
    const std::string cut =
        site.folder.write("cut.sql", whole.substr(0, whole.find("INSERT INTO `location`") + 40));
    const std::string none = site.folder.write("none.sql", "hello\n");
    const std::string good = site.folder.write("good.sql", whole);
    const ProgramResult skip = site.sipkeep({"backfill", "dump", cut, none, good});
    CHECK(skip.exit_code == 3);
    CHECK_THAT(skip.err, ContainsSubstring("cut.sql: byte "));
    CHECK_THAT(skip.err, ContainsSubstring("none.sql: holds rows neither of dialog nor of location"));
    CHECK(skip.out == "1 captures stored, 0 already there, 2 not usable\n");
    const ProgramResult stop = site.sipkeep({"backfill", "dump", cut, good, "-q", "--on-error", "stop"});
    CHECK(stop.exit_code == 1);
    CHECK(site.sipkeep({"backfill", "dump", site.folder.path("no such"), "-q"}).exit_code == 3);
}

TEST_CASE("backfill spool stores captures that history never got, in the middle of what it has") {
    Site& site = shared_site("saved");
    const std::string spool = site.folder.path("spool-saved");
    const std::string rescued = site.folder.path("rescued");
    std::filesystem::remove_all(spool);
    std::filesystem::remove_all(rescued);
    site.settings.more = "spool: { dir: " + spool + " }\n";
    site.add_contact(1);
    site.add_dialog(1);
    REQUIRE(snapshot(site, 0).exit_code == 0);
    (void)site.folder.write("away.cnf",
                            "[client]\nsocket=" + site.folder.path("none.sock") +
                                "\nuser=x\npassword=" + Secrets::writer + "\n",
                            0600);
    site.settings.history_user = "away";
    site.add_contact(2);
    CHECK(snapshot(site, 1).exit_code == 4);
    site.remove_contact(1);
    CHECK(snapshot(site, 2).exit_code == 4);
    std::filesystem::rename(spool, rescued);
    site.settings.history_user = "writer";
    site.add_contact(3);
    REQUIRE(snapshot(site, 3).exit_code == 0);

    CHECK(site.sipkeep({"backfill", "spool", spool, "-q"}).exit_code == 2); // its own: a run takes that
    const ProgramResult done = site.sipkeep({"backfill", "spool", rescued, "-q"});
    CHECK(done.err == "");
    CHECK(done.exit_code == 0);
    CHECK(done.out == "2 captures stored, 0 already there, 0 not usable\n");
    CHECK(site.ledger("provenance, contacts, samples IS NULL") ==
          "live|1|0\nspool|2|0\nspool|1|0\nlive|2|0\n");
    CHECK(seen_at(site, 1) == "1\n2\n-\n1\n");
    CHECK(site.sipkeep({"backfill", "spool", rescued, "-q"}).out ==
          "0 captures stored, 2 already there, 0 not usable\n");
    CHECK(site.sipkeep({"verify", "--node", "saved"}).exit_code == 0);

    const ProgramResult other = site.sipkeep({"backfill", "spool", rescued, "--node", "sbc9"});
    CHECK(other.exit_code == 1);
    CHECK_THAT(other.err, ContainsSubstring("holds no capture of node sbc9"));
    const std::string damaged = rescued + "/saved-" + stamp(at(2)) + ".capture";
    std::filesystem::resize_file(damaged, std::filesystem::file_size(damaged) / 2);
    const ProgramResult broken = site.sipkeep({"backfill", "spool", rescued});
    CHECK(broken.exit_code == 3);
    CHECK_THAT(broken.err, ContainsSubstring(damaged));
    CHECK(broken.out == "0 captures stored, 1 already there, 1 not usable\n");
    site.settings.more.clear();
}
