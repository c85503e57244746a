#include "sipkeep/app/archive_run.hpp"

#include "support/catch.hpp"

using namespace sipkeep;
using namespace std::chrono_literals;

namespace {

const UtcSeconds noon = from_datetime("2026-11-22 12:00:00");
const UtcSeconds start = noon - 1000s;

NodeState up_for(std::int64_t uptime_s) {
    NodeState before;
    before.mi_read_at = noon;
    before.uptime_s = uptime_s;
    before.epoch_started_at = noon - Seconds{uptime_s};
    return before;
}

} // namespace

TEST_CASE("a life keeps its epoch while uptime goes on") {
    CHECK(epoch_of(up_for(1000), noon + 60s, 1060) == start);
    CHECK(epoch_of(up_for(1000), noon + 61s, 1060) == start);
}

TEST_CASE("ticks that fall behind the clock are no restart") {
    CHECK(epoch_of(up_for(1000), noon + 60s, 1051) == start);
    CHECK(epoch_of(up_for(1000), noon + 3600s, 4500) == start);
}

TEST_CASE("a lower uptime is a restart") {
    CHECK(epoch_of(up_for(1000), noon + 60s, 20) == noon + 40s);
}

TEST_CASE("a restart in a long gap is found though uptime has grown") {
    CHECK(epoch_of(up_for(30), noon + 3600s, 3000) == noon + 600s);
    CHECK(epoch_of(up_for(1000), noon + 3600s, 3600) == noon);
}

TEST_CASE("the first capture computes the epoch from the clock") {
    CHECK(epoch_of(NodeState{}, noon, 1000) == start);
}

TEST_CASE("a clock stepped back a little is no restart; a clock stepped on past the uptime looks like one") {
    CHECK(epoch_of(up_for(1000), noon + 20s, 1060) == start);
    CHECK(epoch_of(up_for(1000), noon - 30s, 1060) == start);
    // Growth over that minute is left out; the samples are kept.
    CHECK(epoch_of(up_for(1000), noon + 2000s, 1060) == noon + 940s);
}
