// kill -9 at any instant: of the real program, and of the server it writes to. The runs after it go on, and
// history is what full copies would have kept. A short form runs with the tests; tests/drills/run has the
// long one.
#include "e2e/site_drill.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <thread>

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

int number_of(const char* variable, int otherwise) {
    const char* const text = std::getenv(variable);
    return text == nullptr ? otherwise : std::atoi(text);
}

struct Figures {
    int struck = 0;     ///< runs that were still running
    int kept = 0;       ///< of those: the capture is in history or in the spool
    int unfinished = 0; ///< of those: some transactions of the capture were committed
    int lost = 0;       ///< of those: minutes without a capture
};

std::ostream& operator<<(std::ostream& out, const Figures& figures) {
    return out << figures.struck << " amid a run; " << figures.kept << " captures were kept, "
               << figures.unfinished << " half written, " << figures.lost << " minutes lost";
}

/// Strikes runs at instants spread over their length.
class KillDrill {
public:
    KillDrill(SiteDrill& drill, std::uint32_t seed) : drill_(drill), random_(seed) {}

    /// How long a run takes that is like the next one; measured by a capture.
    void measure() {
        const auto run = drill_.start();
        const Stopwatch watch;
        CHECK(run->wait().exit_code == 0);
        length_ = watch.elapsed();
        CHECK(drill_.look_for_capture());
    }
    void kill_program() {
        const auto run = start();
        const bool struck = run->signal(SIGKILL);
        const int code = run->wait().exit_code;
        CHECK((code == -SIGKILL || code == 0 || code == 4));
        // What the dead process sent before may still be going on.
        CHECK(wait_until([&] { return sessions_of_writer() == "0"; }));
        count(struck && code == -SIGKILL);
    }
    void kill_server() {
        const auto run = start();
        const bool struck = run->running();
        shared_server().kill();
        const ProgramResult result = run->wait();
        shared_server().start();
        drill_.reconnect();
        INFO(result.err);
        // The history is gone, and so is the live database: the spool takes what could be seen.
        CHECK((result.exit_code == 0 || result.exit_code == 3 || result.exit_code == 4));
        CHECK(count(struck));
    }
    [[nodiscard]] const Figures& figures() const { return figures_; }
    [[nodiscard]] bool one_in(unsigned n) { return random_() % n == 0; }

private:
    std::unique_ptr<RunningProgram> start() {
        auto run = drill_.start();
        const auto longest = length_.count() * 11 / 10 + 1;
        std::this_thread::sleep_for(
            std::chrono::microseconds(random_() % static_cast<std::uint64_t>(longest)));
        return run;
    }
    std::string sessions_of_writer() {
        return drill_.site()
            .history.sql()
            .value("SELECT COUNT(*) FROM information_schema.processlist WHERE user = '" +
                   drill_.site().writer + "'")
            .value_or("");
    }
    bool count(bool struck) {
        const bool stored = drill_.look_for_capture();
        length_ =
            struck ? length_ * 21 / 20 : length_ * 8 / 10; // the machine has other work, more or less of it
        length_ = std::max(length_, std::chrono::microseconds{1000});
        if (!struck) return stored;
        ++figures_.struck;
        ++(stored ? figures_.kept : figures_.lost);
        if (!drill_.site().history.rows("SELECT 1 FROM node WHERE pending_at IS NOT NULL").empty())
            ++figures_.unfinished;
        return stored;
    }

    SiteDrill& drill_;
    std::mt19937 random_;
    std::chrono::microseconds length_{100'000};
    Figures figures_;
};

} // namespace

TEST_CASE("kill -9 of the program at any instant") {
    const int kills = number_of("SIPKEEP_DRILL_KILLS", 20);
    SiteDrill drill("kills", 41, 60, 30);
    KillDrill killing(drill, 42);
    drill.recover();
    for (int i = 0; i < kills; ++i) {
        drill.pass();
        if (i % 50 == 0) {
            killing.measure();
            drill.pass();
        }
        killing.kill_program();
        if (killing.one_in(3)) continue; // and struck again in the next minute
        drill.recover();
        drill.compare_new();
    }
    drill.recover();
    drill.compare_everything();
    std::cout << kills << " kills of the program, " << killing.figures() << "; " << drill.captures()
              << " captures equal full copies\n";
    CHECK(killing.figures().struck > 0);
}

TEST_CASE("kill -9 of the program amid captures of several transactions") {
    const int kills = std::max(number_of("SIPKEEP_DRILL_KILLS", 20) / 10, 1);
    const int contacts = kills < 10 ? 6000 : 12'000; // two or three transactions
    SiteDrill drill("large_kills", 43, contacts, 100);
    KillDrill killing(drill, 44);
    int node = 0;
    const auto first_capture = [&] {
        drill.pass();
        drill.begin_node("large" + std::to_string(++node));
    };
    first_capture();
    killing.measure();
    for (int i = 0; i < kills; ++i) {
        first_capture();
        killing.kill_program();
        drill.recover();
        drill.compare_new(true);
    }
    drill.check_archive_itself();
    std::cout << kills << " kills of the program amid first captures of " << contacts << " registrations, "
              << killing.figures() << "; " << drill.captures() << " captures equal full copies\n";
}

TEST_CASE("kill -9 of the program while history comes and goes, and captures wait in the spool") {
    const int kills = number_of("SIPKEEP_DRILL_KILLS", 20) / 2;
    SiteDrill drill("spool_kills", 47, 60, 30);
    drill.use_spool();
    KillDrill killing(drill, 48);
    drill.recover();
    bool away = false;
    const auto set_away = [&](bool on) {
        away = on;
        drill.site().history.sql().execute(std::string("SET GLOBAL read_only = ") + (on ? "1" : "0"));
    };
    for (int i = 0; i < kills; ++i) {
        if (killing.one_in(4)) set_away(!away);
        drill.pass();
        killing.kill_program();
        if (killing.one_in(3)) continue;
        drill.pass();
        const int code = drill.run().exit_code;
        CHECK((code == (away ? 4 : 0)));
    }
    set_away(false);
    drill.recover();
    drill.compare_everything();
    const auto spooled = drill.site().history.sql().value("SELECT SUM(provenance = 'spool') FROM capture");
    std::cout << kills << " kills of the program while history comes and goes, " << killing.figures() << "; "
              << drill.captures() << " captures equal full copies, " << spooled.value_or("?")
              << " came by the spool\n";
}

TEST_CASE("kill -9 of the server at any instant") {
    const int kills = number_of("SIPKEEP_DRILL_SERVER_KILLS", 2);
    SiteDrill drill("server_kills", 45, 60, 30);
    drill.use_spool();
    KillDrill killing(drill, 46);
    drill.recover();
    drill.pass();
    killing.measure();
    for (int i = 0; i < kills; ++i) {
        drill.pass();
        killing.kill_server();
        drill.pass();
        const int code = drill.run().exit_code; // 3: what the spool brings may lack the live tables
        CHECK((code == 0 || code == 3));
        drill.recover();
        drill.compare_new();
    }
    drill.compare_everything();
    std::cout << kills << " kills of the server, " << killing.figures() << "; " << drill.captures()
              << " captures equal full copies\n";
}
