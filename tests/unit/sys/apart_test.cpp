#include "sipkeep/sys/apart.hpp"

#include "support/catch.hpp"

#include <csignal>
#include <map>
#include <thread>
#include <unistd.h>

using namespace sipkeep;
using namespace std::chrono_literals;

namespace {

std::map<std::size_t, Apart>
results(std::size_t count, const ApartLimits& limits,
        const std::function<int(std::size_t, std::ostream&, std::ostream&)>& work) {
    std::map<std::size_t, Apart> all;
    run_apart(count, limits, work, [&](std::size_t i, const Apart& one) { all[i] = one; });
    return all;
}

} // namespace

TEST_CASE("each piece has a process, an exit code and texts of its own") {
    const auto all =
        results(5, {.at_once = 2, .patience = 20s}, [](std::size_t i, std::ostream& out, std::ostream& err) {
            out << "out " << i << std::string(100'000, '.');
            err << "err " << i;
            return static_cast<int>(i);
        });
    REQUIRE(all.size() == 5);
    for (const auto& [i, one] : all) {
        CHECK(one.exit_code == static_cast<int>(i));
        CHECK(one.in_time);
        CHECK(one.out == "out " + std::to_string(i) + std::string(100'000, '.'));
        CHECK(one.err == "err " + std::to_string(i));
    }
    CHECK(results(0, {.at_once = 2, .patience = 1s}, nullptr).empty());
}

TEST_CASE("one that dies, and one that hangs, are their own trouble") {
    const Stopwatch stopwatch;
    const auto all =
        results(4, {.at_once = 4, .patience = 500ms}, [](std::size_t i, std::ostream& out, std::ostream&) {
            if (i == 0) ::raise(SIGTERM);
            if (i == 1) std::this_thread::sleep_for(60s);
            out << "well";
            return 0;
        });
    CHECK(stopwatch.elapsed() < 30s);
    CHECK(all.at(0).exit_code == -SIGTERM);
    CHECK(all.at(0).in_time);
    CHECK(all.at(1).exit_code == -SIGKILL);
    CHECK_FALSE(all.at(1).in_time);
    for (const std::size_t i : {2U, 3U}) CHECK(all.at(i).out == "well");
}

TEST_CASE("no more than so many at once, and the next begins when one is over") {
    const auto all =
        results(6, {.at_once = 3, .patience = 20s}, [](std::size_t i, std::ostream& out, std::ostream&) {
            out << ::getppid();
            std::this_thread::sleep_for(Milliseconds{i * 5});
            return 0;
        });
    CHECK(all.size() == 6);
    for (const auto& [i, one] : all) CHECK(one.out == std::to_string(::getpid()));
}
