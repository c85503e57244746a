// One sipkeep for many servers: `nodes` of the configuration.
#include "site.hpp"
#include "support/catch.hpp"

#include <fstream>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

/// Three servers: two of one MI and database each (the site's, under two names, is told apart by its own),
/// one that is dead.
class Fleet {
public:
    Fleet() : site("fleet"), other_live("fleet_other") {
        site.add_dialog(1);
        site.add_contact(1);
        for (const char* table : {"dialog", "location"}) {
            other_live.sql().execute(std::string("CREATE TABLE ") + table + " LIKE " + site.live.name() +
                                     "." + table);
            other_live.sql().execute(std::string("GRANT SELECT ON ") + other_live.name() + "." + table +
                                     " TO '" + site.reader + "'@'localhost'");
        }
    }

    /// `nodes` as YAML, two blanks in front of each line.
    void write(const std::string& nodes, const std::string& more = "") {
        std::ofstream file(config);
        file << "interval: 60s\nlock_file: " << site.folder.path("%n.lock")
             << "\nmi: { timeout: 5s }\nlive:\n  option_file: " << site.folder.path("reader.cnf")
             << "\n  timezone: UTC\nhistory:\n  option_file: " << site.folder.path("writer.cnf")
             << "\n  database: " << site.history.name() << "\nnodes:\n"
             << nodes << more;
    }
    [[nodiscard]] std::string first() const { return node("a1", other_mi.url(), other_live.name()); }
    [[nodiscard]] std::string second() const { return node("b2", site.mi.url(), site.live.name()); }
    [[nodiscard]] static std::string node(const std::string& name, const std::string& url,
                                          const std::string& database) {
        return "  " + name + ":\n    mi: { url: \"" + url + "\" }\n    live: { database: " + database +
               " }\n";
    }

    ProgramResult sipkeep(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), SIPKEEP_PROGRAM);
        arguments.insert(arguments.end(), {"-c", config});
        return run_program(arguments);
    }
    std::string captures() {
        return site.history.rows(
            "SELECT node, COUNT(*), SUM(dialogs), SUM(contacts), MIN(mi_status), MIN(dialog_status) "
            "FROM capture JOIN node USING (node_id) GROUP BY node ORDER BY node");
    }

    Site site;
    TestDatabase other_live;
    FakeMi other_mi;
    const std::string config = site.folder.path("fleet.yaml");
};

} // namespace

TEST_CASE("one sipkeep captures all nodes of its configuration, each as if alone") {
    Fleet fleet;
    fleet.write(fleet.first() + fleet.second() + "  mi_only: { mi: { url: \"" + fleet.site.mi.url() +
                "\" }, live: none }\n");
    const ProgramResult checked = fleet.sipkeep({"config", "check"});
    CHECK(checked.out == fleet.config + ": ok, 3 nodes\n");
    const ProgramResult run = fleet.sipkeep({"snapshot", "--at", fleet.site.at(0), "-v"});
    CHECK(run.exit_code == 0);
    for (const char* node : {"a1", "b2", "mi_only"})
        CHECK_THAT(run.err, ContainsSubstring(std::string("sipkeep: ") + node + ": captured "));
    CHECK(fleet.captures() == "a1|1|0|0|ok|ok\nb2|1|1|1|ok|ok\nmi_only|1|<null>|<null>|ok|off\n");

    // Of one, and of the history as a whole.
    CHECK(fleet.sipkeep({"snapshot", "--node", "b2", "--at", fleet.site.at(1)}).exit_code == 0);
    CHECK(fleet.captures() == "a1|1|0|0|ok|ok\nb2|2|2|2|ok|ok\nmi_only|1|<null>|<null>|ok|off\n");
    CHECK(fleet.sipkeep({"verify"}).exit_code == 0);
    const ProgramResult report =
        fleet.sipkeep({"report", "calls-up", "--at", fleet.site.at(0), "--node", "a1,b2", "--format", "csv"});
    CHECK(report.exit_code == 0);
    CHECK(lines_of(report.out) == 2);
    const ProgramResult shown = fleet.sipkeep({"config", "show", "--node", "b2", "--json"});
    CHECK_THAT(shown.out, ContainsSubstring("\"lock_file\": \"" + fleet.site.folder.path("b2.lock") + "\""));

    for (const auto& command :
         {std::vector<std::string>{"export", "--day", "yesterday"}, {"spool", "list"}}) {
        const ProgramResult which = fleet.sipkeep(command);
        CHECK(which.exit_code == 2);
        CHECK_THAT(which.err, ContainsSubstring("which of its nodes? give --node, one of a1, b2, mi_only"));
    }
    const ProgramResult nobody = fleet.sipkeep({"snapshot", "--node", "c3"});
    CHECK(nobody.exit_code == 2);
    CHECK_THAT(nobody.err, ContainsSubstring("--node: c3 is none of the nodes in "));
}

TEST_CASE("a node that is dead, and one that hangs, delay no other") {
    Fleet fleet;
    fleet.write(fleet.node("dead", "http://127.0.0.1:" + std::to_string(closed_port()) + "/mi",
                           fleet.other_live.name()) +
                fleet.second());
    const ProgramResult run = fleet.sipkeep({"snapshot", "--at", fleet.site.at(0)});
    CHECK(run.exit_code == 3);
    CHECK_THAT(run.err, ContainsSubstring("sipkeep: dead: error: MI at http://127.0.0.1:"));
    CHECK(fleet.captures() == "b2|1|1|1|ok|ok\ndead|1|0|0|failed|ok\n");

    // One that does not answer: the others are done long before it is given up.
    fleet.write(fleet.node("slow", fleet.other_mi.url(), fleet.other_live.name()) + fleet.second());
    fleet.other_mi.hold();
    RunningProgram running({SIPKEEP_PROGRAM, "snapshot", "--at", fleet.site.at(1), "-c", fleet.config});
    CHECK(wait_until([&] { return fleet.captures().find("b2|2|") != std::string::npos; }));
    CHECK(running.running());
    fleet.other_mi.let_go();
    CHECK(running.wait().exit_code == 0);
    CHECK(fleet.captures() == "b2|2|2|2|ok|ok\ndead|1|0|0|failed|ok\nslow|1|0|0|ok|ok\n");

    const ProgramResult check = fleet.sipkeep({"check", "--at", fleet.site.at(30)});
    CHECK(check.exit_code == 2);
    CHECK_THAT(check.out, ContainsSubstring("SIPKEEP CRITICAL - b2: ") &&
                              ContainsSubstring("SIPKEEP CRITICAL - slow: "));
}

TEST_CASE("nodes that can't be meant are refused at their line") {
    Fleet fleet;
    const auto complaint = [&](const std::string& nodes, const std::string& more = "") {
        fleet.write(nodes, more);
        const ProgramResult run = fleet.sipkeep({"snapshot"});
        CHECK(run.exit_code == 2);
        return run.err;
    };
    CHECK_THAT(complaint(fleet.second() + fleet.node("c3", "http://127.0.0.1:1/mi", fleet.site.live.name())),
               ContainsSubstring(
                   "nodes.c3.live: the same tables as b2's, which would be kept twice; write live: none"));
    CHECK_THAT(complaint("  b2: { spool: { dir: /x } }\n"),
               ContainsSubstring("fleet.yaml:11: nodes.b2.spool: unknown key; a node has mi and live"));
    CHECK_THAT(complaint("  b2: { mi: { url: \"http://127.0.0.1:1/mi\", timeot: 1s } }\n"),
               ContainsSubstring("fleet.yaml:11: mi.timeot: unknown key; did you mean timeout?"));
    CHECK_THAT(complaint("  b2: 7\n"),
               ContainsSubstring("nodes.b2: expected a section with mi, live or both"));
    CHECK_THAT(complaint(fleet.second(), "node: sbc1\n"), ContainsSubstring("node: given beside nodes"));
    CHECK_THAT(complaint(fleet.second(), "metrics_file: /x.prom\n"),
               ContainsSubstring("metrics_file: all nodes would share it; write %n"));
}
