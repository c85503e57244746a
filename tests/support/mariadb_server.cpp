#include "support/mariadb_server.hpp"

#include "sipkeep/db/schema.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace sipkeep::test {

namespace {

std::optional<std::string> variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

pid_t spawn(const std::vector<std::string>& command, const std::string& log) {
    const pid_t process = fork();
    if (process != 0) return process;
    prctl(PR_SET_PDEATHSIG, SIGKILL); // never outlive a test that crashed
    const int fd = open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    std::vector<char*> arguments;
    for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    execvp(arguments.front(), arguments.data());
    _exit(127);
}

std::string server_program() {
    for (const char* path : {"/usr/sbin/mariadbd", "/usr/sbin/mysqld", "/usr/bin/mariadbd"})
        if (access(path, X_OK) == 0) return path;
    throw std::runtime_error("no mariadbd found; install mariadb-server-core");
}

std::string user_option() {
    return geteuid() == 0 ? "--user=root" : "--skip-symbolic-links";
}

std::string make_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sipkeep-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temp folder could be made");
    return pattern;
}

} // namespace

MariaDbServer::MariaDbServer() : folder_(make_folder()) {
    if (variable("SIPKEEP_TEST_SOCKET")) return;
    // A tmpdir of its own: a server that starts removes the temporary tables of every other one in /tmp.
    // --force, or it refuses where the machine's own name can't be looked up, as in many containers.
    const pid_t install = spawn({"mariadb-install-db", "--no-defaults", "--force",
                                 "--datadir=" + folder_ + "/data", "--tmpdir=" + folder_,
                                 "--auth-root-authentication-method=normal", "--skip-test-db", user_option()},
                                folder_ + "/log");
    int status = 0;
    waitpid(install, &status, 0);
    if (status != 0) throw std::runtime_error("mariadb-install-db failed:\n" + end_of_log());
    start();
}

void MariaDbServer::start(const std::vector<std::string>& more) {
    std::vector<std::string> command{server_program(),
                                     "--no-defaults",
                                     "--datadir=" + folder_ + "/data",
                                     "--tmpdir=" + folder_,
                                     "--socket=" + folder_ + "/s",
                                     "--pid-file=" + folder_ + "/pid",
                                     "--skip-networking",
                                     "--innodb-buffer-pool-size=256M",
                                     "--innodb-flush-log-at-trx-commit=2",
                                     "--sync-binlog=0",
                                     "--sync-frm=0",
                                     "--debug-no-sync",
                                     "--innodb-flush-method=nosync",
                                     "--character-set-server=utf8mb4",
                                     "--max-connections=50",
                                     user_option()};
    command.insert(command.end(), more.begin(), more.end());
    process_ = spawn(command, folder_ + "/log");
    wait_until_up();
}

void MariaDbServer::wait_until_up() {
    using namespace std::chrono_literals;
    for (int i = 0; i < 600; ++i) {
        try {
            const Connection probe(settings(""), "test server");
            return;
        } catch (const DatabaseError&) {
            if (waitpid(process_, nullptr, WNOHANG) == process_) {
                process_ = -1;
                break;
            }
            std::this_thread::sleep_for(100ms);
        }
    }
    throw std::runtime_error("mariadbd did not start:\n" + end_of_log());
}

void MariaDbServer::kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    process_ = -1;
}

void MariaDbServer::stop() {
    if (process_ <= 0) return;
    ::kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
    process_ = -1;
}

MariaDbServer::~MariaDbServer() {
    kill(); // nothing in it is to be kept
    if (std::getenv("SIPKEEP_KEEP") != nullptr) {
        std::cerr << "kept: " << folder_ << '\n';
        return;
    }
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::string MariaDbServer::end_of_log() const {
    std::ifstream log(folder_ + "/log");
    std::stringstream text;
    text << log.rdbuf();
    const std::string all = text.str();
    return all.size() > 2000 ? all.substr(all.size() - 2000) : all;
}

DatabaseSettings MariaDbServer::settings(const std::string& database) const {
    DatabaseSettings settings;
    settings.socket = variable("SIPKEEP_TEST_SOCKET").value_or(folder_ + "/s");
    settings.user = variable("SIPKEEP_TEST_USER").value_or("root");
    settings.password = variable("SIPKEEP_TEST_PASSWORD").value_or("");
    settings.database = database;
    return settings;
}

MariaDbServer& shared_server() {
    static MariaDbServer server;
    return server;
}

TestDatabase::TestDatabase(const std::string& stem, const std::string& charset) : name_("t_" + stem) {
    Connection admin(shared_server().settings(""), "test server");
    admin.execute("DROP DATABASE IF EXISTS " + name_);
    admin.execute("CREATE DATABASE " + name_ + " CHARACTER SET " + charset);
    reconnect();
}

TestDatabase::~TestDatabase() {
    try {
        if (std::getenv("SIPKEEP_KEEP") == nullptr) connection_->execute("DROP DATABASE " + name_);
    } catch (const DatabaseError& error) {
        std::cerr << error.what() << '\n';
    }
}

void TestDatabase::reconnect() {
    DatabaseSettings patient = settings();
    patient.read_timeout = Milliseconds{600'000}; // oracles ask for much at once
    connection_ = std::make_unique<Connection>(patient, "test database");
}

DatabaseSettings TestDatabase::settings() const {
    return shared_server().settings(name_);
}

std::string TestDatabase::rows(const std::string& query) {
    std::string text;
    auto result = connection_->query(query);
    while (result.next()) {
        for (std::size_t i = 0; i < result.width(); ++i)
            text += (i == 0 ? "" : "|") + (result.null(i) ? "<null>" : result.string(i));
        text += '\n';
    }
    return text;
}

void TestDatabase::load(const std::string& file) {
    std::ifstream in(file);
    if (!in) throw std::runtime_error("no fixture " + file);
    std::stringstream text;
    text << in.rdbuf();
    for (const std::string& statement : statements_of(text.str())) connection_->execute(statement);
}

} // namespace sipkeep::test
