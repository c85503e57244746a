// How the configuration file and the credentials files it names go together.
#include "sipkeep/app/config.hpp"
#include "sipkeep/core/error.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <nlohmann/json.hpp>

using namespace sipkeep;

namespace {

Config with_files(const std::string& live, const std::string& history, const std::string& credentials = "") {
    return parse_config("node: a\nlive:\n  " + live + "\nhistory:\n  " + history + "\n", "s.yaml",
                        ConfigContext{std::nullopt, credentials});
}

std::string complaint_of_live(const std::string& live) {
    try {
        static_cast<void>(with_files(live, "user: u"));
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("both databases get what their own credentials file says") {
    const TemporaryFolder folder;
    const auto live =
        folder.write("live.cnf", "[client]\nhost=l\nport=3307\nuser=lu\npassword=lp\nssl-mode=REQUIRED\n");
    const auto history = folder.write("history.cnf", "[client]\nsocket=/run/h.sock\nuser=hu\npassword=hp\n");
    const auto config = with_files("option_file: " + live, "option_file: " + history);
    CHECK(config.live->database.host == "l");
    CHECK(config.live->database.port == 3307);
    CHECK(config.live->database.password == "lp");
    CHECK(config.live->database.ssl_enforce == true);
    CHECK(config.history.database.socket == "/run/h.sock");
    CHECK(config.history.database.host.empty());
    CHECK(config.history.database.user == "hu");
    CHECK(config.history.database.port == 3306);
}

TEST_CASE("the smallest configuration of the documentation is accepted") {
    const TemporaryFolder folder;
    folder.write("live.cnf", "[client]\nuser=u\n");
    folder.write("history.cnf", "[client]\nuser=u\n");
    const auto config =
        parse_config("node: sbc1\ninterval: 60s\nmi:      { url: \"http://127.0.0.1:8888/mi\", timeout: 2s "
                     "}\nlive:    { option_file: " +
                         folder.path("live.cnf") +
                         ", database: opensips, timezone: Europe/Berlin }\nhistory: { option_file: " +
                         folder.path("history.cnf") +
                         ", database: sipkeep }\nspool:   { dir: /var/lib/sipkeep/spool, max_bytes: 10GiB }\n"
                         "lock_file: /run/sipkeep/sbc1.lock\n",
                     "s.yaml", {});
    CHECK(config.mi);
    CHECK(config.live->timezone == "Europe/Berlin");
    CHECK(config.spool);
}

TEST_CASE("what the configuration says itself wins over the credentials file") {
    const TemporaryFolder folder;
    const auto file =
        folder.write("c.cnf", "[client]\nsocket=/run/s.sock\nuser=u\npassword=p\nport=3307\nssl-ca=/ca\n");
    const auto config =
        with_files("option_file: " + file + "\n  host: h\n  user: other\n  port: 3306\n  ssl_ca: /other",
                   "option_file: " + file);
    CHECK(config.live->database.host == "h");
    CHECK(config.live->database.socket.empty());
    CHECK(config.live->database.user == "other");
    CHECK(config.live->database.port == 3306);
    CHECK(config.live->database.password == "p");
    CHECK(config.live->database.ssl_ca == "/other");
    CHECK(config.history.database.socket == "/run/s.sock");
}

TEST_CASE("DB_NAME names the live database, but never the history's") {
    const TemporaryFolder folder;
    const auto file = folder.write("pw", "DB_NAME='calls'\nDB_USER='u'\nDB_PASS='p'\n");
    const auto config = with_files("password_file: " + file, "password_file: " + file);
    CHECK(config.live->database.database == "calls");
    CHECK(config.history.database.database == "sipkeep");
    CHECK(config.history.database.password == "p");
    CHECK(
        with_files("password_file: " + file + "\n  database: opensips", "user: u").live->database.database ==
        "opensips");
    const auto bad = folder.write("bad", "DB_NAME='a`b'\nDB_USER=u\nDB_PASS=p\n");
    CHECK_THAT(complaint_of_live("password_file: " + bad),
               ContainsSubstring("s.yaml:2: live.database: expected 1 to 64"));
}

TEST_CASE("a bare password needs the user from the configuration") {
    const TemporaryFolder folder;
    const auto file = folder.write("pw", "s3cret\n");
    CHECK(with_files("password_file: " + file + "\n  user: u", "user: u").live->database.password ==
          "s3cret");
    CHECK(complaint_of_live("password_file: " + file) ==
          "s.yaml:2: live.user: missing; give it here or in option_file");
}

TEST_CASE("credentials come from systemd's folder when asked for") {
    const TemporaryFolder folder;
    folder.write("live.cnf", "[client]\nuser=u\npassword=p\n", 0440);
    folder.write("pw", "q\n", 0444);
    const auto config = with_files("option_file: credential:live.cnf",
                                   "user: h\n  password_file: credential:pw", folder.path());
    CHECK(config.live->database.password == "p");
    CHECK(config.history.database.password == "q");
    CHECK_THAT(complaint_of_live("option_file: credential:live.cnf"),
               ContainsSubstring("no credentials directory"));
}

TEST_CASE("retention has the history's address, and a user of its own") {
    const TemporaryFolder folder;
    const auto file = folder.write("retain.cnf", "[client]\nuser=r\npassword=rp\n");
    const auto config =
        parse_config("node: a\nlive: {user: l}\nhistory: {user: h, host: db1, database: kept}\n"
                     "retention: {option_file: " +
                         file + "}\n",
                     "s.yaml", {{}, {}, ConfigPurpose::retention});
    CHECK(config.retention.database.user == "r");
    CHECK(config.retention.database.password == "rp");
    CHECK(config.retention.database.host == "db1");
    CHECK(config.retention.database.database == "kept");
    CHECK(config.history.database.user == "h");
}

TEST_CASE("a command reads no credentials but those that it needs") {
    const TemporaryFolder folder;
    const auto history = folder.write("history.cnf", "[client]\nuser=h\n");
    const std::string text =
        "node: a\nlive: {option_file: /nowhere/live.cnf}\nhistory: {option_file: " + history +
        "}\nretention: {option_file: /nowhere/retain.cnf}\n";
    const auto missing = [&](ConfigPurpose purpose) -> std::string {
        try {
            static_cast<void>(parse_config(text, "s.yaml", {{}, {}, purpose}));
        } catch (const UsageError& error) {
            return error.what();
        }
        return "nothing";
    };
    CHECK_THAT(missing(ConfigPurpose::node), ContainsSubstring("/nowhere/live.cnf"));
    CHECK(missing(ConfigPurpose::history) == "nothing");
    CHECK_THAT(missing(ConfigPurpose::retention), ContainsSubstring("/nowhere/retain.cnf"));
    CHECK_THAT(missing(ConfigPurpose::everything), ContainsSubstring("/nowhere/live.cnf"));
    // The minute run needs no rights to delete, nor the file that has them.
    const auto live = folder.write("live.cnf", "[client]\nuser=l\n");
    CHECK_NOTHROW(parse_config("node: a\nlive: {option_file: " + live + "}\nhistory: {option_file: " +
                                   history + "}\nretention: {option_file: /nowhere/retain.cnf}\n",
                               "s.yaml", {}));
}

TEST_CASE("contradictions are refused at their line") {
    CHECK(complaint_of_live("option_file: /a\n  password_file: /b") ==
          "s.yaml:4: live.password_file: given beside option_file; choose one of them");
    CHECK(complaint_of_live("user: u\n  host: h\n  socket: /s") ==
          "s.yaml:5: live.socket: given beside host; choose one of them");
    CHECK(complaint_of_live("user: u\n  ssl_cert: /c") ==
          "s.yaml:4: live.ssl_cert: ssl_cert and ssl_key need each other");
    CHECK_THAT(complaint_of_live("option_file: live.cnf"),
               ContainsSubstring("s.yaml:3: live.option_file: expected a path"));
}

TEST_CASE("trouble in a credentials file names that file and its line") {
    const TemporaryFolder folder;
    const auto file = folder.write("c.cnf", "[client]\nport=s3cret\n");
    CHECK(complaint_of_live("option_file: " + file) == file + ":2: port: expected a port from 1 to 65535");
    CHECK_THAT(complaint_of_live("option_file: " + folder.write("o.cnf", "[client]\n", 0644)),
               ContainsSubstring("others may access"));
}

TEST_CASE("shown configurations hold no secret") {
    const TemporaryFolder folder;
    const auto file = folder.write("c.cnf", "[client]\nuser=u\npassword=s3cret\n");
    const auto config = parse_config(
        "node: a\nmi: {url: \"http://127.0.0.1:8888/mi\"}\nhistory: {option_file: " + file + "}\n", "s.yaml",
        {});
    const auto shown = show_config(config);
    CHECK(shown.dump().find("s3cret") == std::string::npos);
    CHECK(shown["history"]["password"] == "***");
    CHECK(shown["history"]["option_file"] == file);
    CHECK(shown["mi"]["url"] == "http://127.0.0.1:8888/mi");
    CHECK_FALSE(shown.contains("live"));
}

TEST_CASE("a URL that MI can't be reached by, or that holds a password, is refused at its line") {
    const auto complaint_about = [](const std::string& url) {
        try {
            static_cast<void>(
                parse_config("node: a\nmi:\n  url: \"" + url + "\"\nhistory: {user: u}\n", "s.yaml", {}));
        } catch (const UsageError& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    CHECK_THAT(complaint_about("gopher://host"), ContainsSubstring("s.yaml:3: mi.url:"));
    const auto secret = complaint_about("http://me:s3cret@host:8888/mi");
    CHECK_THAT(secret, ContainsSubstring("s.yaml:3: mi.url:"));
    CHECK(secret.find("s3cret") == std::string::npos);
}
