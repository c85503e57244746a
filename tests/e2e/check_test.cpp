// Each condition of `sipkeep check`, provoked.
#include "site.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

/// Theirs alone: captures of other tests may be of years ago.
Site& checked_site(const std::string& node) {
    static Site site("checked");
    site.start_over(node);
    return site;
}

/// With a spool.
class Watched {
public:
    explicit Watched(const std::string& node) : site(checked_site(node)) {
        std::filesystem::remove_all(spool_);
        with();
        site.mi.answer_as_captured();
        site.add_contact(1);
        site.add_dialog(1);
    }
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;
    ~Watched() {
        site.settings.history_user = "writer";
        site.settings.more.clear();
        site.mi.answer_as_captured();
    }

    void with(const std::string& spool = "", const std::string& more = "") {
        site.settings.more = "spool: { dir: " + spool_ + spool + " }\n" + more;
    }
    void live(int from, int to) {
        for (int minute = from; minute < to; ++minute) REQUIRE(site.snapshot(minute).exit_code != 1);
    }
    /// As at that minute, 20 seconds in.
    ProgramResult check(int minute, const std::vector<std::string>& more = {}) {
        std::vector<std::string> arguments{"check", "--at", site.at(minute)};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return site.sipkeep(arguments);
    }

    Site& site;

private:
    const std::string spool_ = site.folder.path("spool-" + site.settings.node);
};

constexpr int hour = 60, day = 24 * hour;

} // namespace

TEST_CASE("check says that all is well, in one line, and with -v why") {
    Watched watched("check_well");
    watched.live(0, 12);
    const ProgramResult well = watched.check(12);
    CHECK(well.err == "");
    CHECK(well.out == "SIPKEEP OK - check_well: 11 conditions are as they should be\n");
    CHECK(well.exit_code == 0);
    const ProgramResult all = watched.check(12, {"-v"});
    CHECK(lines_of(all.out) == 12);
    for (const char* line :
         {"OK spool: 0 captures waiting", "OK freshness: the newest capture is of ",
          "OK gaps: 0 of 12 captures missing since ", "OK sources: read: dialog, dispatcher, location, mi",
          "OK timer: 0 of the newest 12 captures began", "OK dialog table: its rows agree",
          "OK location table: its rows agree", "OK partitions: captures can be stored up to ", "OK retain: "})
        CHECK_THAT(all.out, ContainsSubstring(line));
    const auto json = nlohmann::json::parse(watched.check(12, {"--json"}).out);
    CHECK(json["node"] == "check_well");
    CHECK(json["level"] == "OK");
    CHECK(json["findings"].size() == 11);
    CHECK(json["findings"][0]["condition"] == "spool");

    // By the real clock, servers' clocks are compared with it.
    const ProgramResult now = watched.site.sipkeep({"check", "-v"});
    CHECK_THAT(now.out, ContainsSubstring("OK clock of the history database: "));
    CHECK_THAT(now.out, ContainsSubstring("OK clock of the live database: "));
    CHECK_THAT(now.out, ContainsSubstring(" clock of OpenSIPS: "));
}

TEST_CASE("check: a capture that is missing, old, or of another clock") {
    Watched watched("check_fresh");
    const ProgramResult none = watched.site.sipkeep({"check", "--node", "never", "--at", watched.site.at(0)});
    CHECK(none.exit_code == 2);
    CHECK_THAT(none.out,
               ContainsSubstring("SIPKEEP CRITICAL - never: freshness: history has no capture of this node"));
    watched.live(0, 12);
    CHECK(watched.check(14).exit_code == 0);
    const ProgramResult old = watched.check(15);
    CHECK(old.exit_code == 1);
    CHECK_THAT(old.out,
               ContainsSubstring("SIPKEEP WARNING - check_fresh: freshness: the newest capture is of "));
    CHECK_THAT(old.out, ContainsSubstring("4 minutes ago; is the timer of `sipkeep snapshot` active?"));
    CHECK(watched.check(22).exit_code == 2);
    const ProgramResult ahead = watched.check(5);
    CHECK(ahead.exit_code == 1);
    CHECK_THAT(ahead.out, ContainsSubstring("6 minutes ahead of this host's clock"));
}

TEST_CASE("check: gaps of a day") {
    Watched watched("check_gaps");
    watched.live(0, 30);
    watched.live(31, 50);
    CHECK(watched.check(50).exit_code == 0); // one may always be missing
    watched.live(52, 70);
    const ProgramResult some = watched.check(70);
    CHECK(some.exit_code == 1);
    CHECK_THAT(some.out, ContainsSubstring("gaps: 3 of 70 captures missing since "));
    CHECK_THAT(some.out, ContainsSubstring("`sipkeep report gaps` lists them"));
    // Those that wait in the spool come after them, and hide none.
    watched.site.take_history_away();
    watched.live(70, 75);
    watched.site.settings.history_user = "writer";
    CHECK_THAT(watched.check(72).out, ContainsSubstring("gaps: 3 of 70 captures missing since "));
    watched.live(85, 86);
    CHECK(watched.check(86).exit_code == 2);
}

TEST_CASE("check: a source that fails") {
    Watched watched("check_source");
    watched.live(0, 3);
    watched.site.mi.error("get_statistics", 500, "no statistics today");
    watched.site.mi.error("ds_list", 500, "no destinations either");
    watched.live(3, 4);
    const ProgramResult once = watched.check(4);
    CHECK(once.exit_code == 1);
    CHECK_THAT(once.out,
               ContainsSubstring("source mi: not read in the newest 1 capture, since " + watched.site.at(3)));
    CHECK_THAT(once.out, ContainsSubstring("no statistics today"));
    CHECK_THAT(once.out, ContainsSubstring("source dispatcher: not read in the newest 1 capture"));
    CHECK_THAT(once.out, ContainsSubstring("no destinations either"));
    watched.live(4, 13);
    const ProgramResult always = watched.check(13);
    CHECK(always.exit_code == 2);
    CHECK_THAT(always.out,
               ContainsSubstring("CRITICAL source mi: not read in the newest 10 captures, since " +
                                 watched.site.at(3)));
    watched.site.mi.answer_as_captured();
    watched.live(13, 14);
    CHECK(watched.check(14).exit_code == 0);
}

TEST_CASE("check: history away, captures that wait, and that are lost") {
    Watched watched("check_spool");
    watched.live(0, 3);
    watched.site.take_history_away();
    watched.live(3, 5);
    const ProgramResult away = watched.check(5);
    CHECK(away.exit_code == 2);
    CHECK_THAT(away.out, ContainsSubstring("SIPKEEP CRITICAL - check_spool: history: "));
    CHECK_THAT(away.out, ContainsSubstring("none.sock"));
    CHECK_THAT(away.out, !ContainsSubstring(Secrets::writer));
    watched.site.settings.history_user = "writer";
    const ProgramResult waiting = watched.check(7);
    CHECK(waiting.exit_code == 1);
    CHECK_THAT(waiting.out,
               ContainsSubstring("WARNING spool: 2 captures waiting since " + watched.site.at(3)));
    watched.with(", max_files: 2");
    const ProgramResult full = watched.check(5);
    CHECK(full.exit_code == 2);
    CHECK_THAT(full.out, ContainsSubstring("2 of 2 files taken; the oldest will be lost soon"));
    watched.site.take_history_away();
    watched.live(5, 6);
    watched.site.settings.history_user = "writer";
    const ProgramResult lost = watched.check(6);
    CHECK(lost.exit_code == 2);
    CHECK_THAT(lost.out, ContainsSubstring("; lost 1 capture of " + watched.site.at(3)));
    watched.with();
    watched.live(6, 7);
    CHECK_THAT(watched.check(7).out, ContainsSubstring("SIPKEEP OK - "));
}

TEST_CASE("check: daily partitions that end, and a retain that does not run") {
    Watched watched("check_days");
    watched.live(0, 3);
    const ProgramResult late = watched.check(4 * day);
    CHECK_THAT(late.out, ContainsSubstring("WARNING retain: "));
    CHECK_THAT(late.out, ContainsSubstring("is the timer of `sipkeep retain` active?"));
    CHECK_THAT(late.out, !ContainsSubstring("partitions: "));
    CHECK_THAT(watched.check(9 * day).out,
               ContainsSubstring("WARNING partitions: captures can be stored up to "));
    CHECK_THAT(watched.check(13 * day).out, ContainsSubstring("CRITICAL partitions: "));
}

TEST_CASE("check: a disk budget that is exceeded") {
    Watched watched("check_budget");
    watched.live(0, 3);
    watched.with("", "retention: { disk_budget: 1MiB }\n");
    const ProgramResult over = watched.check(3);
    CHECK(over.exit_code == 1);
    CHECK_THAT(over.out, ContainsSubstring("disk budget: retention.disk_budget (1.0 MiB) is exceeded"));
    watched.with("", "retention: { disk_budget: 100GiB }\n");
    CHECK_THAT(watched.check(3, {"-v"}).out, ContainsSubstring("OK disk budget: not full within 30 days"));
}

TEST_CASE("check: a timer that is late") {
    Watched watched("check_late");
    watched.live(0, 20);
    const std::string of_node =
        " WHERE node_id = (SELECT node_id FROM node WHERE node = 'check_late') ORDER BY captured_at LIMIT ";
    watched.site.history.sql().execute("UPDATE capture SET started_at = captured_at + INTERVAL 16 SECOND" +
                                       of_node + "2");
    CHECK(watched.check(20).exit_code == 0);
    watched.site.history.sql().execute("UPDATE capture SET started_at = captured_at + INTERVAL 16 SECOND" +
                                       of_node + "3");
    const ProgramResult late = watched.check(20);
    CHECK(late.exit_code == 1);
    CHECK_THAT(late.out, ContainsSubstring("timer: 3 of the newest 20 captures began later than a quarter"));
}

TEST_CASE("check: tables that stay empty while OpenSIPS counts calls and registrations") {
    Watched watched("check_empty");
    watched.site.remove_dialog(1);
    watched.site.remove_contact(1);
    watched.site.mi.counters(1000, {{"dialog:active_dialogs", "3"}, {"usrloc:registered_users", "2"}});
    watched.live(0, 9);
    CHECK(watched.check(9).exit_code == 0); // they may not be flushed yet
    watched.live(9, 12);
    const ProgramResult empty = watched.check(12);
    CHECK(empty.exit_code == 1);
    CHECK_THAT(
        empty.out,
        ContainsSubstring("WARNING dialog table: it is empty though dialog:active_dialogs counts calls in "
                          "all of the newest 12 captures; OpenSIPS keeps calls out of SQL: set db_mode"));
    CHECK_THAT(
        empty.out,
        ContainsSubstring("WARNING location table: it is empty though usrloc:registered_users counts some"));
    watched.site.add_dialog(1);
    watched.site.add_contact(1);
    watched.live(12, 13);
    CHECK(watched.check(13).exit_code == 0);
}

TEST_CASE("check: users that may too little, or too much") {
    Watched watched("check_rights");
    Site& site = watched.site;
    watched.live(0, 1);
    auto& sql = site.history.sql();
    const std::string writer = "'" + site.writer + "'@'localhost'",
                      reader = "'" + site.reader + "'@'localhost'";
    const std::string sample = " ON " + site.history.name() + ".sample ";
    sql.execute("REVOKE ALTER" + sample + "FROM " + writer);
    const ProgramResult little = watched.check(1);
    sql.execute("GRANT ALTER" + sample + "TO " + writer);
    CHECK(little.exit_code == 2);
    CHECK_THAT(little.out,
               ContainsSubstring("rights of the history user: missing: ALTER on " + site.history.name() +
                                 ".sample; `sipkeep schema init --grants` prints what it needs"));
    CHECK(watched.check(1).exit_code == 0);

    sql.execute("GRANT INSERT, DELETE ON " + site.live.name() + ".location TO " + reader);
    sql.execute("GRANT INDEX ON " + site.history.name() + ".* TO " + writer);
    const ProgramResult much = watched.check(1);
    sql.execute("REVOKE INSERT, DELETE ON " + site.live.name() + ".location FROM " + reader);
    sql.execute("REVOKE INDEX ON " + site.history.name() + ".* FROM " + writer);
    CHECK(much.exit_code == 1);
    CHECK_THAT(much.out, ContainsSubstring("WARNING rights of the live user: more than needed: DELETE on " +
                                           site.live.name() + ".location, INSERT on " + site.live.name() +
                                           ".location; "));
    CHECK_THAT(much.out, ContainsSubstring("WARNING rights of the history user: more than needed: INDEX on " +
                                           site.history.name() + ".*"));
    CHECK(watched.check(1).exit_code == 0);
}

TEST_CASE("check: clocks that differ") {
    Watched watched("check_clock");
    watched.live(0, 1);
    auto& sql = watched.site.history.sql();
    sql.execute("SET GLOBAL init_connect = 'SET timestamp = UNIX_TIMESTAMP() + 30'");
    const ProgramResult ahead = watched.site.sipkeep({"check"});
    sql.execute("SET GLOBAL init_connect = 'SET timestamp = UNIX_TIMESTAMP() - 100'");
    const ProgramResult behind = watched.site.sipkeep({"check"});
    sql.execute("SET GLOBAL init_connect = ''");
    CHECK_THAT(ahead.out, ContainsSubstring("WARNING clock of the history database: "));
    CHECK_THAT(ahead.out, ContainsSubstring("ahead of this host's; let chrony or ntpd set both"));
    CHECK_THAT(behind.out, ContainsSubstring("CRITICAL clock of the live database: "));
}

TEST_CASE("check: OpenSIPS of another clock, or of another zone than live.timezone says") {
    Watched watched("check_zone");
    watched.live(0, 1);
    SystemClock clock;
    const auto shows = [&](Seconds ahead) {
        const auto now = std::chrono::floor<Seconds>(clock.now()) + ahead;
        const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(now)};
        const std::string time = to_datetime(now);
        const char* const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        const unsigned day = unsigned(date.day());
        watched.site.mi.result("uptime", "{\"Now\":\"Sun " + std::string(months[unsigned(date.month()) - 1]) +
                                             (day < 10 ? "  " : " ") + std::to_string(day) + " " +
                                             time.substr(11) + " " + time.substr(0, 4) +
                                             "\",\"Up time\":\"368 [sec]\"}");
        return watched.site.sipkeep({"check", "-v"}).out;
    };
    // The site's configuration says which zone its tables are in.
    CHECK_THAT(shows(Seconds{0}), ContainsSubstring("OK clock of OpenSIPS: "));
    CHECK_THAT(shows(Seconds{-20}), ContainsSubstring("WARNING clock of OpenSIPS: "));
    const std::string zone = shows(std::chrono::hours{2});
    CHECK_THAT(zone, ContainsSubstring("CRITICAL clock of OpenSIPS: "));
    CHECK_THAT(zone, ContainsSubstring("is live.timezone ("));
    const std::string off = shows(std::chrono::minutes{20});
    CHECK_THAT(off, ContainsSubstring("CRITICAL clock of OpenSIPS: "));
    CHECK_THAT(off, !ContainsSubstring("live.timezone"));
}

TEST_CASE("check: what nobody can look at is unknown, and a live database that is away critical") {
    Watched watched("check_unknown");
    watched.live(0, 1);
    const ProgramResult option = watched.check(1, {"--nonsense"});
    CHECK(option.exit_code == 3);
    CHECK_THAT(option.out, ContainsSubstring("SIPKEEP UNKNOWN - check: "));
    watched.site.settings.more = "nonsense: 1\n";
    const ProgramResult config = watched.check(1);
    CHECK(config.exit_code == 3);
    CHECK_THAT(config.out, ContainsSubstring("configuration: "));
    CHECK_THAT(config.out, ContainsSubstring("nonsense"));
    watched.with();
    watched.site.live.sql().execute("ALTER USER '" + watched.site.reader + "'@'localhost' ACCOUNT LOCK");
    const ProgramResult live = watched.check(1);
    watched.site.live.sql().execute("ALTER USER '" + watched.site.reader + "'@'localhost' ACCOUNT UNLOCK");
    CHECK(live.exit_code == 2);
    CHECK_THAT(live.out, ContainsSubstring("CRITICAL live database: "));
}
