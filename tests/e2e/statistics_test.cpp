// Statistics and their growth, over minutes of one OpenSIPS and across its restart.
#include "site.hpp"
#include "support/catch.hpp"

using namespace sipkeep;
using namespace sipkeep::test;

namespace {

/// One capture with these counters; says nothing unless something is wrong.
void minute_of(Site& site, int minute, long uptime_s, const std::map<std::string, std::string>& counters) {
    site.mi.counters(uptime_s, counters);
    const ProgramResult result = site.snapshot(minute);
    CHECK(result.exit_code == 0);
    CHECK(result.err.empty());
}

std::string rate(Site& site, int minute, const std::string& name) {
    return site.history.rows(
        "SELECT seconds + 0.0, increase, ROUND(per_second, 3), restarted FROM statistic_rate WHERE node = '" +
        site.settings.node + "' AND captured_at = '" + site.datetime(minute) +
        "' AND CONCAT(`group`, ':', name) = '" + name + "'");
}

std::string samples(Site& site, const std::string& name) {
    return site.history.rows("SELECT captured_at, value, flag FROM statistic_sample WHERE node = '" +
                             site.settings.node + "' AND CONCAT(`group`, ':', name) = '" + name +
                             "' ORDER BY captured_at");
}

} // namespace

TEST_CASE("a normal minute gives the increase and per_second, a reset and a restart give NULL") {
    Site& site = shared_site("rates");
    minute_of(site, 0, 1000, {{"core:rcv_requests", "100"}, {"tm:2xx", "50"}});
    minute_of(site, 1, 1060, {{"core:rcv_requests", "160"}, {"tm:2xx", "50"}});
    minute_of(site, 2, 1119, {{"core:rcv_requests", "190"}, {"tm:2xx", "3"}}); // ticks fall behind a little
    minute_of(site, 3, 20, {{"core:rcv_requests", "500"}, {"tm:2xx", "4"}});   // restarted, and grown beyond
    minute_of(site, 4, 80, {{"core:rcv_requests", "512"}, {"tm:2xx", "4"}});

    CHECK(rate(site, 0, "core:rcv_requests").empty());
    CHECK(rate(site, 1, "core:rcv_requests") == "60.0000|60|1.000|0\n");
    CHECK(rate(site, 1, "tm:2xx") == "60.0000|0|0.000|0\n");
    CHECK(rate(site, 2, "core:rcv_requests") == "60.0000|30|0.500|0\n");
    CHECK(rate(site, 2, "tm:2xx") == "60.0000|<null>|<null>|0\n");
    CHECK(rate(site, 3, "core:rcv_requests") == "60.0000|<null>|<null>|1\n");
    CHECK(rate(site, 3, "tm:2xx") == "60.0000|<null>|<null>|1\n");
    CHECK(rate(site, 4, "core:rcv_requests") == "60.0000|12|0.200|0\n");
    CHECK(rate(site, 4, "core:load_now").empty()); // gauges do not grow
}

TEST_CASE("epoch_started_at stays the same over the captures of one life") {
    Site& site = shared_site("epoch");
    const std::vector<long> uptimes{1000, 1061, 1119, 1180, 1239, 5, 65, 124};
    for (std::size_t i = 0; i < uptimes.size(); ++i) minute_of(site, static_cast<int>(i), uptimes[i], {});
    CHECK(site.ledger("DISTINCT epoch_started_at") ==
          site.history.rows("SELECT '" + site.datetime(0) + "' - INTERVAL 1000 SECOND") +
              site.history.rows("SELECT '" + site.datetime(5) + "' - INTERVAL 5 SECOND"));
    CHECK(site.ledger("uptime_s") == "1000\n1061\n1119\n1180\n1239\n5\n65\n124\n");
}

TEST_CASE("a restart between two captures is seen even when the uptime grew") {
    Site& site = shared_site("short_life");
    minute_of(site, 0, 10, {{"core:x", "5"}});
    minute_of(site, 1, 30, {{"core:x", "9"}});
    CHECK(rate(site, 1, "core:x") == "60.0000|<null>|<null>|1\n");
}

TEST_CASE("names come and go; missing is not zero") {
    Site& site = shared_site("come_and_go");
    minute_of(site, 0, 1000, {{"dynamic:byes", "4"}});
    minute_of(site, 1, 1060, {});
    minute_of(site, 2, 1120, {{"dynamic:byes", "9"}, {"script:sbc:two colons", "1"}});
    minute_of(site, 3, 1180, {{"dynamic:byes", "10"}, {"script:sbc:two colons", "3"}});
    CHECK(samples(site, "dynamic:byes") ==
          site.datetime(0) + "|4|0\n" + site.datetime(2) + "|9|0\n" + site.datetime(3) + "|10|0\n");
    CHECK(rate(site, 2, "dynamic:byes").empty());
    CHECK(rate(site, 3, "dynamic:byes") == "60.0000|1|0.017|0\n");
    CHECK(rate(site, 3, "script:sbc:two colons") == "60.0000|2|0.033|0\n");
    CHECK(site.ledger("samples") == "3\n2\n4\n4\n");
}

TEST_CASE("1.844674e+19 is a counter below zero, flagged, and grows nothing") {
    Site& site = shared_site("negative");
    minute_of(site, 0, 1000, {{"dynamic:neg", "3"}});
    site.mi.counters(1060, {{"dynamic:neg", "1.844674e+19"}, {"dynamic:big", "1.5e+17"}});
    const ProgramResult result = site.snapshot(1);
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.err, ContainsSubstring("flagged: negative_statistic"));
    CHECK(samples(site, "dynamic:neg") == site.datetime(0) + "|3|0\n" + site.datetime(1) + "|-1|3\n");
    CHECK(samples(site, "dynamic:big") == site.datetime(1) + "|150000000000000000|2\n");
    CHECK(rate(site, 1, "dynamic:neg") == "60.0000|<null>|<null>|0\n");
    CHECK(site.ledger("flags") == "\nnegative_statistic\n");
}

TEST_CASE("the growth after a gap is over the seconds that passed") {
    Site& site = shared_site("gap");
    minute_of(site, 0, 1000, {{"core:x", "10"}});
    site.mi.answer_500(true);
    CHECK(site.snapshot(1).exit_code == 3);
    site.mi.answer_500(false);
    minute_of(site, 4, 1240, {{"core:x", "250"}});
    CHECK(rate(site, 4, "core:x") == "240.0000|240|1.000|0\n");
}
