#include "sipkeep/core/error.hpp"
#include "sipkeep/spool/spool.hpp"

#include "support/captures.hpp"
#include "support/catch.hpp"
#include "support/faulty_file_system.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <fstream>
#include <set>

using namespace sipkeep;
using namespace sipkeep::test;
using namespace std::chrono_literals;

namespace {

using Fault = FaultyFileSystem::Fault;
using Minutes = std::set<int>;

constexpr SpoolLimits roomy{.max_bytes = 1U << 30U, .max_files = 1000};

struct Rig {
    TemporaryFolder folder;
    RealFileSystem files;

    [[nodiscard]] std::string path() const { return folder.path("spool"); }
    Spool open(SpoolLimits limits = roomy, const std::string& node = "sbc1") {
        return {files, path(), node, limits, 60s};
    }
    [[nodiscard]] bool has(const std::string& name) const {
        return std::filesystem::exists(path() + "/" + name);
    }
};

std::size_t add(Spool& spool, int minute) {
    Capture capture = capture_of(noon + 60s * minute);
    spool.add(capture, nullptr, Deadline(10s));
    return spool.keep_limits();
}

int minute_of(UtcSeconds at) {
    return int((at - noon) / 60s);
}

Minutes waiting_in(const Spool& spool) {
    Minutes minutes;
    for (const WaitingCapture& capture : spool.waiting()) minutes.insert(minute_of(capture.captured_at));
    return minutes;
}

Minutes lost_in(const Spool& spool) {
    Minutes minutes;
    for (const LostSpan& span : spool.lost())
        for (UtcSeconds at = span.first; at <= span.last; at += 60s) minutes.insert(minute_of(at));
    return minutes;
}

} // namespace

TEST_CASE("captures wait in their order, whoever opens the spool") {
    Rig rig;
    {
        Spool spool = rig.open();
        CHECK(spool.waiting().empty());
        for (const int minute : {0, 1, 11}) CHECK(add(spool, minute) == 0);
    }
    Spool spool = rig.open();
    REQUIRE(spool.waiting().size() == 3);
    CHECK(spool.waiting()[0].name == "sbc1-20261122T120000Z.capture");
    CHECK(spool.waiting()[2].name == "sbc1-20261122T121100Z.capture");
    CHECK(spool.waiting()[0].bytes == std::filesystem::file_size(spool.path(spool.waiting()[0])));
    spool.remove(WaitingCapture(spool.waiting()[0]));
    CHECK(waiting_in(spool) == Minutes{1, 11});
    CHECK(waiting_in(rig.open()) == Minutes{1, 11});
    CHECK(spool.lost().empty());
}

TEST_CASE("nodes share a folder without seeing each other, and foreign files are left alone") {
    Rig rig;
    Spool one = rig.open();
    Spool other = rig.open(roomy, "x-sbc1");
    add(one, 0);
    add(other, 1);
    for (const std::string name :
         {"notes.txt", "sbc1-.capture", "sbc1-20261122T12000Z.capture", "sbc1-20261399T120000Z.capture"})
        std::ofstream(rig.path() + "/" + name) << "x";
    CHECK(waiting_in(rig.open()) == Minutes{0});
    CHECK(waiting_in(rig.open(roomy, "x-sbc1")) == Minutes{1});
}

TEST_CASE("a clock that stepped back is refused") {
    Rig rig;
    Spool spool = rig.open();
    add(spool, 5);
    CHECK_THROWS_AS(add(spool, 5), ClockSteppedBack);
    CHECK_THROWS_WITH(add(spool, 4), ContainsSubstring("stepped back"));
    CHECK(waiting_in(rig.open()) == Minutes{5});
}

TEST_CASE("at its limits the oldest captures go, and are remembered until the ledger names them") {
    Rig rig;
    SECTION("files") {
        Spool spool = rig.open({.max_bytes = 1U << 30U, .max_files = 3});
        for (const int minute : {0, 1, 2}) CHECK(add(spool, minute) == 0);
        CHECK(add(spool, 3) == 1);
        CHECK(add(spool, 4) == 1);
    }
    SECTION("bytes") {
        Spool measure = rig.open();
        add(measure, 0);
        const std::uint64_t one = measure.waiting().front().bytes;
        Spool spool = rig.open({.max_bytes = 3 * one + one / 2, .max_files = 1000});
        for (const int minute : {1, 2}) CHECK(add(spool, minute) == 0);
        CHECK(add(spool, 3) == 1);
        CHECK(add(spool, 4) == 1);
    }
    Spool spool = rig.open();
    CHECK(waiting_in(spool) == Minutes{2, 3, 4});
    CHECK(spool.lost() == std::vector<LostSpan>{{noon, noon + 60s, 2, "spool full"}});
    CHECK(to_text(spool.lost()) ==
          "2 captures from 2026-11-22T12:00:00Z to 2026-11-22T12:01:00Z (spool full)");
    spool.forget_lost();
    CHECK(spool.lost().empty());
    CHECK(rig.open().lost().empty());
}

TEST_CASE("what is lost is told in unbroken spans") {
    Rig rig;
    Spool spool = rig.open();
    for (const int minute : {0, 1, 2, 5, 6, 9}) add(spool, minute);
    for (const std::size_t from_front : {0U, 0U, 1U, 1U})
        spool.drop(WaitingCapture(spool.waiting()[from_front]));
    CHECK(to_text(rig.open().lost()) ==
          "2 captures from 2026-11-22T12:00:00Z to 2026-11-22T12:01:00Z (dropped by hand); 2 captures from "
          "2026-11-22T12:05:00Z to 2026-11-22T12:06:00Z (dropped by hand)");
    CHECK(waiting_in(rig.open()) == Minutes{2, 9});
}

TEST_CASE("a capture that can't be stored is set aside with its reason, and is lost") {
    Rig rig;
    Spool spool = rig.open();
    add(spool, 0);
    add(spool, 1);
    spool.set_aside(WaitingCapture(spool.waiting().front()), "is damaged: so and so");
    CHECK(waiting_in(rig.open()) == Minutes{1});
    CHECK(lost_in(rig.open()) == Minutes{0});
    CHECK(rig.has("aside/sbc1-20261122T120000Z.capture"));
    std::ifstream reason(rig.path() + "/aside/sbc1-20261122T120000Z.capture.reason");
    std::string line;
    std::getline(reason, line);
    CHECK(line == "is damaged: so and so");
}

TEST_CASE("a damaged list of lost captures does not stop the spool, and is said") {
    Rig rig;
    {
        Spool spool = rig.open();
        add(spool, 0);
    }
    std::ofstream(rig.path() + "/sbc1.lost") << "{[";
    Spool spool = rig.open();
    CHECK(waiting_in(spool) == Minutes{0});
    CHECK_THAT(to_text(spool.lost()), ContainsSubstring("damaged"));
    CHECK(rig.has("aside/sbc1.lost"));
    CHECK(rig.open().lost().empty());
}

// Each minute is spooled, stored, lost by a limit, dropped or set aside, with a fault at every single system
// call.
TEST_CASE(
    "whatever system call fails or is the last, every capture waits, is lost and named, or was refused") {
    for (const Fault fault : {Fault::error, Fault::error_from_then_on, Fault::killed_before,
                              Fault::killed_after, Fault::short_write}) {
        std::size_t at = 0;
        std::size_t refused_in_all = 0;
        for (bool struck = true; struck; ++at) {
            Rig rig;
            Minutes spooled, stored, gone;
            { // without a fault: minutes 0 to 5, of which 0 is lost
                Spool spool = rig.open({.max_bytes = 1U << 30U, .max_files = 5});
                for (int minute = 0; minute <= 5; ++minute) add(spool, minute);
            }
            FaultyFileSystem faulty(at, fault);
            try {
                Spool spool(faulty, rig.path(), "sbc1", {.max_bytes = 1U << 30U, .max_files = 5}, 60s);
                add(spool, 6); // 1 goes
                spooled.insert(6);
                const std::vector<WaitingCapture> waiting = spool.waiting();
                stored.insert(2); // history has it from here on
                spool.remove(waiting[0]);
                spool.drop(waiting[1]);
                spool.set_aside(waiting[2], "why");
            } catch (const Error&) {
            } catch (const FaultyFileSystem::Killed&) {
            }
            struck = faulty.struck();
            INFO("fault " << int(fault) << " at call " << at);
            const Spool spool = rig.open();
            const Minutes waiting = waiting_in(spool);
            const Minutes lost = lost_in(spool);
            for (int minute = 0; minute <= 6; ++minute) {
                INFO("minute " << minute);
                if (minute == 6 && !spooled.contains(6) && !waiting.contains(6)) {
                    ++refused_in_all; // add() threw: its caller says that this minute is lost
                    continue;
                }
                const int places = int(waiting.contains(minute)) + int(lost.contains(minute));
                if (stored.contains(minute))
                    CHECK(places <= 1); // removed, or found stored already when it is replayed
                else
                    CHECK(places == 1);
            }
            for (const WaitingCapture& capture : spool.waiting())
                CHECK_NOTHROW(CaptureFile(rig.files, spool.path(capture)));
            // And it goes on.
            Spool next = rig.open();
            CHECK_NOTHROW(add(next, 7));
            CHECK(waiting_in(rig.open()).contains(7));
        }
        CHECK(at > 60); // calls
        if (fault != Fault::short_write) CHECK(refused_in_all > 10);
    }
}
