// What starts and ends other programs must never reach beyond them.
#include "support/catch.hpp"
#include "support/program.hpp"

#include <csignal>

using namespace sipkeep::test;

TEST_CASE("a program that is over is sent no signal, and has no process number") {
    RunningProgram program({"/bin/true"});
    REQUIRE(wait_until([&] { return !program.running(); }));
    CHECK_FALSE(program.signal(SIGTERM));
    CHECK_THROWS_AS(program.pid(), std::runtime_error);
}

TEST_CASE("a running program gets the signal") {
    RunningProgram program({"/bin/sleep", "60"});
    CHECK(program.pid() > 0);
    CHECK(program.signal(SIGKILL));
    CHECK(program.wait().exit_code == -SIGKILL);
}
