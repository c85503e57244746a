// A real MariaDB server of the test's own: temp folder, unix socket only, gone with the process that started
// it.
#pragma once

#include "sipkeep/db/connection.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace sipkeep::test {

/// Starts on construction, as whatever user runs the test; throws std::runtime_error with the end of the
/// server's log. Environment: SIPKEEP_KEEP=1 leaves the folder behind and prints its name.
class MariaDbServer {
public:
    MariaDbServer();
    MariaDbServer(const MariaDbServer&) = delete;
    MariaDbServer& operator=(const MariaDbServer&) = delete;
    ~MariaDbServer();

    [[nodiscard]] DatabaseSettings settings(const std::string& database) const;
    [[nodiscard]] const std::string& folder() const { return folder_; }
    /// kill -9, as a power cut would; start() brings it back on the same files.
    void kill();
    /// `more`: further options of the server.
    void start(const std::vector<std::string>& more = {});
    void stop();

private:
    void wait_until_up();
    [[nodiscard]] std::string end_of_log() const;

    std::string folder_;
    pid_t process_ = -1;
};

/// The server that all test cases of one executable share; started when first asked for.
[[nodiscard]] MariaDbServer& shared_server();

/// A database of a test case's own on the shared server, dropped at its end.
class TestDatabase {
public:
    explicit TestDatabase(const std::string& stem, const std::string& charset = "utf8mb4");
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;
    ~TestDatabase();

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] DatabaseSettings settings() const;
    [[nodiscard]] Connection& sql() { return *connection_; }
    /// After the server was gone.
    void reconnect();
    /// One line per row, fields separated by '|', NULL as <null>.
    [[nodiscard]] std::string rows(const std::string& query);
    /// Runs the statements of a fixture file.
    void load(const std::string& file);

private:
    std::string name_;
    std::unique_ptr<Connection> connection_;
};

} // namespace sipkeep::test
