#include "sipkeep/app/cli.hpp"
#include "sipkeep/app/config.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <nlohmann/json.hpp>

#include <sstream>

using namespace sipkeep;

namespace {

std::string output(std::vector<std::string> args, const std::string& file) {
    args.insert(args.begin(), "config");
    args.insert(args.end(), {"-c", file});
    std::ostringstream out;
    std::ostringstream err;
    SystemClock clock;
    RealFileSystem files;
    const Environment env{out, err, clock, files, false, false, ""};
    const auto code = run_command_line(args, env); // may throw, which CHECK would swallow
    CHECK(code == ExitCode::done);
    CHECK(err.str().empty());
    return out.str();
}

std::string configuration(const TemporaryFolder& folder) {
    const auto file = folder.write("h.cnf", "[client]\nuser=u\npassword=s3cret\n");
    return folder.write(
        "s.yaml", "node: \"1e3\"\nmi: {url: \"http://127.0.0.1:8888/mi\", statistics: [core, \"1\", tm]}\n"
                  "history: {option_file: " +
                      file + "}\n");
}

} // namespace

TEST_CASE("config check says ok, and nothing with -q") {
    const TemporaryFolder folder;
    const auto file = configuration(folder);
    CHECK(output({"check"}, file) == file + ": ok\n");
    CHECK(output({"check", "-q"}, file).empty());
    CHECK(nlohmann::json::parse(output({"check", "--json"}, file)) ==
          nlohmann::json{{"file", file}, {"ok", true}});
}

TEST_CASE("config check fails as the configuration does, before it prints anything") {
    const TemporaryFolder folder;
    const auto file = folder.write("s.yaml", "node: a\nmii: {}\n");
    CHECK_THROWS_WITH(output({"check"}, file),
                      ContainsSubstring(file + ":2: mii: unknown key; did you mean mi?"));
    CHECK_THROWS_AS(output({"show"}, file), UsageError);
}

TEST_CASE("config show prints YAML with defaults and without secrets") {
    const TemporaryFolder folder;
    const auto text = output({"show"}, configuration(folder));
    CHECK(
        text ==
        "node: \"1e3\"\ninterval: 60s\nlock_file: /run/sipkeep/1e3.lock\nmetrics_statistics: none\nmi:\n"
        "  url: \"http://127.0.0.1:8888/mi\"\n  timeout: 2s\n  list_timeout: 10s\n  max_reply_bytes: 64MiB\n"
        "  budget: none\n  more: none\n  extra: none\n  reply_dir: /tmp\n"
        "  statistics: [core, \"1\", tm]\n  dispatcher: true\n  ssl_verify: true\ndialog:\n  source: auto\n"
        "location:\n  source: auto\nretention:\n  "
        "pack_after: 2d\n"
        "  samples: 2y\n  dialog: 400d\n  location: 400d\n  refresh: 35d\n  dispatcher: forever\n  mi_rows: "
        "400d\n  calls: "
        "5y\n"
        "  records: 400d\n  ledger: forever\n  rollup_hour: 5y\n  rollup_day: forever\n  disk_budget: "
        "none\nhistory:\n  "
        "option_file: " +
            folder.path("h.cnf") +
            "\n  host: localhost\n  port: 3306\n  user: u\n  database: sipkeep\n  connect_timeout: 3s\n"
            "  timeout: 15s\n  ssl_min_version: \"1.2\"\n  ssl_enforce: false\n  ssl_verify: false\n  "
            "password: \"***\"\n");
}

TEST_CASE("what config show prints is a configuration again, but for the password") {
    const TemporaryFolder folder;
    auto text = output({"show"}, configuration(folder));
    const std::string password = "  password: \"***\"\n";
    text.erase(text.find(password), password.size());
    const auto again = parse_config(text, "again.yaml", {});
    CHECK(again.node == "1e3");
    CHECK(again.mi->statistics.groups == std::vector<std::string>{"core", "1", "tm"});
    CHECK(again.history.database.password == "s3cret");
}

TEST_CASE("config show --json holds the same, and --node shows in it") {
    const TemporaryFolder folder;
    const auto shown =
        nlohmann::json::parse(output({"show", "--json", "--node", "sbc9"}, configuration(folder)));
    CHECK(shown["node"] == "sbc9");
    CHECK(shown["lock_file"] == "/run/sipkeep/sbc9.lock");
    CHECK(shown["mi"]["timeout"] == "2s");
    CHECK(shown["history"]["password"] == "***");
    CHECK_FALSE(shown.contains("spool"));
}
