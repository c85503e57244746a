// What one run says, when it refuses, and what it leaves behind.
#include "site.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

std::string captures(Site& site) {
    return site.ledger("COUNT(*)");
}

/// Checksums of all tables of the history, which change with any byte.
std::string checksums(Site& site) {
    std::string tables;
    for (const char* kind : {"location_", "dialog_", "dispatcher_"})
        for (const char* half : {"open", "version"}) tables += std::string(kind) + half + ", ";
    return site.history.rows(
        "CHECKSUM TABLE " + tables +
        "location_refresh_closed, dialog_ended, capture, sample, statistic, node, key_frame, "
        "partition_horizon");
}

std::string read_proc(pid_t process, const std::string& file) {
    std::ifstream in("/proc/" + std::to_string(process) + "/" + file, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

bool holds_a_secret(const std::string& text) {
    for (const char* secret : {Secrets::reader, Secrets::writer, Secrets::owner})
        if (text.find(secret) != std::string::npos) return true;
    return false;
}

} // namespace

TEST_CASE("success prints nothing, -v one line") {
    Site& site = shared_site("quiet");
    site.add_dialog(1);
    const ProgramResult silent = site.snapshot(0);
    CHECK(silent.exit_code == 0);
    CHECK(silent.out.empty());
    CHECK(silent.err.empty());
    const ProgramResult verbose = site.snapshot(1, {"-v"});
    CHECK(verbose.exit_code == 0);
    CHECK(verbose.out.empty());
    CHECK(lines_of(verbose.err) == 1);
    CHECK_THAT(verbose.err, ContainsSubstring("captured " + site.at(1)));
    CHECK_THAT(verbose.err, ContainsSubstring("4 destinations, 1 dialogs, 0 contacts; 0 opened"));
}

TEST_CASE("twice in one interval: nothing twice, exit 0 and says so with -v") {
    Site& site = shared_site("twice");
    site.add_dialog(1);
    REQUIRE(site.snapshot(0).exit_code == 0);
    site.add_dialog(2);
    const std::string before = checksums(site);
    const ProgramResult silent = site.snapshot(0);
    CHECK(silent.exit_code == 0);
    CHECK(silent.err.empty());
    const ProgramResult again = site.snapshot(0, {"-v"});
    CHECK(again.exit_code == 0);
    CHECK(lines_of(again.err) == 1);
    CHECK_THAT(again.err, ContainsSubstring("already stored; nothing to do"));
    CHECK(checksums(site) == before);
    CHECK(captures(site) == "1\n");
}

TEST_CASE("two at once: one works, the other exits 11") {
    Site& site = shared_site("two");
    site.mi.hold();
    const auto first = site.start_snapshot(0);
    REQUIRE(site.mi.holding());
    const ProgramResult second = site.snapshot(0);
    site.mi.let_go();
    CHECK(second.exit_code == 11);
    CHECK(second.out.empty());
    CHECK(lines_of(second.err) == 1);
    CHECK_THAT(second.err, ContainsSubstring(site.folder.path("lock")));
    CHECK(first->wait().exit_code == 0);
    CHECK(captures(site) == "1\n");
}

TEST_CASE("a clock stepped back is said, flagged, exit 1, and the next capture carries the flag") {
    Site& site = shared_site("clock");
    site.add_dialog(1);
    REQUIRE(site.snapshot(5).exit_code == 0);
    const std::string open = site.open_set("dialog");
    site.remove_dialog(1);
    const ProgramResult back = site.snapshot(3);
    CHECK(back.exit_code == 1);
    CHECK(lines_of(back.err) == 1);
    CHECK_THAT(back.err, ContainsSubstring("clock has stepped back"));
    CHECK_THAT(back.err, ContainsSubstring(site.at(3)));
    CHECK_THAT(back.err, ContainsSubstring(site.at(5)));
    CHECK(site.open_set("dialog") == open);
    CHECK(captures(site) == "1\n");

    const ProgramResult onward = site.snapshot(6);
    CHECK(onward.exit_code == 0);
    CHECK_THAT(onward.err, ContainsSubstring("flagged: clock_stepped_back"));
    CHECK(site.snapshot(7).err.empty());
    CHECK(site.ledger("flags") == "\nclock_stepped_back\n\n");
}

TEST_CASE("--dry-run stores nothing at all") {
    Site& site = shared_site("dry");
    const std::string untouched = checksums(site);
    site.add_dialog(1);
    site.add_contact(1);
    const ProgramResult first = site.snapshot(0, {"--dry-run"});
    CHECK(first.exit_code == 0);
    CHECK(first.err.empty());
    CHECK_THAT(first.out, ContainsSubstring("dry run, nothing stored"));
    CHECK_THAT(first.out, ContainsSubstring("1 dialogs, 1 contacts; 6 opened, 0 closed"));
    CHECK(checksums(site) == untouched);

    REQUIRE(site.snapshot(0).exit_code == 0);
    const std::string stored = checksums(site);
    site.remove_dialog(1);
    site.add_contact(2);
    site.mi.counters(10, {{"core:never_seen", "1"}});
    const ProgramResult later = site.snapshot(1, {"-n", "--json"});
    site.mi.result("get_statistics", result_of(fixture("http/get_statistics-all.reply")));
    CHECK(later.exit_code == 0);
    const auto shown = nlohmann::json::parse(later.out);
    CHECK(shown.at("stored") == false);
    const ProgramResult back = site.snapshot(-1, {"-n"});
    CHECK(back.exit_code == 1);
    CHECK(checksums(site) == stored);
}

TEST_CASE("--json is one JSON object") {
    Site& site = shared_site("json");
    site.add_dialog(1);
    site.live.sql().execute("DROP TABLE location");
    const ProgramResult partial = site.snapshot(0, {"--json"});
    CHECK(partial.exit_code == 3);
    CHECK(lines_of(partial.out) == 1);
    const auto object = nlohmann::json::parse(partial.out);
    CHECK(object.at("node") == "json");
    CHECK(object.at("captured_at") == site.at(0));
    CHECK(object.at("stored") == true);
    CHECK(object.at("dialog_status") == "ok");
    CHECK(object.at("location_status") == "failed");
    CHECK(object.at("dialogs") == 1);
    CHECK(object.at("contacts").is_null());
    CHECK(object.at("errors").size() == 1);
    const auto again = nlohmann::json::parse(site.snapshot(0, {"--json"}).out);
    CHECK(again.at("stored") == false);
}

TEST_CASE("history unreachable: exit 1 and one line") {
    Site& site = shared_site("unreachable");
    const std::string was =
        site.folder.write("writer.cnf.was", "", 0600); // the folder keeps its real file aside
    std::filesystem::rename(site.folder.path("writer.cnf"), was);
    (void)site.folder.write(
        "writer.cnf",
        std::string("[client]\nsocket=/nonexistent/s\nuser=w\npassword=") + Secrets::writer + "\n", 0600);
    const ProgramResult away = site.snapshot(0);
    (void)site.folder.write("writer.cnf",
                            "[client]\nsocket=" + site.live.settings().socket + "\nuser=" + site.writer +
                                "\npassword=not-" + Secrets::owner + "\n",
                            0600);
    const ProgramResult denied = site.snapshot(0);
    std::filesystem::rename(was, site.folder.path("writer.cnf"));
    for (const ProgramResult& result : {away, denied}) {
        CHECK(result.exit_code == 1);
        CHECK(result.out.empty());
        CHECK(lines_of(result.err) == 1);
        CHECK_THAT(result.err, ContainsSubstring("history database " + site.history.name()));
        CHECK_FALSE(holds_a_secret(result.err));
    }
    CHECK_THAT(away.err, ContainsSubstring("/nonexistent/s"));
    CHECK_THAT(denied.err, ContainsSubstring("denied"));
    CHECK(captures(site) == "0\n");
}

TEST_CASE("secrets appear in no output, no argument and no environment") {
    Site& site = shared_site("secrets");
    site.mi.hold();
    const auto running = site.start_snapshot(0, {"-v", "--json"});
    REQUIRE(site.mi.holding());
    const std::string arguments = read_proc(running->pid(), "cmdline");
    CHECK_THAT(arguments, ContainsSubstring("snapshot"));
    CHECK_FALSE(holds_a_secret(arguments));
    CHECK_FALSE(holds_a_secret(read_proc(running->pid(), "environ")));
    site.mi.let_go();
    const ProgramResult result = running->wait();
    CHECK(result.exit_code == 0);
    CHECK_FALSE(holds_a_secret(result.out + result.err));
    for (const std::vector<std::string>& shown : {std::vector<std::string>{"config", "show"},
                                                  {"config", "show", "--json"},
                                                  {"config", "check"},
                                                  {"schema", "init", "--grants"},
                                                  {"schema", "check", "-v"},
                                                  {"snapshot", "-n", "-v", "--at", site.at(1)}}) {
        const ProgramResult printed = site.sipkeep(shown);
        INFO(shown[0] << ' ' << shown[1] << ": " << printed.err);
        CHECK(printed.exit_code == 0);
        CHECK_FALSE(holds_a_secret(printed.out + printed.err));
    }
    CHECK_THAT(site.sipkeep({"config", "show"}).out, ContainsSubstring("password: \"***\""));
}

TEST_CASE("config errors exit 2 and name file, line and key") {
    Site& site = shared_site("config");
    const std::string file = site.folder.path("sipkeep.yaml");
    for (const auto& [lines, says] : std::vector<std::pair<std::string, std::string>>{
             {"intervall: 60s\n", ":6: intervall: unknown key; did you mean interval?"},
             {"interval: 7s\n", ":6: interval: expected whole seconds"},
             {"interval: 60s\ninterval: 60s\n", ":7: "},
             {"spool: { dir: relative }\n", ":6: spool.dir: "},
             {"spool: [\n", ":"}}) {
        site.settings.more = lines;
        const ProgramResult result = site.snapshot(0);
        INFO(lines << result.err);
        CHECK(result.exit_code == 2);
        CHECK(result.out.empty());
        CHECK(lines_of(result.err) == 1);
        CHECK_THAT(result.err, ContainsSubstring(file + says));
    }
    site.settings.more = "";
    std::filesystem::permissions(site.folder.path("writer.cnf"), std::filesystem::perms{0644});
    const ProgramResult open_to_all = site.snapshot(0);
    std::filesystem::permissions(site.folder.path("writer.cnf"), std::filesystem::perms{0600});
    CHECK(open_to_all.exit_code == 2);
    CHECK_THAT(open_to_all.err, ContainsSubstring(site.folder.path("writer.cnf")));
    CHECK(captures(site) == "0\n");
}
