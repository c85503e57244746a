// Passwords stay in their files: no output, argument, environment or file of sipkeep's ever holds one.
#include "site.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace sipkeep;
using namespace sipkeep::test;

namespace fs = std::filesystem;

namespace {

constexpr const char* in_password_file = "filed-secret-5e1f";
constexpr const char* mistyped = "mistyped-secret-d00d";

bool holds_a_secret(const std::string& text) {
    for (const char* secret : {Secrets::reader, Secrets::writer, Secrets::owner, in_password_file, mistyped})
        if (text.find(secret) != std::string::npos) return true;
    return false;
}

std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

/// Looks at arguments and environment as often as it can while the program runs.
ProgramResult watched(RunningProgram& program) {
    const std::string proc = "/proc/" + std::to_string(program.pid()) + "/";
    bool seen = false;
    bool leaked = false;
    while (program.running()) {
        const std::string arguments = read(proc + "cmdline");
        seen = seen || !arguments.empty();
        leaked = leaked || holds_a_secret(arguments) || holds_a_secret(read(proc + "environ"));
    }
    CHECK(seen);
    CHECK_FALSE(leaked);
    return program.wait();
}

/// Everything below the folder but the credentials files themselves.
void check_files(const std::string& folder) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        const std::string name = entry.path().filename();
        if (!entry.is_regular_file() || name.ends_with(".cnf") || name.ends_with(".pw")) continue;
        INFO(entry.path().string());
        CHECK_FALSE(holds_a_secret(read(entry.path())));
    }
}

void check_run(Site& site, int exit_code, const std::vector<std::string>& arguments) {
    std::string shown;
    for (const std::string& argument : arguments) shown += argument + ' ';
    INFO(shown);
    std::vector<std::string> command{SIPKEEP_PROGRAM};
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.insert(command.end(), {"-c", site.write_config()});
    RunningProgram program(command);
    const ProgramResult result = watched(program);
    INFO(result.err);
    CHECK(result.exit_code == exit_code);
    CHECK_FALSE(holds_a_secret(result.out));
    CHECK_FALSE(holds_a_secret(result.err));
    check_files(site.folder.path());
}

/// Another text in place of a credentials file, put back at the end.
class Replaced {
public:
    Replaced(Site& site, const std::string& name, const std::string& text)
        : path_(site.folder.path(name)), was_(read(path_)) {
        write(text);
    }
    Replaced(const Replaced&) = delete;
    Replaced& operator=(const Replaced&) = delete;
    ~Replaced() { write(was_); }

private:
    void write(const std::string& text) const { std::ofstream(path_, std::ios::binary) << text; }
    std::string path_;
    std::string was_;
};

} // namespace

TEST_CASE("no command, whether it succeeds or fails, shows a secret") {
    Site& site = shared_site("secret_runs");
    int minute = 0;
    const auto snapshot = [&](int exit_code, const std::string& source) {
        INFO(source);
        for (const std::vector<std::string>& more :
             {std::vector<std::string>{}, {"-v"}, {"--json"}, {"-n"}, {"-v", "--json"}}) {
            std::vector<std::string> arguments{"snapshot", "--at", site.at(minute++)};
            arguments.insert(arguments.end(), more.begin(), more.end());
            check_run(site, exit_code, arguments);
        }
    };
    snapshot(0, "all well");
    site.mi.answer_500(true);
    snapshot(3, "MI failing");
    site.mi.answer_500(false);
    const std::string password = "\npassword=" + std::string(mistyped) + "\n";
    const std::string server = "[client]\nsocket=" + site.live.settings().socket + "\nuser=";
    {
        const Replaced wrong(site, "reader.cnf", server + site.reader + password);
        snapshot(3, "the live database refuses the password");
    }
    {
        const Replaced away(site, "reader.cnf",
                            "[client]\nsocket=/nonexistent/s\nuser=" + site.reader + password);
        snapshot(3, "the live database is away");
    }
    {
        const Replaced wrong(site, "writer.cnf", server + site.writer + password);
        snapshot(1, "the history database refuses the password");
        check_run(site, 1, {"schema", "check"});
        check_run(site, 1, {"schema", "init", "-v"});
    }
    {
        const Replaced away(site, "writer.cnf",
                            "[client]\nhost=127.0.0.1\nport=1\nuser=" + site.writer + password);
        snapshot(1, "the history database is away");
    }
    for (const std::vector<std::string>& shown : {std::vector<std::string>{"config", "show"},
                                                  {"config", "show", "--json"},
                                                  {"config", "check", "-v"},
                                                  {"schema", "init", "--grants"},
                                                  {"schema", "init", "-v"},
                                                  {"schema", "check", "-v"},
                                                  {"schema", "check", "--json"},
                                                  {"schema", "show"},
                                                  {"schema", "show", "-v"},
                                                  {"schema", "upgrade", "-n"}})
        check_run(site, 0, shown);
}

TEST_CASE("a credentials file with a slip of the pen is complained about without showing what it holds") {
    Site& site = shared_site("secret_slips");
    const std::string secret = mistyped;
    for (const std::string& slip :
         {"[sipkeep]\n" + secret, "[sipkeep]\npassword: " + secret, "[sipkeep]\npassword " + secret,
          "[sipkeep]\npasswrd=" + secret, "[sipkeep]\n" + secret + "=1", "[client]\nport=" + secret, secret,
          "[" + secret, "[client]\nssl-mode=" + secret, "!include " + secret,
          "[client]\nuser=\npassword=" + secret}) {
        INFO(slip);
        const Replaced broken(site, "writer.cnf", slip + "\n");
        for (const char* command : {"snapshot", "config"}) {
            std::vector<std::string> arguments{command};
            if (command == std::string("config")) arguments.emplace_back("show");
            check_run(site, 2, arguments);
        }
    }
    for (const std::string& slip :
         {secret + "\n" + secret, "DB_PASS=$" + secret, "DB_USER=u\n" + secret, "DB_PASS='" + secret,
          "DB_PORT=" + secret + "\nDB_PASS=x", "DB_PASS=a " + secret}) {
        INFO(slip);
        const std::string file = site.folder.write("history.pw", slip + "\n", 0600);
        const std::string config = site.folder.write(
            "slip.yaml",
            "node: a\nmi: { url: \"http://127.0.0.1:1/mi\" }\nhistory: { user: u, password_file: " + file +
                " }\n");
        const ProgramResult result = run_program({SIPKEEP_PROGRAM, "snapshot", "-c", config});
        CHECK(result.exit_code == 2);
        CHECK(lines_of(result.err) == 1);
        CHECK_FALSE(holds_a_secret(result.err));
    }
}

TEST_CASE("a password file and a systemd credential are as secret as an option file") {
    Site& site = shared_site("secret_files");
    const std::string file = site.folder.write("history.pw", std::string(in_password_file) + "\n", 0600);
    for (const std::string& location : {file, std::string("credential:history.pw")}) {
        INFO(location);
        const std::string config = site.folder.write(
            "filed.yaml", "node: secret_files\nlock_file: " + site.folder.path("lock") + "\nmi: { url: \"" +
                              site.mi.url() + "\" }\nhistory: { socket: " + site.live.settings().socket +
                              ", user: " + site.writer + ", password_file: \"" + location + "\" }\n");
        const std::map<std::string, std::string> environment{{"CREDENTIALS_DIRECTORY", site.folder.path()}};
        for (const auto& [arguments, exit_code] :
             std::vector<std::pair<std::vector<std::string>, int>>{{{"snapshot", "-v"}, 1},
                                                                   {{"config", "show"}, 0},
                                                                   {{"config", "show", "--json"}, 0},
                                                                   {{"schema", "init", "--grants"}, 0}}) {
            std::vector<std::string> command{SIPKEEP_PROGRAM};
            command.insert(command.end(), arguments.begin(), arguments.end());
            command.insert(command.end(), {"-c", config});
            RunningProgram program(command, environment);
            const ProgramResult result = watched(program);
            INFO(result.err);
            CHECK(result.exit_code == exit_code); // its password is not the database's
            CHECK_FALSE(holds_a_secret(result.out + result.err));
        }
    }
    check_files(site.folder.path());
}

TEST_CASE("while a run waits for MI, its arguments and environment hold no secret") {
    Site& site = shared_site("secret_waits");
    site.mi.hold();
    const auto running = site.start_snapshot(0, {"-v"});
    REQUIRE(site.mi.holding());
    const std::string proc = "/proc/" + std::to_string(running->pid()) + "/";
    const std::string arguments = read(proc + "cmdline");
    CHECK_THAT(arguments, ContainsSubstring("snapshot"));
    CHECK_FALSE(holds_a_secret(arguments));
    CHECK_FALSE(holds_a_secret(read(proc + "environ")));
    check_files(site.folder.path());
    site.mi.let_go();
    CHECK(running->wait().exit_code == 0);
}
