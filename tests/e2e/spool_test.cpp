// History away and back, with the real program: nothing is lost, and everything is said.
#include "site.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

/// A site whose history database can be taken away.
class SpoolSite {
public:
    explicit SpoolSite(const std::string& node)
        : site(shared_site(node)), folder_(site.folder.path("spool-" + node)) {
        std::filesystem::remove_all(folder_);
        configure("");
    }
    SpoolSite(const SpoolSite&) = delete;
    SpoolSite& operator=(const SpoolSite&) = delete;
    ~SpoolSite() {
        back();
        site.settings.more.clear();
    }

    void configure(const std::string& more) {
        site.settings.more = "spool: { dir: " + folder_ + more + " }\n";
    }
    void away() { site.take_history_away(); }
    void back() { site.settings.history_user = "writer"; }

    [[nodiscard]] std::string file(int minute) const {
        std::string stamp;
        for (const char c : site.at(minute))
            if (c != '-' && c != ':') stamp += c;
        return site.settings.node + "-" + stamp + ".capture";
    }
    [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }

    Site& site;

private:
    std::string folder_;
};

} // namespace

TEST_CASE("an outage: exit 4 and one line a minute, then everything is stored, and exit 0") {
    SpoolSite spool("outage");
    Site& site = spool.site;
    site.add_contact(1);
    site.add_dialog(1);
    REQUIRE(site.snapshot(0).exit_code == 0);
    spool.away();
    for (int minute = 1; minute <= 3; ++minute) {
        site.add_contact(10 + minute);
        site.remove_dialog(minute == 1 ? 1 : 10 + minute - 1);
        site.add_dialog(10 + minute);
        const ProgramResult result = site.snapshot(minute);
        CHECK(result.exit_code == 4);
        CHECK(result.out.empty());
        CHECK(lines_of(result.err) == 1);
        CHECK_THAT(result.err, ContainsSubstring("none.sock"));
        CHECK_THAT(result.err, ContainsSubstring(std::to_string(minute) +
                                                 (minute == 1 ? " capture waits" : " captures wait")));
    }
    const ProgramResult list = site.sipkeep({"spool", "list"});
    CHECK(list.exit_code == 0);
    CHECK_THAT(list.out, ContainsSubstring(spool.file(2)));
    CHECK_THAT(list.out, ContainsSubstring("3 captures of outage wait"));
    CHECK(site.sipkeep({"spool", "verify"}).exit_code == 0);
    CHECK_THAT(site.sipkeep({"spool", "verify", spool.file(3)}).out,
               ContainsSubstring(": ok, ") && ContainsSubstring("1 dialogs, 4 contacts"));

    spool.back();
    const ProgramResult back = site.snapshot(4, {"-v"});
    CHECK(back.exit_code == 0);
    CHECK_THAT(back.err, ContainsSubstring("4 captures of the spool stored"));
    CHECK(site.ledger("provenance, dialogs, contacts, samples > 0, opened, closed") ==
          "live|1|1|1|6|0\nspool|1|2|1|2|1\nspool|1|3|1|2|1\nspool|1|4|1|2|1\nspool|1|4|1|0|0\n");
    CHECK(
        site.history.rows("SELECT dlg_id FROM dialog_snapshot WHERE node = 'outage' ORDER BY captured_at") ==
        "1\n11\n12\n13\n13\n");
    CHECK_THAT(site.sipkeep({"spool", "list"}).out, ContainsSubstring("0 captures of outage wait"));
    CHECK(site.snapshot(5).exit_code == 0);
}

TEST_CASE("--json tells of the spool") {
    SpoolSite spool("jsonspool");
    Site& site = spool.site;
    spool.away();
    const ProgramResult result = site.snapshot(0, {"--json"});
    CHECK(result.exit_code == 4);
    const auto object = nlohmann::json::parse(result.out);
    CHECK(object["stored"] == false);
    CHECK(object["spooled"] == true);
    CHECK(object["waiting"] == 1);
    const auto list = nlohmann::json::parse(site.sipkeep({"spool", "list", "--json"}).out);
    CHECK(list["captures"][0]["file"] == spool.file(0));
    CHECK(list["captures"][0]["captured_at"] == site.at(0));
    spool.back();
    const auto back = nlohmann::json::parse(site.snapshot(1, {"--json"}).out);
    CHECK(back["stored"] == true);
    CHECK(back["replayed"] == 2);
    CHECK(back["waiting"] == 0);
}

TEST_CASE("spool replay stores what waits; a damaged file is set aside with its reason, exit 3") {
    SpoolSite spool("replay");
    Site& site = spool.site;
    spool.away();
    for (int minute = 0; minute < 3; ++minute) REQUIRE(site.snapshot(minute).exit_code == 4);
    std::filesystem::resize_file(spool.path(spool.file(1)), 40);
    const ProgramResult verify = site.sipkeep({"spool", "verify"});
    CHECK(verify.exit_code == 5);
    CHECK_THAT(verify.out, ContainsSubstring(spool.file(1) + ": ends "));
    CHECK(site.sipkeep({"spool", "replay"}).exit_code == 1); // history is still away
    spool.back();
    CHECK_THAT(site.sipkeep({"spool", "replay", "-n"}).out, ContainsSubstring("3 captures would be stored"));
    const ProgramResult replay = site.sipkeep({"spool", "replay"});
    CHECK(replay.exit_code == 3);
    CHECK(replay.out == "2 captures stored, 0 wait\n");
    CHECK_THAT(replay.err, ContainsSubstring("set aside"));
    CHECK(std::filesystem::exists(spool.path("aside/" + spool.file(1))));
    CHECK(site.ledger("captured_at, flags") ==
          site.datetime(0) + "|\n" + site.datetime(2) + "|captures_lost\n");
    CHECK_THAT(site.ledger("error"), ContainsSubstring("spool: lost 1 capture of " + site.at(1)));
    CHECK(site.sipkeep({"spool", "replay"}).exit_code == 0);
}

TEST_CASE("spool drop wants names or --all, and the ledger names what it dropped") {
    SpoolSite spool("drop");
    Site& site = spool.site;
    spool.away();
    for (int minute = 0; minute < 3; ++minute) REQUIRE(site.snapshot(minute).exit_code == 4);
    CHECK(site.sipkeep({"spool", "drop"}).exit_code == 2);
    CHECK(site.sipkeep({"spool", "drop", "../sipkeep.yaml"}).exit_code == 2);
    CHECK(site.sipkeep({"spool", "drop", spool.file(0), "-n"}).out == "would drop " + spool.file(0) + "\n");
    CHECK(site.sipkeep({"spool", "drop", spool.file(0)}).out == "dropped " + spool.file(0) + "\n");
    CHECK_THAT(site.sipkeep({"spool", "list"}).out, ContainsSubstring("lost: 1 capture of " + site.at(0)));
    spool.back();
    CHECK(site.snapshot(3).exit_code == 0);
    CHECK(site.ledger("captured_at, flags") ==
          site.datetime(1) + "|captures_lost\n" + site.datetime(2) + "|\n" + site.datetime(3) + "|\n");
}

TEST_CASE("without a schema the capture waits, and the exit code is the schema's") {
    SpoolSite spool("noschema");
    Site& site = spool.site;
    site.history.sql().execute("RENAME TABLE schema_version TO hidden");
    const ProgramResult result = site.snapshot(0);
    site.history.sql().execute("RENAME TABLE hidden TO schema_version");
    CHECK(result.exit_code == 10);
    CHECK_THAT(result.err, ContainsSubstring("sipkeep schema") && ContainsSubstring("1 capture waits"));
    CHECK(site.snapshot(1).exit_code == 0);
    CHECK(site.ledger("provenance") == "spool\nspool\n");
}

TEST_CASE("a spool folder that can't be used stops no capture, and is said each time") {
    SpoolSite spool("badfolder");
    Site& site = spool.site;
    std::ofstream(spool.path("").substr(0, spool.path("").size() - 1)) << "a file";
    const ProgramResult result = site.snapshot(0);
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.err, ContainsSubstring("is no folder") && ContainsSubstring("nothing can wait there"));
    CHECK(site.ledger("provenance") == "live\n");
    spool.away();
    CHECK(site.snapshot(1).exit_code == 1);
    spool.back();
    CHECK(site.sipkeep({"spool", "list"}).exit_code == 1);
    std::filesystem::remove(spool.path("").substr(0, spool.path("").size() - 1));
}

TEST_CASE("the spool holds no secret, and nobody else may read it") {
    SpoolSite spool("secret");
    Site& site = spool.site;
    spool.away();
    REQUIRE(site.snapshot(0).exit_code == 4);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(spool.path(""))) {
        CHECK((entry.status().permissions() & std::filesystem::perms(0077)) == std::filesystem::perms::none);
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(file)), {});
        for (const char* secret : {Secrets::reader, Secrets::writer, Secrets::owner})
            CHECK(bytes.find(secret) == std::string::npos);
    }
}

TEST_CASE("without a spool in the configuration, spool commands say so") {
    Site& site = shared_site("nospool");
    const ProgramResult result = site.sipkeep({"spool", "list"});
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, ContainsSubstring("spool: missing"));
}
